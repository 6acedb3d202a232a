using System.Globalization;
using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>
/// Renders a backtest as JSON with stable keys, described in docs/report.md. What may differ between two runs of the same job stands
/// under <c>run</c>, the last key; everything else is identical. Numbers that do not exist are null.
/// </summary>
public static class ReportJson
{
    /// <summary>Version of the keys.</summary>
    public const int Schema = 1;

    /// <summary>Writes the report, indented, UTF-8 without a byte order mark.</summary>
    public static void Write(Stream stream, BacktestResult result, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(evaluation);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("schema", Schema);
        json.WriteString("version", result.Version);
        json.WriteString("id", result.Id);
        json.WriteBoolean("simulated", result.Simulated);
        json.WriteString("notice", result.Simulated ? ReportTables.SimulatedNotice : null);
        json.WriteString("data", result.Data);
        json.WriteString("protocol", result.Protocol);
        json.WriteString("timeframe", result.Timeframe.ToString());
        json.WriteNumber("seed", result.Seed);
        json.WriteStartObject("options");
        foreach ((string name, object? value) in StableOptions(result)) Value(json, name, value);
        json.WriteEndObject();
        Inputs(json, result);
        json.WriteStartObject("intervals");
        json.WriteNumber("level", 0.95);
        json.WriteNumber("block_candles", evaluation.BlockLength);
        json.WriteNumber("draws", BlockBootstrap.DefaultDraws);
        json.WriteEndObject();
        json.WriteNumber("test_rows", result.Rows.Count);
        json.WriteNumber("zero_returns", result.Rows.Return.LongCount(r => r == 0));
        Results(json, result, evaluation);
        Run(json, result, evaluation.Trials);
        json.WriteEndObject();
    }

    /// <summary>The options without those that stand under <c>run</c>.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> StableOptions(BacktestResult result) =>
        result.Options.Where(option => option.Key is not ("out" or "threads" or "ledger"));

    /// <summary>An option's value as text.</summary>
    internal static string Text(object? value) => value switch
    {
        null => Format.Missing,
        bool b => b ? "true" : "false",
        double d => Format.Number(d),
        string[] texts => string.Join(", ", texts),
        double[] numbers => string.Join(", ", numbers.Select(Format.Number)),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? Format.Missing,
    };

    static void Inputs(Utf8JsonWriter json, BacktestResult result)
    {
        Each(json, "pairs", result.Pairs, pair =>
        {
            json.WriteString("name", pair.Name);
            json.WriteNumber("candles", pair.Candles);
            json.WriteString("first", Format.Iso(pair.First));
            json.WriteString("last", Format.Iso(pair.Last));
            json.WriteString("features_from", pair.FeaturesFrom is { } from ? Format.Iso(from) : null);
            Value(json, "notes", pair.Notes.ToArray());
        });
        Each(json, "features", result.Features, set =>
        {
            json.WriteString("name", set.Name);
            json.WriteNumber("version", set.Version);
            Value(json, "columns", set.Features.ToArray());
            Value(json, "left_out", BacktestResult.LeftOut(set));
            Value(json, "models", result.ModelsOf(set));
        });
        Each(json, "folds", result.Folds, facts =>
        {
            (Fold fold, long training, long validation) = facts;
            json.WriteNumber("fold", fold.Index + 1);
            json.WriteString("train_from", Format.Iso(fold.TrainFrom));
            json.WriteString("train_to", Format.Iso(fold.TrainTo));
            json.WriteString("validate_from", Format.Iso(fold.ValidateFrom));
            json.WriteString("validate_to", Format.Iso(fold.ValidateTo));
            json.WriteString("test_from", Format.Iso(fold.TestFrom));
            json.WriteString("test_to", Format.Iso(fold.TestTo));
            json.WriteNumber("training_rows", training);
            json.WriteNumber("validation_rows", validation);
            json.WriteNumber("test_rows", result.Rows.Fold.LongCount(k => k == fold.Index));
        });
        Each(json, "exclusions", result.Exclusions, exclusion =>
        {
            json.WriteNumber("fold", exclusion.Fold + 1);
            json.WriteString("pair", exclusion.Pair);
            json.WriteString("reason", exclusion.Reason);
        });
        Value(json, "notes", result.Notes.ToArray());
    }

    static void Results(Utf8JsonWriter json, BacktestResult result, EvaluationResult evaluation)
    {
        if (evaluation.Market is { } market) Scopes(json, "market", result, market, bound =>
        {
            Number(json, "best_accuracy", bound.BestAccuracy);
            JsonScores.Rate(json, "oracle", bound.Oracle);
        });
        else json.WriteNull("market");
        json.WriteStartObject("baselines");
        foreach (Baseline baseline in evaluation.Baselines)
            Scopes(json, baseline.Name, result, baseline.Rates, rate => JsonScores.Rate(json, "direction", rate));
        json.WriteEndObject();
        Each(json, "models", evaluation.Models, scores =>
        {
            ModelPredictions model = result.Models.First(m => m.Model == scores.Model);
            json.WriteString("model", model.Model);
            json.WriteString("description", model.Description);
            Number(json, "mean_over_pairs", scores.MeanOverPairs);
            JsonScores.Numbers(json, "mean_over_pairs_interval", [scores.MeanOverPairsInterval.Low, scores.MeanOverPairsInterval.High]);
            Value(json, "epochs", model.Epochs.Select(e => (double)e).ToArray());
            Value(json, "confidence_thresholds", model.ConfidenceThreshold.Select(t => (double)t).ToArray());
            var ranked = new ByScope<(Scores, int)>((scores.Scores.Combined, scores.Rank.Combined),
                [.. scores.Scores.Pairs.Zip(scores.Rank.Pairs)], [.. scores.Scores.Folds.Zip(scores.Rank.Folds)]);
            Scopes(json, "scores", result, ranked, part => JsonScores.Write(json, part.Item1, part.Item2));
            JsonFigures.Model(json, result, evaluation, scores);
            JsonSeeds.Write(json, model, scores.Seeds);
        });
        Value(json, "ranking", evaluation.Ranking.Select(model => model.Model).ToArray());
        Each(json, "comparisons", evaluation.Comparisons, comparison => JsonFigures.Comparison(json, result, comparison));
        json.WriteString("verdict", Verdict.Of(evaluation)?.Words);
        Each(json, "against_baselines", evaluation.AgainstBaselines, against =>
        {
            json.WriteString("baseline", against.Baseline);
            JsonScores.Number(json, "difference", against.Difference.Value);
            JsonScores.Interval(json, against.Difference.Interval);
            JsonScores.Number(json, "p", against.Difference.PValue);
            JsonScores.Number(json, "p_holm", against.Adjusted);
        });
        JsonFigures.Network(json, result, evaluation.Network);
        JsonFigures.Hold(json, evaluation);
        Value(json, "alarms", evaluation.Alarms.ToArray());
        json.WriteString("remark", evaluation.Remark);
        JsonTargets.Write(json, result, evaluation);
    }

    static void Run(Utf8JsonWriter json, BacktestResult result, TrialFacts? trials)
    {
        json.WriteStartObject("run");
        json.WriteString("started", result.Run.Started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Number(json, "seconds", result.Run.Seconds);
        json.WriteNumber("threads", result.Run.Threads);
        json.WriteString("out", result.Run.Out);
        json.WriteNumber("jobs", result.Run.Jobs);
        json.WriteNumber("reused", result.Run.Reused);
        json.WriteStartObject("training_seconds");
        foreach (ModelPredictions model in result.Models) Number(json, model.Model, model.Seconds);
        json.WriteEndObject();
        JsonFigures.Trials(json, trials);
        json.WriteEndObject();
    }

    // {"combined": {...}, "pairs": [{"pair": name, ...}], "folds": [{"fold": number, ...}]}
    internal static void Scopes<T>(Utf8JsonWriter json, string name, BacktestResult result, ByScope<T> by, Action<T> write)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("combined");
        write(by.Combined);
        json.WriteEndObject();
        Each(json, "pairs", by.Pairs.Index(), part =>
        {
            json.WriteString("pair", result.Pairs[part.Index].Name);
            write(part.Item);
        });
        Each(json, "folds", by.Folds.Index(), part =>
        {
            json.WriteNumber("fold", part.Index + 1);
            write(part.Item);
        });
        json.WriteEndObject();
    }

    static void Each<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
        => JsonScores.Each(json, name, items, write);

    static void Value(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool b: json.WriteBoolean(name, b); break;
            case int or long: json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case ulong u: json.WriteNumber(name, u); break;
            case double d: Number(json, name, d); break;
            case string s: json.WriteString(name, s); break;
            case string[] texts:
                json.WriteStartArray(name);
                foreach (string text in texts) json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            case double[] numbers: JsonScores.Numbers(json, name, numbers); break;
            default:
                throw new ArgumentException($"report.json: {name}: expected null, bool, int, long, ulong, double, string or an array of "
                    + $"double or string, got {value.GetType().Name}");
        }
    }

    static void Number(Utf8JsonWriter json, string name, double value) => JsonScores.Number(json, name, value);
}
