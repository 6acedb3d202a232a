namespace NeuralCore.Models.Tests;

/// <summary>
/// One indicator as the common tests see it: its columns, the index of the first value of each at a given period, and how many
/// candles back (itself included) the columns depend on; 0 where they never forget.
/// </summary>
sealed record IndicatorCase(string Name, Func<Prices, int, double[][]> Run, Func<int, int[]> First, Func<int, int>? Memory = null)
{
    public override string ToString() => Name;

    public static IReadOnlyList<IndicatorCase> All { get; } =
    [
        One("Sma", (m, n, y) => Indicators.Sma(m.Close, n, y), n => n - 1, n => n),
        One("Ema", (m, n, y) => Indicators.Ema(m.Close, n, y), n => n - 1),
        One("EmaFromFirst", (m, n, y) => Indicators.EmaFromFirst(m.Close, n, y), _ => 0),
        One("Rsi", (m, n, y) => Indicators.Rsi(m.Close, n, y), n => n),
        One("RsiCutler", (m, n, y) => Indicators.RsiCutler(m.Close, n, y), n => n, n => n + 1),
        Three("MacdOwnSeeds", (m, n, x, y, z) => Indicators.MacdOwnSeeds(m.Close, n, n + 3, 4, x, y, z), n => [n + 2, n + 5, n + 5]),
        Three("MacdAlignedSeed", (m, n, x, y, z) => Indicators.MacdAlignedSeed(m.Close, n, n + 3, 4, x, y, z), n => [n + 2, n + 5, n + 5]),
        Three("MacdFromFirst", (m, n, x, y, z) => Indicators.MacdFromFirst(m.Close, n, n + 3, 4, x, y, z), _ => [0, 0, 0]),
        One("TrueRange", (m, _, y) => Indicators.TrueRange(m.High, m.Low, m.Close, y), _ => 1, _ => 2),
        One("Atr", (m, n, y) => Indicators.Atr(m.High, m.Low, m.Close, n, y), n => n),
        One("AtrFromFirst", (m, n, y) => Indicators.AtrFromFirst(m.High, m.Low, m.Close, n, y), n => n - 1),
        Three("Bollinger", (m, n, x, y, z) => Indicators.Bollinger(m.Close, n, 2, x, y, z), n => [n - 1, n - 1, n - 1], n => n),
        One("BollingerBandwidth", (m, n, y) => Indicators.BollingerBandwidth(m.Close, n, 2, y), n => n - 1, n => n),
        One("BollingerPercentB", (m, n, y) => Indicators.BollingerPercentB(m.Close, n, 2, y), n => n - 1, n => n),
        One("StandardDeviation", (m, n, y) => Indicators.StandardDeviation(m.Close, n, y), n => n - 1, n => n),
        One("VwapRolling", (m, n, y) => Indicators.VwapRolling(m.High, m.Low, m.Close, m.Volume, n, y), n => n - 1, n => n),
        One("VwapSession", (m, n, y) => Indicators.VwapSession(m.OpenTime, m.High, m.Low, m.Close, m.Volume, n * 900_000_000L, y), _ => 0),
        One("VwapAnchored", (m, n, y) => Indicators.VwapAnchored(m.High, m.Low, m.Close, m.Volume, n, y), n => n),
        One("Obv", (m, _, y) => Indicators.Obv(m.Close, m.Volume, y), _ => 0),
        One("ObvFromFirstVolume", (m, _, y) => Indicators.ObvFromFirstVolume(m.Close, m.Volume, y), _ => 0),
        Three("Stochastic", (m, n, x, y, z) => Indicators.Stochastic(m.High, m.Low, m.Close, n, 3, x, y, z),
            n => [n - 1, n + 1, n + 3], n => n + 4),
        One("WilliamsR", (m, n, y) => Indicators.WilliamsR(m.High, m.Low, m.Close, n, y), n => n - 1, n => n),
        Three("Adx", (m, n, x, y, z) => Indicators.Adx(m.High, m.Low, m.Close, n, x, y, z), n => [n, n, 2 * n - 1]),
        Three("AdxShortSeed", (m, n, x, y, z) => Indicators.AdxShortSeed(m.High, m.Low, m.Close, n, x, y, z), n => [n, n, 2 * n - 1]),
        One("Cci", (m, n, y) => Indicators.Cci(m.High, m.Low, m.Close, n, y), n => n - 1, n => n),
        One("Roc", (m, n, y) => Indicators.Roc(m.Close, n, y), n => n, n => n + 1),
        One("Momentum", (m, n, y) => Indicators.Momentum(m.Close, n, y), n => n, n => n + 1),
        One("LogReturn", (m, _, y) => Indicators.LogReturn(m.Close, y), _ => 1, _ => 2),
        One("RollingVolatility", (m, n, y) => Indicators.RollingVolatility(m.Close, n, y), n => n, n => n + 1),
        One("ZScore", (m, n, y) => Indicators.ZScore(m.Volume, n, y), n => n - 1, n => n),
        One("VolumeChange", (m, _, y) => Indicators.VolumeChange(m.Volume, y), _ => 1, _ => 2),
        One("TakerBuyImbalance", (m, _, y) => Indicators.TakerBuyImbalance(m.TakerBuy, m.Volume, y), _ => 0, _ => 1),
    ];

    static IndicatorCase One(string name, Action<Prices, int, double[]> run, Func<int, int> first, Func<int, int>? memory = null) => new(
        name,
        (market, period) =>
        {
            var y = new double[market.Count];
            run(market, period, y);
            return [y];
        },
        period => [first(period)], memory);

    static IndicatorCase Three(
        string name, Action<Prices, int, double[], double[], double[]> run, Func<int, int[]> first, Func<int, int>? memory = null) => new(
        name,
        (market, period) =>
        {
            double[] x = new double[market.Count], y = new double[market.Count], z = new double[market.Count];
            run(market, period, x, y, z);
            return [x, y, z];
        },
        first, memory);
}
