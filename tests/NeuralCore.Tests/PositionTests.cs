namespace NeuralCore.Tests;

[Trait("Category", "Bits")]
public class PositionTests
{
    [Fact]
    public void SinesAndCosinesStayAccurateOverALongSequence()
    {
        const int T = 20_000, D = 7;
        Tensor values = new SinusoidalPositions(500).Values(T, D);
        for (int t = 0; t < T; t++)
            for (int column = 0; column < D; column++)
            {
                double angle = t * Math.Pow(500, -(column - column % 2) / (double)D),
                    want = column % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
                Assert.Equal(want, values[t, column], 6.1e-8 * Math.Abs(want) + 1e-11);
            }
    }

    [Fact]
    public void PositionsAreAddedToEveryRowAndKeepLengths()
    {
        foreach (Layer layer in (Layer[])[new SinusoidalPositions(), new LearnedPositions(9, 6)])
        {
            var model = new Model(layer, 1);
            Tensor x = Draw.Tensor(1, 3, 5, 6).WithLengths(5, 1, 2);
            Tensor positions = model.Parameters.Count > 0 ? Tensor.From([.. model.Values], 9, 6)
                : ((SinusoidalPositions)layer).Values(5, 6);
            Tensor y = model.Predict(x, model.Tape());
            Assert.Equal([5, 1, 2], y.Lengths.ToArray());
            for (int step = 0; step < 15; step++)
                for (int i = 0; i < 6; i++) Assert.Equal(x[step, i] + positions[step % 5, i], y[step, i]);
        }
    }

    [Fact]
    public void LearnedPositionsBeginAsAStandardNormalDraw()
    {
        float[] drawn = [.. new Model(new LearnedPositions(100, 50), 1).Values];
        Assert.Equal(0, drawn.Average(), 0.05);
        Assert.Equal(1, drawn.Average(v => v * v), 0.1);
    }

    [Fact]
    public void ErrorsNameWhatWasExpected()
    {
        var learned = new LearnedPositions(4, 3);
        Assert.Equal("LearnedPositions: expected input (batch, time, 3) of at most 4 steps, got (1, 5, 3)",
            Assert.Throws<ArgumentException>(() => learned.OutputShape(new Shape(1, 5, 3))).Message);
        Assert.Equal("SinusoidalPositions: expected input (batch, time, features), got (5, 3)",
            Assert.Throws<ArgumentException>(() => new SinusoidalPositions().OutputShape(new Shape(5, 3))).Message);
        foreach (double wrong in (double[])[0.5, -1, double.NaN, double.PositiveInfinity])
            Assert.Throws<ArgumentOutOfRangeException>(() => new SinusoidalPositions(wrong));
    }
}
