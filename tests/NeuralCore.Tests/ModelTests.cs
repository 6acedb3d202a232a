namespace NeuralCore.Tests;

public class ModelTests
{
    /// <summary>A layer that uses another one and forgets to declare it.</summary>
    sealed class Forgetful : Layer
    {
        readonly Dense inner = new(3, 2);

        public override Tensor Forward(Tensor x, Tape tape) => inner.Forward(x, tape);

        public override Tensor Backward(Tensor dY, Tape tape) => inner.Backward(dY, tape);
    }

    [Fact]
    public void AnUndeclaredChildFailsOnFirstUseWithTheRemedy()
    {
        var model = new Model(new Forgetful(), 1);
        Assert.Equal("parameter 'weight' of Dense has no memory: declare that layer with Child(...) in its parent, "
            + "or make it the root of a Model",
            Assert.Throws<InvalidOperationException>(() => model.Predict(new Tensor(1, 3), model.Tape())).Message);
    }

    [Fact]
    public void ALayerHasOnePlaceInOneModel()
    {
        var dense = new Dense(3, 3);
        Assert.Equal("Dense '1': is declared a second time; make another layer instead",
            Assert.Throws<InvalidOperationException>(() => new Model(new Sequential(dense, dense), 1)).Message);
        var other = new Dense(3, 3);
        _ = new Model(other, 1);
        Assert.Equal("parameter 'weight' of Dense already belongs to a model: a layer has one place in one model",
            Assert.Throws<InvalidOperationException>(() => new Model(other, 1)).Message);
    }

    /// <summary>A layer that can be made to fail where a model is built.</summary>
    sealed class Fragile : Layer
    {
        public Fragile() => Parameter("w", new Shape(2), new Failing(this));

        public bool FailsToFill { get; set; }

        public bool FailsToPack { get; set; }

        sealed class Failing(Fragile layer) : Initializer
        {
            public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
            {
                if (layer.FailsToFill) throw new InvalidOperationException("fill");
            }
        }

        protected internal override void ParametersChanged()
        {
            if (FailsToPack) throw new InvalidOperationException("pack");
        }

        public override Tensor Forward(Tensor x, Tape tape) => x;

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    [Fact]
    public void AModelThatCannotBeMadeLeavesItsLayersFree()
    {
        var dense = new Dense(2, 2);
        var fragile = new Fragile { FailsToFill = true };
        var root = new Sequential(("a", dense), ("b", fragile));
        void Free(string says)
        {
            Assert.Contains(says, Assert.Throws<InvalidOperationException>(() => new Model(root, 1)).Message, StringComparison.Ordinal);
            Assert.Equal(("", "weight", "Dense"), (dense.Path, dense.Parameters[0].Name, dense.ToString()));
            Assert.Throws<InvalidOperationException>(() => dense.Parameters[0].Value[0]);
        }
        Free("fill");
        (fragile.FailsToFill, fragile.FailsToPack) = (false, true);
        Free("pack");
        Assert.Throws<InvalidOperationException>(() => new Model(new Sequential(("x", dense), ("x", new Dense(2, 2))), 1));
        fragile.FailsToPack = false;
        var model = new Model(root, 1);
        Assert.Equal(["a.weight", "a.bias", "b.w"], model.Parameters.Select(p => p.Name));
        Assert.Equal(("a", "Dense 'a'"), (dense.Path, dense.ToString()));
    }

    [Fact]
    public void TwoParametersOfOneNameAreRefused()
    {
        var root = new Sequential(("x", new Dense(2, 2)), ("x", new Dense(2, 2)));
        var error = Assert.Throws<InvalidOperationException>(() => new Model(root, 1));
        Assert.Contains("two parameters are named 'x.weight'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongShapesNameLayerExpectedAndActual()
    {
        var model = new Model(new Sequential(("trunk", new Dense(6, 4)), ("head", new Dense(5, 3))), 1);
        Assert.Equal("Dense 'trunk': expected input (..., 6), got (32, 5)",
            Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 5), model.Tape())).Message);
        Assert.Equal("Dense 'head': expected input (..., 5), got (32, 4)",
            Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 6), model.Tape())).Message);
        Assert.Equal("Dense 'head': expected input (..., 5), got (32, 4)",
            Assert.Throws<ArgumentException>(() => model.Root.OutputShape(new Shape(32, 6))).Message);
    }

    [Fact]
    public void ParametersLieInOneBufferInOrder()
    {
        var model = new Model(new Sequential(new Dense(3, 2), new Dense(2, 4, bias: false)), 1);
        Assert.Equal(["0.weight", "0.bias", "1.weight"], model.Parameters.Select(p => p.Name));
        Assert.Equal(3 * 2 + 2 + 2 * 4, model.Count);
        for (int i = 0; i < model.Count; i++) model.Values[i] = i;
        Assert.Equal([0f, 1f, 2f, 3f, 4f, 5f], model.Parameters[0].Value.ToArray());
        Assert.Equal([6f, 7f], model.Parameters[1].Value.ToArray());
        Assert.Equal(8f, model.Parameters[2].Value[0]);
        model.ParametersChanged();
        Assert.Equal(0 + 1 * 1 + 2 * 2 + 6f, ((Dense)model.Root.Children[0].Layer)
            .Forward(Tensor.From([0f, 1f, 2f], 1, 3), model.Tape())[0, 0]);
    }

    [Fact]
    public void TheSeedDecidesTheWeights()
    {
        float[] Weights(ulong seed) => [.. new Model(new Lstm(2, 3, bidirectional: true), seed).Values];
        Assert.Equal(Weights(1), Weights(1));
        Assert.NotEqual(Weights(1), Weights(2));
        float[] weights = Weights(1);
        Assert.All(weights, w => Assert.InRange(w, -1 / Math.Sqrt(3), 1 / Math.Sqrt(3)));
        Assert.Equal(weights.Length, weights.Distinct().Count());
    }

    [Fact]
    public void DenseAgreesWithTheReference()
    {
        foreach (int inputs in (int[])[1, 5, 16, 67])
            foreach (int outputs in (int[])[1, 3, 16, 65])
                foreach (int rows in (int[])[1, 2, 7, 33])
                {
                    var model = new Model(new Dense(inputs, outputs), 1);
                    Tensor x = Draw.Tensor(1, rows, inputs);
                    Span<float> w = model.Parameters[0].Value, b = model.Parameters[1].Value;
                    float[] chain = ReferenceKernels.MultiplyChain(rows, outputs, inputs, x.Span, inputs, 1, w, 1, inputs, b, 0);
                    Draw.SameBits(chain, model.Predict(x, model.Tape()).Span, $"Dense {inputs} to {outputs}, {rows} rows");
                }
    }

    [Fact]
    public void ManyThreadsPredictWithOneModel()
    {
        var model = new Model(new Sequential(new Lstm(3, 17), new AdditiveAttention(17, 5), new Dense(17, 2)), 1);
        Tensor x = Draw.Tensor(1, 9, 6, 3);
        float[] expected = [.. model.Predict(x, model.Tape()).Span];
        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            Tape tape = model.Tape();
            for (int i = 0; i < 20; i++) Draw.SameBits(expected, model.Predict(x, tape).Span, "prediction on another thread");
        });
    }

    [Fact]
    public void ManyTapesTrainOnOneModelAtATime()
    {
        var model = new Model(new Sequential(new Lstm(3, 9, bidirectional: true), new AdditiveAttention(18, 5), new Dropout(0.2f),
            new Dense(18, 2)), 1);
        Tensor x = Draw.Tensor(1, 9, 6, 3), dY = Draw.Tensor(2, 9, 2);
        float[] Gradients(Tape tape)
        {
            tape.Begin(training: true, dropoutSeed: 7);
            tape.Gradients.Clear();
            model.Root.Forward(x, tape);
            model.Root.Backward(dY, tape);
            tape.End();
            return [.. tape.Gradients];
        }
        float[] expected = Gradients(model.Tape()), values = [.. model.State];
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            Tape tape = model.Tape();
            for (int i = 0; i < 10; i++) Draw.SameBits(expected, Gradients(tape), "gradients on another thread");
        });
        Draw.SameBits(values, model.State, "weights, which a pass leaves alone");
    }

    [Fact]
    public void SoftmaxAddsUpToOneAndRefusesTooLittleRoom()
    {
        float[] p = [1f, 2f, 3f];
        Probabilities.Softmax(p, p);
        Assert.Equal(1, p.Sum(), 1e-6f);
        Assert.Equal(Math.E, p[2] / p[1], 1e-5);
        Assert.StartsWith("Softmax: expected room for 3 probabilities, got 2",
            Assert.Throws<ArgumentException>(() => Probabilities.Softmax(p, new float[2])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapesRefuseWhatTheyCannotHold()
    {
        Assert.Throws<ArgumentException>(() => new Shape(1, 2, 3, 4, 5));
        Assert.Throws<ArgumentException>(() => new Shape(1, -2));
        Assert.Throws<ArgumentException>(() => new Shape(1 << 16, 1 << 16));
        Assert.Throws<ArgumentException>(() => new Shape(int.MaxValue));
        Assert.Throws<ArgumentException>(() => Tensor.From(new float[5], 2, 3));
        Assert.Throws<ArgumentException>(() => new Tensor(2, 3).Reshape(new Shape(5)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Shape(1, 2)[2]);
        Assert.Equal(2, new Shape(1, 2)[-1]);
        Assert.Equal("(32, 60, 20)", new Shape(32, 60, 20).ToString());
        Assert.True(new Shape(2, 1) != new Shape(2));
    }
}
