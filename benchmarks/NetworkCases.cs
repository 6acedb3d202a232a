namespace NeuralCore.Benchmarks;

/// <summary>A whole network on a batch of rows.</summary>
abstract class NetworkCase : Case
{
    protected NetworkCase(Entry entry, Network network) : base(entry)
    {
        (Network, Layers) = (network, new Model(network.Build(), seed: 1));
        Inputs = Values(Batch * network.Window.Count, 0);
    }

    protected Network Network { get; }
    protected Model Layers { get; }
    protected float[] Inputs { get; }

    protected double ForwardFlops => 2.0 * Layers.MultiplyAdds(new Shape(Batch, Network.Window[0], Network.Window[1]));

    /// <summary>Outputs of up to 32 rows from <paramref name="first"/> on in double.</summary>
    protected Node Outputs(Reference reference, int first)
    {
        int size = Network.Window.Count, count = Math.Min(Trainer.ShardRows, Batch - first);
        return Network.Logits(reference, Graph.Input(Inputs.AsSpan(first * size, count * size), Network.Window[1]));
    }
}

/// <summary>Outputs of a batch; the session cuts a large one into shards of rows whose activations stay in cache.</summary>
sealed class NetworkInference : NetworkCase
{
    readonly InferenceSession session;
    readonly Tensor x;

    public NetworkInference(Entry entry, Network network, int threads) : base(entry, network)
        => (session, x) = (new InferenceSession(Layers, threads), Tensor.From(Inputs, Batch, network.Window[0], network.Window[1]));

    public override double Flops => ForwardFlops;

    public override void Run() => session.Predict(x);

    public override void Check()
    {
        var expected = new List<double>();
        for (int row = 0; row < Batch; row += Trainer.ShardRows) expected.AddRange(Outputs(new Reference(Layers), row).Value);
        Require("outputs", session.Predict(x).Span, expected.ToArray());
    }
}

/// <summary>
/// One step of <see cref="Trainer"/>: forward, loss, backward, the gradient's norm clipped to 5, Adam, weights packed anew.
/// </summary>
sealed class NetworkTraining : NetworkCase
{
    const double Rate = 1e-3, ClipNorm = 5;
    readonly Adam adam = new((float)Rate);
    readonly Trainer trainer;
    readonly ArraySamples samples;
    readonly float[] targets;
    readonly int[] rows;
    ulong step;

    public NetworkTraining(Entry entry, Network network, int threads) : base(entry, network)
    {
        trainer = new Trainer(Layers, network.Loss, adam,
            new TrainerOptions { BatchSize = Batch, ClipNorm = (float)ClipNorm, Threads = threads });
        var random = new CounterRandom(3, 0);
        targets = [.. Enumerable.Range(0, Batch).Select(_ => network.Outputs == 1 ? (float)random.NextNormal()
            : random.NextInt32(network.Outputs))];
        samples = new ArraySamples(Inputs, network.Window, targets);
        rows = [.. Enumerable.Range(0, Batch)];
    }

    public override double Flops => 3 * ForwardFlops;

    public override void Run() => trainer.Step(samples, rows, ++step);

    /// <summary>
    /// The loss; its clipped gradient, which Adam's first moment holds after one step; and the step that Adam takes from there.
    /// </summary>
    public override void Check()
    {
        float[] before = Layers.Values.ToArray();
        double[] gradient = new double[before.Length];
        double loss = 0;
        step++;
        for (int first = 0, shard = 0; first < Batch; first += Trainer.ShardRows, shard++)
        {
            var reference = new Reference(Layers, trainer.DropoutSeed(step, shard));
            Node y = Outputs(reference, first);
            loss += Loss(reference, y, targets.AsSpan(first, y.Rows));
            reference.AddGradients(gradient);
        }
        double clip = Math.Min(1, ClipNorm / (Math.Sqrt(gradient.Sum(g => g * g)) + 1e-6));
        foreach (ref double g in gradient.AsSpan()) g *= clip;

        (double sum, double weight) = trainer.Step(samples, rows, step);
        Require("loss", [(float)(sum / weight)], [loss]);
        float[] actual = [.. adam.State.Arrays["exp_avg"].Select(m => m / 0.1f)];
        foreach (Parameter p in Layers.Parameters)
            Require($"gradient of {p.Name}", actual.AsSpan(p.Start, p.Shape.Count), gradient.AsSpan(p.Start, p.Shape.Count), KinkTolerance);
        // The first step: m / (1 - β₁) = g, v / (1 - β₂) = g².
        Require("values", Layers.Values, [.. before.Zip(actual, (w, g) => w - Rate * g / (Math.Abs(g) + 1e-8))]);
    }

    /// <summary>The share of these rows in the mean loss; its gradient runs through the reference.</summary>
    double Loss(Reference reference, Node y, ReadOnlySpan<float> t)
    {
        double loss = 0;
        Node p = reference.Softmax(y);
        for (int row = 0; row < y.Rows; row++)
        {
            Span<double> dY = y.GradientRow(row);
            if (Network.Outputs == 1)
            {
                double difference = y.Value[row] - t[row];
                (loss, dY[0]) = (loss + difference * difference / Batch, 2 * difference / Batch);
                continue;
            }
            loss -= Math.Log(p.Row(row)[(int)t[row]]) / Batch;
            for (int c = 0; c < y.Columns; c++) dY[c] = (p.Row(row)[c] - (c == (int)t[row] ? 1 : 0)) / Batch;
        }
        reference.Backward();
        return loss;
    }
}
