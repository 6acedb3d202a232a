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
            Assert.Throws<InvalidOperationException>(() => Train(new Sequential(("a", new Pusher(1, 1)), ("b", new Pusher(1, 2))))).Message);

    [Fact]
    public void ALeftoverNamesItsLayer()
        => Assert.Equal("Pusher 'a': left 2 tensor(s) on the tape (pushes and pops must mirror each other)",
            Assert.Throws<InvalidOperationException>(() => Train(new Sequential(("a", new Pusher(3, 1)), ("b", new Pusher(1, 1))))).Message);

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
    public void AGradientOfAnotherShapeNamesLayerExpectedAndActual(string name, string message)
    {
        Layer layer = name == "Dense" ? new Dense(3, 5) : new AdditiveAttention(3, 5);
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: true);
        layer.Forward(new Tensor(2, 4, 3), tape);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => layer.Backward(new Tensor(2, 4, 3), tape)).Message);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void ABatchWithoutRowsPassesThrough(string name)
    {
        (Layer layer, Shape full) = Make(name);
        Tensor x = full.Rank == 2 ? new Tensor(0, full[1]) : new Tensor(0, full[1], full[2]);
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: true);
        Tensor y = layer.Forward(x.WithGradient(true), tape);
        Assert.Equal((0, layer.OutputShape(full).WithLast(1).Rank), (y.Count, y.Shape.Rank));
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

    public static TheoryData<string> Layers => ["Dense", "Lstm", "Lstm, last step", "Lstm, both directions", "Lstm stack", "Gru", "Gru, reset before",
        "MultiHeadAttention", "TransformerEncoder", "network"];

    static (Layer Layer, Shape Input) Make(string name) => name switch
    {
        "Dense" => (new Dense(20, 33), new Shape(32, 20)),
        "Lstm" => (new Lstm(6, 33), new Shape(32, 10, 6)),
        "Lstm, last step" => (new Lstm(6, 33, lastStep: true), new Shape(1, 10, 6)),
        "Lstm, both directions" => (new Lstm(6, 33, bidirectional: true), new Shape(32, 10, 6)),
        "Lstm stack" => (new Lstm(6, 17, layers: 3, bidirectional: true, dropout: 0.2f), new Shape(3, 10, 6)),
        "Gru" => (new Gru(6, 33, layers: 2, bidirectional: true), new Shape(32, 10, 6)),
        "Gru, reset before" => (new Gru(6, 33, resetAfter: false), new Shape(32, 10, 6)),
        "MultiHeadAttention" => (new Sequential(new SinusoidalPositions(), new MultiHeadAttention(12, 3, dropout: 0.1f, causal: true)), new Shape(8, 10, 12)),
        "TransformerEncoder" => (new TransformerEncoder(2, 12, 3, 20, normFirst: true, finalNorm: true), new Shape(8, 10, 12)),
        _ => (new Sequential(new Lstm(6, 17, bidirectional: true), new AdditiveAttention(34, 8), new Dense(34, 16), Activation.Relu(),
            new Dropout(0.3f), new Residual(new Dense(16, 16)), new Concat(new Dense(16, 3), new Dense(16, 2)), new Flatten()), new Shape(32, 10, 6)),
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void AWarmPassAllocatesNothing(string name)
    {
        (Layer layer, Shape input) = Make(name);
        var model = new Model(layer, 1);
        Tape tape = model.Tape();
        var x = new Tensor(input);
        var dY = new Tensor(layer.OutputShape(input));
        void Passes(int count)
        {
            for (int i = 0; i < count; i++)
            {
                model.Predict(x, tape);
                tape.Begin(training: true, (ulong)i);
                layer.Forward(x, tape);
                layer.Backward(dY, tape);
                tape.End();
                model.ParametersChanged();
            }
        }
        Passes(40);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Passes(10);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
