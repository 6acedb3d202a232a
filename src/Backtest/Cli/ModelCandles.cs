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
    /// <param name="pairs">Base assets asked for; null: all, with features that look across pairs all that the model was trained
    /// on.</param>
    public static (BacktestData Data, MarketSeries[] Series) Folder(
        Session session, TrainedModel model, string path, Timeframe timeframe, string[]? pairs)
    {
        FeatureSet? across = Across(model);
        if (across is not null && pairs?.FirstOrDefault(p => !model.Pairs.Contains(p, StringComparer.OrdinalIgnoreCase)) is { } strange)
            throw new UsageException($"--pairs: expected pairs that the model was trained on ({string.Join(", ", model.Pairs)}), "
                + $"since its features ({across.Name}) look across them, got {strange}");
        BacktestData all = DataSource.Folder(session, path, timeframe, across is null ? pairs : model.Pairs);
        MarketSeries[] series = Series(session, model, path, all.Pairs);
        if (across is not null && EndsBefore(all.Pairs) is { } note)
        {
            session.Note(note);
            all = all with { Notes = [.. all.Notes, note] };
        }
        int[] asked = [.. Enumerable.Range(0, series.Length)
            .Where(i => pairs?.Contains(all.Pairs[i].Base, StringComparer.OrdinalIgnoreCase) ?? true)];
        return (all with
        {
            Pairs = [.. asked.Select(i => all.Pairs[i])],
            Market = all.Pairs,
            PairNotes = [.. asked.Select(i => all.PairNotes[i])],
        }, [.. asked.Select(i => series[i])]);
    }

    /// <summary>
    /// The windows that end at the last candles of each pair, whether or not the next candle is known; a note says how many lack one.
    /// </summary>
    /// <param name="session">Gets the note, and stops the reading.</param>
    /// <param name="model">The model.</param>
    /// <param name="path">A folder, or a file of one pair.</param>
    /// <param name="pairs">Base assets asked for; null: all.</param>
    /// <param name="last">Number of candles.</param>
    public static Windows Last(Session session, TrainedModel model, string path, string[]? pairs, int last)
    {
        Timeframe timeframe = Timeframe.Parse(model.Timeframe);
        bool file = System.IO.File.Exists(path);
        if (file && pairs is { Length: > 1 })
            throw new UsageException($"--pairs: expected one pair for the file {path}, got {pairs.Length}");
        MarketSeries[] series = file
            ? File(session, model, path, timeframe, pairs?[0].ToUpperInvariant())
            : Folder(session, model, path, timeframe, pairs).Series;
        long[] from = [.. series.Select(s => s.Candles.OpenTime[Math.Max(0, s.Candles.Count - last)])];
        int window = model.Predictor.Model.Window;
        Windows rows = Windows.Select(series, window, (pair, time) => time >= from[pair], labelled: false);
        long wanted = series.Sum(s => (long)Math.Min(last, s.Candles.Count));
        if (rows.Count == 0)
            throw new InvalidDataException($"{path}: expected {window} candles up to the last one with known features, got none of "
                + "the pairs: a gap or too few candles before it, or a feature that is not known");
        if (rows.Count < wanted)
            session.Note($"{wanted - rows.Count} candles are left out: a gap or too few candles before them, or a feature that is not "
                + "known");
        return rows;
    }

    /// <summary>The series of rows' pairs for another model than the one that they were selected for, by symbol.</summary>
    /// <param name="session">Stops the reading.</param>
    /// <param name="other">The other model.</param>
    /// <param name="path">Where the candles of the rows are from; pairs that its features look across are read from there.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="InvalidDataException">The candles lack what the model needs.</exception>
    public static Dictionary<string, MarketSeries> Beside(Session session, TrainedModel other, string path, Windows rows)
    {
        Candles[] candles = [.. rows.Series.Select(s => s.Candles)];
        Timeframe timeframe = Timeframe.Parse(other.Timeframe);
        if (timeframe != candles[0].Timeframe)
            throw new InvalidDataException($"{other.Folder}: expected candles of {timeframe}, as the model was trained on, got "
                + $"{candles[0].Timeframe}");
        MarketSeries[] series = Across(other) is null ? Series(session, other, path, candles)
            : System.IO.File.Exists(path) ? File(session, other, path, timeframe, candles[0].Base)
            : Folder(session, other, path, timeframe, null).Series;
        return series.ToDictionary(s => s.Candles.Symbol);
    }

    /// <summary>A single file. Features that look across pairs need all of them, unless the model was trained on this one alone.</summary>
    public static MarketSeries[] File(Session session, TrainedModel model, string path, Timeframe timeframe, string? pair)
    {
        if (CandleFileName.Of(path).Timeframe is { } named && named != timeframe) throw Other(named.ToString());
        Candles candles = DataSource.File(path, timeframe, pair);
        if (Across(model) is { } across)
        {
            if (model.Pairs is [var one])
            {
                if (candles.Base != one) throw new UsageException($"--data: expected candles of {one}, got {candles.Base}: {path}");
            }
            else
                throw new UsageException($"--data: expected a folder with the candles of {string.Join(", ", model.Pairs)}, "
                    + $"since the model's features ({across.Name}) look across pairs, got the file {path}");
        }
        long step = Enumerable.Range(1, candles.Count - 1)
            .Select(t => candles.OpenTime[t] - candles.OpenTime[t - 1]).DefaultIfEmpty(0).Min();
        if (step > timeframe.Microseconds) throw Other(new Timeframe(step).ToString());
        return Series(session, model, path, [candles]);

        InvalidDataException Other(string got) => new($"{path}: expected candles of {timeframe}, as the model was trained on, got {got}");
    }

    /// <summary>A set of the model that looks across pairs; null where there is none.</summary>
    /// <exception cref="InvalidDataException">There is one, but config.json does not say which pairs those were.</exception>
    static FeatureSet? Across(TrainedModel model)
    {
        FeatureSet? across = model.FeatureSets.FirstOrDefault(s => s.NeedsAllPairs);
        if (across is null || model.Pairs.Length > 0) return across;
        throw new InvalidDataException($"{Path.Combine(model.Folder, "config.json")}: metadata: expected the key 'pairs' with the pairs "
            + "that the "
            + $"model was trained on, since its features ({across.Name}) look across them, got none");
    }

    static MarketSeries[] Series(Session session, TrainedModel model, string path, IReadOnlyList<Candles> pairs)
    {
        FeatureSet[] sets = model.FeatureSets;
        foreach (FeatureSet set in sets)
            if (MissingFeatures.Of(set, pairs) is { Length: > 0 } missing)
                throw new InvalidDataException($"{path}: expected candles with all that the model's features ({set.Name}) need, got "
                    + "others: "
                    + $"{missing}; the model was trained with them");
        return MarketSeries.Of(pairs, sets, session.Cancellation);
    }

    /// <summary>Says which pairs end before the others, so that means over pairs do without them; null where all end together.</summary>
    static string? EndsBefore(IReadOnlyList<Candles> pairs)
    {
        Candles latest = pairs.MaxBy(p => p.OpenTime[^1])!;
        Candles[] early = [.. pairs.Where(p => p.OpenTime[^1] < latest.OpenTime[^1])];
        if (early.Length == 0) return null;
        return string.Join(", ", early.Append(latest)
            .Select((p, i) => $"{p.Base}{(i == 0 ? " ends" : "")} at {Format.Time(p.OpenTime[^1])}"))
            + $": features across pairs lack {string.Join(", ", early.Select(p => p.Base))} from there on";
    }
}
