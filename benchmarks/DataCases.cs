using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Benchmarks;

/// <summary>Work on candles: reading them and what is computed from them, each warm and on one thread.</summary>
/// <remarks>What a case needs is made in its first run, which is not timed.</remarks>
static class DataCases
{
    const int WarmUp = 3, Runs = 10, BatchRows = 64, Steps = 60;

    /// <summary>A case's name, and what it does: it returns a text that says what came out.</summary>
    static (string Name, Func<string> Run)[] Cases(string file) =>
    [
        ("read and sum", () => ReadAndSum(file)),
        ("inspect", () => string.Join(", ", TableSummary.Of(file).Columns.Select(c => $"{c.Name} {c.Sum ?? c.Min}"))),
        ("standard features", Standard(file)),
        ("batch", Batch(file)),
        ("plan model's step", PlanStep()),
    ];

    /// <summary>The whole set <c>standard</c>, from candles in memory.</summary>
    static Func<string> Standard(string file)
    {
        var candles = new Lazy<Candles[]>(() => [CandleFile.Clean(file, "", "").Candles]);
        return () =>
        {
            double[][] columns = FeatureSet.Named("standard").Compute(candles.Value)[0];
            return string.Create(CultureInfo.InvariantCulture, $"{columns.Length} columns, last row sums to {columns.Sum(c => c[^1]):R}");
        };
    }

    /// <summary>One batch of 64 windows of 60 candles x 20 features, from anywhere in the file.</summary>
    static Func<string> Batch(string file)
    {
        var windows = new Lazy<Windows>(() =>
        {
            FeatureSet set = FeatureSet.Named("standard");
            var rows = Windows.Select(MarketSeries.Of([CandleFile.Clean(file, "", "").Candles], [set]), Steps, (_, _) => true);
            return rows.Scaled(Scaler.Fit(rows)).Labelled(LabelRule.Fit(rows));
        });
        var random = new CounterRandom(7, 0);
        int[] rows = new int[BatchRows];
        float[] inputs = [], targets = new float[BatchRows];
        return () =>
        {
            if (inputs.Length == 0) inputs = new float[BatchRows * windows.Value.InputShape.Count];
            for (int i = 0; i < rows.Length; i++) rows[i] = random.NextInt32(windows.Value.Count);
            windows.Value.Copy(rows, inputs, targets);
            return $"{BatchRows} of {windows.Value.Count} rows, {windows.Value.InputShape}";
        };
    }

    /// <summary>One training step of the plan model on as many rows: what a batch's cost is to be seen beside.</summary>
    static Func<string> PlanStep()
    {
        var step = new Lazy<Case>(() => Network.All.First(n => n.Name.StartsWith("plan", StringComparison.Ordinal))
            .Training(BatchRows, 1).Open());
        return () =>
        {
            step.Value.Run();
            return $"{BatchRows} rows";
        };
    }

    public static void Measure(string file, string filter, bool json)
    {
        if (!json) Console.WriteLine($"{file}, warm, {Runs} runs\n\n{"case",-20}{"best ms",9}{"median ms",11}");
        foreach (var (name, run) in Cases(file).Where(c => c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            var (best, median, result) = Time(run);
            Console.WriteLine(json ? Line(name, file, best, median, result)
                : string.Create(CultureInfo.InvariantCulture, $"{name,-20}{best,9:F3}{median,11:F3}   {result}"));
        }
    }

    static (double Best, double Median, string Result) Time(Func<string> run)
    {
        string result = "";
        double[] times = new double[Runs];
        for (int i = -WarmUp; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            result = run();
            if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return (times[0], (times[(Runs - 1) / 2] + times[Runs / 2]) / 2, result);
    }

    static string Line(string name, string file, double best, double median, string result)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("case", name);
            writer.WriteString("peer", "ours");
            writer.WriteString("file", file);
            writer.WriteNumber("best_ms", Math.Round(best, 4));
            writer.WriteNumber("median_ms", Math.Round(median, 4));
            writer.WriteString("result", result);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>All columns of a table, block by block: the sum of each that holds numbers or times.</summary>
    static string ReadAndSum(string file)
    {
        using var table = Table.Open(file);
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count)];
        var integers = new Int128[columns.Length];
        double[] reals = new double[columns.Length];
        foreach (var block in table.Blocks(columns))
            for (int c = 0; c < columns.Length; c++)
                switch (block[c].Values)
                {
                    case long[] values: foreach (long v in values) integers[c] += v; break;
                    case double[] values: foreach (double v in values) reals[c] += v; break;
                }
        return string.Join(", ", table.Columns.Select((column, c) => string.Create(CultureInfo.InvariantCulture,
            $"{column.Name} {(column.Kind == ColumnKind.Real ? reals[c] : (object)integers[c])}")));
    }
}
