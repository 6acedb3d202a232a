using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Benchmarks;

/// <summary>Work on candles: reading them and what is computed from them, each warm and on one thread.</summary>
static class DataCases
{
    const int WarmUp = 3, Runs = 10;

    /// <summary>A case's name, and what it does: it returns a text that says what came out.</summary>
    static (string Name, Func<string> Run)[] Cases(string file) =>
    [
        ("read and sum", () => ReadAndSum(file)),
        ("inspect", () => string.Join(", ", TableSummary.Of(file).Columns.Select(c => $"{c.Name} {c.Sum ?? c.Min}"))),
    ];

    public static void Measure(string file, string filter, bool json)
    {
        if (!json) Console.WriteLine($"{file}, warm, {Runs} runs\n\n{"case",-14}{"best ms",9}{"median ms",11}");
        foreach (var (name, run) in Cases(file).Where(c => c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
        {
            var (best, median, result) = Time(run);
            Console.WriteLine(json ? Line(name, file, best, median, result)
                : string.Create(CultureInfo.InvariantCulture, $"{name,-14}{best,9:F1}{median,11:F1}   {result}"));
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
            writer.WriteNumber("best_ms", Math.Round(best, 2));
            writer.WriteNumber("median_ms", Math.Round(median, 2));
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
