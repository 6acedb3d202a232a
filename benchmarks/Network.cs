namespace NeuralCore.Benchmarks;

/// <summary>
/// A network of the comparison: what is timed, and the same mathematics in double. The names and the networks are those of
/// peers/torch_shapes.py; initial values are PyTorch's defaults.
/// </summary>
/// <param name="Name">Name in the tables.</param>
/// <param name="Window">Shape (T, I) of one row.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="DropoutUnits">Width of its one dropout mask; 0: none.</param>
/// <param name="Build">Makes the layers.</param>
/// <param name="Logits">Logits of a window (T of I values) with a dropout mask (none: empty), by the textbook's equations.</param>
sealed record Network(string Name, Shape Window, int Classes, int DropoutUnits, Func<Layer> Build, Func<Reference, double[][], double[], double[]> Logits)
{
    public const float DropoutRate = 0.3f;

    public static IReadOnlyList<Network> All { get; } =
    [
        new("v3.2 lstm32 T20 I6", new Shape(20, 6), 3, 0,
            () => new Sequential(("rnn", new Lstm(6, 32, lastStep: true)), ("head", new Dense(32, 3))),
            (p, x, _) => p.Dense("head", p.Lstm("rnn", x)[^1])),
        new("v3 bilstm64 T20 I6", new Shape(20, 6), 3, 0,
            () => new Sequential(("rnn", new Lstm(6, 64, bidirectional: true, lastStep: true)), ("head", new Dense(128, 3))),
            (p, x, _) => p.Dense("head", [.. p.Lstm("rnn", x)[^1], .. p.LstmReversed("rnn", x)[0]])),
        new("v3.1 bilstm64+attn T20 I6", new Shape(20, 6), 3, 64,
            () => new Sequential(
                ("rnn", new Lstm(6, 64, bidirectional: true)), ("attention", new AdditiveAttention(128, 64)), ("fc", new Dense(128, 64)),
                ("relu", Activation.Relu()), ("dropout", new Dropout(DropoutRate)), ("head", new Dense(64, 3))),
            (p, x, mask) => p.Dense("head", Reference.ReluDropout(p.Dense("fc", p.Attention("attention",
                [.. p.Lstm("rnn", x).Zip(p.LstmReversed("rnn", x), (ahead, back) => (double[])[.. ahead, .. back])])), mask))),
    ];
}
