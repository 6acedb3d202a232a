namespace NeuralCore.Tests;

/// <summary>What the check itself finds, names and restores.</summary>
public partial class GradientTests
{
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
    [Trait("Category", "Bits")]
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
}
