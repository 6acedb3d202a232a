namespace NeuralCore.Tests;

public partial class GradientTests
{
    /// <summary>Every public layer with its input, of a shape or as <see cref="LayerInput"/> says: a new layer joins by one line.</summary>
    internal static readonly (string Name, Func<Layer> Make, LayerInput Input)[] Layers =
    [
        ("Dense", () => new Dense(5, 7), new Shape(4, 5)),
        ("Dense on a sequence", () => new Dense(3, 17), new Shape(2, 3, 3)),
        ("Dense without bias", () => new Dense(5, 3, bias: false), new Shape(4, 5)),
        ("Lstm", () => new Lstm(3, 5), new Shape(3, 4, 3)),
        ("Lstm, more than 16 units and 5 rows", () => new Lstm(2, 17), new Shape(6, 2, 2)),
        ("Lstm, last step", () => new Lstm(4, 3, lastStep: true), new Shape(2, 5, 4)),
        ("Lstm, both directions", () => new Lstm(3, 4, bidirectional: true), new Shape(2, 4, 3)),
        ("Lstm, both directions, last step", () => new Lstm(3, 4, bidirectional: true, lastStep: true), new Shape(5, 4, 3)),
        ("Lstm, stack", () => new Lstm(3, 4, layers: 2, bidirectional: true, dropout: 0.3f), new Shape(2, 4, 3)),
        ("Lstm, without bias", () => new Lstm(3, 4, layers: 2, bias: false, lastStep: true), new Shape(5, 3, 3)),
        ("Lstm, lengths", () => new Lstm(3, 4, bidirectional: true), Ragged(3)),
        ("Lstm, stack, lengths", () => new Lstm(3, 4, layers: 2, bidirectional: true, dropout: 0.3f), Ragged(3)),
        ("Lstm, stack, last step, lengths", () => new Lstm(3, 4, layers: 2, bidirectional: true, dropout: 0.3f, lastStep: true), Ragged(3)),
        ("Gru", () => new Gru(3, 5), new Shape(3, 4, 3)),
        ("Gru, more than 16 units and 5 rows", () => new Gru(2, 17), new Shape(6, 2, 2)),
        ("Gru, stack", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f), new Shape(2, 4, 3)),
        ("Gru, without bias", () => new Gru(3, 4, layers: 2, bias: false, lastStep: true), new Shape(5, 3, 3)),
        ("Gru, lengths", () => new Gru(3, 4, bidirectional: true), Ragged(3)),
        ("Gru, stack, last step, lengths", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f, lastStep: true), Ragged(3)),
        ("Gru, reset before", () => new Gru(3, 5, resetAfter: false), new Shape(6, 4, 3)),
        ("Gru, reset before, more than 16 units", () => new Gru(2, 17, resetAfter: false), new Shape(2, 2, 2)),
        ("Gru, reset before, stack", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f, resetAfter: false),
            new Shape(2, 4, 3)),
        ("Gru, reset before, without bias", () => new Gru(3, 4, bias: false, lastStep: true, resetAfter: false), new Shape(5, 3, 3)),
        ("Gru, reset before, last step, lengths", () => new Gru(3, 4, bidirectional: true, lastStep: true, resetAfter: false), Ragged(3)),
        ("Gru, reset before, stack, lengths", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f, resetAfter: false),
            Ragged(3)),
        ("AdditiveAttention", () => new AdditiveAttention(5, 3), new Shape(3, 4, 5)),
        ("AdditiveAttention without bias", () => new AdditiveAttention(3, 4, bias: false), new Shape(2, 5, 3)),
        ("AdditiveAttention, lengths", () => new AdditiveAttention(5, 3), Ragged(5)),
        ("AdditiveAttention, lengths and gaps", () => new Masked(new AdditiveAttention(5, 3), steps: Gaps), TwoRows(5)),
        ("MultiHeadAttention", () => new MultiHeadAttention(6, 2), new Shape(2, 4, 6)),
        ("MultiHeadAttention, one head without bias", () => new MultiHeadAttention(5, 1, bias: false), new Shape(2, 3, 5)),
        ("MultiHeadAttention, causal", () => new MultiHeadAttention(6, 3, causal: true), new Shape(2, 4, 6)),
        ("MultiHeadAttention, dropout", () => new MultiHeadAttention(4, 2, dropout: 0.3f), new Shape(2, 4, 4)),
        ("MultiHeadAttention, lengths", () => new MultiHeadAttention(4, 2), Ragged(4)),
        ("MultiHeadAttention, lengths, gaps and a mask", () => new Masked(new MultiHeadAttention(4, 2), Mixed, Gaps), TwoRows(4)),
        ("MultiHeadAttention, cross", () => new Cross(new MultiHeadAttention(4, 2), queries: 2), TwoRows(4)),
        ("MultiHeadAttention, cross, lengths", () => new Cross(new MultiHeadAttention(4, 2), queries: 1, 3, 2), TwoRows(4)),
        ("TransformerEncoderLayer, gelu", () => new TransformerEncoderLayer(4, 2, 5, 0.2f, FeedForwardActivation.Gelu), new Shape(2, 3, 4)),
        ("TransformerEncoderLayer, gelu, pre-norm, causal",
            () => new TransformerEncoderLayer(4, 2, 5, 0.2f, FeedForwardActivation.Gelu, normFirst: true, causal: true),
            new Shape(2, 3, 4)),
        ("TransformerEncoderLayer, relu", () => new TransformerEncoderLayer(8, 2, 3, 0), new Shape(2, 3, 8)),
        ("TransformerEncoderLayer, relu, pre-norm", () => new TransformerEncoderLayer(8, 2, 4, 0, normFirst: true), new Shape(2, 2, 8)),
        ("TransformerEncoderLayer, lengths, gaps and a mask",
            () => new Masked(new TransformerEncoderLayer(4, 2, 5, 0, FeedForwardActivation.Gelu), Mixed, Gaps), TwoRows(4)),
        ("TransformerEncoder", () => new TransformerEncoder(2, 4, 2, 5, 0.1f, FeedForwardActivation.Gelu), new Shape(2, 3, 4)),
        ("TransformerEncoder, pre-norm, final norm, lengths",
            () => new TransformerEncoder(2, 4, 2, 5, 0.1f, FeedForwardActivation.Gelu, normFirst: true, finalNorm: true), Ragged(4)),
        ("TransformerEncoder, lengths, gaps and a mask",
            () => new Masked(new TransformerEncoder(2, 8, 2, 3, 0.1f, FeedForwardActivation.Gelu, normFirst: true, finalNorm: true), Mixed,
                Gaps), TwoRows(8)),
        ("SinusoidalPositions", () => new SinusoidalPositions(), new Shape(2, 4, 5)),
        ("LearnedPositions", () => new LearnedPositions(6, 3), new Shape(3, 4, 3)),
        ("LearnedPositions, lengths", () => new LearnedPositions(6, 3), Ragged(3)),
        ("Embedding", () => new Embedding(7, 3), new LayerInput(new Shape(2, 4)) { Indices = 7 }),
        ("Embedding, padding, lengths", () => new Embedding(7, 3, paddingIndex: 2),
            new LayerInput(new Shape(3, 4)) { Indices = 7, Lengths = [4, 1, 3] }),
        ("Dropout", () => new Dropout(0.4f), new Shape(6, 7)),
        ("Activation, relu", Activation.Relu, new Shape(5, 7)),
        ("Activation, tanh", Activation.Tanh, new Shape(5, 7)),
        ("Activation, sigmoid", Activation.Sigmoid, new Shape(5, 7)),
        ("Activation, leaky relu", () => Activation.LeakyRelu(0.2), new Shape(5, 7)),
        ("Activation, elu", () => Activation.Elu(1.7), new Shape(5, 7)),
        ("Activation, gelu", () => Activation.Gelu(), new Shape(5, 7)),
        ("Activation, gelu by tanh", () => Activation.Gelu(tanh: true), new Shape(5, 7)),
        ("Activation, silu", Activation.Silu, new Shape(5, 7)),
        ("Activation, softplus", () => Activation.Softplus(3, 0.2), new Shape(5, 7)),
        ("Activation, softmax", () => Activation.Softmax(), new Shape(5, 7)),
        ("Activation, softmax over time", () => Activation.Softmax(1), new Shape(2, 4, 3)),
        ("Activation, softmax over time, lengths", () => Activation.Softmax(1), Ragged(5)),
        ("Activation, log-softmax", () => Activation.LogSoftmax(), new Shape(5, 7)),
        ("Activation, log-softmax over the batch", () => Activation.LogSoftmax(-2), new Shape(5, 7)),
        ("Activation, log-softmax over time, lengths", () => Activation.LogSoftmax(1), Ragged(5)),
        ("Activation, log-softmax over the features, lengths", () => Activation.LogSoftmax(), Ragged(5)),
        ("LayerNorm", () => new LayerNorm(5), new Shape(2, 3, 5)),
        ("LayerNorm over two axes", () => new LayerNorm(new Shape(3, 5)), new Shape(2, 3, 5)),
        ("LayerNorm without weights", () => new LayerNorm(9, 1e-3, affine: false), new Shape(4, 9)),
        ("LayerNorm, lengths", () => new LayerNorm(5), Ragged(5)),
        ("Sequential", () => new Sequential(new Dense(3, 5), Activation.Tanh(), new Dropout(0.3f), new Dense(5, 2)), new Shape(4, 3)),
        ("Concat", () => new Concat(new Dense(3, 5), new Dense(3, 2)), new Shape(4, 3)),
        ("Residual", () => new Residual(new Dense(4, 4)), new Shape(3, 4)),
        ("BatchNorm1d", () => new BatchNorm1d(3), new Shape(6, 3)),
        ("BatchNorm1d on sequences", () => new BatchNorm1d(9, momentum: null), new Shape(2, 3, 9)),
        ("BatchNorm1d without weights and statistics", () => new BatchNorm1d(3, 1e-3, affine: false, trackStatistics: false),
            new Shape(7, 3)),
        ("BatchNorm1d, lengths", () => new Sequential(new BatchNorm1d(5), Activation.Tanh(), new MeanOverTime()), Ragged(5)),
        ("MeanOverTime", () => new MeanOverTime(), new Shape(3, 4, 5)),
        ("MeanOverTime, lengths", () => new MeanOverTime(), Ragged(5)),
        ("MaxOverTime", () => new MaxOverTime(), new Shape(2, 2, 3)),
        ("MaxOverTime, lengths", () => new MaxOverTime(), Ragged(5) with { Apart = true }),
        ("TakeLast", () => new TakeLast(), new Shape(3, 4, 5)),
        ("TakeLast, lengths", () => new TakeLast(), Ragged(5)),
        ("TakeSteps", () => new TakeSteps(3, 2, 1, 3), new Shape(2, 6, 5)),
        ("TakeSteps of overlapping columns", () => new Concat(
            new Sequential(new TakeSteps(2, 3, 0, 3), new Flatten()), new Sequential(new TakeSteps(4, 1, 1, 4), new Flatten())),
            new Shape(2, 4, 5)),
        ("Flatten", () => new Flatten(), new Shape(3, 4, 5)),
    ];

    public static TheoryData<string> Names => [.. Layers.Select(l => l.Name)];

    static LayerInput Ragged(int features) => new(new Shape(4, 5, features)) { Lengths = [2, 5, 1, 3] };

    static LayerInput TwoRows(int features) => new(new Shape(2, 4, features)) { Lengths = [4, 3] };

    /// <summary>Of two rows of four steps.</summary>
    static StepMask Gaps => StepMask.Ignore(new[,] { { false, true, false, false }, { true, false, false, false } });

    /// <summary>
    /// Of four queries and four keys; with <see cref="Gaps"/>, the first query of the second row is left without any key.
    /// </summary>
    static AttentionMask Mixed => AttentionMask.Allow(new[,]
    {
        { true, false, false, false }, { true, true, false, true }, { false, true, true, false }, { true, true, true, true },
    });

    static (Layer Layer, LayerInput Input) Make(string name)
    {
        var (_, make, input) = Layers.Single(l => l.Name == name);
        return (input.Indices > 0 ? new Sequential(new Rounded(), make()) : make(), input);
    }

    static GradientCheckResult Check(Layer layer, LayerInput input)
    {
        if (input.IsPlain) return GradientCheck.Run(layer, input.Shape);
        var model = new Model(layer, seed: 1);
        float[] offsets = Draw.Floats(model.Values.Length, stream: 8, scale: 0.1f);
        for (int i = 0; i < offsets.Length; i++) model.Values[i] += offsets[i];
        model.ParametersChanged();
        return GradientCheck.Run(model, input.Make(stream: 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void GradientsMatchDifferences(string name)
    {
        (Layer layer, LayerInput input) = Make(name);
        GradientCheckResult result = Check(layer, input);
        result.ThrowIfFailed();
        Assert.True(result.Passed);
    }

    [Fact]
    public void EveryPublicLayerIsListed()
    {
        var listed = Layers.Select(l => l.Make().GetType()).ToHashSet();
        foreach (Type type in typeof(Layer).Assembly.GetExportedTypes().Where(t => typeof(Layer).IsAssignableFrom(t) && t != typeof(Layer)))
            Assert.True(listed.Any(type.IsAssignableFrom), $"add {type.Name} to the list of layers");
    }

    /// <summary>The nearest whole numbers: a step function, whose gradient is none.</summary>
    sealed class Rounded : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape)
        {
            Tensor y = tape.Tensor(x.Shape);
            for (int i = 0; i < x.Count; i++) y.Span[i] = MathF.Round(x.Span[i]);
            return x.HasLengths ? y.WithLengths([.. x.Lengths]) : y;
        }

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    /// <summary>A layer whose gradients are those of another one, but for one deliberate error.</summary>
    sealed class Mutant(Layer inner, string? parameter, Func<float, float> change) : Layer
    {
        public Layer Inner { get; } = inner;

        public static Mutant Of(Layer inner, string? parameter, Func<float, float> change)
        {
            var mutant = new Mutant(inner, parameter, change);
            mutant.Child("", inner);
            return mutant;
        }

        public override Shape OutputShape(Shape input) => Inner.OutputShape(input);

        public override Tensor Forward(Tensor x, Tape tape) => Inner.Forward(x, tape);

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            Parameter? target = parameter is null ? null : All(Inner).Single(p => p.Name == parameter);
            float[] before = target is null ? [] : [.. tape.Gradient(target)];
            Tensor dX = Inner.Backward(dY, tape);
            if (target is null)
            {
                Tensor changed = tape.Tensor(dX.Shape);
                for (int i = 0; i < dX.Count; i++) changed.Span[i] = change(dX.Span[i]);
                return changed;
            }
            Span<float> gradient = tape.Gradient(target);
            for (int i = 0; i < before.Length; i++) gradient[i] = before[i] + change(gradient[i] - before[i]);
            return dX;
        }

        public static IEnumerable<Parameter> All(Layer layer) => layer.Parameters.Concat(layer.Children.SelectMany(c => All(c.Layer)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FlippedSignsAreFound(string name) => AssertFound(name, g => -g);

    [Theory]
    [MemberData(nameof(Names))]
    public void DroppedGradientsAreFound(string name) => AssertFound(name, _ => 0);

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsThatAreHalfAPercentOffAreFound(string name) => AssertFound(name, g => 1.005f * g);

    /// <summary>A wrong gradient of each parameter, and of the input unless it is of indices, is found.</summary>
    static void AssertFound(string name, Func<float, float> change)
    {
        (Layer right, LayerInput input) = Make(name);
        foreach (string? parameter in new Model(right, 1).Parameters.Select(p => p.Name).Concat(input.Indices > 0 ? [] : (string?[])[null]))
        {
            GradientCheckResult result = Check(Mutant.Of(Make(name).Layer, parameter, change), input);
            Assert.False(result.Passed, $"{name}: a wrong gradient of {parameter ?? "the input"} was not found");
            Assert.True(result.Tensors.Single(t => t.Name == (parameter ?? "input")).Error > GradientCheck.DefaultLimit);
        }
    }
}
