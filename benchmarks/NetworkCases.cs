namespace NeuralCore.Benchmarks;

/// <summary>A whole network on a batch of rows.</summary>
abstract class NetworkCase : Case
{
    protected NetworkCase(Network network, string op, int batch) : base(network.Name, op, batch)
    {
        (Network, Layers) = (network, new Model(network.Build(), seed: 1));
        Inputs = Values(batch * network.Window.Count, 0);
    }

    protected Network Network { get; }
    protected Model Layers { get; }
    protected float[] Inputs { get; }

    protected double ForwardFlops => 2.0 * Layers.MultiplyAdds(new Shape(Batch, Network.Window[0], Network.Window[1]));

    /// <summary>Outputs of rows from <paramref name="first"/> on in double.</summary>
    protected Node Outputs(Reference reference, int first, int count)
    {
        int size = Network.Window.Count;
        return Network.Logits(reference, reference.Input(Inputs.AsSpan(first * size, count * size), Network.Window[1]));
    }
}

/// <summary>Outputs of a batch, in shards of 32 rows.</summary>
sealed class NetworkInference : NetworkCase
{
    readonly Tape tape;
    readonly Tensor[] shards;
    readonly float[] outputs;

    public NetworkInference(Network network, int batch) : base(network, "infer", batch)
    {
        tape = Layers.Tape();
        shards = [.. Inputs.Chunk(Trainer.ShardRows * network.Window.Count)
            .Select(x => Tensor.From(x, x.Length / network.Window.Count, network.Window[0], network.Window[1]))];
        outputs = new float[batch * network.Outputs];
    }

    public override double Flops => ForwardFlops;

    public override void Run()
    {
        int at = 0;
        foreach (Tensor x in shards)
        {
            Tensor y = Layers.Predict(x, tape);
            y.Span.CopyTo(outputs.AsSpan(at));
            at += y.Count;
        }
    }

    public override void Check()
    {
        Run();
        for (int row = 0; row < Batch; row += Trainer.ShardRows)
        {
            int count = Math.Min(Trainer.ShardRows, Batch - row);
            Require($"outputs of rows {row}..", outputs.AsSpan(row * Network.Outputs, count * Network.Outputs), Outputs(new Reference(Layers), row, count).Value, 1e-5);
        }
    }
}

/// <summary>One step of <see cref="Trainer"/>: forward, loss, backward, the gradient's norm clipped to 5, Adam, weights packed anew.</summary>
sealed class NetworkTraining : NetworkCase
{
    const double Rate = 1e-3, ClipNorm = 5;
    readonly Adam adam = new((float)Rate);
    readonly Trainer trainer;
    readonly ArraySamples samples;
    readonly float[] targets;
    readonly int[] rows;
    ulong step;

    public NetworkTraining(Network network, int batch) : base(network, "train", batch)
    {
        trainer = new Trainer(Layers, network.Loss, adam, new TrainerOptions { BatchSize = batch, ClipNorm = (float)ClipNorm });
        var random = new CounterRandom(3, 0);
        targets = [.. Enumerable.Range(0, batch).Select(_ => network.Outputs == 1 ? (float)random.NextNormal() : random.NextInt32(network.Outputs))];
        samples = new ArraySamples(Inputs, network.Window, targets);
        rows = [.. Enumerable.Range(0, batch)];
    }

    public override double Flops => 3 * ForwardFlops;

    public override void Run() => trainer.Step(samples, rows, ++step);

    /// <summary>The loss; its clipped gradient, which Adam's first moment holds after one step; and the step that Adam takes from there.</summary>
    public override void Check()
    {
        float[] before = Layers.Values.ToArray();
        double[] gradient = new double[before.Length];
        double loss = 0;
        step++;
        for (int first = 0, shard = 0; first < Batch; first += Trainer.ShardRows, shard++)
        {
            var reference = new Reference(Layers, trainer.DropoutSeed(step, shard));
            Node y = Outputs(reference, first, Math.Min(Trainer.ShardRows, Batch - first));
            loss += Loss(reference, y, targets.AsSpan(first, y.Rows));
            int i = 0;
            foreach (double g in reference.Gradients) gradient[i++] += g;
        }
        double clip = Math.Min(1, ClipNorm / (Math.Sqrt(gradient.Sum(g => g * g)) + 1e-6));
        foreach (ref double g in gradient.AsSpan()) g *= clip;

        (double sum, double weight) = trainer.Step(samples, rows, step);
        Require("loss", [(float)(sum / weight)], [loss], 1e-5);
        float[] actual = [.. adam.State.Arrays["exp_avg"].Select(m => m / 0.1f)];
        foreach (Parameter p in Layers.Parameters)
            RequireNear($"gradient of {p.Name}", actual.AsSpan(p.Start, p.Shape.Count), gradient.AsSpan(p.Start, p.Shape.Count), 1e-3);
        // The first step: m / (1 - β₁) = g, v / (1 - β₂) = g².
        Require("values", Layers.Values, [.. before.Zip(actual, (w, g) => w - Rate * g / (Math.Abs(g) + 1e-8))], 1e-6);
    }

    /// <summary>The share of these rows in the mean loss; its gradient runs through the reference.</summary>
    double Loss(Reference reference, Node y, ReadOnlySpan<float> t)
    {
        double loss = 0;
        var dY = new double[y.Value.Length];
        if (Network.Outputs == 1)
            for (int row = 0; row < y.Rows; row++)
            {
                double difference = y.Value[row] - t[row];
                (loss, dY[row]) = (loss + difference * difference / Batch, 2 * difference / Batch);
            }
        else
        {
            Node p = reference.Softmax(y);
            for (int row = 0; row < y.Rows; row++)
            {
                loss -= Math.Log(p.Row(row)[(int)t[row]]) / Batch;
                for (int c = 0; c < y.Columns; c++) dY[row * y.Columns + c] = (p.Row(row)[c] - (c == (int)t[row] ? 1 : 0)) / Batch;
            }
        }
        reference.Backward((y, dY));
        return loss;
    }
}
