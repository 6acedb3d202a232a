using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class SimulatedMarketTests
{
    static readonly SimulatedMarketOptions Options = new() { Pairs = 6, Candles = 10_000, Seed = 3 };
    static readonly SimulatedMarket Market = SimulatedMarket.Create(Options);
    static readonly SimulatedMarket Fair = SimulatedMarket.Create(Options with { Accuracy = 0.5 });

    /// <summary>Rows whose outcome is simulated: the probability of up and whether up came.</summary>
    static IEnumerable<(double P, bool Up)> Rows(SimulatedMarket market) => market.Candles.SelectMany((c, pair) =>
        Enumerable.Range(SimulatedPattern.FirstRow, c.Count - 1 - SimulatedPattern.FirstRow)
            .Select(t => (market.ProbabilityUp[pair][t], c.Close[t + 1] > c.Close[t])));

    static double[] LogReturns(Candles c) => [.. Enumerable.Range(1, c.Count - 1).Select(t => Math.Log(c.Close[t] / c.Close[t - 1]))];

    static double Correlation(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        double ma = a.Average(), mb = b.Average(), ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Count; i++)
            (ab, aa, bb) = (ab + (a[i] - ma) * (b[i] - mb), aa + (a[i] - ma) * (a[i] - ma), bb + (b[i] - mb) * (b[i] - mb));
        return ab / Math.Sqrt(aa * bb);
    }

    static double Kurtosis(double[] x)
    {
        double m = x.Average(), v = x.Average(r => (r - m) * (r - m));
        return x.Average(r => Math.Pow(r - m, 4)) / (v * v);
    }

    [Fact]
    public void The_same_options_give_the_same_bits_and_another_seed_others()
    {
        var again = SimulatedMarket.Create(Options);
        for (int pair = 0; pair < Options.Pairs; pair++)
        {
            Assert.Equal(Market.Candles[pair].Close, again.Candles[pair].Close);
            Assert.Equal(Market.Candles[pair].Volume, again.Candles[pair].Volume);
            Assert.Equal(Market.ProbabilityUp[pair], again.ProbabilityUp[pair]);
        }
        var other = SimulatedMarket.Create(Options with { Seed = 4 });
        Assert.True(Math.Abs(Correlation(LogReturns(Market.Candles[0]), LogReturns(other.Candles[0]))) < 0.05);
    }

    [Fact]
    public void A_pair_draws_the_same_numbers_whatever_stands_beside_and_after_it()
    {
        var small = SimulatedMarket.Create(Options with { Accuracy = 0.5, Pairs = 2, Candles = 500 });
        Assert.Equal(Fair.Candles[1].Close[..500], small.Candles[1].Close);
        Assert.Equal(Fair.Candles[1].High[..500], small.Candles[1].High);
    }

    [Theory]
    [InlineData(0.55)]
    [InlineData(0.60)]
    [InlineData(0.75)]
    public void The_best_possible_accuracy_is_the_one_asked_for_and_the_oracle_reaches_it(double accuracy)
    {
        var market = SimulatedMarket.Create(Options with { Accuracy = accuracy });
        var rows = Rows(market).ToArray();
        Assert.Equal(accuracy, rows.Average(r => Math.Max(r.P, 1 - r.P)), 0.002);
        double hits = rows.Average(r => (r.P > 0.5) == r.Up ? 1.0 : 0);
        // Six pairs whose signs have correlation 0.49 weigh as about 1.7 independent ones.
        Assert.Equal(accuracy, hits, 4 * Math.Sqrt(0.25 / (1.7 * Options.Candles)));
    }

    [Fact]
    public void Probabilities_are_calibrated()
    {
        foreach (var bin in Rows(Market).GroupBy(r => Math.Clamp((int)(r.P * 10), 2, 7)))
            Assert.Equal(bin.Average(r => r.P), bin.Average(r => r.Up ? 1.0 : 0), 4 * Math.Sqrt(0.25 / (bin.Count() / 3.5)));
    }

    [Fact]
    public void Accuracy_one_half_plants_nothing()
    {
        Assert.Equal(0, Fair.Strength);
        Assert.All(Fair.ProbabilityUp, p => Assert.All(p, v => Assert.Equal(0.5, v)));
    }

    [Fact]
    public void The_probability_follows_from_the_signals_of_the_last_20_candles_alone()
    {
        for (int pair = 0; pair < Options.Pairs; pair++)
        {
            double[][] signals = Week3Signals.Compute(Market.Candles[pair]);
            double[] p = Market.BestProbability(signals);
            for (int t = 0; t < Options.Candles; t++) Assert.Equal(Market.ProbabilityUp[pair][t], p[t], 1e-9);

            const int row = 5000;
            double[][] window = [.. signals.Select(s => s.Select((v, t) => t is > row - 20 and <= row ? v : double.NaN).ToArray())];
            Assert.Equal(Market.ProbabilityUp[pair][row], Market.BestProbability(window)[row], 1e-9);
        }
    }

    [Fact]
    public void About_half_of_the_pattern_is_linear_in_the_signals()
    {
        // Least squares of g on the six signals (clipped at five deviations) of the last four candles, by the normal equations.
        const int columns = 25;
        var sums = new double[columns, columns + 1];
        double gg = 0, gSum = 0;
        int rows = 0;
        var x = new double[columns];
        foreach (var candles in Market.Candles)
        {
            double[][] s = Week3Signals.Compute(candles);
            double[] mean = [.. s.Select(c => c[25..].Average())];
            double[] deviation = [.. s.Select((c, k) => Math.Sqrt(c[25..].Average(v => (v - mean[k]) * (v - mean[k]))))];
            for (int t = SimulatedPattern.FirstRow; t < candles.Count; t++)
            {
                x[24] = 1;
                for (int i = 0; i < 24; i++) x[i] = Math.Clamp((s[i % 6][t - i / 6] - mean[i % 6]) / deviation[i % 6], -5, 5);
                double g = SimulatedPattern.Value(s, t);
                (gg, gSum, rows) = (gg + g * g, gSum + g, rows + 1);
                for (int i = 0; i < columns; i++)
                {
                    for (int j = 0; j < columns; j++) sums[i, j] += x[i] * x[j];
                    sums[i, columns] += x[i] * g;
                }
            }
        }
        double[] xg = [.. Enumerable.Range(0, columns).Select(i => sums[i, columns])], w = Solve(sums);
        double variance = gg / rows - gSum / rows * (gSum / rows);
        double explained = w.Zip(xg, (a, b) => a * b).Sum() / rows - gSum / rows * (gSum / rows);
        Assert.InRange(explained / variance, 0.42, 0.58);
    }

    /// <summary>Gauss's elimination of the n × (n + 1) system of a positive definite matrix.</summary>
    static double[] Solve(double[,] a)
    {
        int n = a.GetLength(0);
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < n; i++)
            {
                double f = i == k ? 0 : a[i, k] / a[k, k];
                for (int j = k; j <= n; j++) a[i, j] -= f * a[k, j];
            }
        }
        return [.. Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i])];
    }

    [Fact]
    public void Signs_are_correlated_over_pairs_as_the_copula_says()
    {
        // Signs of two normal numbers with correlation ρ have correlation (2/π) asin ρ.
        double expected = 2 / Math.PI * Math.Asin(0.7);
        double[][] signs = [.. Fair.Candles.Select(c => LogReturns(c).Select(r => (double)Math.Sign(r)).ToArray())];
        for (int a = 0; a < signs.Length; a++)
            for (int b = 0; b < a; b++) Assert.Equal(expected, Correlation(signs[a], signs[b]), 0.04);
    }

    [Fact]
    public void There_is_no_drift()
    {
        foreach (var market in new[] { Market, Fair })
        {
            double[] up = [.. Rows(market).Select(r => r.Up ? 1.0 : 0)];
            Assert.Equal(0.5, up.Average(), 4 * Math.Sqrt(0.25 / (1.7 * Options.Candles)));
            double[] returns = [.. market.Candles.SelectMany(LogReturns)];
            Assert.Equal(0, returns.Average(), 4 * Math.Sqrt(returns.Average(r => r * r) / (1.7 * Options.Candles)));
        }
        Assert.Equal(0.5, Rows(Market).Average(r => r.P), 0.005);
    }

    [Fact]
    public void Candles_are_valid_and_never_stand_still()
    {
        string[] bases = ["BTC", "ETH", "BNB", "SOL", "XRP", "ADA"];
        Assert.Equal(bases, Market.Candles.Select(c => c.Base));
        foreach (var c in Market.Candles)
        {
            Assert.Equal(Options.Candles, c.Count);
            Assert.Equal(1_577_836_800_000_000, c.OpenTime[0]);
            for (int t = 0; t < c.Count; t++)
            {
                Assert.True(c.High[t] >= Math.Max(c.Open[t], c.Close[t]) && c.Low[t] <= Math.Min(c.Open[t], c.Close[t]) && c.Low[t] > 0);
                Assert.True(c.Volume[t] > 0 && double.IsFinite(c.Volume[t]) && double.IsFinite(c.High[t]));
                Assert.NotEqual(c.Open[t], c.Close[t]);
                Assert.True(t == 0 || (c.Follows(t) && c.Open[t] == c.Close[t - 1]));
            }
        }
    }

    [Fact]
    public void Returns_have_heavy_tails_and_clustered_sizes()
    {
        foreach (var c in Market.Candles)
        {
            double[] r = LogReturns(c), size = [.. r.Select(Math.Abs)];
            Assert.True(Kurtosis(r) > 4);
            Assert.True(Correlation(size[..^1], size[1..]) > 0.05);
            Assert.True(Correlation(size[..^24], size[24..]) > 0.02);
            Assert.True(Correlation(size, c.Volume[1..]) > 0.3);
        }
        double[][] sizes = [.. Fair.Candles.Select(c => LogReturns(c).Select(Math.Abs).ToArray())];
        Assert.True(Correlation(sizes[0], sizes[1]) > 0.2);
    }

    [Fact]
    public void Size_wicks_and_volume_know_nothing_of_the_sign()
    {
        foreach (var c in Fair.Candles)
        {
            double[] r = LogReturns(c), sign = [.. r.Select(v => (double)Math.Sign(v))];
            double bound = 4 / Math.Sqrt(c.Count);
            Assert.True(Math.Abs(Correlation([.. r.Select(v => Math.Sqrt(Math.Abs(v)))], sign)) < bound);
            Assert.True(Math.Abs(Correlation([.. c.Volume[..^1].Select(v => Math.Log(v))], sign)) < bound);
            Assert.True(Math.Abs(Correlation([.. c.Volume[1..].Select(v => Math.Log(v))], sign)) < bound);
            double[] lean = [.. Enumerable.Range(0, c.Count - 1)
                .Select(t => Math.Log(c.High[t] / Math.Max(c.Open[t], c.Close[t])) - Math.Log(Math.Min(c.Open[t], c.Close[t]) / c.Low[t]))];
            Assert.True(Math.Abs(Correlation(lean, sign)) < bound);
        }
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-1.96, 0.024997895148220435)]
    [InlineData(3, 0.9986501019683699)]
    [InlineData(-7, 1.279812543885835e-12)]
    [InlineData(9, 1)]
    [InlineData(double.NaN, double.NaN)]
    public void The_normal_distribution_function_is_exact_to_1e_13(double x, double expected) =>
        Assert.Equal(expected, SimulatedMarket.NormalDistribution(x), 1e-13);

    [Fact]
    public void Pairs_beyond_the_tenth_are_numbered()
    {
        var market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 12, Candles = 100, Timeframe = Timeframe.Parse("15m") });
        Assert.Equal(["DOT", "P11", "P12"], market.Candles[9..].Select(c => c.Base));
        Assert.Equal(15 * 60_000_000, market.Candles[11].OpenTime[1] - market.Candles[11].OpenTime[0]);
    }

    [Fact]
    public void Options_out_of_range_are_errors_that_say_what_was_expected()
    {
        Assert.Contains("Accuracy from 0.5 to 0.95, got 0.4",
            Assert.Throws<ArgumentOutOfRangeException>(() => SimulatedMarket.Create(Options with { Accuracy = 0.4 })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => SimulatedMarket.Create(Options with { Pairs = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SimulatedMarket.Create(Options with { Candles = 10 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SimulatedMarket.Create(Options with { Accuracy = double.NaN }));
    }
}
