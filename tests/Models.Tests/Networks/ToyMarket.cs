using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

/// <summary>A market whose next candle goes where one of its two features points, and the models of all kinds, small.</summary>
static class ToyMarket
{
    /// <summary>Features of one's own: the first is the sign of the next return, the second is noise.</summary>
    static readonly FeatureSet Two = new("two", 1, ["momentum", "body"]);

    public static readonly string[] Names =
        ["v3-gru", "v3.1-gru", "v3.2-gru", "plan-lstm", "plan-gru", "plan-transformer", "multi-tf", "single-tf", "crypto-lstm", "tst"];

    public static TheoryData<string> All => [.. Names];

    /// <summary>A model of few units that sees the two features in windows of 8 candles.</summary>
    public static NetworkModel Small(string name)
    {
        var model = (NetworkModel)DirectionModel.Named(name).WithFeatures(Two);
        (string Name, double Value)[] sizes =
        [
            ("window", 8), ("hidden", 8), ("hidden_top", 8), ("units", 8), ("heads", 2), ("layers", 1), ("feed_forward", 16), ("middle", 2),
            ("longest", 3), ("steps", 3), ("dropout", 0), ("encoder_dropout", 0), ("batch_size", 32),
            ("learning_rate", 0.01), ("epochs", 4), ("decay", 1), ("patience", 9),
        ];
        foreach ((string setting, double value) in sizes)
            if (model.Settings.Any(s => s.Name == setting)) model = (NetworkModel)model.With(setting, value);
        return model;
    }

    /// <summary>
    /// Candles with a gap, the closes after candle <paramref name="until"/> others with another <paramref name="future"/>.
    /// </summary>
    public static Candles Candles(int seed, int count, int until = int.MaxValue, int future = 0, int gapAt = int.MaxValue)
    {
        double[] close = new double[count];
        close[0] = 100;
        for (int t = 1; t < count; t++)
        {
            var random = new CounterRandom((ulong)(seed + (t <= until ? 0 : 1000 * future)), (ulong)t);
            double size = 0.002 + 0.01 * random.NextDouble();
            close[t] = close[t - 1] * (random.NextDouble() < 0.5 ? 1 + size : 1 - size);
        }
        double[] open = [close[0], .. close[..^1]];
        return new Candles
        {
            Symbol = "TOYUSDT", Base = "TOY", Timeframe = Timeframe.Parse("1h"), Open = open, Close = close,
            OpenTime = [.. Enumerable.Range(0, count).Select(t => (t + (t >= gapAt ? 5L : 0)) * SmallMarket.Hour)],
            High = [.. open.Zip(close, Math.Max)], Low = [.. open.Zip(close, Math.Min)], Volume = [.. close.Select(_ => 1.0)],
        };
    }

    /// <summary>The candles with the columns that a model sees: of longer candles, the same two of the last that has closed.</summary>
    public static MarketSeries[] Series(DirectionModel model, Candles candles)
    {
        double[] sign = [.. candles.Close.Select((c, t) => t + 1 < candles.Count ? Math.Sign(candles.Close[t + 1] - c) : 1.0)];
        var random = new CounterRandom(5, 3);
        double[] noise = [.. candles.Close.Select(_ => random.NextNormal())];
        double[][] columns = [.. model.Inputs.Features.Select(name => name.StartsWith("momentum", StringComparison.Ordinal)
            && !name.Contains('@')
            ? sign : noise)];
        return [new MarketSeries(candles, columns, model.Inputs)];
    }

    public static Windows Rows(DirectionModel model, MarketSeries[] series, int from, int to, bool knownByThen = false)
        => Windows.Select(series, model.Window, (_, time) => time >= from * SmallMarket.Hour && time < to * SmallMarket.Hour,
            knownBy: knownByThen ? to * SmallMarket.Hour : long.MaxValue);

    public static NetworkPredictor Fitted(NetworkModel model, Candles candles, int until = 500, Predictor? from = null, ulong seed = 1)
    {
        MarketSeries[] series = Series(model, candles);
        var predictor = (NetworkPredictor)model.Create();
        predictor.Fit(Rows(model, series, 0, until - 100, true), Rows(model, series, until - 100, until, true),
            new FitContext(seed) { From = from });
        return predictor;
    }
}
