using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// Trains the model of a folder anew, from the beginning also where its training had gone on from another model, and swaps it in if
/// it is no worse. The time since the one in place was trained is halved: the new one may use the first half, and on the second, which
/// neither was trained on, both predict the same rows. (A former round may have compared on some of them.)
/// <list type="bullet">
/// <item>No worse: its log-loss of the direction is not higher, and the 95 % interval of the paired difference in accuracy (blocks of 24
/// candles) does not lie below 0.</item>
/// <item>What goes in place is the model that was compared, not one trained again on all candles: nothing serves that was not
/// judged. The second half is for the next one.</item>
/// <item>The former model stays in FOLDER.before/TIME, TIME being when its training ended; where that is there, in TIME-2 and so on.</item>
/// <item>Whoever works on the folder holds <see cref="Own"/>; a folder that something else wrote to meanwhile is left as it is.</item>
/// </list>
/// </summary>
/// <param name="session">Gets what is decided, and stops the work.</param>
/// <param name="place">Folder of the model.</param>
/// <param name="threads">Threads of the training.</param>
/// <param name="log">Gets a line for each decision.</param>
sealed class Retraining(Session session, string place, int threads, JsonLog log)
{
    /// <summary>What the name of the folder of former models ends with.</summary>
    public const string Aside = ".before";

    /// <summary>Fewest rows that a comparison takes.</summary>
    public const int FewestRows = 100;

    bool logFails;

    string Config => Path.Combine(place, "config.json");

    /// <summary>Keeps other retrainings from the folder until it is disposed of, or the process ends.</summary>
    /// <exception cref="IOException">Another one is at work, or the lock cannot be written.</exception>
    public FileStream Own()
    {
        string path = place + ".retrain.lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{place}: expected no other retraining of this folder and {path} to be writable: {e.Message}", e);
        }
    }

    /// <summary>The candles of the model's pairs, with its features.</summary>
    public (BacktestData Data, MarketSeries[] Series) Read(string path)
    {
        TrainedModel inPlace = TrainedModel.Load(place);
        return ModelCandles.Folder(session, inPlace, path, Timeframe.Parse(inPlace.Timeframe),
            inPlace.Pairs is { Length: > 0 } pairs ? pairs : null);
    }

    /// <summary>One round with the candles that have closed by a time.</summary>
    /// <returns>Whether the new model is in place.</returns>
    public bool Round(BacktestData data, MarketSeries[] series, long now)
    {
        byte[] loaded = File.Exists(Config) ? File.ReadAllBytes(Config) : [];
        TrainedModel inPlace = TrainedModel.Load(place);
        DirectionModel model = inPlace.Predictor.Model;
        Timeframe timeframe = Timeframe.Parse(inPlace.Timeframe);
        long length = timeframe.Microseconds, end = Math.Min(now, data.Pairs.Max(p => p.OpenTime[^1]) + length);
        long since = inPlace.Time("trained_until") ?? throw new InvalidDataException(
            $"{Config}: metadata: expected the key 'trained_until', got none");
        long from = since + Math.Max(0, (end - since) / 2 / length) * length;
        Windows rows = Windows.Select(series, model.Window, (_, time) => time >= from && time + 2 * length <= end, knownBy: end)
            .For(model.Judged);
        rows = rows.Take([.. Enumerable.Range(0, rows.Count).Where(row => rows.Value(row) != 0)]);
        if (rows.Count < FewestRows)
        {
            Decide("skipped", $"expected at least {FewestRows} rows to compare on from {Format.Time(from)} to {Format.Time(end)}, "
                + $"got {rows.Count}", inPlace, end);
            return false;
        }
        double Fact(string key, double standard)
            => double.TryParse(inPlace.Metadata.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value : standard;
        double validationShare = Fact("folds.validation_share", new FoldOptions().ValidationShare);
        Fold fold = Training.FoldOf(data, timeframe, from, validationShare, (int)Fact("folds.horizon", 1));
        Training training = Training.Of(session, data, series, model, fold, new FitContext(
            ulong.TryParse(inPlace.Metadata.GetValueOrDefault("seed"), CultureInfo.InvariantCulture, out ulong seed) ? seed : 1,
            Threads: threads, Cancellation: session.Cancellation));
        PairedModels pair = PairedModels.Of(rows, training.Judge.Predictor, inPlace.Predictor);
        session.Cancellation.ThrowIfCancellationRequested();
        string reason = pair.Reason + (inPlace.Metadata.GetValueOrDefault("from", Format.Missing) is var first && first != Format.Missing
            ? $"; trained from the beginning, while the one in place had gone on from {first}" : "");
        if (!pair.NoWorse)
        {
            Decide("kept", reason, inPlace, end, pair, from);
            return false;
        }
        EvaluationResult evaluation = training.Evaluate(new RunHeader(CommandLine.Version, DateTimeOffset.UtcNow, place, []));
        string? former = null;
        // Trained from the beginning: what a model before it had seen is no part of it.
        var facts = inPlace.Metadata.Where(fact => fact.Key is not "from" && !fact.Key.StartsWith("origin_", StringComparison.Ordinal));
        bool swapped = training.Save(place, facts, evaluation, () =>
        {
            if (!File.Exists(Config) || !File.ReadAllBytes(Config).AsSpan().SequenceEqual(loaded)) return false;
            former = Keep(inPlace, since);
            return true;
        });
        if (swapped) Decide("swapped", reason, inPlace, end, pair, from, former);
        else Decide("skipped", $"{Config} has changed since this round began; {reason}", inPlace, end, pair, from);
        return swapped;
    }

    /// <summary>Copies the model in place to the folder of former ones, where it appears whole or not at all.</summary>
    string Keep(TrainedModel inPlace, long since)
    {
        string name = DateTime.UnixEpoch.AddMicroseconds(since).ToString("yyyyMMdd'T'HHmm'Z'", CultureInfo.InvariantCulture);
        string first = Path.Combine(Path.TrimEndingDirectorySeparator(place) + Aside, name), former = first;
        for (int i = 2; Path.Exists(former); i++) former = $"{first}-{i}";
        ModelFolder.Replace(former, temporary =>
        {
            foreach (string file in Directory.EnumerateFiles(inPlace.Folder, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(temporary, Path.GetRelativePath(inPlace.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        });
        return former;
    }

    /// <summary>Says and logs a decision.</summary>
    void Decide(string decision, string reason, TrainedModel inPlace, long end, PairedModels? pair = null, long from = 0,
        string? former = null)
    {
        session.Out.WriteLine($"{Format.Time(end)} {inPlace.Predictor.Model.Name}: {decision}: {reason}");
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTime.UtcNow);
            json.WriteString("folder", place);
            json.WriteString("model", inPlace.Predictor.Model.Name);
            json.WriteString("known_until", Format.Iso(end));
            json.WriteString("decision", decision);
            json.WriteString("reason", reason);
            json.WriteString("in_place_trained_until", inPlace.Metadata.GetValueOrDefault("trained_until"));
            if (pair is not null)
            {
                json.WriteString("candidate_trained_until", Format.Iso(from));
                pair.Write(json);
            }
            if (former is not null) json.WriteString("former", former);
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        try
        {
            log.Append(stream.ToArray());
            logFails = false;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (!logFails) session.Note($"decisions go on without the log: {log.Path}: {e.Message}");
            logFails = true;
        }
    }
}
