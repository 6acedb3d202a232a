using NeuralCore.Kernels;

namespace NeuralCore.Benchmarks;

/// <summary>One recurrent layer of the comparison with oneDNN.</summary>
sealed record RecurrentShape(string Cell, int T, int I, int H, bool Bidirectional = false)
{
    public static IReadOnlyList<RecurrentShape> All { get; } =
    [
        new("lstm", 20, 6, 32), new("lstm", 20, 6, 64, true), new("lstm", 60, 20, 128), new("lstm", 60, 128, 64), new("lstm", 10, 32, 128),
        new("lstm", 60, 128, 256), new("gru", 60, 20, 128), new("gru", 20, 6, 32),
    ];

    public bool HasCells => Cell == "lstm";
    public int Directions => Bidirectional ? 2 : 1;
    public RecurrentLayer Layer() => HasCells ? new Lstm(I, H, bidirectional: Bidirectional) : new Gru(I, H, bidirectional: Bidirectional);
    public double Flops(int batch) => 2.0 * T * batch * (HasCells ? 4 : 3) * H * (I + H) * Directions;
    public Entry Inference(int batch) => new(ToString(), "infer", batch, entry => new RecurrentInference(entry, this));
    public Entry Training(int batch) => new(ToString(), "fwd+bwd", batch, entry => new RecurrentTraining(entry, this));
    public override string ToString() => $"{Cell} T{T} I{I} H{H}{(Bidirectional ? " bi" : "")}";
}

/// <summary>
/// What oneDNN's primitives are given: x, h and c in; y, h and c out; and for the backward pass the gradients of all of these. A
/// training pass goes in shards of 32 rows, as <see cref="Trainer"/>'s, and keeps the gradients of the parameters alone.
/// </summary>
abstract class RecurrentCase : Case
{
    /// <summary>A shard's x (B, T, I), h and c (D, B, H), and gradients of the results y (B, T, D·H), h and c.</summary>
    protected sealed record Part(Tensor X, LstmState Initial, Tensor DY, LstmState DFinal);

    /// <summary>A shard in double: what went in and what comes out.</summary>
    protected sealed record Expected(Reference Reference, Node X, Node H0, Node? C0, Node Y, Node H, Node? C);

    protected RecurrentCase(Entry entry, RecurrentShape shape, int shardRows) : base(entry)
    {
        (Shape, Layer) = (shape, shape.Layer());
        Network = new Model(Layer, seed: 1);
        Tape = Network.Tape();
        (int T, int I, int H, int D) = (shape.T, shape.I, shape.H, shape.Directions);
        for (int row = 0, stream = 0; row < Batch; row += shardRows, stream += 10)
        {
            int n = Math.Min(shardRows, Batch - row);
            Parts.Add(new Part(
                Of(stream, 1, n, T, I).WithGradient(true), new LstmState(Of(stream + 1, 0.5f, D, n, H), Cells(stream + 2, 0.5f, D, n, H)),
                Of(stream + 3, 0.1f, n, T, D * H), new LstmState(Of(stream + 4, 0.1f, D, n, H), Cells(stream + 5, 0.1f, D, n, H))));
        }

        Tensor Cells(int stream, float scale, params int[] sizes) => shape.HasCells ? Of(stream, scale, sizes) : default;
        static Tensor Of(int stream, float scale, params int[] sizes)
            => Tensor.From(Values(sizes.Aggregate((a, b) => a * b), (ulong)stream, scale), sizes);
    }

    protected RecurrentShape Shape { get; }
    protected RecurrentLayer Layer { get; }
    protected Model Network { get; }
    protected Tape Tape { get; }
    protected List<Part> Parts { get; } = [];

    protected Tensor Forward(Part part, out LstmState final)
    {
        if (Layer is Lstm lstm) return lstm.Forward(part.X, part.Initial, Tape, out final);
        Tensor y = ((Gru)Layer).Forward(part.X, part.Initial.H, Tape, out Tensor h);
        final = new LstmState(h, default);
        return y;
    }

    protected Tensor Backward(Part part, out LstmState dInitial)
    {
        if (Layer is Lstm lstm) return lstm.Backward(part.DY, part.DFinal, Tape, out dInitial);
        Tensor dX = ((Gru)Layer).Backward(part.DY, part.DFinal.H, Tape, out Tensor dH);
        dInitial = new LstmState(dH, default);
        return dX;
    }

    /// <summary>Compares what a forward pass over a shard gave with the reference, which is returned.</summary>
    protected Expected RequireForward(Part part, Tensor y, LstmState final)
    {
        var r = new Reference(Network);
        int n = part.X.Shape[0], D = Shape.Directions;
        Node x = Graph.Input(part.X.Span, Shape.I), h0 = Graph.Input(part.Initial.H.Span, Shape.H);
        Node? c0 = Shape.HasCells ? Graph.Input(part.Initial.C.Span, Shape.H) : null;
        var results = new (Node Y, Node H, Node? C)[D];
        for (int d = 0; d < D; d++)
        {
            Node h = r.Rows(h0, d * n, n);
            if (c0 is not null)
                results[d] = r.Lstm("", x, Shape.T, h, r.Rows(c0, d * n, n), d == 0 ? "_l0" : "_l0_reverse", reverse: d == 1);
            else (results[d].Y, results[d].H) = r.Gru("", x, Shape.T, h);
        }
        var expected = new Expected(r, x, h0, c0, r.Concat([.. results.Select(d => d.Y)]), r.Stack([.. results.Select(d => d.H)]),
            c0 is null ? null : r.Stack([.. results.Select(d => d.C!)]));
        Require("y", y.Span, expected.Y.Value);
        Require("final h", final.H.Span, expected.H.Value);
        Require("final c", final.C.Span, expected.C?.Value);
        return expected;
    }
}

/// <summary>The whole batch in one pass, with all that it gives.</summary>
sealed class RecurrentInference(Entry entry, RecurrentShape shape) : RecurrentCase(entry, shape, entry.Batch)
{
    public override double Flops => Shape.Flops(Batch);

    public override void Run() => Pass(out _);

    Tensor Pass(out LstmState final)
    {
        Tape.Begin(training: false);
        return Forward(Parts[0], out final);
    }

    public override void Check()
    {
        Tensor y = Pass(out LstmState final);
        for (int row = 0, rows; row < Batch; row += rows)
        {
            rows = Math.Min(Trainer.ShardRows, Batch - row);   // so many as the reference's memory allows
            Part all = Parts[0], part = all with { X = all.X.Slice(row, rows), Initial = Some(all.Initial, row, rows) };
            RequireForward(part, y.Slice(row, rows), Some(final, row, rows));
        }
    }

    LstmState Some(LstmState states, int first, int rows)
        => new(Some(states.H, first, rows), Shape.HasCells ? Some(states.C, first, rows) : default);

    Tensor Some(Tensor states, int first, int rows)
    {
        int count = rows * Shape.H;
        return Tensor.From([.. Enumerable.Range(0, Shape.Directions)
            .SelectMany(d => states.Span.Slice((d * Batch + first) * Shape.H, count).ToArray())],
            Shape.Directions, rows, Shape.H);
    }
}

/// <summary>The gradient of several shards is their sum, as in <see cref="Trainer"/>.</summary>
sealed class RecurrentTraining(Entry entry, RecurrentShape shape) : RecurrentCase(entry, shape, Trainer.ShardRows)
{
    float[] sum = [];

    public override double Flops => 3 * Shape.Flops(Batch);

    ReadOnlySpan<float> Gradients => Parts.Count == 1 ? Tape.Gradients : sum;

    public override void Run()
    {
        if (Parts.Count > 1 && sum.Length == 0) sum = new float[Network.Count];
        sum.AsSpan().Clear();
        foreach (Part part in Parts)
        {
            Begin();
            Forward(part, out _);
            Backward(part, out _);
            Tape.End();
            if (Parts.Count > 1) Elementwise.Apply<Add>(sum, Tape.Gradients, sum);
        }
    }

    void Begin()
    {
        Tape.Begin(training: true);
        Tape.Gradients.Clear();
    }

    public override void Check()
    {
        var gradients = new double[Network.Count];
        foreach (Part part in Parts)
        {
            Begin();
            Expected e = RequireForward(part, Forward(part, out LstmState final), final);
            Start(e.Y, part.DY);
            Start(e.H, part.DFinal.H);
            Start(e.C, part.DFinal.C);
            e.Reference.Backward();
            e.Reference.AddGradients(gradients);
            Require("dX", Backward(part, out LstmState dInitial).Span, e.X.Gradient);
            Require("gradient of the initial h", dInitial.H.Span, e.H0.Gradient);
            Require("gradient of the initial c", dInitial.C.Span, e.C0?.Gradient);
            Tape.End();
        }
        Run();
        foreach (Parameter p in Network.Parameters)
            Require($"gradient of {p.Name}", Gradients.Slice(p.Start, p.Shape.Count), gradients.AsSpan(p.Start, p.Shape.Count));

        static void Start(Node? result, Tensor gradient)
        {
            if (result is not null) Graph.Input(gradient.Span, result.Columns).Value.CopyTo(result.Gradient, 0);
        }
    }
}
