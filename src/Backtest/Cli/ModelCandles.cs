using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>Candles for a trained model, with the features that it was trained on.</summary>
static class ModelCandles
{
    /// <summary>
    /// The pairs of a folder that are asked for. Features that look across pairs are computed from all pairs that the model was trained
    /// on, which must then be there.
    /// </summary>
    /// <param name="session">Stops the reading.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">The folder.</param>
    /// <param name="timeframe">Length of a candle.</param>
    /// <param name="pairs">Base assets asked for; null: all, with features that look across pairs all that the model was trained on.</param>
    public static (BacktestData Data, MarketSeries[] Series) Folder(Session session, TrainedModel model, string path, Timeframe timeframe, string[]? pairs)
    {
        DirectionModel options = model.Predictor.Model;
        FeatureSet? across = options.FeatureSets.FirstOrDefault(s => s.NeedsAllPairs);
        if (across is not null && pairs?.FirstOrDefault(p => !model.Pairs.Contains(p, StringComparer.OrdinalIgnoreCase)) is { } strange)
            throw new UsageException($"--pairs: expected pairs that the model was trained on ({string.Join(", ", model.Pairs)}), "
                + $"since its features ({across.Name}) look across them, got {strange}");
        BacktestData all = DataSource.Folder(session, path, timeframe, across is null ? pairs : model.Pairs);
        MarketSeries[] series = MarketSeries.Of(all.Pairs, options.FeatureSets, session.Cancellation);
        int[] asked = [.. Enumerable.Range(0, series.Length).Where(i => pairs?.Contains(all.Pairs[i].Base, StringComparer.OrdinalIgnoreCase) ?? true)];
        return (all with { Pairs = [.. asked.Select(i => all.Pairs[i])], PairNotes = [.. asked.Select(i => all.PairNotes[i])] },
            [.. asked.Select(i => series[i])]);
    }

    /// <summary>The windows that end at the last candles of each pair, whether or not the next candle is known; a note says how many lack one.</summary>
    /// <param name="session">Gets the note, and stops the reading.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">A folder, or a file of one pair.</param>
    /// <param name="pairs">Base assets asked for; null: all.</param>
    /// <param name="last">Number of candles.</param>
    public static Windows Last(Session session, TrainedModel model, string path, string[]? pairs, int last)
    {
        Timeframe timeframe = Timeframe.Parse(model.Timeframe);
        bool file = System.IO.File.Exists(path);
        if (file && pairs is { Length: > 1 }) throw new UsageException($"--pairs: expected one pair for the file {path}, got {pairs.Length}");
        MarketSeries[] series = file
            ? File(session, model, path, timeframe, pairs?[0].ToUpperInvariant())
            : Folder(session, model, path, timeframe, pairs).Series;
        long[] from = [.. series.Select(s => s.Candles.OpenTime[Math.Max(0, s.Candles.Count - last)])];
        int window = model.Predictor.Model.Window;
        Windows rows = Windows.Select(series, window, (pair, time) => time >= from[pair], labelled: false);
        long wanted = series.Sum(s => (long)Math.Min(last, s.Candles.Count));
        if (rows.Count == 0)
            throw new InvalidDataException($"{path}: expected {window} candles without a gap up to the last one, with known features; there are too few");
        if (rows.Count < wanted) session.Note($"{wanted - rows.Count} candles are left out: a gap or too few candles before them");
        return rows;
    }

    /// <summary>A single file. Features that look across pairs need all of them, unless the model was trained on this one alone.</summary>
    public static MarketSeries[] File(Session session, TrainedModel model, string path, Timeframe timeframe, string? pair)
    {
        DirectionModel options = model.Predictor.Model;
        if (DataSource.NamedTimeframe(path) is { } named && named != timeframe) throw Other(named.ToString());
        Candles candles = DataSource.File(path, timeframe, pair);
        if (options.FeatureSets.FirstOrDefault(s => s.NeedsAllPairs) is { } across && model.Pairs is var all && !all.SequenceEqual([candles.Base]))
            throw new UsageException($"--data: expected a folder with the candles of {string.Join(", ", all)}, "
                + $"since the model's features ({across.Name}) look across pairs, got the file {path}");
        long step = Enumerable.Range(1, candles.Count - 1).Select(t => candles.OpenTime[t] - candles.OpenTime[t - 1]).DefaultIfEmpty(0).Min();
        if (step > timeframe.Microseconds) throw Other(new Timeframe(step).ToString());
        return MarketSeries.Of([candles], options.FeatureSets, session.Cancellation);

        InvalidDataException Other(string got) => new($"{path}: expected candles of {timeframe}, as the model was trained on, got {got}");
    }
}
