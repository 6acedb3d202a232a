using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Models.Tests;

/// <summary>Hand-made values, symmetries, and errors of the single indicators.</summary>
public class IndicatorDefinitionTests
{
    static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
    static readonly Arbitrary<int> Periods = Gen.Choose(1, 25).ToArbitrary();

    static double[][] Run(string name, Prices market, int period) => IndicatorCase.All.Single(c => c.Name == name).Run(market, period);

    static bool Near(double[][] a, double[][] b, Func<double, double> map, double tolerance = 1e-9) => a.Zip(b).All(columns =>
        columns.First.Zip(columns.Second).All(v =>
            double.IsNaN(v.First) ? double.IsNaN(v.Second) : Math.Abs(map(v.First) - v.Second) <= tolerance * (1 + Math.Abs(v.Second))));

    [Fact]
    public void Do_not_depend_on_the_unit_of_price_or_grow_with_it() => Prop.ForAll(Seeds, Periods, (seed, period) =>
    {
        Prices a = Prices.Random(seed, 90), b = a with { High = Tripled(a.High), Low = Tripled(a.Low), Close = Tripled(a.Close) };
        string[] free = ["Rsi", "RsiCutler", "BollingerBandwidth", "BollingerPercentB", "Stochastic", "WilliamsR", "Adx", "AdxShortSeed",
            "Cci", "Roc", "LogReturn", "RollingVolatility", "Obv"];
        string[] prices = ["Sma", "Ema", "EmaFromFirst", "MacdOwnSeeds", "MacdAlignedSeed", "MacdFromFirst", "TrueRange", "Atr",
            "AtrFromFirst", "Bollinger", "StandardDeviation", "VwapRolling", "VwapSession", "VwapAnchored", "Momentum"];
        // With 2 candles, the deviation is the distance; a window of 1 or 2 leaves only rounding in some of the ratios.
        return free.All(name => Near(Run(name, a, period + 2), Run(name, b, period + 2), v => v, 1e-7))
            && prices.All(name => Near(Run(name, a, period), Run(name, b, period), v => 3 * v));

        static double[] Tripled(double[] column) => [.. column.Select(v => 3 * v)];
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Averages_are_linear() => Prop.ForAll(Seeds, Periods, (seed, period) =>
    {
        double[] x = IndicatorsTests.Walk(seed, 80), y = IndicatorsTests.Walk(seed ^ 1, 80), sum = [.. x.Zip(y, (a, b) => 2 * a - b)];
        foreach (string name in (string[])["Sma", "Ema", "EmaFromFirst", "MacdOwnSeeds", "MacdAlignedSeed", "MacdFromFirst", "Momentum"])
        {
            double[] of = Run(name, Closes(sum), period)[0], a = Run(name, Closes(x), period)[0], b = Run(name, Closes(y), period)[0];
            double scale = x.Max() + y.Max();
            if (!of.Zip(a, b).All(v => double.IsNaN(v.First) || Math.Abs(v.First - (2 * v.Second - v.Third)) < 1e-12 * scale)) return false;
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Oscillators_keep_their_bounds() => Prop.ForAll(Seeds, Periods, (seed, period) =>
    {
        var market = Prices.Random(seed, 90);
        bool Within(string name, double low, double high) => Run(name, market, period).All(column =>
            column.All(v => double.IsNaN(v) || v >= low - 1e-9 && v <= high + 1e-9));
        return Within("Rsi", 0, 100) && Within("RsiCutler", 0, 100) && Within("Stochastic", 0, 100) && Within("WilliamsR", -100, 0)
            && Within("Adx", 0, 100) && Within("AdxShortSeed", 0, 100) && Within("TakerBuyImbalance", -1, 1)
            && Within("VolumeChange", -1, 5) && Within("ZScore", -Math.Sqrt(period), Math.Sqrt(period));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Vwap_lies_between_the_lowest_low_and_the_highest_high() => Prop.ForAll(Seeds, Periods, (seed, period) =>
    {
        var m = Prices.Random(seed, 90);
        double[] rolling = Run("VwapRolling", m, period)[0], session = Run("VwapSession", m, period)[0];
        double[] since = Run("VwapAnchored", m, period)[0];
        return Enumerable.Range(period, 90 - period).All(t =>
            Inside(rolling[t], (t - period + 1)..(t + 1)) && Inside(session[t], (t - period + 1)..(t + 1))
            && Inside(since[t], period..(t + 1)));
        bool Inside(double v, Range candles) => v >= m.Low[candles].Min() * (1 - 1e-12) && v <= m.High[candles].Max() * (1 + 1e-12);
    }).QuickCheckThrowOnFailure();

    static Prices Closes(double[] close) => new([], [], close, [], []);

    [Fact]
    public void Vwap_of_sessions_restarts_at_midnight_and_the_anchored_one_at_its_anchor()
    {
        const long Hour = 3_600_000_000;
        long[] time = [-2 * Hour, -1 * Hour, 0, 23 * Hour, 24 * Hour, 72 * Hour + 1, 80 * Hour];
        double[] price = [10, 20, 30, 40, 50, 60, 70], volume = [1, 3, 2, 2, 0, 0, 5], session = new double[7], anchored = new double[7];
        Indicators.VwapSession(time, price, price, price, volume, 24 * Hour, session);
        Assert.Equal([10, 17.5, 30, 35, 50, 60, 70], session);
        Indicators.VwapAnchored(price, price, price, volume, 3, anchored);
        Assert.Equal([double.NaN, double.NaN, double.NaN, 40, 40, 40, 40 + 5 * 30 / 7.0], anchored);
    }

    [Fact]
    public void Ema_from_the_first_value_passes_over_leading_NaN()
    {
        double[] y = new double[5];
        Indicators.EmaFromFirst([double.NaN, double.NaN, 1, 2, 6], 3, y);
        Assert.Equal([double.NaN, double.NaN, 1, 1.5, 3.75], y);
        Indicators.EmaFromFirst([double.NaN, double.NaN], 3, y.AsSpan(..2));
        Assert.True(double.IsNaN(y[1]));
    }

    [Fact]
    public void Small_cases_are_what_one_computes_by_hand()
    {
        double[] close = [10, 12, 11, 11, 14], volume = [5, 2, 3, 4, 6], y = new double[5], x = new double[5], z = new double[5];
        Indicators.RsiCutler(close, 2, y);
        Assert.Equal([double.NaN, double.NaN, 100 * 2.0 / 3, 0, 100], y);
        Indicators.Obv(close, volume, y);
        Assert.Equal([0, 2, -1, -1, 5], y);
        Indicators.ObvFromFirstVolume(close, volume, y);
        Assert.Equal([5, 7, 4, 4, 10], y);
        Indicators.Roc(close, 2, y);
        Assert.Equal([double.NaN, double.NaN, 10, 100 * (-1.0 / 12), 100 * (3.0 / 11)], y);
        Indicators.Momentum(close, 2, y);
        Assert.Equal([double.NaN, double.NaN, 1, -1, 3], y);
        Indicators.VolumeChange([0, 0, 3, 1, 60], y);
        Assert.Equal([double.NaN, 0, 5, -2.0 / 3, 5], y);
        Indicators.TakerBuyImbalance([0, 2, 0, 3, 3], [0, 2, 3, 4, 6], y);
        Assert.Equal([0, 1, -1, 0.5, 0], y);
        Indicators.TrueRange([11, 13, 12, 20, 15], [9, 11, 11, 18, 10], close, y);
        Assert.Equal([double.NaN, 3, 1, 9, 5], y);
        Indicators.Stochastic([11, 13, 12, 12, 15], [9, 11, 10, 10, 10], close, 2, 2, x, y, z);
        Assert.Equal([double.NaN, 75, 100.0 / 3, 50, 80], x);
        Assert.Equal((75 + 100.0 / 3) / 2, y[2], 1e-12);
        Assert.Equal((75 + 200.0 / 3 + 50) / 4, z[3], 1e-12);
    }

    [Fact]
    public void Directional_movement_tells_a_steady_rise_from_a_steady_fall()
    {
        double[] rise = [.. Enumerable.Range(0, 60).Select(t => 100.0 + t)];
        double[] high = [.. rise.Select(c => c + 0.5)], low = [.. rise.Select(c => c - 0.5)];
        // Every candle rises by 1 with a true range of 1.5.
        double[][] up = Run("Adx", new Prices(high, low, rise, [], []), 14);
        Assert.Equal(100 / 1.5, up[0][^1], 1e-9);
        Assert.Equal(0, up[1][^1]);
        Assert.Equal(100, up[2][^1], 1e-9);
        double[][] down = Run("Adx", new Prices([.. high.Reverse()], [.. low.Reverse()], [.. rise.Reverse()], [], []), 14);
        Assert.Equal(100 / 1.5, down[1][^1], 1e-9);
        Assert.Equal(0, down[0][^1]);
    }

    [Fact]
    public void Directional_movement_dies_out_in_a_market_that_stands_still()
    {
        double[][] adx = Run("Adx", Prices.Flat(20_000, 30, 1).After(Prices.Random(1, 100)), 14);
        Assert.All(adx[0], v => Assert.True(double.IsNaN(v) || v is >= 0 and <= 100));
        Assert.Equal(0, adx[0][^1]);
        Assert.Equal(0, adx[1][^1]);
        Assert.Equal(0, adx[2][^1], 1e-12);
    }

    [Fact]
    public void Relative_strength_has_no_side_in_a_market_that_stands_still()
    {
        double[] rsi = Run("Rsi", Prices.Flat(20_000, 30, 1).After(Prices.Random(1, 100)), 14)[0], moving = rsi[14..100];
        Assert.DoesNotContain(50, moving);
        // Both averages shrink by 13/14 a candle: their ratio stays, but for rounding, until they count as nothing.
        int still = Array.IndexOf(rsi, 50);
        Assert.InRange(still, 8000, 10_000);
        Assert.All(rsi[100..still], v => Assert.Equal(rsi[100], v, 1e-9));
        Assert.All(rsi[still..], v => Assert.Equal(50, v));
    }

    [Fact]
    public void Messages_have_numbers_in_the_form_of_no_country()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo.CurrentCulture = comma;
        try
        {
            double[] x = [1], y = new double[1];
            Throws("above 0, got -0.5", () => Indicators.Bollinger(x, 1, -0.5, y, new double[1], new double[1]));
            Throws("at most 1, got 1.5", () => VolumeProfile.Of(x, x, x, 3, 1.5));
            Throws("got low 2.5, high 1.5, volume 0.5 at candle 0", () => VolumeProfile.Of([1.5], [2.5], [0.5], 3));
            Throws("expected window to be a whole number of at least 1, got 2.5", () => new V32().With("window", 2.5));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Wrong_arguments_are_errors_that_name_the_indicator()
    {
        double[] x = [1, 2, 3], y = new double[3], z = new double[3], w = new double[3], two = new double[2];
        Throws("Sma: expected a period of at least 1, got -3", () => Indicators.Sma(x, -3, y));
        Throws("Sma: expected an output of 3 values, one a candle, got 2", () => Indicators.Sma(x, 2, two));
        Throws("Sma: expected an output apart from the input", () => Indicators.Sma(x, 2, x));
        Throws("Atr: expected 'high' to have 3 values, one a candle, got 2", () => Indicators.Atr(two, x, x, 2, y));
        Throws("Adx: expected 'low' to have 3 values, one a candle, got 2", () => Indicators.Adx(x, two, x, 2, y, z, w));
        Throws("MacdAlignedSeed: expected a period 'signalPeriod' of at least 1, got 0",
            () => Indicators.MacdAlignedSeed(x, 2, 3, 0, y, z, w));
        Throws("Stochastic: expected a period 'smooth' of at least 1, got 0", () => Indicators.Stochastic(x, x, x, 2, 0, y, z, w));
        Throws("Bollinger: expected a number of deviations above 0, got NaN", () => Indicators.Bollinger(x, 2, double.NaN, y, z, w));
        Throws("VwapRolling: expected 'volume' to have 3 values", () => Indicators.VwapRolling(x, x, x, two, 2, y));
        Throws("VwapSession: expected a session of at least 1 microsecond, got 0",
            () => Indicators.VwapSession([1, 2, 3], x, x, x, x, 0, y));
        Throws("VwapSession: expected 'openTime' to have 3 values, one a candle, got 1",
            () => Indicators.VwapSession([1], x, x, x, x, 10, y));
        Throws("VwapAnchored: expected an anchor of at least 0, got -1", () => Indicators.VwapAnchored(x, x, x, x, -1, y));
        Throws("Obv: expected 'volume' to have 3 values", () => Indicators.Obv(x, two, y));
        Throws("TakerBuyImbalance: expected 'takerBuy'", () => Indicators.TakerBuyImbalance(two, x, y));
    }

    static void Throws(string message, Action action) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(action).Message);
}
