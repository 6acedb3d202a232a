using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

/// <summary>
/// Random candles, what is left of them when the future is cut off or changed, and models small enough to train in a moment.
/// </summary>
static class SmallMarket
{
    public const long Hour = 3_600_000_000;

    public static Candles Candles(int seed, int count, int gapAt = int.MaxValue, string name = "X")
    {
        var random = new CounterRandom((ulong)seed, 23);
        double[] close = [.. IndicatorsTests.Walk(seed, count)];
        double[] open = [close[0], .. close[..^1]];
        return new Candles
        {
            Symbol = name + "USDT",
            Base = name,
            Timeframe = Timeframe.Parse("1h"),
            OpenTime = [.. Enumerable.Range(0, count).Select(t => (t + (t >= gapAt ? 5L : 0)) * Hour)],
            Open = open,
            Close = close,
            High = [.. open.Zip(close, (o, c) => Math.Max(o, c) * (1 + 0.01 * random.NextDouble()))],
            Low = [.. open.Zip(close, (o, c) => Math.Min(o, c) / (1 + 0.01 * random.NextDouble()))],
            Volume = [.. open.Select(_ => 1 + random.NextDouble())],
        };
    }

    /// <summary>The first candles, then other prices and volumes at the same times; with <paramref name="cut"/> nothing.</summary>
    public static Candles Until(Candles c, int count, bool cut = true)
    {
        Candles other = Candles(991, c.Count);
        return new()
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = cut ? c.OpenTime[..count] : c.OpenTime,
            Open = Join(c.Open, other.Open), High = Join(c.High, other.High), Low = Join(c.Low, other.Low),
            Close = Join(c.Close, other.Close), Volume = Join(c.Volume, other.Volume),
        };

        double[] Join(double[] before, double[] after) => cut ? before[..count] : [.. before[..count], .. after[count..]];
    }

    /// <summary>The candles with volumes in the quote asset and of takers.</summary>
    public static Candles WithFlow(Candles c)
    {
        var random = new CounterRandom((ulong)c.Count, 29);
        return new()
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
            Open = c.Open, High = c.High, Low = c.Low, Close = c.Close,
            Volume = c.Volume, QuoteVolume = [.. c.Volume.Zip(c.Close, (v, p) => v * p)],
            TakerBuyVolume = [.. c.Volume.Select(v => v * random.NextDouble())],
        };
    }

    public static MarketSeries[] Series(params Candles[] candles) => [.. candles.Select(MarketSeries.Week3)];

    /// <summary>Rows whose last candle has an index in [from, to).</summary>
    public static Windows Rows(MarketSeries[] series, int from, int to, int window = 20)
        => Windows.Select(series, window, (_, time) => time >= from * Hour && time < to * Hour);

    /// <summary>Every model, small, for two epochs.</summary>
    public static DirectionModel Model(string name)
    {
        DirectionModel model = DirectionModel.Named(name);
        if (model is CombinedModel combined)
        {
            model = combined.WithMembers([.. combined.Members.Select(m => Small(Model(m.Model.Name)))]);
            return model.Settings.Any(s => s.Name == "min_rows") ? model.With("min_rows", 30) : model;
        }
        foreach (string setting in (string[])["hidden", "attention", "units"])
            if (model.Settings.Any(s => s.Name == setting)) model = model.With(setting, 5);
        return model is NetworkModel ? model.With("epochs", 2) : model;

        static DirectionModel Small(DirectionModel member) => member switch
        {
            Forest forest => forest with { Trees = 10 },
            Boosting boosting => boosting with { MaxIter = 10 },
            PlanModel => member.With("window", 20),
            _ => member,
        };
    }

    /// <summary>The models of the six signals, which <see cref="Series"/> has.</summary>
    public static TheoryData<string> ModelNames =>
        [.. DirectionModel.All.Where(m => m.FeatureSets.All(set => set.Name == "week3")).Select(m => m.Name)];
}
