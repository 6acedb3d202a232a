namespace NeuralCore.Tests;

public class TapeTests
{
    /// <summary>y = x, pushing and popping as often as it is told.</summary>
    sealed class Pusher(int pushes, int pops) : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape)
        {
            for (int i = 0; i < pushes; i++) tape.Push(this, x);
            return x;
        }

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            for (int i = 0; i < pops; i++) tape.Pop(this);
            return dY;
        }
    }

    static void Train(Layer layer)
    {
        var model = new Model(layer, 1);
        Tape tape = model.Tape();
        tape.Begin(training: true);
        Tensor y = model.Root.Forward(new Tensor(2, 3), tape);
        model.Root.Backward(y, tape);
        tape.End();
    }

    [Fact]
    public void APopWithoutAPushNamesTheLayer()
        => Assert.Equal("Pusher: expected a tensor on the tape, got none (Backward without a training Forward?)",
            Assert.Throws<InvalidOperationException>(() => Train(new Pusher(0, 1))).Message);

    [Fact]
    public void PoppingAnotherLayersTensorNamesBoth()
        => Assert.Equal("Pusher 'b': expected its own tensor on the tape, got one of Pusher 'a' (pushes and pops must mirror each other)",
            Assert.Throws<InvalidOperationException>(() => Train(new Sequential(("a", new Pusher(1, 1)), ("b", new Pusher(1, 2)))))
                .Message);

    [Fact]
    public void ALeftoverNamesItsLayer()
        => Assert.Equal("Pusher 'a': left 2 tensor(s) on the tape (pushes and pops must mirror each other)",
            Assert.Throws<InvalidOperationException>(() => Train(new Sequential(("a", new Pusher(3, 1)), ("b", new Pusher(1, 1)))))
                .Message);

    [Fact]
    public void ATapeThatDoesNotTrainSavesNothing()
    {
        var model = new Model(new Dense(3, 2), 1);
        Tape tape = model.Tape();
        model.Predict(new Tensor(4, 3), tape);
        tape.End();
        Assert.Equal(0, tape.Gradients.Length);
        Assert.Throws<InvalidOperationException>(() => model.Root.Backward(new Tensor(4, 2), tape));
    }

    [Fact]
    public void TensorsOfOnePassDoNotOverlapAndStartOnCacheLines()
    {
        Tape tape = new Model(new Flatten(), 1).Tape();
        for (int pass = 0; pass < 2; pass++)
        {
            tape.Begin(training: true);
            List<Tensor> tensors = [];
            for (int i = 0; i < 60; i++)
            {
                tensors.Add(tape.Tensor(1 + i * 37 % 1000, 1 + i % 7));
                tensors[^1].Span.Fill(i);
            }
            for (int i = 0; i < tensors.Count; i++) Assert.All(tensors[i].Span.ToArray(), v => Assert.Equal(i, v));
        }
        Tensor zeros = tape.Zeros(new Shape(3, 3));
        Assert.All(zeros.Span.ToArray(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void TheSameDropoutSeedGivesTheSameMask()
    {
        var layer = new Dropout(0.5f);
        Tape tape = new Model(layer, 1).Tape();
        float[] Mask(ulong seed)
        {
            tape.Begin(training: true, seed);
            var ones = new Tensor(10, 10);
            ones.Span.Fill(1);
            return [.. layer.Forward(ones, tape).Span];
        }
        float[] first = Mask(1);
        Assert.Equal(first, Mask(1));
        Assert.NotEqual(first, Mask(2));
        Assert.All(first, m => Assert.True(m is 0 or 2));
        Assert.InRange(first.Count(m => m == 0), 30, 70);
    }

    [Fact]
    public void AnotherModelsParameterIsRefused()
    {
        var other = new Model(new Dense(2, 2), 1);
        Tape tape = new Model(new Dense(2, 2), 1).Tape();
        tape.Begin(training: true);
        Assert.Equal("parameter 'weight' belongs to another model than this tape",
            Assert.Throws<InvalidOperationException>(() => { tape.Gradient(other.Parameters[0]); }).Message);
    }

    [Fact]
    public void GradientsBeforeATrainingPassAreRefused()
    {
        var model = new Model(new Dense(2, 2), 1);
        Assert.Equal("parameter 'weight': this tape has no gradients before Begin(training: true)",
            Assert.Throws<InvalidOperationException>(() => { model.Tape().Gradient(model.Parameters[0]); }).Message);
    }

    [Theory]
    [InlineData("Dense", "Dense: expected a gradient of its output (2, 4, 5), got (2, 4, 3)")]
    [InlineData("AdditiveAttention", "AdditiveAttention: expected a gradient of its output (2, 3), got (2, 4, 3)")]
    [InlineData("Concat", "Concat: expected a gradient of its output (2, 4, 7), got (2, 4, 3)")]
    [InlineData("Dropout", "Dropout '1': expected a gradient of its output (2, 4, 5), got (2, 4, 3)")]
    [InlineData("TransformerEncoderLayer", "Dropout '1.dropout2': expected a gradient of its output (2, 4, 5), got (2, 4, 3)")]
    public void AGradientOfAnotherShapeNamesLayerExpectedAndActual(string name, string message)
    {
        Layer layer = name switch
        {
            "Dense" => new Dense(3, 5),
            "Concat" => new Concat(new Dense(3, 5), new Dense(3, 2)),
            "Dropout" => new Sequential(new Dense(3, 5), new Dropout(0.5f)),
            "TransformerEncoderLayer" => new Sequential(new Dense(3, 5), new TransformerEncoderLayer(5, 1, 7, normFirst: true)),
            _ => new AdditiveAttention(3, 5),
        };
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: true);
        layer.Forward(new Tensor(2, 4, 3), tape);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => layer.Backward(new Tensor(2, 4, 3), tape)).Message);
    }

    [Fact]
    public void AViewOfSomeRowsKeepsTheirLengths()
    {
        Tensor x = Draw.Tensor(1, 4, 5, 2).WithLengths(1, 2, 3, 4), part = x.Slice(2, 2).WithGradient(true);
        Assert.Equal([3, 4], part.Lengths.ToArray());
        Assert.Equal([4], part.Slice(1).Lengths.ToArray());
        Assert.Equal([4], part.Slice(1).WithGradient(false).Lengths.ToArray());
        Assert.Equal(x.Span[30..].ToArray(), part.Slice(1).Span.ToArray());
        Assert.Equal([3, 4], new Tensor(2, 5, 7).WithLengthsOf(part).Lengths.ToArray());
        Assert.Equal([4], new Tensor(2, 5, 7).WithLengthsOf(part).Slice(1).Lengths.ToArray());
    }

    [Fact]
    public void LengthsAreCopiedAndPaddingIsCleared()
    {
        int[] lengths = [2, 1];
        Tensor x = Draw.Tensor(1, 2, 3, 4).WithLengths(lengths);
        lengths[0] = 100;
        Assert.Equal([2, 1], x.Lengths.ToArray());
        foreach (Tensor all in (Tensor[])[Draw.Tensor(1, 2, 3), Draw.Tensor(1, 2, 3, 4), Draw.Tensor(1, 2, 3, 4, 5)])
        {
            float[] before = [.. all.Span];
            all.ClearPadding();
            Draw.SameBits(before, all.Span, "without lengths");
            all.WithLengths(2, 1).ClearPadding();
            int step = all.Count / 6;
            float[] cleared = [.. before[..(2 * step)], .. new float[step], .. before[(3 * step)..(4 * step)], .. new float[2 * step]];
            Draw.SameBits(cleared, all.Span, $"{all.Shape}");
        }
        new Tensor(0, 3, 4).WithLengths().ClearPadding();
        default(Tensor).ClearPadding();
    }

    [Fact]
    public void ClearedPaddingTrainsLayersThatTreatEveryStepAlike()
    {
        var model = new Model(new Sequential(new Dense(4, 6), Activation.Gelu(), new LayerNorm(6), new TransformerEncoderLayer(6, 2, 5, 0),
            new MeanOverTime()), seed: 1);
        Tensor x = Draw.Tensor(1, 2, 5, 4).WithLengths(5, 3);
        x.Span[(8 * 4)..].Fill(float.NaN);
        x.ClearPadding();
        Tape tape = model.Tape();
        tape.Begin(training: true);
        model.Root.Forward(x, tape);
        model.Root.Backward(Draw.Tensor(2, 2, 6), tape);
        Assert.All(tape.Gradients.ToArray(), g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void CompositesHaveALayerArrayOfTheirOwn()
    {
        Dense[] heads = [new Dense(3, 2), new Dense(3, 4)];
        var model = new Model(new Sequential(new Concat(heads)), 1);
        Tensor x = Draw.Tensor(1, 5, 3);
        float[] y = [.. model.Predict(x, model.Tape()).Span];
        heads[0] = null!;
        Draw.SameBits(y, model.Predict(x, model.Tape()).Span, "after the caller changed the array");
        Dense[] chain = [new Dense(3, 2), new Dense(2, 4)];
        model = new Model(new Sequential(chain), 1);
        chain[1] = null!;
        Assert.Equal(new Shape(5, 4), model.Predict(x, model.Tape()).Shape);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void ABatchWithoutRowsPassesThrough(string name)
    {
        (Layer layer, Tensor x) = Make(name, 0);
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: true);
        if (name.StartsWith("BatchNorm1d", StringComparison.Ordinal))   // no rows have no variance
        {
            Assert.Contains("at least two rows", Assert.Throws<ArgumentException>(() => layer.Forward(x, tape)).Message,
                StringComparison.Ordinal);
            return;
        }
        Tensor y = layer.Forward(x, tape);
        Assert.Equal((0, layer.OutputShape(x.Shape)), (y.Count, y.Shape));
        Assert.Equal(x.Shape, layer.Backward(y, tape).Shape);
        tape.End();
        Assert.All(tape.Gradients.ToArray(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void GradientsOfTwoPassesAddUp()
    {
        var layer = new Lstm(2, 3, bidirectional: true);
        var model = new Model(layer, 1);
        Tape tape = model.Tape();
        Tensor x = Draw.Tensor(1, 2, 4, 2), dY = Draw.Tensor(2, 2, 4, 6);
        float[] Pass()
        {
            tape.Begin(training: true);
            layer.Forward(x, tape);
            layer.Backward(dY, tape);
            tape.End();
            return [.. tape.Gradients];
        }
        float[] once = Pass(), twice = Pass();
        Draw.SameBits([.. once.Select(g => g + g)], twice, "gradients of two passes");
        Assert.Contains(once, g => g != 0);
    }

    /// <summary>Layers of every kind for a batch of B rows, with all that changes the path of a pass: lengths, masks, options.</summary>
    static readonly (string Name, int B, Func<int, Layer> Make, int[] Row, bool Lengths)[] Cases =
    [
        ("Dense", 32, _ => new Dense(20, 33), [20], false),
        ("Embedding, lengths", 3, _ => new Embedding(7, 5), [4], true),
        ("Lstm", 32, _ => new Lstm(6, 33), [10, 6], false),
        ("Lstm, last step", 1, _ => new Lstm(6, 33, lastStep: true), [10, 6], false),
        ("Lstm, both directions", 32, _ => new Lstm(6, 33, bidirectional: true), [10, 6], false),
        ("Lstm stack, lengths", 3, _ => new Lstm(6, 17, layers: 3, bidirectional: true, dropout: 0.2f), [10, 6], true),
        ("Gru", 32, _ => new Gru(6, 33, layers: 2, bidirectional: true), [10, 6], false),
        ("Gru, reset before, lengths", 32, _ => new Gru(6, 33, resetAfter: false), [10, 6], true),
        ("AdditiveAttention, lengths, StepMask", 8, B => new Masked(new AdditiveAttention(12, 5), steps: Gaps(B, 10)), [10, 12], true),
        ("MultiHeadAttention", 8,
            _ => new Sequential(new SinusoidalPositions(), new MultiHeadAttention(12, 3, dropout: 0.1f, causal: true)), [10, 12], false),
        ("MultiHeadAttention, masks, lengths", 8, B => new Masked(new MultiHeadAttention(12, 3), Band(10), Gaps(B, 10)), [10, 12], true),
        ("MultiHeadAttention to another sequence, lengths", 3, _ => new Cross(new MultiHeadAttention(12, 3), 4, 6, 1, 3), [10, 12], false),
        ("TransformerEncoder, lengths", 8, _ => new TransformerEncoder(2, 12, 3, 20, normFirst: true, finalNorm: true), [10, 12], true),
        ("TransformerEncoder, masks", 8, B => new Masked(new TransformerEncoder(2, 12, 3, 20), Band(10), Gaps(B, 10)), [10, 12], false),
        ("LearnedPositions", 3, _ => new LearnedPositions(12, 5), [10, 5], true),
        ("LayerNorm", 8, _ => new Sequential(new LayerNorm(new Shape(10, 5)), new LayerNorm(5, affine: false)), [10, 5], false),
        ("BatchNorm1d", 8, _ => new BatchNorm1d(5), [5], false),
        ("BatchNorm1d, lengths", 8, _ => new BatchNorm1d(5, affine: false), [10, 5], true),
        ("activations", 8, _ => new Sequential(Activation.Relu(), Activation.Tanh(), Activation.Sigmoid(), Activation.LeakyRelu(),
            Activation.Elu(), Activation.Gelu(), Activation.Gelu(tanh: true), Activation.Silu(), Activation.Softplus()), [10, 5], true),
        ("Softmax", 8, _ => new Sequential(Activation.Softmax(1), Activation.LogSoftmax(1), Activation.Softmax(), Activation.LogSoftmax()),
            [10, 5], true),
        ("pooling, lengths", 8, _ => new Concat(new MeanOverTime(), new MaxOverTime(), new TakeLast()), [10, 5], true),
        ("TakeSteps", 3, _ => new TakeSteps(4, 3, 1, 2), [10, 5], false),
        ("network", 32, _ => new Sequential(new Lstm(6, 17, bidirectional: true), new AdditiveAttention(34, 8), new Dense(34, 16),
            Activation.Relu(),
            new Dropout(0.3f), new Residual(new Dense(16, 16)), new Concat(new Dense(16, 3), new Dense(16, 2)), new Flatten()),
            [10, 6], false),
    ];

    public static TheoryData<string> Layers => [.. Cases.Select(c => c.Name)];

    static StepMask Gaps(int rows, int steps)
    {
        var kept = new bool[rows, steps];
        for (int i = 0; i < kept.Length; i++) kept[i / steps, i % steps] = i % 3 != 1;
        return StepMask.Keep(kept);
    }

    static AttentionMask Band(int steps)
    {
        var allowed = new bool[steps, steps];
        for (int i = 0; i < allowed.Length; i++) allowed[i / steps, i % steps] = Math.Abs(i / steps - i % steps) < 3;
        return AttentionMask.Allow(allowed);
    }

    static (Layer Layer, Tensor Input) Make(string name, int? rows = null)
    {
        var c = Cases.Single(c => c.Name == name);
        int B = rows ?? c.B;
        Tensor x = new Tensor([B, .. c.Row]).WithGradient(true);
        return (c.Make(B), c.Lengths ? x.WithLengths([.. Enumerable.Range(0, B).Select(row => 1 + row % c.Row[0])]) : x);
    }

    [Fact]
    public void EveryLayerIsAmongThem()
    {
        static IEnumerable<Type> Types(Layer layer) => layer.Children.SelectMany(c => Types(c.Layer)).Prepend(layer.GetType());
        Type[] made = [.. Layers.SelectMany(name => Types(Make(name).Layer))];
        IEnumerable<Type> all = typeof(Layer).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(Layer)) && !t.IsAbstract);
        Assert.All(all, t => Assert.Contains(t, made));
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void AWarmPassAllocatesNothing(string name)
    {
        (Layer layer, Tensor x) = Make(name);
        var model = new Model(layer, 1);
        Tape tape = model.Tape();
        var dY = new Tensor(layer.OutputShape(x.Shape));
        void Passes(int count)
        {
            for (int i = 0; i < count; i++)
            {
                model.Predict(x, tape);
                tape.Begin(training: true, (ulong)i);
                layer.Forward(x, tape);
                layer.Backward(dY, tape);
                tape.End();
                tape.Commit();
                model.ParametersChanged();
            }
        }
        Passes(40);
        Assert.Equal(0, Allocation.Of(() => Passes(10)));
    }
}
