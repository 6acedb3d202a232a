using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public sealed class LossTests
{
    /// <summary>Cross-entropy of one row in plain double: -Σ a_c log p_c.</summary>
    static double Reference(double[] y, int t, float[] weights, double smoothing)
    {
        double largest = y.Max(), log = Math.Log(y.Sum(v => Math.Exp(v - largest)));
        return Enumerable.Range(0, y.Length)
            .Sum(c => weights[c] * ((c == t ? 1 - smoothing : 0) + smoothing / y.Length) * (log - (y[c] - largest)));
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
        => Prop.ForAll(Gen.Choose(1, 9).SelectMany(_ => Gen.Choose(2, 19), (b, c) => (b, c))
            .SelectMany(_ => Gen.Choose(0, 1 << 20), (s, seed) => (s.b, s.c, seed)).ToArbitrary(), shape =>
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

            double Row(int row, int moved,
                double by) => Reference([.. Enumerable.Range(0, C).Select(c => y[row, c] + (c == moved ? by : 0))],
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

    [Theory]
    [MemberData(nameof(GradientTests.LossNames), MemberType = typeof(GradientTests))]
    public void Shards_of_a_batch_have_the_gradients_of_the_whole_and_add_up_to_its_loss(string name)
    {
        LossCase all = GradientTests.LossOf(name);
        int B = all.Y.Shape[0];
        var dY = new Tensor(all.Y.Shape);
        double weight = all.Loss.Weight(all.Target), whole = all.Loss.Sum(all.Y, all.Target, 1 / weight, dY);
        Assert.Equal(whole / weight, all.Loss.Mean(all.Y, all.Target));
        for (int size = 1; size <= B; size++)
        {
            double sum = 0, shardWeight = 0;
            for (int first = 0; first < B; first += size)
            {
                int rows = Math.Min(size, B - first);
                Tensor y = Rows(all.Y, first, rows), target = Rows(all.Target, first, rows), dPart = new(y.Shape);
                dPart.Span.Fill(float.NaN);
                sum += all.Loss.Sum(y, target, 1 / weight, dPart);
                shardWeight += all.Loss.Weight(target);
                Draw.SameBits(Rows(dY, first, rows).Span, dPart.Span, $"gradient of rows {first} on");
            }
            Assert.Equal(whole, sum, 1e-12 * whole);
            Assert.Equal(weight, shardWeight, 1e-12 * weight);
        }

        static Tensor Rows(Tensor all, int first, int rows)
        {
            int items = all.Count / all.Shape[0];
            var part = new Tensor(all.Shape.Rank switch
            {
                1 => new Shape(rows),
                2 => new Shape(rows, items),
                _ => new Shape(rows, all.Shape[1], all.Shape[2])
            });
            all.Span.Slice(first * items, rows * items).CopyTo(part.Span);
            return all.HasLengths ? part.WithLengths(all.Lengths.Slice(first, rows).ToArray()) : part;
        }
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
        Tensor logits = Random(ref random, 2, B, 3), values = Random(ref random, 1, B, 2), wanted = Random(ref random, 1, B, 2),
            classes = new(B, 1);
        foreach (ref float v in classes.Span) v = random.NextInt32(3);
        Tensor y = Side(logits, values), t = Side(classes, wanted), dY = new(B, 5), dLogits = new(B, 3), dValues = new(B, 2);
        (Loss entropy, Loss mse) = (new CrossEntropy(labelSmoothing: 0.1), new Mse());
        var joint = new JointLoss((entropy, 3, 1, 1f), (mse, 2, 2, 0.25f));

        double mean = joint.Sum(y, t, 1 / joint.Weight(t), dY) / joint.Weight(t);
        double first = entropy.Sum(logits, classes, 1.0 / B, dLogits) / B,
            second = mse.Sum(values, wanted, 0.25 / (2 * B), dValues) / (2 * B);
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

    /// <summary>A user's loss: e⁴, as a mean over elements.</summary>
    sealed class Quartic : Loss
    {
        public override double Weight(Tensor target) => target.Count;

        public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
        {
            double sum = 0;
            for (int i = 0; i < y.Count; i++)
            {
                double e = y.Span[i] - target.Span[i];
                sum += e * e * e * e;
                if (!dY.IsEmpty) dY.Span[i] = (float)(scale * 4 * e * e * e);
            }
            return sum;
        }

        protected internal override double RowWeight(int targetColumns) => targetColumns;
    }

    [Fact]
    public void A_loss_of_ones_own_weighs_in_a_joint_loss_as_much_as_its_mean()
    {
        Tensor y = Draw.Tensor(1, 4, 5), t = Draw.Tensor(2, 4, 5), dY = new(4, 5), dOwn = new(4, 3);
        Tensor ownY = Columns(y), ownT = Columns(t);
        var joint = new JointLoss((new Mse(), 2, 2, 0f), (new Quartic(), 3, 3, 0.5f));
        Assert.Equal(0.5 * new Quartic().Mean(ownY, ownT, dOwn), joint.Mean(y, t, dY), 1e-12);
        for (int row = 0; row < 4; row++)
            for (int c = 0; c < 3; c++) Assert.Equal(0.5f * dOwn[row, c], dY[row, 2 + c], 1e-7f);

        static Tensor Columns(Tensor all) => Tensor.From([.. Enumerable.Range(0, 4).SelectMany(row => all.Row(row)[2..].ToArray())], 4, 3);
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
        Assert.Contains(message.Replace("∞", $"{float.PositiveInfinity}", StringComparison.Ordinal),
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(y, t, 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new CrossEntropy([1, 1, 1]).Weight(t));
    }

    [Fact]
    public void Shapes_and_settings_that_do_not_fit_are_refused()
    {
        Assert.Contains("expected 2 class indices",
            Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(new Tensor(2, 3), new Tensor(3), 1, default)).Message);
        Assert.Contains("2 classes",
            Assert.Throws<ArgumentException>(() => new CrossEntropy([1, 1]).Sum(new Tensor(2, 3), new Tensor(2), 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new CrossEntropy().Sum(new Tensor(2, 3), new Tensor(2), 1, new Tensor(3, 2)));
        Assert.Throws<ArgumentException>(() => new CrossEntropy([1, -1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy(labelSmoothing: 1.1));
        Assert.Throws<ArgumentException>(() => new Mse().Sum(new Tensor(2, 3), new Tensor(2, 2), 1, default));
        Assert.Contains("finite",
            Assert.Throws<ArgumentException>(() => new Mse().Sum(new Tensor(1, 1), Tensor.From([float.NaN], 1, 1), 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new JointLoss());
        Assert.Throws<ArgumentException>(() => new JointLoss((new Mse(), 0, 1, 1f)));
        var joint = new JointLoss((new Mse(), 2, 2, 1f), (new CrossEntropy(), 2, 1, 1f));
        Assert.Contains("(batch, 4)",
            Assert.Throws<ArgumentException>(() => joint.Sum(new Tensor(1, 3), new Tensor(1, 3), 1, default)).Message);
        Assert.Contains("(1, 3)",
            Assert.Throws<ArgumentException>(() => joint.Sum(new Tensor(1, 4), new Tensor(1, 2), 1, default)).Message);
    }

    [Theory]
    [MemberData(nameof(GradientTests.LossNames), MemberType = typeof(GradientTests))]
    public void A_loss_allocates_nothing(string name)
    {
        (_, Loss loss, Tensor target, Tensor y) = GradientTests.LossOf(name);
        var dY = new Tensor(y.Shape);
        loss.Mean(y, target, dY);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 10; i++) loss.Mean(y, target, dY);
        }));
    }

    [Theory]
    [MemberData(nameof(GradientTests.LossNames), MemberType = typeof(GradientTests))]
    public void Huge_predictions_have_finite_losses_and_gradients(string name)
    {
        (_, Loss loss, Tensor target, Tensor y) = GradientTests.LossOf(name);
        for (int i = 0; i < y.Count; i++) y.Span[i] = (i * 5 % 3 - 1) * 1e4f;
        var dY = new Tensor(y.Shape);
        double mean = loss.Mean(y, target, dY);
        Assert.True(double.IsFinite(mean) && mean > 1, $"{mean}");
        Assert.All(dY.Span.ToArray(), d => Assert.True(float.IsFinite(d)));
        Assert.Contains(dY.Span.ToArray(), d => d != 0);
    }

    [Theory]
    [MemberData(nameof(GradientTests.LossNames), MemberType = typeof(GradientTests))]
    public void Targets_that_are_not_finite_are_refused(string name)
    {
        foreach (float wrong in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            (_, Loss loss, Tensor target, Tensor y) = GradientTests.LossOf(name);
            target.Span[0] = wrong;
            Assert.Contains(loss is JointLoss ? "CrossEntropy" : loss.GetType().Name,
                Assert.Throws<ArgumentException>(() => loss.Sum(y, target, 1, default)).Message);
        }
    }

    [Theory]
    [MemberData(nameof(GradientTests.LossNames), MemberType = typeof(GradientTests))]
    public void A_prediction_that_is_nan_is_seen(string name)
    {
        (_, Loss loss, Tensor target, Tensor y) = GradientTests.LossOf(name);
        y.Span[0] = float.NaN;
        var dY = new Tensor(y.Shape);
        Assert.True(double.IsNaN(loss.Mean(y, target, dY)));
        Assert.True(float.IsNaN(dY.Span[0]));
    }

    [Fact]
    public void A_batch_whose_targets_are_all_ignored_has_no_mean_and_no_gradient()
    {
        Tensor y = Draw.Tensor(1, 3, 4), t = Tensor.From([7, 7, 7], 3), dY = Draw.Tensor(2, 3, 4);
        foreach (Loss loss in (Loss[])[new CrossEntropy(ignoreIndex: 7), new CrossEntropy([1, 2, 3, 4], 0.1, ignoreIndex: 7),
            new Focal(ignoreIndex: 7)])
        {
            Assert.Equal(0, loss.Weight(t));
            Assert.True(double.IsNaN(loss.Mean(y, t, dY)));
            Assert.Equal(new float[12], dY.Span.ToArray());
        }
    }

    [Fact]
    public void Ignored_rows_are_as_if_they_were_not_there()
    {
        Tensor y = Draw.Tensor(1, 3, 4), t = Tensor.From([2, -100, 0], 3), dY = new(3, 4), dFewer = new(2, 4);
        Tensor fewer = Tensor.From([.. y.Row(0), .. y.Row(2)], 2, 4);
        foreach (Loss loss in (Loss[])[new CrossEntropy(labelSmoothing: 0.2), new CrossEntropy([1, 2, 3, 4]), new Focal(1.5)])
        {
            Assert.Equal(loss.Mean(fewer, Tensor.From([2, 0], 2), dFewer), loss.Mean(y, t, dY));
            Draw.SameBits([.. dFewer.Row(0), 0, 0, 0, 0, .. dFewer.Row(1)], dY.Span, "gradient");
        }
    }

    [Fact]
    public void Steps_past_the_length_of_the_targets_do_not_count()
    {
        Tensor y = Draw.Tensor(1, 2, 3, 4), values = Draw.Tensor(2, 2, 3, 4), classes = Tensor.From([1, 2, 3, 0, 3, 2], 2, 3),
            dY = new(2, 3, 4), dValid = new(4, 4);
        int[] lengths = [1, 3], steps = [0, 3, 4, 5];
        Tensor validY = Steps(y), validValues = Steps(values), validClasses = Tensor.From([.. steps.Select(step => classes.Span[step])], 4);
        Check(new CrossEntropy([1, 2, 3, 4]), classes, validClasses);
        Check(new Focal(), classes, validClasses);
        Check(new Mse(), values, validValues);
        Check(new Huber(0.1), values, validValues);
        foreach (ref float v in values.Span) v = Math.Abs(v);
        Check(new BinaryCrossEntropy(), values, Steps(values));
        Check(new CrossEntropy(classProbabilities: true), values, Steps(values));
        Tensor half = Draw.Tensor(3, 2, 3, 2);
        Check(new Pinball(0.1, 0.9), half, Tensor.From([.. steps.SelectMany(step => half.Row(step).ToArray())], 4, 2));

        void Check(Loss loss, Tensor target, Tensor validTarget)
        {
            dY.Span.Fill(1);
            Assert.Equal(loss.Mean(validY, validTarget, dValid), loss.Mean(y, target.WithLengths(lengths), dY), 1e-12);
            Draw.SameBits([.. dValid.Row(0), .. new float[8], .. dValid.Row(1), .. dValid.Row(2), .. dValid.Row(3)], dY.Span,
                loss.GetType().Name);
        }

        Tensor Steps(Tensor all) => Tensor.From([.. steps.SelectMany(step => all.Row(step).ToArray())], 4, 4);
    }

    [Fact]
    public void Focal_without_focus_is_cross_entropy_and_with_it_its_formula()
    {
        var random = new CounterRandom(3, 0);
        Tensor y = Random(ref random, 3, 20, 5), t = new(20), dFocal = new(20, 5), dEntropy = new(20, 5);
        foreach (ref float v in t.Span) v = random.NextInt32(5);
        float[] alpha = [0.25f, 1, 2, 0.5f, 1];
        Assert.Equal(new CrossEntropy(alpha).Mean(y, t, dEntropy), new Focal(0, alpha).Mean(y, t, dFocal), 1e-6);
        for (int i = 0; i < 100; i++) Assert.Equal(dEntropy.Span[i], dFocal.Span[i], 1e-6f);

        double want = 0;
        for (int row = 0; row < 20; row++)
        {
            double p = Math.Exp(y[row, (int)t.Span[row]]) / y.Row(row).ToArray().Sum(v => Math.Exp(v));
            want -= alpha[(int)t.Span[row]] * Math.Pow(1 - p, 1.7) * Math.Log(p);
        }
        Assert.Equal(want, new Focal(1.7, alpha).Sum(y, t, 1, default), 1e-9);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void Focal_of_rows_that_are_surely_right_is_nothing(double gamma)
    {
        Tensor dY = new(1, 2);
        foreach (float logit in (float[])[20, 40, 800, 1e4f])
        {
            double p = Math.Exp(-2.0 * logit), loss = new Focal(gamma).Sum(Tensor.From([logit, -logit], 1, 2), Tensor.From([0], 1), 1, dY);
            Assert.Equal(Math.Pow(p, gamma) * p, loss, 1e-12 * p);
            Assert.Equal((float)(Math.Pow(p, gamma) * p * (1 + gamma)), dY.Span[1], 1e-6f * p);
        }
    }

    [Fact]
    public void Pinball_is_least_at_the_quantile()
    {
        float[] draws = Draw.Floats(999, 5);
        double[] quantiles = [0.1, 0.5, 0.9];
        var loss = new Pinball(quantiles);
        float[] sorted = [.. draws.Order()];
        float[] best = [.. quantiles.Select(tau => sorted[(int)(tau * draws.Length)])];
        double least = Mean(best);
        for (int q = 0; q < 3; q++)
            foreach (float by in (float[])[-0.1f, 0.1f]) Assert.True(Mean([.. best.Select((v, k) => k == q ? v + by : v)]) > least);
        Assert.Equal(0.9 * 2, new Pinball(0.9).Sum(Tensor.From([1], 1, 1), Tensor.From([3], 1), 1, default), 1e-12);
        Assert.Equal(0.1 * 2, new Pinball(0.9).Sum(Tensor.From([3], 1, 1), Tensor.From([1], 1), 1, default), 1e-12);

        double Mean(float[] at)
            => loss.Mean(Tensor.From([.. draws.SelectMany(_ => at)], draws.Length, 3), Tensor.From(draws, draws.Length));
    }

    [Fact]
    public void At_the_corner_of_an_absolute_error_the_gradient_is_zero()
    {
        Tensor y = Tensor.From([2, -1], 2, 1), dY = new(2, 1);
        foreach (Loss loss in (Loss[])[new Mae(), new SmoothL1(0), new Pinball(0.2)])
        {
            dY.Span.Fill(5);
            Assert.Equal(0, loss.Mean(y, y, dY));
            Assert.Equal([0f, 0f], dY.Span.ToArray());
        }
    }

    [Fact]
    public void Sequences_are_taken_from_the_flat_targets_of_a_trainer()
    {
        Tensor y = Draw.Tensor(1, 2, 3, 2), t = Draw.Tensor(2, 2, 6);
        Assert.Equal(new Mse().Mean(y, t.Reshape(y.Shape)), new Mse().Mean(y, t));
        Assert.Equal(new Pinball(0.3, 0.6).Mean(y, Draw.Tensor(3, 2, 3, 1)), new Pinball(0.3, 0.6).Mean(y, Draw.Tensor(3, 2, 3)));
        Tensor classes = Tensor.From([1, 0, 1, 0, 0, 1], 2, 3);
        Assert.Equal(new CrossEntropy().Mean(y.Reshape(new Shape(6, 2)), classes.Reshape(new Shape(6))),
            new CrossEntropy().Mean(y, classes));
        Assert.Contains("(2, 3, 2)", Assert.Throws<ArgumentException>(() => new Mae().Sum(y, new Tensor(2, 3), 1, default)).Message);
        Assert.Throws<ArgumentException>(() => new Mae().Sum(y, new Tensor(3, 4), 1, default));
        Assert.Throws<ArgumentException>(() => new Mae().Sum(y, new Tensor(2, 2, 3), 1, default));
    }

    [Fact]
    public void Settings_and_targets_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Huber(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Huber(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmoothL1(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Focal(-1));
        Assert.Throws<ArgumentException>(() => new Focal(2, [-1]));
        Assert.Throws<ArgumentException>(() => new Pinball());
        Assert.Throws<ArgumentException>(() => new Pinball(0.5, 1));
        Assert.Throws<ArgumentException>(() => new BinaryCrossEntropy([float.NaN]));
        Assert.Contains("1.5",
            Assert.Throws<ArgumentException>(() => new BinaryCrossEntropy().Sum(new Tensor(1, 1), Tensor.From([1.5f], 1, 1), 1, default))
                .Message);
        Assert.Contains("2 columns",
            Assert.Throws<ArgumentException>(() => new BinaryCrossEntropy([1, 1]).Sum(new Tensor(1, 3), new Tensor(1, 3), 1, default))
                .Message);
        Assert.Contains("(1, 6)", Assert.Throws<ArgumentException>(
            () => new BinaryCrossEntropy(elementWeights: true).Sum(new Tensor(1, 3), new Tensor(1, 3), 1, default)).Message);
        Assert.Contains("weights", Assert.Throws<ArgumentException>(
            () => new BinaryCrossEntropy(elementWeights: true).Sum(new Tensor(1, 1), Tensor.From([1, -1], 1, 2), 1, default)).Message);
        Assert.Contains("multiple of 2",
            Assert.Throws<ArgumentException>(() => new Pinball(0.1, 0.9).Sum(new Tensor(1, 3), new Tensor(1, 1), 1, default)).Message);
        Loss soft = new CrossEntropy(classProbabilities: true);
        Assert.Contains("(1, 3)", Assert.Throws<ArgumentException>(() => soft.Sum(new Tensor(1, 3), new Tensor(1, 1), 1, default)).Message);
        Assert.Contains("from 0 to 1",
            Assert.Throws<ArgumentException>(() => soft.Sum(new Tensor(1, 2), Tensor.From([-0.5f, 1.5f], 1, 2), 1, default)).Message);
    }

    [Fact]
    public void ABatchWithoutRowsHasNoLossWithLengthsToo()
    {
        Tensor y = new(0, 3, 2), steps = new Tensor(0, 3).WithLengths(), values = new Tensor(0, 3, 2).WithLengths();
        foreach ((Loss loss, Tensor target) in ((Loss, Tensor)[])[(new CrossEntropy([1f, 2f]), steps),
            (new CrossEntropy(classProbabilities: true), values),
            (new Mse(), values), (new BinaryCrossEntropy(), values), (new JointLoss((new Mse(), 1, 1, 1f), (new Mae(), 1, 1, 1f)), values)])
            Assert.Equal((0.0, 0.0), (loss.Weight(target), loss.Sum(y, target, 1, new Tensor(0, 3, 2))));
    }
}
