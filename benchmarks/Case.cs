namespace NeuralCore.Benchmarks;

/// <summary>One timed piece of work: a network, what is done with it, and on how many rows. Data and weights come from fixed seeds.</summary>
abstract class Case
{
    protected Case(Network network, int batch)
    {
        (Network, Batch) = (network, batch);
        Model = new Model(network.Build(), seed: 1);
        var random = new CounterRandom(2, 0);
        Inputs = new float[batch * network.Window.Count];
        foreach (ref float x in Inputs.AsSpan()) x = (float)random.NextNormal();
        Targets = new float[batch];
        foreach (ref float t in Targets.AsSpan()) t = random.NextInt32(network.Classes);
    }

    public Network Network { get; }
    public int Batch { get; }
    public abstract string Op { get; }
    protected Model Model { get; }
    protected float[] Inputs { get; }
    protected float[] Targets { get; }

    /// <summary>The work that is timed.</summary>
    public abstract void Run();

    /// <summary>Runs once on fresh weights and compares with the double reference.</summary>
    /// <exception cref="InvalidOperationException">The results differ.</exception>
    public abstract void Check();

    /// <summary>
    /// Runs until everything is compiled for speed: hot methods are compiled anew, twice, each time 100 ms after the last new method ran,
    /// by a thread that may share this core.
    /// </summary>
    public void Warm()
    {
        for (int pause = 0; pause < 8; pause++)
        {
            for (int i = 0; i < 100; i++) Run();
            Thread.Sleep(150);
        }
        for (int i = 0; i < 3; i++) Run();
    }

    public override string ToString() => $"{Network.Name}, {Op}, batch {Batch}";

    /// <summary>All cases of the comparison with PyTorch.</summary>
    public static IEnumerable<Func<Case>> Peers() => Network.All.SelectMany(network => new Func<Case>[]
    {
        () => new Inference(network, 1), () => new Inference(network, 256), () => new TrainingStep(network, 32), () => new TrainingStep(network, 64),
    });

    protected double[][] Window(int row)
        => [.. Inputs.Skip(row * Network.Window.Count).Take(Network.Window.Count).Select(v => (double)v).Chunk(Network.Window[1])];

    protected void Require(string what, double actual, double expected, double tolerance)
    {
        if (!(Math.Abs(actual - expected) <= tolerance))
            throw new InvalidOperationException($"{this}: expected {what} {expected:G9} ± {tolerance:G3} as the double reference has it, got {actual:G9}");
    }
}

/// <summary>Logits of a batch, in shards of 32 rows.</summary>
sealed class Inference : Case
{
    readonly Tape tape;
    readonly Tensor[] shards;
    readonly float[] logits;

    public Inference(Network network, int batch) : base(network, batch)
    {
        tape = Model.Tape();
        shards = [.. Inputs.Chunk(Trainer.ShardRows * network.Window.Count)
            .Select(x => Tensor.From(x, x.Length / network.Window.Count, network.Window[0], network.Window[1]))];
        logits = new float[batch * network.Classes];
    }

    public override string Op => "infer";

    public override void Run()
    {
        int at = 0;
        foreach (Tensor x in shards)
        {
            Tensor y = Model.Predict(x, tape);
            y.Span.CopyTo(logits.AsSpan(at));
            at += y.Count;
        }
    }

    public override void Check()
    {
        Run();
        var reference = new Reference(Model);
        for (int row = 0; row < Batch; row++)
        {
            double[] expected = Network.Logits(reference, Window(row), []);
            for (int c = 0; c < expected.Length; c++)
                Require($"logit {c} of row {row}", logits[row * expected.Length + c], expected[c], 2e-6);
        }
    }
}

/// <summary>One step of <see cref="Trainer"/>: forward, cross-entropy, backward, the gradient's norm clipped to 5, Adam, weights packed anew.</summary>
sealed class TrainingStep : Case
{
    const double Rate = 1e-3, ClipNorm = 5;
    readonly Adam adam = new((float)Rate);
    readonly Trainer trainer;
    readonly TrainerOptions options;
    readonly ArraySamples samples;
    readonly int[] rows;
    ulong step;

    public TrainingStep(Network network, int batch) : base(network, batch)
    {
        options = new TrainerOptions { BatchSize = batch, ClipNorm = (float)ClipNorm };
        trainer = new Trainer(Model, new CrossEntropy(), adam, options);
        samples = new ArraySamples(Inputs, network.Window, Targets);
        rows = [.. Enumerable.Range(0, batch)];
    }

    public override string Op => "train";

    public override void Run() => trainer.Step(samples, rows, ++step);

    /// <summary>
    /// The loss; its gradient, which Adam's first moment holds after one step, along a random direction in each parameter (a wrong element
    /// shows in it), against the difference quotient; and the step that Adam takes from there.
    /// </summary>
    public override void Check()
    {
        var reference = new Reference(Model);
        float[] before = Model.Values.ToArray();
        (double sum, double weight) = trainer.Step(samples, rows, ++step);
        Require("loss", sum / weight, Loss(reference), 1e-6);

        float[] gradient = [.. adam.State.Arrays["exp_avg"].Select(m => m / 0.1f)];
        double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        if (norm >= ClipNorm) throw new InvalidOperationException($"{this}: expected a gradient that clipping leaves as it is, got norm {norm:G6}");
        int start = 0;
        var random = new CounterRandom(3, 0);
        foreach (Parameter parameter in Model.Parameters)
        {
            ReadOnlySpan<float> part = gradient.AsSpan(start, parameter.Shape.Count);
            double[] value = reference[parameter.Name], direction = [.. value.Select(_ => random.NextNormal())];
            double slope = 0, size = 0;
            for (int i = 0; i < part.Length; i++) (slope, size) = (slope + part[i] * direction[i], size + part[i] * part[i]);
            const double h = 1e-5;
            Move(value, direction, h);
            double above = Loss(reference);
            Move(value, direction, -2 * h);
            double below = Loss(reference);
            Move(value, direction, h);
            Require($"slope along {parameter.Name}", slope, (above - below) / (2 * h), 1e-4 * Math.Sqrt(size) + 1e-7);
            start += part.Length;
        }
        for (int i = 0; i < before.Length; i++)   // the first step: m/(1 - β₁) = g, v/(1 - β₂) = g²
            Require($"value {i}", Model.Values[i], before[i] - Rate * gradient[i] / (Math.Abs(gradient[i]) + 1e-8), 1e-3 * Rate + 1e-7 * Math.Abs(before[i]));
    }

    static void Move(double[] value, double[] direction, double by)
    {
        for (int i = 0; i < value.Length; i++) value[i] += by * direction[i];
    }

    double Loss(Reference reference)
    {
        double sum = 0;
        for (int row = 0; row < Batch; row++)
            sum += Reference.CrossEntropy(Network.Logits(reference, Window(row), Mask(row)), (int)Targets[row]);
        return sum / Batch;
    }

    /// <summary>The dropout mask of a row in the step taken last.</summary>
    double[] Mask(int row)
    {
        var random = new CounterRandom(trainer.DropoutSeed(step, row / Trainer.ShardRows), 0);
        double[] mask = [];
        for (int i = 0; i <= row % Trainer.ShardRows; i++)
            mask = [.. Enumerable.Range(0, Network.DropoutUnits).Select(_ => random.NextSingle() < Network.DropoutRate ? 0 : 1 / (1 - (double)Network.DropoutRate))];
        return mask;
    }
}
