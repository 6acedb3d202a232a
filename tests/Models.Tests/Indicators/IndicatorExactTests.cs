namespace NeuralCore.Models.Tests;

/// <summary>The indicators of windows against exact arithmetic, on series made to break them, and over millions of rows.</summary>
public class IndicatorExactTests
{
    const double Relative = 1e-11;

    public static TheoryData<string> Series => ["walk", "offset", "steps", "spike", "flat then walk", "no volume", "tiny"];

    static Prices Make(string series, int count)
    {
        double[] walk = IndicatorsTests.Walk(4, count);
        var random = new CounterRandom(17, 3);
        switch (series)
        {
            case "offset": return Prices.Around(1, [.. walk.Select(p => 1e9 + 1e-3 * (p - 100))], 1e-12);
            case "steps": return Prices.Around(1, [.. walk.Select((_, t) => t / 17 % 2 == 0 ? 3.0 : 7000.0)], 0);
            case "spike": return Prices.Around(1, [.. walk.Select((p, t) => t % 97 == 50 ? 1e13 : p)]);
            case "flat then walk": return Prices.Random(8, count / 2).After(Prices.Flat(count - count / 2, 50.1, 3));
            case "no volume":
                var market = Prices.Random(9, count);
                return market with { Volume = [.. market.Volume.Select((v, t) => t / 40 % 2 == 0 ? 0 : v)] };
            case "tiny": return Prices.Around(1, [.. walk.Select(p => p * 1e-12)], volume: 1e-6);
            default: return Prices.Around(1, walk);
        }
    }

    static void AssertNear(double want, double got, string where, double scale = 0) =>
        Assert.True(Math.Abs(got - want) <= Relative * Math.Abs(want) + 1e-15 * scale, $"{where}: expected {want:R}, got {got:R}");

    [Theory, MemberData(nameof(Series))]
    public void Windows_are_exact(string series)
    {
        var market = Make(series, 400);
        foreach (int period in (int[])[1, 2, 3, 7, 14, 20, 64, 100])
            Check(market, period, Enumerable.Range(period, market.Count - period), series);
    }

    [Fact]
    public void Windows_are_exact_after_millions_of_rows()
    {
        const int Count = 3_000_000;
        double[] close = new double[Count];
        var random = new CounterRandom(5, 1);
        double price = 20_000;
        for (int t = 0; t < Count; t++)
        {
            price *= Math.Exp(0.0005 * random.NextNormal());
            // Outliers in between, which sums carried from row to row would never get rid of, and standstill.
            close[t] = t % 700_001 == 5000 ? 1e14 : t % 50_000 < 100 && t > 0 ? close[t - 1] : price;
        }
        var market = Prices.Around(2, close, 0.001);
        Check(market, 20, Enumerable.Range(0, 300).Select(k => 9_999 * k + 100).Append(Count - 1), "long");
    }

    static void Check(Prices m, int period, IEnumerable<int> rows, string series)
    {
        double[] New() => new double[m.Count];
        double[] typical = [.. m.High.Select((h, t) => (h + m.Low[t] + m.Close[t]) / 3)];
        double[] sma = New(), std = New(), bandwidth = New(), percent = New(), z = New(), cci = New(), vwap = New();
        double[] vol = New(), cutler = New(), k = New(), slow = New(), slower = New(), r = New(), sum = New(), returns = New();
        Indicators.Sma(m.Close, period, sma);
        Indicators.StandardDeviation(m.Close, period, std);
        Indicators.BollingerBandwidth(m.Close, period, 2, bandwidth);
        Indicators.BollingerPercentB(m.Close, period, 2, percent);
        Indicators.ZScore(m.Close, period, z);
        Indicators.Cci(m.High, m.Low, m.Close, period, cci);
        Indicators.VwapRolling(m.High, m.Low, m.Close, m.Volume, period, vwap);
        Indicators.RollingVolatility(m.Close, period, vol);
        Indicators.LogReturn(m.Close, returns);
        Indicators.RsiCutler(m.Close, period, cutler);
        Indicators.Stochastic(m.High, m.Low, m.Close, period, 3, k, slow, slower);
        Indicators.WilliamsR(m.High, m.Low, m.Close, period, r);
        Rolling.Sum(m.Volume, period, sum);
        foreach (int t in rows)
        {
            string at = $"{series}, period {period}, row {t}";
            var window = (t - period + 1)..(t + 1);
            double[] close = m.Close[window], volume = m.Volume[window];
            double mean = Exact.Mean(close), deviation = Math.Sqrt(Exact.PopulationVariance(close)), above = Exact.LastAboveMean(close);
            bool flat = deviation == 0;
            AssertNear(mean, sma[t], $"sma, {at}");
            AssertNear(deviation, std[t], $"std, {at}");
            AssertNear(4 * deviation / mean, bandwidth[t], $"bandwidth, {at}");
            AssertNear(flat ? 0 : above / deviation, z[t], $"z, {at}", flat ? 0 : 100);
            AssertNear(flat ? 0.5 : 0.5 + above / (4 * deviation), percent[t], $"%b, {at}", 100);
            double spread = Exact.MeanAbsoluteDeviation(typical[window]), over = Exact.LastAboveMean(typical[window]);
            AssertNear(spread == 0 ? 0 : over / (0.015 * spread), cci[t], $"cci, {at}", spread == 0 ? 0 : 10_000);
            AssertNear(volume.All(v => v == 0) ? typical[t] : Exact.WeightedMean(typical[window], volume), vwap[t], $"vwap, {at}");
            AssertNear(Exact.Sum(volume), sum[t], $"sum, {at}");
            double lowest = m.Low[window].Min(), range = m.High[window].Max() - lowest;
            AssertNear(range == 0 ? 50 : 100 * (m.Close[t] - lowest) / range, k[t], $"%K, {at}");
            AssertNear(k[t] - 100, r[t], $"%R, {at}", 1000);
            if (t >= period + 4)
            {
                AssertNear(Exact.Mean(k.AsSpan(t - 2, 3)), slow[t], $"slow %K, {at}", 1000);
                AssertNear(Exact.Mean(slow.AsSpan(t - 2, 3)), slower[t], $"slow %D, {at}", 1000);
            }
            double[] changes = [.. Enumerable.Range(t - period + 1, period).Select(i => m.Close[i] - m.Close[i - 1])];
            double gain = Exact.Sum([.. changes.Where(c => c > 0)]), loss = -Exact.Sum([.. changes.Where(c => c < 0)]);
            AssertNear(gain + loss == 0 ? 50 : 100 * gain / (gain + loss), cutler[t], $"Cutler's rsi, {at}");
            double[] of = returns[window];
            double sample = period == 1 ? 0 : Math.Sqrt(Exact.PopulationVariance(of) * period / (period - 1));
            AssertNear(sample, vol[t], $"volatility, {at}");
        }
    }

    [Fact]
    public void Extremes_and_sums_hold_at_every_period_and_block()
    {
        var random = new CounterRandom(3, 3);
        foreach (int length in (int[])[1, 7, 100, 1024, 1031, 2600])
        {
            double[] values = [.. Enumerable.Range(0, length).Select(_ => Math.Floor(1000 * random.NextDouble()))];
            double[] sum = new double[length], place = new double[length], slow = new double[length], slower = new double[length];
            int[] periods = [.. Enumerable.Range(1, 40), 63, 64, 65, 1023, 1024, 1025, 1300, 2047, 2599, 2600];
            foreach (int period in periods.Where(p => p <= length))
            {
                Indicators.Stochastic(values, values, values, period, 1, place, slow, slower);
                Rolling.Sum(values, period, sum);
                for (int t = period - 1; t < length; t += period < 100 ? 1 : 13)
                {
                    var window = values.AsSpan(t - period + 1, period);
                    double total = 0, least = double.MaxValue, most = 0;
                    foreach (double v in window) (total, least, most) = (total + v, Math.Min(least, v), Math.Max(most, v));
                    Assert.Equal(total, sum[t]);
                    Assert.Equal(least == most ? 50 : 100 * (values[t] - least) / (most - least), place[t]);
                }
            }
        }
    }

    [Fact]
    public void Totals_do_not_drift()
    {
        const int Count = 3_000_000;
        double[] close = new double[Count], volume = new double[Count], obv = new double[Count], vwap = new double[Count];
        for (int t = 0; t < Count; t++) (close[t], volume[t]) = (t % 2 == 0 ? 1 : 3, 0.1);
        volume[1] = 1e10;
        volume[2] = 1e10;
        Indicators.Obv(close, volume, obv);
        Assert.Equal(0, obv[^2]);
        Assert.Equal(0.1, obv[^1]);
        Array.Fill(volume, 0.1);
        Indicators.VwapAnchored(close, close, close, volume, 0, vwap);
        Assert.Equal(2, vwap[^1], 1e-14);
        Array.Fill(close, 0.7);
        Indicators.VwapAnchored(close, close, close, volume, 0, vwap);
        Assert.All(vwap.Where((_, t) => t % 1000 == 0), v => Assert.Equal((0.7 + 0.7 + 0.7) / 3, v));
    }
}
