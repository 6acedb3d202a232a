using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Benchmarks;

/// <summary>
/// The classical models on made-up rows with a weak nonlinear signal: 25 features, of which seven are others with noise and one has few
/// distinct values, and two classes. classical.py reads the same rows.
/// </summary>
static class Classical
{
    const int Features = 25;

    /// <summary>Fits and judges all three; prints one JSON line a model, or a table.</summary>
    /// <param name="folder">Where the rows are written as x.npy and y.npy; null: nowhere.</param>
    /// <param name="rows">Training rows; a quarter as many come after them and judge.</param>
    /// <param name="threads">Threads of each fit.</param>
    /// <param name="repeats">Fits of each model, of which the fastest counts.</param>
    /// <param name="filter">Only models whose name contains it.</param>
    /// <param name="json">JSON lines in place of a table.</param>
    public static void Measure(string? folder, int rows, int threads, int repeats, string filter, bool json)
    {
        (float[] x, int[] y) = Make(rows + rows / 4);
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            WriteNpy(Path.Combine(folder, "x.npy"), "<f4", [y.Length, Features], MemoryMarshal.AsBytes<float>(x));
            WriteNpy(Path.Combine(folder, "y.npy"), "<i4", [y.Length], MemoryMarshal.AsBytes<int>(y));
        }
        var all = new FeatureMatrix(x, Features);
        var training = new LabelledRows(all.Slice(0, rows), y.AsSpan(0, rows), 2);
        var test = new LabelledRows(all.Slice(rows, rows / 4), y.AsSpan(rows), 2);
        (string Name, Func<TabularModel> Fit)[] models =
        [
            ("logistic", () => new LogisticRegression().Fit(training, threads)),
            ("boosting", () => new HistogramGradientBoosting { MaxIterations = 200, LearningRate = 0.03, MaxLeafNodes = 15, MinSamplesLeaf = 500, L2Regularization = 1 }
                .Fit(training, threads: threads)),
            ("forest", () => new RandomForest { Trees = 300, MaxDepth = 8, MinSamplesLeaf = 200 }.Fit(training, 1, threads)),
        ];
        foreach ((string name, Func<TabularModel> fit) in models.Where(m => m.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            double seconds = double.PositiveInfinity, busy = double.PositiveInfinity;
            TabularModel model = null!;
            for (int i = 0; i < repeats; i++)
            {
                long start = Stopwatch.GetTimestamp();
                TimeSpan used = Environment.CpuUsage.TotalTime;
                model = fit();
                busy = Math.Min(busy, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
                seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            long before = Stopwatch.GetTimestamp();
            double[] p = model.Predict(test.X, threads);
            double predict = Stopwatch.GetElapsedTime(before).TotalSeconds, loss = model.Loss(test, threads);
            double accuracy = Enumerable.Range(0, test.Count).Average(i => (p[2 * i + 1] > 0.5 ? 1 : 0) == y[rows + i] ? 1.0 : 0);
            var line = new
            {
                peer = $"neuralcore/t{threads}", model = name, rows, features = Features, fit_s = Math.Round(seconds, 4),
                fit_cpu_s = Math.Round(busy, 4), predict_s = Math.Round(predict, 4), accuracy = Math.Round(accuracy, 5), log_loss = Math.Round(loss, 6),
            };
            Console.WriteLine(json ? JsonSerializer.Serialize(line) : string.Create(CultureInfo.InvariantCulture,
                $"{name,-10} fit {seconds,8:F3} s (processor {busy,8:F3} s)   predict {predict,7:F3} s   accuracy {accuracy:F4}   log-loss {loss:F5}"));
        }
    }

    static (float[] X, int[] Y) Make(int rows)
    {
        var random = new CounterRandom(6, 0);
        var x = new float[rows * Features];
        var y = new int[rows];
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = x.AsSpan(i * Features, Features);
            for (int f = 0; f < Features; f++) row[f] = (float)random.NextNormal();
            for (int f = 18; f < Features; f++) row[f] = 0.8f * row[f - 18] + 0.6f * row[f];
            double z = 0.1 * row[0] + 0.15 * row[1] * row[2] + (Math.Abs(row[3]) > 1.5 ? 0.4 : -0.06) - (row[4] > 0.5 && row[5] < 0 ? 0.3 : -0.05);
            y[i] = random.NextDouble() < 1 / (1 + ScalarMath.Exp(-z)) ? 1 : 0;
            row[17] = MathF.Round(row[17] * 4) / 4;   // few distinct values
        }
        return (x, y);
    }

    /// <summary>NumPy's format 1.0: magic, length of the header, header, data. Source: numpy.lib.format.</summary>
    static void WriteNpy(string path, string type, int[] shape, ReadOnlySpan<byte> data)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")}), }}";
        header = header.PadRight((header.Length + 11 + 63) / 64 * 64 - 11) + '\n';
        using FileStream file = File.Create(path);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length & 255), (byte)(header.Length >> 8)]);
        file.Write(Encoding.ASCII.GetBytes(header));
        file.Write(data);
    }
}
