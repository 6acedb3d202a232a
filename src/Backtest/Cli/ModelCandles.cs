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

    /// <summary>A single file. Features that look across pairs need all of them, unless the model was trained on this one alone.</summary>
    public static MarketSeries[] File(Session session, TrainedModel model, string path, Timeframe timeframe, string? pair)
    {
        DirectionModel options = model.Predictor.Model;
        if (CandleFileName.Of(path).Timeframe is { } named && named != timeframe) throw Other(named.ToString());
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
