using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Benchmarks;

/// <summary>
/// What it takes to serve a candle: take it, compute its features, ask the model, make the call. Every model is trained a little on
/// simulated candles, saved, opened behind <see cref="LivePredictor"/> and asked after every candle of ten pairs.
/// </summary>
static class Serve
{
    const int Training = 400, Validation = 50, History = 1_500, Threads = 16, WarmUp = 10_000;

    /// <summary>Measures the models whose name contains the filter; prints one JSON line each for one thread and for 16, or a
    /// table.</summary>
    public static void Measure(string filter, int candles, bool json)
    {
        Candles[] market = Market(History + (candles + WarmUp + 9) / 10);
        foreach (DirectionModel model in DirectionModel.All.Where(m => m.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            DirectionModel[] forms =
                [.. ((string[])["standard", "extended"]).Select(set => model.WithFeatures(FeatureSet.Named(set))).Distinct()];
            foreach (DirectionModel form in forms) Measure(form, market, json);
        }
    }

    static void Measure(DirectionModel model, Candles[] market, bool json)
    {
        string folder = Directory.CreateTempSubdirectory("serve-").FullName;
        try
        {
            Trained(model, market).Save(Path.Combine(folder, "model"));
            LivePredictor live = LivePredictor.Open(Path.Combine(folder, "model"));
            int count = market[0].Count - History, warm = WarmUp / market.Length;
            int before = GC.CollectionCount(0);
            (double[] alone, Prediction[] expected, double seconds, long bytes) = Run(live, market, History, count, warm);
            Print(model, 1, alone, alone.Length / seconds, true, GC.CollectionCount(0) - before, bytes, json);

            // Each thread serves a part of the same candles, with a session of its own on the one model.
            int part = (count - warm) / Threads, again = Math.Min(warm, 100);
            var parts = new (double[] Latencies, Prediction[] Predictions, double Seconds, long Bytes)[Threads];
            using var ready = new Barrier(Threads);
            long start = 0;
            before = GC.CollectionCount(0);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
                parts[i] = Run(live, market, History + warm - again + i * part, part + again, again, () =>
                {
                    ready.SignalAndWait();
                    start = Stopwatch.GetTimestamp();
                })))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            double together = Stopwatch.GetElapsedTime(start).TotalSeconds;
            double[] all = [.. parts.SelectMany(p => p.Latencies)];
            bool equal = Enumerable.Range(0, Threads).All(i =>
                parts[i].Predictions.AsSpan().SequenceEqual(expected.AsSpan(i * part * market.Length, parts[i].Predictions.Length)));
            long each = (long)parts.Average(p => p.Bytes);
            Print(model, Threads, all, all.Length / together, equal, GC.CollectionCount(0) - before, each, json);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Serves candles of all pairs from an index on; the first ones warm up and are not measured. Bytes are those that one
    /// allocates.</summary>
    static (double[] Latencies, Prediction[] Predictions, double Seconds, long Bytes) Run(
        LivePredictor live, Candles[] market, int from, int count, int warm, Action? begin = null)
    {
        LiveSession session = live.Follow([.. market.Select(c => c.Part(..from))]);
        var latencies = new double[(count - warm) * market.Length];
        var predictions = new Prediction[latencies.Length];
        long start = 0, allocated = 0;
        for (int t = 0, i = 0; t < count; t++)
        {
            if (t == warm)
            {
                begin?.Invoke();
                start = Stopwatch.GetTimestamp();
                allocated = GC.GetAllocatedBytesForCurrentThread();
            }
            foreach (Candles pair in market)
            {
                LiveCandle candle = LiveCandle.Of(pair, from + t);
                long before = Stopwatch.GetTimestamp();
                session.Push(candle);
                Prediction p = session.Predict(pair.Symbol).Prediction;
                double taken = Stopwatch.GetElapsedTime(before).TotalMicroseconds;
                if (t >= warm) (latencies[i], predictions[i++]) = (taken, p);
            }
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (latencies, predictions, seconds, (GC.GetAllocatedBytesForCurrentThread() - allocated) / latencies.Length);
    }

    static void Print(
        DirectionModel model, int threads, double[] latencies, double perSecond, bool equal, int collections, long bytes, bool json)
    {
        Array.Sort(latencies);
        double At(double share) => Math.Round(latencies[Math.Min(latencies.Length - 1, (int)(share * latencies.Length))], 1);
        string features = string.Join("+", model.FeatureSets.Select(s => s.Name));
        var line = new
        {
            model = model.Name, features, threads, candles = latencies.Length, p50_us = At(0.5), p99_us = At(0.99), p999_us = At(0.999),
            max_us = At(1), candles_per_s = Math.Round(perSecond), equal_to_one_thread = equal,
            collections, bytes_per_candle = bytes,
        };
        Console.WriteLine(json ? JsonSerializer.Serialize(line) : string.Create(CultureInfo.InvariantCulture,
            $"{line.model,-18} {line.features,-16} {threads,2} threads  {line.candles,7} candles   "
            + $"50 % {line.p50_us,8:F1} µs   99 % {line.p99_us,8:F1}   "
            + $"99.9 % {line.p999_us,8:F1}   max {line.max_us,9:F1}   {line.candles_per_s,8:F0} a second, "
            + $"{collections,4} collections, {bytes,7} bytes each{(equal ? "" : "   NOT EQUAL TO ONE THREAD")}"));
    }

    /// <summary>The model after a short training: how good it is does not matter here.</summary>
    static Predictor Trained(DirectionModel model, Candles[] market)
    {
        if (model.Settings.Any(s => s.Name == "epochs")) model = model.With("epochs", 1);
        MarketSeries[] series = MarketSeries.Of([.. market.Select(c => c.Part(..(History)))], model.FeatureSets);
        long[] times = market[0].OpenTime;
        int training = model is NetworkModel ? Validation : Training;     // trees grow with their rows
        int first = History - training - Validation;
        Predictor predictor = model.Create();
        predictor.Fit(Rows(first, first + training - 1), Rows(first + training, History - 1), new FitContext(1));
        return predictor;

        Windows Rows(int from, int to) => Windows.Select(series, model.Window, (_, time) => time >= times[from] && time < times[to]);
    }

    /// <summary>Ten simulated pairs with made-up flow.</summary>
    static Candles[] Market(int candles)
    {
        SimulatedMarket simulated = SimulatedMarket.Create(new SimulatedMarketOptions { Candles = candles });
        return [.. simulated.Candles.Select((c, pair) =>
        {
            var random = new CounterRandom((ulong)pair, 0x5E);
            return new Candles
            {
                Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
                Open = c.Open, High = c.High, Low = c.Low, Close = c.Close, Volume = c.Volume,
                QuoteVolume = [.. c.Volume.Select((v, t) => v * (c.Low[t] + (c.High[t] - c.Low[t]) * random.NextDouble()))],
                TakerBuyVolume = [.. c.Volume.Select(v => v * random.NextDouble())],
            };
        })];
    }
}
