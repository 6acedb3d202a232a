namespace NeuralCore.Tests;

public partial class GradientTests
{
    /// <summary>Layers on inputs that a shape alone does not describe: lengths, masks, indices, no ties.</summary>
    static readonly (string Name, Func<Layer> Make, Func<Tensor> Input)[] LayersOnInputs =
    [
        ("LayerNorm, lengths", () => new LayerNorm(5), () => Ragged(5)),
        ("BatchNorm1d, lengths", () => new Sequential(new BatchNorm1d(5), Activation.Tanh(), new MeanOverTime()), () => Ragged(5)),
        ("Activation, softmax over time, lengths", () => Activation.Softmax(1), () => Ragged(5)),
        ("Activation, log-softmax over time, lengths", () => Activation.LogSoftmax(1), () => Ragged(5)),
        ("Activation, log-softmax over the features, lengths", () => Activation.LogSoftmax(), () => Ragged(5)),
        ("MeanOverTime, lengths", () => new MeanOverTime(), () => Ragged(5)),
        ("MaxOverTime, lengths", () => new MaxOverTime(), () => Spaced(Ragged(5))),
        ("TakeLast, lengths", () => new TakeLast(), () => Ragged(5)),
        ("AdditiveAttention, lengths", () => new AdditiveAttention(5, 3), () => Ragged(5)),
        ("AdditiveAttention, lengths and gaps", () => new Masked(new AdditiveAttention(5, 3), steps: Gaps), () => TwoRows(5)),
        ("MultiHeadAttention, lengths", () => new MultiHeadAttention(4, 2), () => Ragged(4)),
        ("MultiHeadAttention, lengths, gaps and a mask", () => new Masked(new MultiHeadAttention(4, 2), Mixed, Gaps), () => TwoRows(4)),
        ("MultiHeadAttention, cross", () => new Cross(new MultiHeadAttention(4, 2), queries: 2), () => TwoRows(4)),
        ("MultiHeadAttention, cross, lengths", () => new Cross(new MultiHeadAttention(4, 2), queries: 1, 3, 2), () => TwoRows(4)),
        ("TransformerEncoderLayer, lengths, gaps and a mask",
            () => new Masked(new TransformerEncoderLayer(4, 2, 5, 0, FeedForwardActivation.Gelu), Mixed, Gaps), () => TwoRows(4)),
        ("TransformerEncoder, lengths, gaps and a mask",
            () => new Masked(new TransformerEncoder(2, 8, 2, 3, 0.1f, FeedForwardActivation.Gelu, normFirst: true, finalNorm: true), Mixed, Gaps), () => TwoRows(8)),
        ("LearnedPositions, lengths", () => new LearnedPositions(6, 3), () => Ragged(3)),
        ("Embedding", () => new Sequential(new Rounded(), new Embedding(7, 3)), () => Indices(4)),
        ("Embedding, padding, lengths", () => new Sequential(new Rounded(), new Embedding(7, 3, paddingIndex: 2)), () => Indices(3, 4).WithLengths(4, 1, 3)),
    ];

    public static TheoryData<string> NamesOnInputs => [.. LayersOnInputs.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(NamesOnInputs))]
    public void GradientsOnSuchInputsMatchDifferencesAndMutantsAreFound(string name)
    {
        var (_, make, input) = LayersOnInputs.Single(l => l.Name == name);
        var model = new Model(make(), seed: 1);
        GradientCheck.Run(model, input()).ThrowIfFailed();
        bool indices = name.StartsWith("Embedding", StringComparison.Ordinal);
        foreach (string? parameter in model.Parameters.Select(p => p.Name).Concat(indices ? [] : (string?[])[null]))
            foreach (Func<float, float> change in (Func<float, float>[])[g => -g, g => 1.005f * g, _ => 0])
                Assert.False(GradientCheck.Run(new Model(Mutant.Of(make(), parameter, change), seed: 1), input()).Passed, $"{name}: {parameter ?? "input"}");
    }

    static Tensor Ragged(int features) => Draw.Tensor(1, 4, 5, features).WithLengths(2, 5, 1, 3);

    static Tensor TwoRows(int features) => Draw.Tensor(1, 2, 4, features).WithLengths(4, 3);

    /// <summary>Of two rows of four steps.</summary>
    static StepMask Gaps => StepMask.Ignore(new[,] { { false, true, false, false }, { true, false, false, false } });

    /// <summary>Of four queries and four keys; with <see cref="Gaps"/>, the first query of the second row is left without any key.</summary>
    static AttentionMask Mixed => AttentionMask.Allow(new[,]
    {
        { true, false, false, false }, { true, true, false, true }, { false, true, true, false }, { true, true, true, true },
    });

    static Tensor Indices(params int[] sizes)
    {
        var x = new Tensor(sizes);
        for (int i = 0; i < x.Count; i++) x.Span[i] = i * 5 % 7;
        return x;
    }

    /// <summary>The same tensor with values that are at least a quarter apart.</summary>
    static Tensor Spaced(Tensor x)
    {
        for (int i = 0; i < x.Count; i++) x.Span[i] = (i * 37 % 101 - 50) / 16f;
        return x;
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
}
