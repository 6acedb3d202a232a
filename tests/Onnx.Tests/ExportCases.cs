namespace NeuralCore.Onnx.Tests;

/// <summary>Models that are exported: every layer, alone and among others.</summary>
/// <param name="Name">Name of the case and of its file.</param>
/// <param name="Make">The layers.</param>
/// <param name="Row">Sizes of a row of the input.</param>
/// <param name="Lengths">Whether rows have lengths.</param>
/// <param name="Opset">Version of the operators.</param>
/// <param name="Indices">If over 0, inputs are whole numbers below it.</param>
sealed record ExportCase(string Name, Func<Layer> Make, Shape Row, bool Lengths = false, int Opset = 17, int Indices = 0)
{
    /// <summary>As errors and the test's name show it.</summary>
    public override string ToString() => Name;
}

static class ExportCases
{
    static readonly Shape Sequence = new(7, 5), Flat = new(5);

    /// <summary>Layers that take lengths, each with and without.</summary>
    static readonly (string Name, Func<Layer> Make)[] OverTime =
    [
        ("lstm", () => new Lstm(5, 8)),
        ("lstm-last", () => new Lstm(5, 8, lastStep: true)),
        ("lstm-stack", () => new Lstm(5, 6, layers: 3, dropout: 0.2f)),
        ("bilstm", () => new Lstm(5, 8, bidirectional: true)),
        ("bilstm-stack-last", () => new Lstm(5, 6, layers: 2, bidirectional: true, lastStep: true)),
        ("lstm-no-bias", () => new Lstm(5, 6, bias: false)),
        ("gru", () => new Gru(5, 8)),
        ("gru-before", () => new Gru(5, 8, resetAfter: false)),
        ("bigru-stack", () => new Gru(5, 6, layers: 2, bidirectional: true)),
        ("bigru-last", () => new Gru(5, 6, bidirectional: true, lastStep: true)),
        ("bigru-before-last", () => new Gru(5, 6, bidirectional: true, lastStep: true, resetAfter: false)),
        ("gru-no-bias", () => new Gru(5, 6, layers: 2, bias: false)),
        ("take-last", () => new Sequential(new Dense(5, 4), new TakeLast())),
        ("mean", () => new MeanOverTime()),
        ("max", () => new MaxOverTime()),
        ("additive-attention", () => new AdditiveAttention(5, 7)),
        ("attention", () => new Sequential(new Dense(5, 8), new MultiHeadAttention(8, heads: 2), new TakeLast())),
        ("attention-causal", () => new Sequential(new Dense(5, 8), new MultiHeadAttention(8, heads: 4, bias: false, causal: true),
            new MeanOverTime())),
        ("encoder-post-norm", () => new Sequential(new Dense(5, 8), new TransformerEncoderLayer(8, heads: 2, 12), new MeanOverTime())),
        ("encoder-pre-norm", () => new Sequential(new Dense(5, 8), new SinusoidalPositions(),
            new TransformerEncoder(2, 8, heads: 2, 12, activation: FeedForwardActivation.Gelu, normFirst: true, causal: true,
                finalNorm: true), new TakeLast())),
        ("positions", () => new Sequential(new LearnedPositions(9, 5), new SinusoidalPositions(50), new MeanOverTime())),
        ("batch-norm-sequence", () => new Sequential(new BatchNorm1d(5), new MeanOverTime())),
        ("batch-norm-of-batch", () => new Sequential(new BatchNorm1d(5, trackStatistics: false), new MeanOverTime())),
        ("softmax-over-time", () => new Sequential(Activation.Softmax(1), new MaxOverTime())),
        ("log-softmax-over-time", () => new Sequential(Activation.LogSoftmax(-2), new MeanOverTime())),
        ("plan", () => new Sequential(
            ("rnn", new Lstm(5, 12, bidirectional: true)),
            ("pool", new Concat(("attention", new AdditiveAttention(24, 6)), ("last", new TakeLast()))),
            ("fc", new Dense(48, 8)), ("relu", Activation.Relu()), ("dropout", new Dropout(0.3f)),
            ("heads", new Concat(("direction", new Dense(8, 3)), ("magnitude", new Dense(8, 1)))))),
    ];

    static readonly (string Name, Func<Activation> Make)[] Functions =
    [
        ("relu", Activation.Relu), ("tanh", Activation.Tanh), ("sigmoid", Activation.Sigmoid),
        ("leaky-relu", () => Activation.LeakyRelu(0.1)),
        ("elu", () => Activation.Elu(1.3)), ("gelu", () => Activation.Gelu()), ("gelu-tanh", () => Activation.Gelu(tanh: true)),
        ("silu", Activation.Silu),
        ("softplus", () => Activation.Softplus(2, 1)), ("softmax", () => Activation.Softmax()),
        ("log-softmax", () => Activation.LogSoftmax()), ("softmax-over-batch", () => Activation.Softmax(0)),
    ];

    /// <summary>All cases.</summary>
    public static IReadOnlyList<ExportCase> All { get; } =
    [
        .. OverTime.Select(c => new ExportCase(c.Name, c.Make, Sequence)),
        .. OverTime.Select(c => new ExportCase(c.Name + "-lengths", c.Make, Sequence, Lengths: true)),
        .. OverTime.Where(c => c.Name is "plan" or "max" or "mean" or "bilstm-stack-last" or "encoder-pre-norm" or "batch-norm-of-batch")
            .SelectMany(c => new[] { 18, 20, 23 }.Select(
                opset => new ExportCase($"{c.Name}-opset{opset}", c.Make, Sequence, Lengths: opset > 18, opset))),
        .. Functions.Select(f => new ExportCase(f.Name, () => f.Make(), Flat)),
        .. Functions.Select(f => new ExportCase(f.Name + "-sequence", () => f.Make(), Sequence)),
        new("gelu-opset20", () => Activation.Gelu(), Flat, Opset: 20),
        new("dense", () => new Dense(5, 3), Flat),
        new("dense-no-bias", () => new Dense(5, 3, bias: false), Flat),
        new("dense-sequence", () => new Dense(5, 3), Sequence),
        new("take-steps", () => new TakeSteps(3, 2, 1, 3), Sequence),
        new("take-steps-of-two", () => new Concat(new Sequential(new TakeSteps(2, 4, 0, 2), new Lstm(2, 3, lastStep: true)),
            new Sequential(new TakeSteps(5, 1, 2, 3), new Gru(3, 4, lastStep: true))), Sequence),
        new("flatten", () => new Sequential(new Flatten(), new Dense(35, 3)), Sequence),
        new("residual", () => new Residual(new Sequential(new Dense(5, 6), Activation.Tanh(), new Dense(6, 5))), Flat),
        new("layer-norm", () => new LayerNorm(5), Flat),
        new("layer-norm-plain", () => new LayerNorm(5, affine: false), Sequence),
        new("layer-norm-over-time", () => new LayerNorm(new Shape(7, 5)), Sequence),
        new("layer-norm-over-time-plain", () => new LayerNorm(new Shape(7, 5), affine: false), Sequence),
        new("batch-norm", () => new BatchNorm1d(5), Flat),
        new("batch-norm-plain", () => new BatchNorm1d(5, affine: false), Flat),
        new("embedding", () => new Sequential(new Embedding(11, 4, paddingIndex: 2), new Gru(4, 3, lastStep: true)),
            new Shape(7), Indices: 11),
        new("embedding-lengths", () => new Sequential(new Embedding(11, 4), new MaxOverTime()), new Shape(7), Lengths: true, Indices: 11),
    ];

    /// <summary>The model of a case, its parameters and statistics drawn.</summary>
    public static Model Model(ExportCase one)
    {
        var model = new Model(one.Make(), seed: 5);
        var random = new CounterRandom(seed: 6, stream: 0);
        foreach (Parameter parameter in model.Parameters)
            if (parameter.Shape.Rank == 1)
                // Biases and scales that are 0 and 1 would hide errors.
                foreach (ref float v in parameter.Value) v += 0.3f * (float)random.NextNormal();
        foreach (Parameter buffer in model.Buffers)
            foreach (ref float v in buffer.Value) v += 0.5f * random.NextSingle();
        model.ParametersChanged();
        return model;
    }

    /// <summary>A batch of inputs, the lengths mixed; NaN past the lengths.</summary>
    public static Tensor Input(ExportCase one, int batch, int steps = 7)
    {
        Tensor x = one.Row.Rank == 1 && one.Indices == 0 ? new Tensor(batch, one.Row[0]) : one.Row.Rank == 1 ? new Tensor(batch, steps)
            : new Tensor(batch, steps, one.Row[1]);
        var random = new CounterRandom(seed: 7, stream: (ulong)batch);
        foreach (ref float v in x.Span) v = one.Indices > 0 ? random.NextInt32(one.Indices) : (float)random.NextNormal();
        if (!one.Lengths) return x;
        int[] lengths = [.. Enumerable.Range(0, batch).Select(row => 1 + (steps - 1 + row * 5) % steps)];
        int size = x.Count / (batch * steps);
        for (int row = 0; row < batch; row++) x.Span[((row * steps + lengths[row]) * size)..((row + 1) * steps * size)].Fill(float.NaN);
        return x.WithLengths(lengths);
    }
}
