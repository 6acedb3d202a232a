using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public sealed class LossTests
{
    /// <summary>Cross-entropy of one row in plain double: -Σ a_c log p_c.</summary>
    static double Reference(double[] y, int t, float[] weights, double smoothing)
    {
        double largest = y.Max(), log = Math.Log(y.Sum(v => Math.Exp(v - largest)));
        return Enumerable.Range(0, y.Length).Sum(c => weights[c] * ((c == t ? 1 - smoothing : 0) + smoothing / y.Length) * (log - (y[c] - largest)));
    }

    /// <summary>f'(0) from five points.</summary>
    static double Slope(Func<double, double> f, double h) => (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h);

    static Tensor Random(ref CounterRandom random, float scale, params ReadOnlySpan<int> sizes)
    {
        var tensor = new Tensor(sizes);
        foreach (ref float v in tensor.Span) v = scale * (float)random.NextNormal();
        return tensor;
    }

    [Fact]
    public void Cross_entropy_is_its_formula_and_its_gradient_is_the_slope()
        => Prop.ForAll(Gen.Choose(1, 9).SelectMany(_ => Gen.Choose(2, 19), (b, c) => (b, c)).SelectMany(_ => Gen.Choose(0, 1 << 20), (s, seed) => (s.b, s.c, seed)).ToArbitrary(), shape =>
        {
            (int B, int C, int seed) = shape;
            var random = new CounterRandom((ulong)seed, 0);
            double smoothing = seed % 3 == 0 ? 0 : random.NextDouble();
            float[] weights = new float[C], none = [.. Enumerable.Repeat(1f, C)];
            foreach (ref float w in weights.AsSpan()) w = 2 * random.NextSingle();
            bool weighted = seed % 2 == 0;
            var loss = new CrossEntropy(weighted ? weights : [], smoothing);
            Tensor y = Random(ref random, 3, B, C), t = new(B, 1), dY = new(B, C);
            foreach (ref float v in t.Span) v = random.NextInt32(C);

            double Row(int row, int moved, double by) => Reference([.. Enumerable.Range(0, C).Select(c => y[row, c] + (c == moved ? by : 0))],
                (int)t.Span[row], weighted ? weights : none, smoothing);
            double want = Enumerable.Range(0, B).Sum(row => Row(row, 0, 0));
            Assert.Equal(want, loss.Sum(y, t, 0.7, dY), 1e-6 * (1 + want));
            for (int row = 0; row < B; row++)
                for (int c = 0; c < C; c++)
                    Assert.Equal(0.7 * Slope(h => Row(row, c, h), 1e-3), dY[row, c], 2e-6);
            Assert.Equal(weighted ? t.Span.ToArray().Sum(k => (double)weights[(int)k]) : B, loss.Weight(t), 1e-9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cross_entropy_of_extreme_logits_neither_overflows_nor_loses_the_answer()
    {
        Tensor y = Tensor.From([1e4f, -1e4f, 0], 1, 3), dY = new(1, 3);
        Assert.Equal(0, new CrossEntropy().Sum(y, Tensor.From([0], 1), 1, dY));
        Assert.Equal([0f, 0f, 0f], dY.Span.ToArray());
        Assert.Equal(2e4, new CrossEntropy().Sum(y, Tensor.From([1], 1), 1, dY));
        Assert.Equal([1f, -1f, 0f], dY.Span.ToArray());
        Assert.True(double.IsNaN(new CrossEntropy().Sum(Tensor.From([1, float.NaN], 1, 2), Tensor.From([0], 1), 1, default)));
    }

    [Fact]
    public void Shards_of_a_batch_have_the_gradients_of_the_whole_and_add_up_to_its_loss()
    {
        var random = new CounterRandom(4, 0);
        Loss[] losses = [new CrossEntropy([1f, 0.5f, 2f], 0.1), new Mse(), new JointLoss((new CrossEntropy(), 2, 1, 1f), (new Mse(), 1, 1, 0.3f))];
        int[] targets = [1, 3, 2];
        for (int k = 0; k < losses.Length; k++)
        {
            Tensor y = Random(ref random, 1, 10, 3), t = new(10, targets[k]), dY = new(10, 3);
            foreach (ref float v in t.Span) v = random.NextInt32(2);
            double weight = losses[k].Weight(t), whole = losses[k].Sum(y, t, 1 / weight, dY), sum = 0, shardWeight = 0;
            for (int first = 0; first < 10; first += 4)
            {
                int rows = Math.Min(4, 10 - first);
                Tensor yPart = Rows(y, first, rows), tPart = Rows(t, first, rows), dPart = new(rows, 3);
                sum += losses[k].Sum(yPart, tPart, 1 / weight, dPart);
                shardWeight += losses[k].Weight(tPart);
                Assert.Equal(Rows(dY, first, rows).Span.ToArray(), dPart.Span.ToArray());
            }
            Assert.Equal(whole, sum, 1e-12 * whole);
            Assert.Equal(weight, shardWeight, 1e-12 * weight);
        }

        static Tensor Rows(Tensor all, int first, int rows)
            => Tensor.From(all.Span.Slice(first * all.Columns, rows * all.Columns).ToArray(), rows, all.Columns);
    }

    [Fact]
    public void Mse_is_the_mean_of_squares()
    {
        Tensor y = Tensor.From([1, 2, 3, 4], 2, 2), t = Tensor.From([0, 2, 5, 3], 2, 2), dY = new(2, 2);
        var mse = new Mse();
        Assert.Equal(1.5, mse.Sum(y, t, 1 / mse.Weight(t), dY) / mse.Weight(t));
        Assert.Equal([0.5f, 0f, -1f, 0.5f], dY.Span.ToArray());
        Assert.Equal(4, mse.Sum(Tensor.From([1, 2], 2, 1), Tensor.From([1, 0], 2), 1, default));
    }

    [Fact]
    public void Joint_loss_is_the_weighted_sum_of_the_means_of_its_heads()
    {
        var random = new CounterRandom(9, 0);
        const int B = 6;
        Tensor logits = Random(ref random, 2, B, 3), values = Random(ref random, 1, B, 2), wanted = Random(ref random, 1, B, 2), classes = new(B, 1);
        foreach (ref float v in classes.Span) v = random.NextInt32(3);
        Tensor y = Side(logits, values), t = Side(classes, wanted), dY = new(B, 5), dLogits = new(B, 3), dValues = new(B, 2);
        (Loss entropy, Loss mse) = (new CrossEntropy(labelSmoothing: 0.1), new Mse());
        var joint = new JointLoss((entropy, 3, 1, 1f), (mse, 2, 2, 0.25f));

        double mean = joint.Sum(y, t, 1 / joint.Weight(t), dY) / joint.Weight(t);
        double first = entropy.Sum(logits, classes, 1.0 / B, dLogits) / B, second = mse.Sum(values, wanted, 0.25 / (2 * B), dValues) / (2 * B);
        Assert.Equal(first + 0.25 * second, mean, 1e-12);
        float[] want = Side(dLogits, dValues).Span.ToArray();
        for (int i = 0; i < want.Length; i++) Assert.Equal(want[i], dY.Span[i], 1e-8f);

        static Tensor Side(Tensor a, Tensor b)
        {
            var both = new Tensor(a.Rows, a.Columns + b.Columns);
            for (int row = 0; row < a.Rows; row++)
            {
                a.Row(row).CopyTo(both.Row(row));
                b.Row(row).CopyTo(both.Row(row)[a.Columns..]);
            }
            return both;
        }
    }

    [Theory]
    [InlineData(3f, "class index from 0 to 2, got 3")]
    [InlineData(-1f, "got -1")]
    [InlineData(0.5f, "got 0.5")]
    [InlineData(float.NaN, "got NaN")]
    [InlineData(float.PositiveInfinity, "got ∞")]
    public void A_target_that_is_no_class_is_refused(float target, string message)
    {
        Tensor y = new(1, 3), t = Tensor.From([target], 1);
        Assert.Contains(message.Replace("∞", $"{float.PositiveInfinity}", StringComparison.Ordinal), Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(y, t, 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new CrossEntropy([1, 1, 1]).Weight(t));
    }

    [Fact]
    public void Shapes_and_settings_that_do_not_fit_are_refused()
    {
        Assert.Contains("expected 2 class indices", Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(new Tensor(2, 3), new Tensor(3), 1, default)).Message);
        Assert.Contains("2 classes", Assert.Throws<ArgumentException>(() => new CrossEntropy([1, 1]).Sum(new Tensor(2, 3), new Tensor(2), 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(new Tensor(2, 3), new Tensor(2), 1, new Tensor(3, 2)));
        Assert.Throws<ArgumentException>(() => new CrossEntropy([1, -1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy(labelSmoothing: 1.1));
        Assert.Throws<ArgumentException>(() => new Mse().Sum(new Tensor(2, 3), new Tensor(2, 2), 1, default));
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => new Mse().Sum(new Tensor(1, 1), Tensor.From([float.NaN], 1, 1), 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new JointLoss());
        Assert.Throws<ArgumentException>(() => new JointLoss((new Mse(), 0, 1, 1f)));
        var joint = new JointLoss((new Mse(), 2, 2, 1f), (new CrossEntropy(), 2, 1, 1f));
        Assert.Contains("(batch, 4)", Assert.Throws<ArgumentException>(() => joint.Sum(new Tensor(1, 3), new Tensor(1, 3), 1, default)).Message);
        Assert.Contains("(1, 3)", Assert.Throws<ArgumentException>(() => joint.Sum(new Tensor(1, 4), new Tensor(1, 2), 1, default)).Message);
    }

    [Fact]
    public void A_loss_allocates_nothing()
    {
        Tensor y = new(32, 4), t = new(32, 2), dY = new(32, 4);
        var joint = new JointLoss((new CrossEntropy([1, 1, 1]), 3, 1, 1f), (new Mse(), 1, 1, 1f));
        joint.Sum(y, t, 1, dY);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) joint.Sum(y, t, 1 / joint.Weight(t), dY);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
