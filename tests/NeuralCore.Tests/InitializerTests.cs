namespace NeuralCore.Tests;

public sealed class InitializerTests
{
    static float[] Draw(Initializer initializer, Shape shape, ulong seed = 1)
    {
        var values = new float[shape.Count];
        var random = new CounterRandom(seed, 0);
        initializer.Fill(values, shape, ref random);
        return values;
    }

    [Fact]
    public void Draws_have_the_deviation_of_their_formula()
    {
        Shape shape = new(60, 40);
        Check(Initializers.XavierUniform(Gain.Tanh), 5.0 / 3 * Math.Sqrt(2.0 / 100));
        Check(Initializers.XavierNormal(), Math.Sqrt(2.0 / 100));
        Check(Initializers.HeUniform(), Math.Sqrt(2.0 / 40));
        Check(Initializers.HeNormal(fanOut: true), Math.Sqrt(2.0 / 60));
        Check(Initializers.Uniform(12), 1 / Math.Sqrt(36));

        void Check(Initializer initializer, double deviation)
        {
            float[] values = Draw(initializer, shape);
            Assert.Equal(1, Math.Sqrt(values.Sum(v => (double)v * v) / values.Length) / deviation, 0.08);
            Assert.InRange(values.Average(), -0.1 * deviation, 0.1 * deviation);
            Assert.Equal(values, Draw(initializer, shape));
            Assert.NotEqual(values, Draw(initializer, shape, seed: 2));
        }
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(64, 16)]
    [InlineData(7, 7)]
    [InlineData(1, 5)]
    public void Orthogonal_rows_or_columns_are_orthonormal(int rows, int columns)
    {
        float[] w = Draw(Initializers.Orthogonal(2), new Shape(rows, columns));
        bool tall = rows >= columns;
        for (int i = 0; i < Math.Min(rows, columns); i++)
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int k = 0; k < Math.Max(rows, columns); k++)
                    dot += (double)w[tall ? k * columns + i : i * columns + k] * w[tall ? k * columns + j : j * columns + k];
                Assert.Equal(i == j ? 4 : 0, dot, 1e-6);
            }
    }

    [Fact]
    public void The_forget_gate_is_the_second_quarter_of_a_bias()
    {
        Assert.Equal([0, 0, 1.5f, 1.5f, 0, 0, 0, 0], Draw(Initializers.ForgetGate(1.5f), new Shape(8)));
        Assert.Equal([3f, 3f], Draw(3f, new Shape(2)));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializers.Uniform(0));
        Assert.Contains("two axes", Assert.Throws<ArgumentException>(() => Draw(Initializers.Orthogonal(), new Shape(4))).Message);
    }

    [Fact]
    public void Fans_count_what_lies_behind_one_output_or_one_input()
    {
        Assert.Equal((12, 24), (Initializer.FanIn(new Shape(8, 4, 3)), Initializer.FanOut(new Shape(8, 4, 3))));
        Assert.Equal((5, 7), (Initializer.FanIn(new Shape(7, 5)), Initializer.FanOut(new Shape(7, 5))));
    }
}
