using System.Diagnostics;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Live;

/// <summary>
/// A trained model that serves, with another one to fall back to and one in shadow. Which model a folder holds says its config.json.
/// <list type="bullet">
/// <item>A model that cannot be read (missing, damaged, of a newer version), that throws or gives a probability that is not finite is
/// replaced by the fallback, and the answer and the log say why. Where both fail, one error names both reasons. A fallback that predicts
/// something else is none.</item>
/// <item>The shadow is asked after the answer is there; whatever becomes of it, the answer stays.</item>
/// <item>Each model sees candles of its own: what one of them lacks (a column, a pair, enough candles) is its problem alone.</item>
/// <item>A log that cannot be written is reported once until it can be again; predictions go on.</item>
/// </list>
/// From any number of threads at once.
/// <code>
/// var live = LivePredictor.Open("models/POOLED/1h", new() { Fallback = "boosting/POOLED/1h", Log = new JsonLog("predictions.jsonl") });
/// LiveSession session = live.Follow(history);
/// session.Push(candle);
/// LivePrediction answer = session.Predict("BTCUSDT");
/// </code>
/// </summary>
public sealed class LivePredictor
{
    readonly LiveOptions options;
    readonly Served model;
    readonly Served? fallback, shadow;
    int logFails;

    LivePredictor(Served model, Served? fallback, Served? shadow, LiveOptions options)
        => (this.model, this.fallback, this.shadow, this.options) = (model, fallback, shadow, options);

    /// <summary>Reads the models.</summary>
    /// <param name="folder">Folder of the model that answers.</param>
    /// <param name="options">What stands beside it.</param>
    /// <exception cref="InvalidDataException">Neither the model nor a fallback can be used; the message gives both reasons.</exception>
    public static LivePredictor Open(string folder, LiveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new LiveOptions();
        Served model = Served.Read(folder);
        Served? fallback = options.Fallback is null ? null : Served.Read(options.Fallback);
        if (model.Predictor is not null && fallback?.Predictor is not null && fallback.Target != model.Target)
            fallback = new(fallback.Folder, null, $"{fallback.Folder}: expected a model that predicts {model.Target.Name}, as {model.Name} "
                + $"does, got {fallback.Name}, which predicts {fallback.Target.Name}");
        var live = new LivePredictor(model, fallback, options.Shadow is null ? null : Served.Read(options.Shadow), options);
        if (model.Problem is { } problem)
        {
            if (fallback is null) throw new InvalidDataException($"{problem}; there is no fallback");
            if (fallback.Problem is { } other) throw new InvalidDataException($"model and fallback cannot be used: {problem}; {other}");
            live.Tell($"{fallback.Name} answers in place of {folder}: {problem}", "fallback", problem);
        }
        else if (fallback?.Problem is { } spare) live.Tell($"the fallback cannot be used: {spare}", "no_fallback", spare);
        if (live.shadow?.Problem is { } dark) live.Tell($"the shadow cannot be used: {dark}", "no_shadow", dark);
        return live;
    }

    /// <summary>The folder of the model that answers: the one that was asked for, or the fallback's.</summary>
    public string Folder => Answering.Folder;

    /// <summary>The model that answers.</summary>
    public Predictor Predictor => Answering.Predictor!;

    /// <summary>All models that could be read, each with its folder: the one that was asked for, the fallback, the shadow.</summary>
    public IReadOnlyList<(string Folder, Predictor Predictor)> Models => [.. Read.Select(m => (m.Folder, m.Predictor!))];

    IEnumerable<Served> Read => ((Served?[])[model, fallback, shadow]).OfType<Served>().Where(m => m.Predictor is not null);

    Served Answering => model.Predictor is null ? fallback! : model;

    /// <summary>Follows a market from here on, a candle at a time.</summary>
    /// <param name="history">Pairs with all their candles so far. A model whose features look across pairs sees those that it was trained
    /// on, where its config.json names them.</param>
    /// <exception cref="InvalidDataException">A pair, or a column of one, is missing that the model needs, and the fallback
    /// too.</exception>
    /// <exception cref="ArgumentException">There is no pair, one is there twice, or timeframes differ.</exception>
    public LiveSession Follow(IReadOnlyList<Candles> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var markets = new Dictionary<Predictor, LiveMarket>();
        var problems = new Dictionary<Predictor, string>();
        foreach (Served served in Read)
        {
            Predictor predictor = served.Predictor!;
            try
            {
                markets.Add(predictor, new LiveMarket(Seen(predictor, history), predictor.Model.FeatureSets,
                    Math.Max(predictor.Model.Window, predictor.Model.LookBack), options.Clock));
            }
            catch (InvalidDataException e)
            {
                problems.Add(predictor, e.Message);
            }
        }
        Predictor[] answering = [.. Read.Where(m => m != shadow).Select(m => m.Predictor!)];
        if (!answering.Any(markets.ContainsKey)) throw new InvalidDataException(string.Join("; ", answering.Select(p => problems[p])));
        foreach (Served served in Read.Where(m => problems.ContainsKey(m.Predictor!)))
        {
            string reason = problems[served.Predictor!];
            if (served == shadow) Tell($"the shadow cannot be used: {reason}", "no_shadow", reason);
            else if (served == fallback) Tell($"the fallback cannot be used: {reason}", "no_fallback", reason);
            else Tell($"{fallback!.Name} answers in place of {served.Folder}: {reason}", "fallback", reason);
        }
        return new(this, [.. history.Select(pair => pair.Symbol)], markets, problems);
    }

    /// <summary>The pairs of a model: those that it was trained on where its features look across pairs and it is said, else all.</summary>
    /// <exception cref="InvalidDataException">A pair is missing, or the model was trained on candles of another length.</exception>
    static IReadOnlyList<Candles> Seen(Predictor predictor, IReadOnlyList<Candles> history)
    {
        if (history.Count > 0 && predictor.Training.TryGetValue("timeframe", out string? length)
            && Timeframe.Parse(length) is var trainedOn && trainedOn != history[0].Timeframe)
            throw new InvalidDataException(
                $"{predictor.Model.Name}: expected candles of {trainedOn}, as the model was trained on, got {history[0].Timeframe}");
        FeatureSet? across = predictor.Model.FeatureSets.FirstOrDefault(set => set.NeedsAllPairs);
        if (across is null || predictor.TrainedPairs is not { Count: > 0 } trained) return history;
        string[] missing = [.. trained.Except(history.Select(pair => pair.Base))];
        if (missing.Length > 0)
            throw new InvalidDataException($"{predictor.Model.Name}: expected all pairs that it was trained on "
                + $"({string.Join(", ", trained)}), since its features ({across.Name}) look across them, "
                + $"got none of {string.Join(", ", missing)}");
        return [.. history.Where(pair => trained.Contains(pair.Base))];
    }

    /// <summary>What the model says of the candle after candle <paramref name="end"/> of a series with all models' feature sets.</summary>
    /// <exception cref="InvalidOperationException">Neither the model nor the fallback can answer.</exception>
    public LivePrediction Predict(MarketSeries series, int end)
    {
        ArgumentNullException.ThrowIfNull(series);
        return Predict(series.Candles.Symbol, _ => (series, end));
    }

    /// <summary>The same where each model has a series of its own.</summary>
    /// <param name="symbol">The pair.</param>
    /// <param name="seen">Of a model a series with its feature sets, and the candle; what it throws is the problem of that model.</param>
    /// <exception cref="InvalidOperationException">Neither the model nor the fallback can answer.</exception>
    public LivePrediction Predict(string symbol, Func<Predictor, (MarketSeries Series, int End)> seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        long start = Stopwatch.GetTimestamp();
        Served by = model;
        Said said = Ask(model, seen);
        string? reason = said.Problem;
        if (reason is not null)
        {
            if (fallback is not null) (said, by) = (Ask(fallback, seen), fallback);
            if (said.Problem is { } other) throw Fails(symbol, fallback is null ? reason : $"{reason}; fallback {by.Name}: {other}");
        }
        var answer = new LivePrediction(symbol, said.OpenTime, by.Name, said.Prediction, Stopwatch.GetElapsedTime(start))
        {
            Fallback = reason, Target = by.Target,
        };
        if (shadow is not null)
        {
            start = Stopwatch.GetTimestamp();
            Said dark = Ask(shadow, seen);
            answer = answer with
            {
                Shadow = new(shadow.Name, dark.Problem is null ? dark.Prediction : null, Stopwatch.GetElapsedTime(start), dark.Problem)
                {
                    Target = shadow.Target,
                },
            };
        }
        if (options.Log is not null) Log(answer.Write);
        return answer;
    }

    static Said Ask(Served served, Func<Predictor, (MarketSeries Series, int End)> seen)
    {
        if (served.Predictor is not { } predictor) return new(0, default, served.Problem);
        try
        {
            (MarketSeries series, int end) = seen(predictor);
            Prediction p = predictor.Predict(series, end);
            return new(series.Candles.OpenTime[end], p, float.IsFinite(p.Down) && float.IsFinite(p.Neutral) && float.IsFinite(p.Up) ? null
                : FormattableString.Invariant($"{served.Name}: expected finite probabilities, got {p.Down}, {p.Neutral}, {p.Up}"));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            return new(0, default, e.Message);
        }
    }

    InvalidOperationException Fails(string symbol, string reason)
    {
        if (options.Log is not null) Log(json =>
        {
            json.WriteString("symbol", symbol);
            json.WriteString("error", reason);
        });
        return new($"{symbol}: no model can answer: {reason}");
    }

    void Tell(string note, string key, string reason)
    {
        options.Note?.Invoke(note);
        if (options.Log is not null) Log(json =>
        {
            json.WriteString("model", Answering.Name);
            json.WriteString(key, reason);
        });
    }

    void Log(Action<Utf8JsonWriter> write)
    {
        try
        {
            options.Log!.Append(LivePrediction.Line(options.Clock.GetUtcNow(), write));
            Volatile.Write(ref logFails, 0);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (Interlocked.Exchange(ref logFails, 1) == 0)
                options.Note?.Invoke($"predictions go on without the log: {options.Log!.Path}: {e.Message}");
        }
    }

    /// <summary>What one model said, or why it did not.</summary>
    readonly record struct Said(long OpenTime, Prediction Prediction, string? Problem);

    /// <summary>A model's folder, read, or the reason why it cannot be.</summary>
    sealed record Served(string Folder, Predictor? Predictor, string? Problem)
    {
        public string Name => Predictor?.Model.Name ?? Folder;

        public Target Target => Predictor?.Model.Judged ?? Target.Direction;

        public static Served Read(string folder)
        {
            try
            {
                return new(folder, Predictor.Load(folder), null);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                return new(folder, null, e.Message);
            }
        }
    }
}
