using System.CommandLine;
using NeuralCore.Models;
using NeuralCore.Models.Live;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>retrain</c>: trains a folder's model on newer candles again and again, and swaps it in where it is no worse.</summary>
static class RetrainCommand
{
    static readonly TimeSpan longestWait = TimeSpan.FromHours(1);

    public static Command Create(Session session) => new Command("retrain",
        "Trains a model on the newest candles, compares it with the one in place on later ones, and swaps it in if it is no worse")
    {
        Text("model", "DIR", "Folder of a trained model; its settings, features, pairs and timeframe are kept"), Data(),
        Text("every", "7d", "Time between two rounds [7d]"), Flag("once", "One round, then end"),
        Text("until", "T", "With --once: use candles that have closed by this date or time in UTC [all]"),
        Text("from", "T", "Replay the schedule over past candles: first round with the candles that had closed by then"),
        Text("to", "T", "Replay: no round after this time [the end of the data]"),
        Text("log", "FILE", "Gets a JSON line for each decision [beside the model: DIR.retrain.jsonl]"),
        Threads("Threads that share a batch; the results do not depend on it [all cores]"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string path = s.Required("data"), place = Path.TrimEndingDirectorySeparator(TrainedModel.Find(s.Required("model")));
        TimeSpan every = Every(s);
        var (once, until, from, to) = (s.Flag("once"), s.Time("until"), s.Time("from"), s.Time("to"));
        int threads = s.Whole("threads", Environment.ProcessorCount, 1, 1024);
        if (until is not null && !once) throw new UsageException("--until: expected with --once");
        if (from is null && to is not null) throw new UsageException("--to: expected with --from");
        if (from is not null && once) throw new UsageException("--once: expected without --from");
        ModelFolder.RequireReplaceable(place);
        session.Kept = () => Kept(place);
        var retraining = new Retraining(session, place, threads, new JsonLog(s.Text("log", place + ".retrain.jsonl")!));
        if (from is { } begin) Replay(retraining, session, path, begin, to, every);
        else if (once) Round(retraining, path, until ?? long.MaxValue);
        else Repeat(retraining, session, path, every);
    }

    /// <summary>What a stop leaves: rounds replace a folder at once, but the one in place may have been damaged before.</summary>
    static string Kept(string place)
    {
        try
        {
            TrainedModel.Load(place);
            return $"{place} holds a whole model";
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return $"{place} holds no model that can be read: {e.Message}";
        }
    }

    static void Round(Retraining retraining, string path, long now)
    {
        using FileStream owner = retraining.Own();
        (BacktestData data, MarketSeries[] series) = retraining.Read(path);
        retraining.Round(data, series, now);
    }

    /// <summary>The rounds of the past, each with the candles that had closed by then.</summary>
    static void Replay(Retraining retraining, Session session, string path, long begin, long? to, TimeSpan every)
    {
        using FileStream owner = retraining.Own();
        (BacktestData data, MarketSeries[] series) = retraining.Read(path);
        long end = Math.Min(to ?? long.MaxValue, data.Pairs.Max(p => p.OpenTime[^1]) + data.Pairs[0].Timeframe.Microseconds);
        if (begin > end)
            throw new UsageException($"--from: expected a time up to {Format.Time(end)}, where the replay ends, got {Format.Time(begin)}");
        for (long now = begin; now <= end; now += every.Ticks / TimeSpan.TicksPerMicrosecond)
        {
            session.Cancellation.ThrowIfCancellationRequested();
            retraining.Round(data, series, now);
        }
    }

    /// <summary>
    /// A round now and after each span of time until the program is stopped. A round that fails for its data is said so and left.
    /// </summary>
    static void Repeat(Retraining retraining, Session session, string path, TimeSpan every)
    {
        for (DateTime next = DateTime.UtcNow; ; next += every)
        {
            while (next - DateTime.UtcNow is var wait && wait > TimeSpan.Zero)
            {
                session.Cancellation.WaitHandle.WaitOne(wait < longestWait ? wait : longestWait);
                session.Cancellation.ThrowIfCancellationRequested();
            }
            try
            {
                Round(retraining, path, long.MaxValue);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException
                or ArgumentException or FormatException or TrainingException)
            {
                session.Note($"this round failed, the next is after {every}: {e.Message}");
            }
        }
    }

    static TimeSpan Every(Settings s)
    {
        string text = s.Text("every", "7d")!;
        try
        {
            return TimeSpan.FromMicroseconds(Models.Data.Timeframe.Parse(text).Microseconds);
        }
        catch (FormatException)
        {
            throw s.Wrong("every", $"expected a number followed by m, h, d or w, for example 7d, got '{text}'");
        }
    }
}
