using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

[Trait("Category", "Bits")]
public partial class GradientTests
{
    /// <summary>Every public layer with a shape of its input: a new layer joins by one line.</summary>
    internal static readonly (string Name, Func<Layer> Make, Shape Input)[] Layers =
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
        ("Gru", () => new Gru(3, 5), new Shape(3, 4, 3)),
        ("Gru, more than 16 units and 5 rows", () => new Gru(2, 17), new Shape(6, 2, 2)),
        ("Gru, stack", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f), new Shape(2, 4, 3)),
        ("Gru, without bias", () => new Gru(3, 4, layers: 2, bias: false, lastStep: true), new Shape(5, 3, 3)),
        ("Gru, reset before", () => new Gru(3, 5, resetAfter: false), new Shape(6, 4, 3)),
        ("Gru, reset before, more than 16 units", () => new Gru(2, 17, resetAfter: false), new Shape(2, 2, 2)),
        ("Gru, reset before, stack", () => new Gru(3, 4, layers: 2, bidirectional: true, dropout: 0.3f, resetAfter: false), new Shape(2, 4, 3)),
        ("Gru, reset before, without bias", () => new Gru(3, 4, bias: false, lastStep: true, resetAfter: false), new Shape(5, 3, 3)),
        ("AdditiveAttention", () => new AdditiveAttention(5, 3), new Shape(3, 4, 5)),
        ("AdditiveAttention without bias", () => new AdditiveAttention(3, 4, bias: false), new Shape(2, 5, 3)),
        ("MultiHeadAttention", () => new MultiHeadAttention(6, 2), new Shape(2, 4, 6)),
        ("MultiHeadAttention, one head without bias", () => new MultiHeadAttention(5, 1, bias: false), new Shape(2, 3, 5)),
        ("MultiHeadAttention, causal", () => new MultiHeadAttention(6, 3, causal: true), new Shape(2, 4, 6)),
        ("MultiHeadAttention, dropout", () => new MultiHeadAttention(4, 2, dropout: 0.3f), new Shape(2, 4, 4)),
        ("TransformerEncoderLayer, gelu", () => new TransformerEncoderLayer(4, 2, 5, 0.2f, FeedForwardActivation.Gelu), new Shape(2, 3, 4)),
        ("TransformerEncoderLayer, gelu, pre-norm, causal", () => new TransformerEncoderLayer(4, 2, 5, 0.2f, FeedForwardActivation.Gelu, normFirst: true, causal: true),
            new Shape(2, 3, 4)),
        ("TransformerEncoderLayer, relu", () => new TransformerEncoderLayer(8, 2, 3, 0), new Shape(2, 3, 8)),
        ("TransformerEncoderLayer, relu, pre-norm", () => new TransformerEncoderLayer(8, 2, 4, 0, normFirst: true), new Shape(2, 2, 8)),
        ("TransformerEncoder", () => new TransformerEncoder(2, 4, 2, 5, 0.1f, FeedForwardActivation.Gelu), new Shape(2, 3, 4)),
        ("SinusoidalPositions", () => new SinusoidalPositions(), new Shape(2, 4, 5)),
        ("LearnedPositions", () => new LearnedPositions(6, 3), new Shape(3, 4, 3)),
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
        ("Activation, log-softmax", () => Activation.LogSoftmax(), new Shape(5, 7)),
        ("Activation, log-softmax over the batch", () => Activation.LogSoftmax(-2), new Shape(5, 7)),
        ("LayerNorm", () => new LayerNorm(5), new Shape(2, 3, 5)),
        ("LayerNorm over two axes", () => new LayerNorm(new Shape(3, 5)), new Shape(2, 3, 5)),
        ("LayerNorm without weights", () => new LayerNorm(9, 1e-3, affine: false), new Shape(4, 9)),
        ("Sequential", () => new Sequential(new Dense(3, 5), Activation.Tanh(), new Dropout(0.3f), new Dense(5, 2)), new Shape(4, 3)),
        ("Concat", () => new Concat(new Dense(3, 5), new Dense(3, 2)), new Shape(4, 3)),
        ("Residual", () => new Residual(new Dense(4, 4)), new Shape(3, 4)),
        ("BatchNorm1d", () => new BatchNorm1d(3), new Shape(6, 3)),
        ("BatchNorm1d on sequences", () => new BatchNorm1d(9, momentum: null), new Shape(2, 3, 9)),
        ("BatchNorm1d without weights and statistics", () => new BatchNorm1d(3, 1e-3, affine: false, trackStatistics: false), new Shape(7, 3)),
        ("MeanOverTime", () => new MeanOverTime(), new Shape(3, 4, 5)),
        ("MaxOverTime", () => new MaxOverTime(), new Shape(2, 2, 3)),
        ("TakeLast", () => new TakeLast(), new Shape(3, 4, 5)),
        ("Flatten", () => new Flatten(), new Shape(3, 4, 5)),
    ];

    public static TheoryData<string> Names => [.. Layers.Select(l => l.Name)];

    static (Layer Layer, Shape Input) Make(string name)
    {
        var (_, make, input) = Layers.Single(l => l.Name == name);
        return (make(), input);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsMatchDifferences(string name)
    {
        (Layer layer, Shape input) = Make(name);
        GradientCheckResult result = GradientCheck.Run(layer, input);
        result.ThrowIfFailed();
        Assert.True(result.Passed);
    }

    [Fact]
    public void EveryPublicLayerIsListed()
    {
        var listed = Layers.Select(l => l.Make().GetType()).Append(typeof(Embedding)).ToHashSet();   // Embedding: in LayersOnInputs
        foreach (Type type in typeof(Layer).Assembly.GetExportedTypes().Where(t => typeof(Layer).IsAssignableFrom(t) && t != typeof(Layer)))
            Assert.True(listed.Any(type.IsAssignableFrom), $"add {type.Name} to the list of layers");
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
    public void FlippedSignsAreFound(string name)
    {
        AssertFound(name, null, g => -g);
        foreach (string parameter in ParameterNames(name)) AssertFound(name, parameter, g => -g);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DroppedGradientsAreFound(string name)
    {
        string[] names = ParameterNames(name);
        if (names.Length == 0) AssertFound(name, null, _ => 0);
        else AssertFound(name, names.LastOrDefault(n => n.Contains("bias", StringComparison.Ordinal)) ?? names[^1], _ => 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsThatAreHalfAPercentOffAreFound(string name) => AssertFound(name, ParameterNames(name).LastOrDefault(), g => 1.005f * g);

    static string[] ParameterNames(string name) => [.. new Model(Make(name).Layer, 1).Parameters.Select(p => p.Name)];

    static void AssertFound(string name, string? parameter, Func<float, float> change)
    {
        (Layer layer, Shape input) = Make(name);
        GradientCheckResult result = GradientCheck.Run(Mutant.Of(layer, parameter, change), input);
        Assert.False(result.Passed, $"{name}: a wrong gradient of {parameter ?? "the input"} was not found");
        Assert.True(result.Tensors.Single(t => t.Name == (parameter ?? "input")).Error > GradientCheck.DefaultLimit);
    }

    /// <summary>y = 2x, writing dS = Σ dY∘x where it should add.</summary>
    sealed class Overwriting : Layer
    {
        readonly Parameter s;

        public Overwriting() => s = Parameter("s", new Shape(1), 1f);

        public override Tensor Forward(Tensor x, Tape tape)
        {
            Tensor y = tape.Tensor(x.Shape);
            for (int i = 0; i < x.Count; i++) y.Span[i] = s.Value[0] * x.Span[i];
            tape.Push(this, x);
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            Tensor x = tape.Pop(this), dX = tape.Tensor(x.Shape);
            tape.Gradient(s)[0] = 0;
            for (int i = 0; i < x.Count; i++)
            {
                tape.Gradient(s)[0] += dY.Span[i] * x.Span[i];
                dX.Span[i] = dY.Span[i] * s.Value[0];
            }
            return dX;
        }
    }

    [Fact]
    public void OverwritingAGradientIsFoundAndTheMessageNamesTheElement()
    {
        GradientCheckResult result = GradientCheck.Run(new Overwriting(), new Shape(2, 3));
        var error = Assert.Throws<InvalidOperationException>(result.ThrowIfFailed);
        Assert.Contains("Overwriting: gradient of 's' element 0: expected", error.Message, StringComparison.Ordinal);
        Assert.Equal(0.5, result.Worst.Error, 1e-3);
        Assert.True(result.Tensors[0].Error < 1e-4);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void AGradientThatIsNotFiniteIsFound(float value)
    {
        foreach (string? parameter in (string?[])[null, "weight"])
        {
            GradientCheckResult result = GradientCheck.Run(Mutant.Of(new Dense(3, 2), parameter, g => g > 0 ? value : g), new Shape(2, 3));
            Assert.False(result.Passed);
            Assert.Equal((parameter ?? "input", double.PositiveInfinity), (result.Worst.Name, result.Worst.Error));
        }
    }

    [Fact]
    public void TheCheckRestoresValuesAndInput()
    {
        var model = new Model(new Lstm(2, 3), 5);
        Tensor x = Draw.Tensor(1, 2, 3, 2);
        float[] values = [.. model.Values], input = [.. x.Span], before = [.. model.Predict(x, model.Tape()).Span];
        GradientCheck.Run(model, x).ThrowIfFailed();
        Draw.SameBits(values, model.Values, "parameters");
        Draw.SameBits(input, x.Span, "input");
        Draw.SameBits(before, model.Predict(x, model.Tape()).Span, "prediction with packed weights");
    }

    [Fact]
    public void DenseOverRandomShapes()
        => Holds((b, t, i, o) => (new Dense(i, o, bias: o % 2 == 0), t == 1 ? new Shape(b, i) : new Shape(b, t, i)));

    [Fact]
    public void LstmOverRandomShapes() => Holds((b, t, i, o) => (new Lstm(i, o), new Shape(b, t, i)));

    [Fact]
    public void LastStepOverRandomShapes() => Holds((b, t, i, o) => (new Lstm(i, o, lastStep: true), new Shape(b, t, i)));

    [Fact]
    public void BidirectionalLstmOverRandomShapes()
        => Holds((b, t, i, o) => (new Lstm(i, o, layers: 1 + t % 2, bidirectional: true, lastStep: b % 2 == 0), new Shape(b, t, i)));

    [Fact]
    public void GruOverRandomShapes()
        => Holds((b, t, i, o) => (new Gru(i, o, bidirectional: t % 2 == 0, lastStep: b % 2 == 0, resetAfter: i % 2 == 0), new Shape(b, t, i)));

    [Theory]
    [InlineData("LSTM", false)]
    [InlineData("LSTM", true)]
    [InlineData("GRU", false)]
    [InlineData("GRU", true)]
    [InlineData("GRU, reset before", false)]
    [InlineData("GRU, reset before", true)]
    public void RecurrentLayersWithLengths(string cell, bool lastStep)
    {
        foreach (int layers in (int[])[1, 2])
        {
            var model = new Model(Recurrent.Make(cell, 3, 4, layers, both: true, dropout: 0.3f, lastStep: lastStep), 1);
            GradientCheck.Run(model, Draw.Tensor(1, 4, 5, 3).WithLengths(2, 4, 1, 3)).ThrowIfFailed();
        }
    }

    [Fact]
    public void AttentionOverRandomShapes() => Holds((b, t, i, o) => (new AdditiveAttention(i, o), new Shape(b, t, i)));

    [Fact]
    public void HeadsOverRandomShapes() => Holds((b, t, i, o) => (new MultiHeadAttention(i * o, o, bias: b % 2 == 0, causal: t % 2 == 0), new Shape(b, t, i * o)));

    [Fact]
    public void TwoHeadsOnATrunkOverRandomShapes()
        => Holds((b, t, i, o) => (new Sequential(new Lstm(i, o), new TakeLast(), new Concat(new Dense(o, 2), new Dense(o, 1))), new Shape(b, t, i)));

    /// <summary>
    /// The gradient check passes for batches of 1 to 9, 1 to 7 steps, and odd and even sizes; the list has sizes of more than a vector.
    /// </summary>
    static void Holds(Func<int, int, int, int, (Layer Layer, Shape Input)> make)
    {
        var sizes = from b in Gen.Choose(1, 9)
                    from t in Gen.Choose(1, 7)
                    from i in Gen.Elements(1, 2, 3, 5, 7)
                    from o in Gen.Elements(1, 2, 3, 5, 8)
                    select (B: b, T: t, I: i, O: o);
        int cases = 0;
        Prop.ForAll(sizes.ToArbitrary(), size =>
        {
            cases++;
            (Layer layer, Shape input) = make(size.B, size.T, size.I, size.O);
            GradientCheckResult result = GradientCheck.Run(layer, input, seed: (ulong)(size.B * 1000 + size.T * 100 + size.I * 10 + size.O));
            return result.Passed.Label($"{size}: {result}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20).WithReplay(20240, 7));
        Assert.Equal(20, cases);
    }
}
