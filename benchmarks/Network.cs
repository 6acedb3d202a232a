namespace NeuralCore.Benchmarks;

/// <summary>
/// A network of the comparison: what is timed, and the same mathematics in double. The names and the networks are those of
/// peers/torch_shapes.py; initial values are PyTorch's defaults.
/// </summary>
/// <param name="Name">Name in the tables.</param>
/// <param name="Window">Shape (T, I) of one row.</param>
/// <param name="Outputs">Number of logits; one output is a regression.</param>
/// <param name="Build">Makes the layers.</param>
/// <param name="Logits">Outputs (B, O) of a batch (B·T, I), by the textbook's equations.</param>
sealed record Network(string Name, Shape Window, int Outputs, Func<Layer> Build, Func<Reference, Node, Node> Logits)
{
    const int ShortT = 10, T = 20, LongT = 60, Heads = 4, EncoderLayers = 6;
    const float DropoutRate = 0.3f, BetweenRate = 0.2f, EncoderRate = 0.1f;

    public Entry Inference(int batch, int threads) => new(Name, "infer", batch, entry => new NetworkInference(entry, this, threads));

    public Entry Training(int batch, int threads) => new(Name, "train", batch, entry => new NetworkTraining(entry, this, threads));

    public Loss Loss => Outputs == 1 ? new Mse() : new CrossEntropy();

    public static IReadOnlyList<Network> All { get; } =
    [
        new("v3.2 lstm32 T20 I6", new Shape(T, 6), 3,
            () => new Sequential(("rnn", new Lstm(6, 32, lastStep: true)), ("head", new Dense(32, 3))),
            (p, x) => p.Dense("head.", p.Lstm("rnn.", x, T).H)),
        new("v3 bilstm64 T20 I6", new Shape(T, 6), 3,
            () => new Sequential(("rnn", new Lstm(6, 64, bidirectional: true, lastStep: true)), ("head", new Dense(128, 3))),
            (p, x) => p.Dense("head.", p.Concat(p.Lstm("rnn.", x, T).H, Reversed(p, x).H))),
        new("v3.1 bilstm64+attn T20 I6", new Shape(T, 6), 3,
            () => new Sequential(
                ("rnn", new Lstm(6, 64, bidirectional: true)), ("attention", new AdditiveAttention(128, 64)), ("fc", new Dense(128, 64)),
                ("relu", Activation.Relu()), ("dropout", new Dropout(DropoutRate)), ("head", new Dense(64, 3))),
            (p, x) =>
            {
                Node both = p.Concat(p.Lstm("rnn.", x, T).Y, Reversed(p, x).Y);
                return p.Dense("head.", p.Dropout(p.Relu(p.Dense("fc.", p.AdditiveAttention("attention.", both, T))), DropoutRate));
            }),
        new("plan lstm128-64 T60 I20", new Shape(LongT, 20), 2,
            () => new Sequential(
                ("l1", new Lstm(20, 128)), ("dropout1", new Dropout(BetweenRate)),
                ("l2", new Lstm(128, 64, lastStep: true)), ("dropout2", new Dropout(BetweenRate)),
                ("f", new Dense(64, 32)), ("relu", Activation.Relu()), ("o", new Dense(32, 2))),
            (p, x) =>
            {
                Node first = p.Dropout(p.Lstm("l1.", x, LongT).Y, BetweenRate), last = p.Lstm("l2.", first, LongT).H;
                return p.Dense("o.", p.Relu(p.Dense("f.", p.Dropout(last, BetweenRate))));
            }),
        new("cryptolstm 2x128 T10 I32", new Shape(ShortT, 32), 1,
            () => new Sequential(
                ("rnn", new Lstm(32, 128, layers: 2, dropout: BetweenRate, lastStep: true)),
                ("f1", new Dense(128, 64)), ("relu1", Activation.Relu()),
                ("f2", new Dense(64, 32)), ("relu2", Activation.Relu()), ("o", new Dense(32, 1))),
            (p, x) =>
            {
                Node below = p.Dropout(p.Lstm("rnn.", x, ShortT).Y, BetweenRate), last = p.Lstm("rnn.", below, ShortT, suffix: "_l1").H;
                return p.Dense("o.", p.Relu(p.Dense("f2.", p.Relu(p.Dense("f1.", last)))));
            }),
        new("gru 2x128 T60 I20", new Shape(LongT, 20), 3,
            () => new Sequential(("rnn", new Gru(20, 128, layers: 2, lastStep: true)), ("head", new Dense(128, 3))),
            (p, x) => p.Dense("head.", p.Gru("rnn.", p.Gru("rnn.", x, LongT).Y, LongT, suffix: "_l1").H)),
        new("transformer d128 h4 L6 ff512 T60", new Shape(LongT, 20), 5,
            () => new Sequential(
                ("p", new Dense(20, 128)), ("pos", new LearnedPositions(LongT, 128, 0f)),
                ("t", new TransformerEncoder(EncoderLayers, 128, Heads, 512, EncoderRate)), ("last", new TakeLast()),
                ("o", new Dense(128, 5))),
            (p, x) =>
            {
                Node h = p.AddPositions("pos.", p.Dense("p.", x), LongT);
                for (int i = 0; i < EncoderLayers; i++) h = p.TransformerEncoderLayer($"t.layers.{i}.", h, LongT, Heads, EncoderRate);
                return p.Dense("o.", p.Step(h, LongT, LongT - 1));
            }),
    ];

    static (Node Y, Node H, Node C) Reversed(Reference p, Node x) => p.Lstm("rnn.", x, T, suffix: "_l0_reverse", reverse: true);
}
