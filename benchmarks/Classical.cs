using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Benchmarks;

/// <summary>The classical models on rows of two classes; peers/classical.py fits the peer's on the same ones.</summary>
static class Classical
{
    static readonly HistogramGradientBoosting boosting = new()
    {
        MaxIterations = 200, LearningRate = 0.03, MaxLeafNodes = 15, MinSamplesLeaf = 500, L2Regularization = 1, Patience = 10,
    };

    static readonly (string Name, Func<ClassicalRows, int, TabularModel> Fit)[] models =
    [
        ("logistic", (rows, threads) => new LogisticRegression().Fit(Part(rows.Z, rows.Y, 0, rows.Training), threads)),
        ("boosting", (rows, threads) => boosting.Fit(Part(rows.X, rows.Y, 0, rows.Training), threads: threads)),
        ("boosting-early", EndedEarly),
        ("forest", (rows, threads) => new RandomForest { Trees = 300, MaxDepth = 8, MinSamplesLeaf = 200 }
            .Fit(Part(rows.X, rows.Y, 0, rows.Training), 1, threads)),
    ];

    /// <summary>Fits and judges the models; prints one JSON line a model, or a table.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="threads">Threads of each fit.</param>
    /// <param name="repeats">Fits of each model, of which the fastest counts.</param>
    /// <param name="filter">Only models whose name contains it.</param>
    /// <param name="json">JSON lines in place of a table.</param>
    public static void Measure(ClassicalRows rows, int threads, int repeats, string filter, bool json)
    {
        foreach ((string name, Func<ClassicalRows, int, TabularModel> fit) in models)
        {
            if (!name.Contains(filter, StringComparison.OrdinalIgnoreCase)) continue;
            double seconds = double.PositiveInfinity, busy = double.PositiveInfinity;
            TabularModel model = null!;
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                TimeSpan used = Environment.CpuUsage.TotalTime;
                model = fit(rows, threads);
                busy = Math.Min(busy, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
                seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            LabelledRows test = Part(name == "logistic" ? rows.Z : rows.X, rows.Y, rows.Training, rows.Y.Length - rows.Training);
            long before = Stopwatch.GetTimestamp();
            double[] p = model.Predict(test.X, threads);
            double predict = Stopwatch.GetElapsedTime(before).TotalSeconds, loss = model.Loss(test, threads);
            bool[] right = [.. Enumerable.Range(0, test.Count).Select(i => p[2 * i + 1] > 0.5 == (rows.Y[rows.Training + i] == 1))];
            int[] surest = [.. Enumerable.Range(0, test.Count).OrderByDescending(i => Math.Abs(p[2 * i + 1] - 0.5)).Take(test.Count / 10)];
            var line = new
            {
                peer = "neuralcore", threads, model = name, rows = rows.Training, features = rows.X.Features,
                fit_s = Math.Round(seconds, 4),
                fit_cpu_s = Math.Round(busy, 4), predict_s = Math.Round(predict, 4),
                accuracy = Math.Round(right.Average(r => r ? 1.0 : 0), 5),
                surest_tenth = Math.Round(surest.Average(i => right[i] ? 1.0 : 0), 5), log_loss = Math.Round(loss, 6),
                rounds = (model as BoostedTrees)?.Iterations ?? 0,
            };
            Console.WriteLine(json ? JsonSerializer.Serialize(line) : string.Create(CultureInfo.InvariantCulture,
                $"{name,-14} fit {line.fit_s,8:F3} s (processor {line.fit_cpu_s,8:F3} s)   predict {line.predict_s,7:F3} s   "
                + $"accuracy {line.accuracy:F4}, of the most confident tenth {line.surest_tenth:F4}   log-loss {line.log_loss:F5}"));
        }
    }

    static LabelledRows Part(FeatureMatrix x, int[] y, int first, int count) => new(x.Slice(first, count), y.AsSpan(first, count), 2);

    /// <summary>As scikit-learn's boosting comes: it keeps a random tenth of the training rows aside and stops by it.</summary>
    static BoostedTrees EndedEarly(ClassicalRows rows, int threads)
    {
        int[] order = [.. Enumerable.Range(0, rows.Training)];
        new CounterRandom(1, 0).Shuffle<int>(order);
        int aside = rows.Training / 10;
        return boosting.Fit(Of(order.AsSpan(aside)), Of(order.AsSpan(0, aside)), threads);

        LabelledRows Of(Span<int> chosen)
        {
            int columns = rows.X.Features;
            var x = new float[chosen.Length * columns];
            var y = new int[chosen.Length];
            for (int i = 0; i < y.Length; i++)
            {
                rows.X.Row(chosen[i]).CopyTo(x.AsSpan(i * columns));
                y[i] = rows.Y[chosen[i]];
            }
            return new LabelledRows(new FeatureMatrix(x, columns), y, 2);
        }
    }
}
