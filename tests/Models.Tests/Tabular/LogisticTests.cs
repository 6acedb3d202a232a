using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

public class LogisticTests
{
    /// <summary>At a minimum Σ w (p - y) x + β/C = 0, and Σ w (p - y) = 0 for the intercepts, whatever the method.</summary>
    [Fact]
    public void The_gradient_is_0_where_it_ends() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Elements(2, 3, 5).ToArbitrary(), (seed, classes) =>
        {
            LabelledRows made = BoostingTests.Made((ulong)seed, 300,
                (x, noise) => Math.Clamp((int)Math.Floor(x[0] - x[1] + noise + classes / 2.0), 0, classes - 1), classes);
            double[] weights = [.. Enumerable.Range(0, made.Count).Select(i => i % 3 * 0.5)];
            var rows = new LabelledRows(made.X, made.Targets.Select(t => (int)t).ToArray(), classes, weights);
            const double C = 0.3;
            LogisticModel model = new LogisticRegression { C = C }.Fit(rows);
            double[] p = model.Predict(rows.X);
            for (int k = 0; k < model.Intercepts.Count; k++)
                for (int f = 0; f <= 4; f++)
                {
                    int c = classes == 2 ? 1 : k;
                    double gradient = f == 4 ? 0 : model.Coefficients[k * 4 + f] / C;
                    for (int i = 0; i < rows.Count; i++)
                        gradient += weights[i] * (p[i * classes + c] - (rows.Targets[i] == c ? 1 : 0)) * (f == 4 ? 1 : rows.X.Row(i)[f]);
                    Assert.Equal(0, gradient, 1e-5);
                }
            Assert.Equal(0, classes == 2 ? 0 : model.Intercepts.Sum(), 1e-9);
        }).QuickCheckThrowOnFailure();

    /// <summary>Without a signal the intercept alone is left: log(3) for three quarters of ones.</summary>
    [Fact]
    public void A_constant_feature_leaves_the_log_odds()
    {
        var rows = new LabelledRows(new FeatureMatrix(new float[8], 1), [1, 1, 1, 0, 1, 1, 1, 0], 2);
        LogisticModel model = new LogisticRegression().Fit(rows);
        Assert.Equal(0, model.Coefficients[0]);
        Assert.Equal(Math.Log(3), model.Intercepts[0], 1e-9);
        Assert.Equal([0], model.FeatureImportance());
    }

    [Fact]
    public void One_row_one_class_copies_and_huge_values_end()
    {
        foreach (int classes in (int[])[2, 3])
        {
            foreach (int n in (int[])[1, 100])
            {
                LabelledRows rows = BoostingTests.Made(1, n, (_, _) => 1, classes);
                double[] p = new LogisticRegression().Fit(rows).Predict(rows.X);
                Assert.All(Enumerable.Range(0, n), i => Assert.InRange(p[i * classes + 1], 0.999, 1));
            }
            LabelledRows twins = BoostingTests.Made(2, 200, (x, noise) => x[0] + noise > 0 ? 1 : 0, classes,
                (f, v) => f == 3 ? 1e30f * v : f == 2 ? 1e-30f * v : 1);
            LogisticModel model = new LogisticRegression().Fit(twins);
            Assert.All(model.Predict(twins.X), v => Assert.InRange(v, 0, 1));
        }
        LabelledRows parted = BoostingTests.Made(2, 200, (x, _) => x[0] > 0 ? 1 : 0);
        Assert.InRange(new LogisticRegression { C = 1e12 }.Fit(parted).Loss(parted), 0, 1e-4);
    }

    [Fact]
    public void Importance_is_that_of_standardised_features()
    {
        LabelledRows rows = BoostingTests.Made(3, 5000, (x, noise) => 2 * x[0] + x[1] + noise > 0 ? 1 : 0, 2,
            (f, v) => f == 0 ? v * 1000 : v);
        double[] importance = new LogisticRegression { C = 1e6 }.Fit(rows).FeatureImportance();
        Assert.Equal(1, importance.Sum(), 1e-12);
        Assert.Equal(2, importance[0] / importance[1], 0.2);
        double[] permuted = new LogisticRegression { C = 1e6 }.Fit(rows).PermutationImportance(rows);
        Assert.True(permuted[0] > permuted[1] && permuted[1] > 0.05 && Math.Abs(permuted[2]) < 0.01);
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        foreach (int classes in (int[])[2, 3])
        {
            LabelledRows rows = BoostingTests.Made(9, 5000, (x, noise) => x[0] + noise > 0 ? classes - 1 : 0, classes);
            LogisticModel model = new LogisticRegression().Fit(rows);
            foreach (int threads in (int[])[2, 3])
            {
                LogisticModel other = new LogisticRegression().Fit(rows, threads);
                Assert.Equal(model.Coefficients, other.Coefficients);
                Assert.Equal(model.Predict(rows.X), other.Predict(rows.X, threads));
            }
        }
    }

    [Fact]
    public void Wrong_settings_and_rows_are_errors()
    {
        LabelledRows rows = BoostingTests.Made(1, 50, (_, noise) => noise > 0 ? 1 : 0);
        foreach (LogisticRegression wrong in (LogisticRegression[])[new() { C = 0 }, new() { C = double.NaN }, new() { MaxIterations = 0 },
            new() { Tolerance = -1 }])
            Assert.StartsWith("LogisticRegression: expected ", Assert.Throws<ArgumentException>(() => wrong.Fit(rows)).Message);
        Assert.Contains("got rows of numbers",
            Assert.Throws<ArgumentException>(() => new LogisticRegression().Fit(BoostingTests.Made(1, 50, (_, noise) => noise, 0)))
                .Message);
        LabelledRows holes = BoostingTests.Made(1, 50, (_, noise) => noise > 0 ? 1 : 0, 2, (f, v) => f == 2 ? float.NaN : v);
        Assert.Contains("got NaN in row 0, feature 2", Assert.Throws<ArgumentException>(() => new LogisticRegression().Fit(holes)).Message);
        Assert.Contains("got NaN in row 0, feature 2",
            Assert.Throws<ArgumentException>(() => new LogisticRegression().Fit(rows).Predict(holes.X)).Message);
        Assert.Contains("at most 2048",
            Assert.Throws<ArgumentException>(() => new LogisticRegression()
                .Fit(new LabelledRows(new FeatureMatrix(new float[4098], 2049), [0, 1], 2))).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-20)]
    [InlineData(-0.3)]
    [InlineData(0.34657)]
    [InlineData(-30)]
    [InlineData(700)]
    [InlineData(-700)]
    public void Exponentials_have_fifteen_digits(double x)
    {
        double e = Exponential.Exp(System.Runtime.Intrinsics.Vector256.Create(x))[2];
        Assert.Equal(1, e / ScalarMath.Exp(x), 2e-15);
        double[] some = [x, -x, x / 2, 1, 2, 3, x];
        Exponential.Logistic(some);
        Assert.Equal(1 / (1 + ScalarMath.Exp(-x)), some[6], 1e-15);
        Assert.Equal(some[0], some[6]);
        Assert.Equal(1 / (1 + ScalarMath.Exp(-2)), some[4], 1e-15);
    }
}
