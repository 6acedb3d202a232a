namespace NeuralCore.Benchmarks;

/// <summary>One recurrent layer of the comparison with oneDNN.</summary>
sealed record RecurrentShape(string Cell, int T, int I, int H, bool Bidirectional = false)
{
    public static IReadOnlyList<RecurrentShape> All { get; } =
    [
        new("lstm", 20, 6, 32), new("lstm", 20, 6, 64, true), new("lstm", 60, 20, 128), new("lstm", 60, 128, 64), new("lstm", 10, 32, 128),
        new("lstm", 60, 128, 256), new("gru", 60, 20, 128), new("gru", 20, 6, 32),
    ];

    public string Name => $"{Cell} T{T} I{I} H{H}{(Bidirectional ? " bi" : "")}";
    public int Gates => Cell == "lstm" ? 4 : 3;
    public int Directions => Bidirectional ? 2 : 1;
    public RecurrentLayer Layer() => Cell == "lstm" ? new Lstm(I, H, bidirectional: Bidirectional) : new Gru(I, H, bidirectional: Bidirectional);
    public double Flops(int batch) => 2.0 * T * batch * Gates * H * (I + H) * Directions;
}

/// <summary>What oneDNN's primitives are given: x, h and c in; y, h and c out; and for the backward pass the gradients of all of these. Rows go in shards of 32, as in <see cref="Trainer"/>.</summary>
abstract class RecurrentCase : Case
{
    protected sealed record Part(Tensor X, Tensor H, Tensor C, Tensor DY, Tensor DH, Tensor DC);

    protected RecurrentCase(RecurrentShape shape, string op, int batch) : base(shape.Name, op, batch)
    {
        (Shape, Layer) = (shape, shape.Layer());
        Network = new Model(Layer, seed: 1);
        Tape = Network.Tape();
        (int T, int I, int H, int D) = (shape.T, shape.I, shape.H, shape.Directions);
        for (int row = 0, part = 0; row < batch; row += Trainer.ShardRows, part++)
        {
            int n = Math.Min(Trainer.ShardRows, batch - row);
            ulong stream = (ulong)(10 * part);
            Parts.Add(new Part(Of(stream, 1, n, T, I).WithGradient(true), Of(stream + 1, 0.5f, D, n, H), Of(stream + 2, 0.5f, D, n, H),
                Of(stream + 3, 0.1f, n, T, D * H), Of(stream + 4, 0.1f, D, n, H), Of(stream + 5, 0.1f, D, n, H)));
        }

        static Tensor Of(ulong stream, float scale, params int[] sizes) => Tensor.From(Values(sizes.Aggregate((a, b) => a * b), stream, scale), sizes);
    }

    protected RecurrentShape Shape { get; }
    protected RecurrentLayer Layer { get; }
    protected Model Network { get; }
    protected Tape Tape { get; }
    protected List<Part> Parts { get; } = [];

    protected Tensor Forward(Part part, out Tensor h, out Tensor c)
    {
        if (Layer is Lstm lstm)
        {
            Tensor y = lstm.Forward(part.X, new LstmState(part.H, part.C), Tape, out LstmState final);
            (h, c) = (final.H, final.C);
            return y;
        }
        c = default;
        return ((Gru)Layer).Forward(part.X, part.H, Tape, out h);
    }

    protected Tensor Backward(Part part, out Tensor dH, out Tensor dC)
    {
        if (Layer is Lstm lstm)
        {
            Tensor dX = lstm.Backward(part.DY, new LstmState(part.DH, part.DC), Tape, out LstmState initial);
            (dH, dC) = (initial.H, initial.C);
            return dX;
        }
        dC = default;
        return ((Gru)Layer).Backward(part.DY, part.DH, Tape, out dH);
    }
}

sealed class RecurrentInference(RecurrentShape shape, int batch) : RecurrentCase(shape, "infer", batch)
{
    public override double Flops => Shape.Flops(Batch);

    public override void Run()
    {
        foreach (Part part in Parts)
        {
            Tape.Begin(training: false);
            Forward(part, out _, out _);
        }
    }

    public override void Check() { }
}

sealed class RecurrentTraining(RecurrentShape shape, int batch) : RecurrentCase(shape, "fwd+bwd", batch)
{
    float[]? sum;

    public override double Flops => 3 * Shape.Flops(Batch);

    public override void Run()
    {
        sum ??= new float[Network.Count];
        sum.AsSpan().Clear();
        foreach (Part part in Parts)
        {
            Tape.Begin(training: true);
            Tape.Gradients.Clear();
            Forward(part, out _, out _);
            Backward(part, out _, out _);
            Tape.End();
            Kernels.Elementwise.Apply<Kernels.Add>(sum, Tape.Gradients, sum);
        }
    }

    public override void Check() { }
}
