using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>Every readable Parquet file against figures that DuckDB gave; every other one must say what is not supported.</summary>
public partial class ManifestTests(ITestOutputHelper output)
{
    [Fact]
    public void KlineFilesAgreeWithDuckDb()
    {
        string folder = SharedFolder.Require("data/klines");
        int files = 0;
        foreach (var entry in Entries(folder).Where(e => !Name(e).EndsWith("_1m.parquet", StringComparison.Ordinal)))
        {
            var summary = TableSummary.Of(Path.Combine(folder, Name(entry)));
            Compare(entry, summary);
            Assert.NotNull(summary.Candles);
            Assert.Null(summary.Candles.Fatal);
            Assert.Equal(0, summary.Candles.Count(CandleFindingKind.Duplicate));
            files++;
        }
        output.WriteLine($"{files} files agree");
        Assert.Equal(26, files);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void TheLargestFileAgreesToo()
    {
        string folder = SharedFolder.Require("data/klines");
        var entry = Entries(folder).Single(e => Name(e) == "BTCUSDT/BTC_1m.parquet");
        var summary = TableSummary.Of(Path.Combine(folder, Name(entry)));
        Compare(entry, summary);
        Assert.Equal(80, summary.Candles!.MissingCandles);
        Assert.Equal(72, summary.Candles.Count(CandleFindingKind.ZeroVolume));
    }

    [Fact]
    public void SamplesAgreeWithDuckDbOrSayWhatIsNotSupported()
    {
        string folder = SharedFolder.Require("data/parquet-samples");
        int read = 0, columns = 0;
        var refused = new List<string>();
        foreach (var entry in Entries(folder))
        {
            string file = Path.Combine(folder, Name(entry));
            string[] obstacles = [.. Obstacles(entry)];
            if (obstacles.Length == 0)
            {
                Compare(entry, TableSummary.Of(file));
                read++;
                columns += entry.GetProperty("columns").GetArrayLength();
                continue;
            }
            var error = Assert.Throws<InvalidDataException>(() => TableSummary.Of(file));
            Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
            Assert.Contains("column '", error.Message, StringComparison.Ordinal);
            Assert.True(obstacles.Any(o => error.Message.Contains(o, StringComparison.Ordinal)),
                $"{error.Message}: expected one of {string.Join(", ", obstacles)}");
            refused.Add(Name(entry));
        }
        output.WriteLine($"{read} files with {columns} columns agree, {refused.Count} are refused: {string.Join(", ", refused)}");
        Assert.Equal(57, read);
        Assert.Equal(["datapage_v2.snappy.parquet", "nested_lists.snappy.parquet", "nulls.snappy.parquet"],
            refused.Select(Path.GetFileName));
    }

    [Fact]
    public void FlatColumnsBesideNestedOnesAreRead()
    {
        using var table = Table.Open(SharedFolder.Require("data/parquet-samples/conformance/datapage_v2.snappy.parquet"));
        Assert.Equal(["a", "b", "c", "d", "e"], table.Columns.Select(c => c.Name));
        var block = Assert.Single(table.Blocks([3, 0, 1, 2]));
        Assert.Equal([1, 1, 1, 0, 1], block[0].As<long>());
        Assert.Equal("abc abc abc - abc", string.Join(" ", block[1].As<string?>().Select(t => t ?? "-")));
        Assert.Equal([1, 2, 3, 4, 5], block[2].As<long>());
        Assert.Equal([2, 3, 4, 5, 2], block[3].As<double>());
        var error = Assert.Throws<InvalidDataException>(() => table.Blocks([0, 4]).ToList());
        Assert.Contains("column 'e': nested columns are not supported (choose other columns", error.Message, StringComparison.Ordinal);
    }

    static IEnumerable<string> Obstacles(JsonElement entry)
    {
        if (entry.GetProperty("schema").EnumerateArray().Any(s => s.TryGetProperty("num_children", out _))) yield return "nested";
        foreach (var codec in entry.GetProperty("codecs").EnumerateArray())
            if (codec.GetString() is "LZO" or "LZ4") yield return codec.GetString()!;
    }

    static List<JsonElement> Entries(string folder) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json"))).RootElement.GetProperty("files").EnumerateArray()];

    static string Name(JsonElement entry) => entry.GetProperty("file").GetString()!;

    static void Compare(JsonElement entry, TableSummary summary)
    {
        string file = Name(entry);
        Assert.Equal(entry.GetProperty("rows").GetInt64(), summary.Rows);
        var columns = entry.GetProperty("columns").EnumerateArray().ToList();
        Assert.Equal(columns.Select(c => c.GetProperty("name").GetString()), summary.Columns.Select(c => c.Name));
        foreach (var (expected, got) in columns.Zip(summary.Columns))
        {
            string where = $"{file}, {got.Name} ({got.Type})";
            Assert.True(expected.GetProperty("nulls").GetInt64() == got.Nulls, where);
            string type = Text(expected, "duckdb_type") ?? "";
            if (file == "conformance/int96_from_spark.parquet")
            {
                // DuckDB overflows at the year 290000, which the makers of the file name as its largest time.
                Assert.Equal(("1704070800000000", "9089380393200000000"), (got.Min, got.Max));
            }
            else if (Text(expected, "min_epoch_us") is { } first)
            {
                Assert.True(first == got.Min, $"{where}: min {got.Min}, expected {first}");
                Assert.True(Text(expected, "max_epoch_us") == got.Max, $"{where}: max {got.Max}");
            }
            else if (type == "VARCHAR" && got.Type == "string")
                Assert.True((Text(expected, "min"), Text(expected, "max")) == (got.Min, got.Max), $"{where}: {got.Min} to {got.Max}");
            else if (type == "BOOLEAN")
                Assert.True(expected.GetProperty("true_count").GetInt64().ToString(CultureInfo.InvariantCulture) == got.Sum,
                    $"{where}: {got.Sum} trues");
            else if (expected.TryGetProperty("exact", out _))
                foreach (var (name, value) in new[] { ("min", got.Min), ("max", got.Max), ("sum", got.Sum) })
                    Assert.True(Exact(Text(expected, name)) == Exact(value), $"{where}: {name} {value}, expected {Text(expected, name)}");
            else if (type.Length == 0)    // the figures of a reader that has only doubles, and gives floats as such
                foreach (var (name, value) in new[] { ("min", got.Min), ("max", got.Max), ("sum", got.Sum) })
                    Assert.True(Same(Text(expected, name), value, got.Type == "float" && name != "sum" ? 1e-7 : 1e-9),
                        $"{where}: {name} {value}, expected {Text(expected, name)}");
            else if (type is "DOUBLE" or "FLOAT")
            {
                Assert.True(Same(Text(expected, "min"), got.Min, 0), $"{where}: min {got.Min}");
                Assert.True(Same(Text(expected, "max"), got.Max, 0), $"{where}: max {got.Max}");
                Assert.True(Same(Text(expected, "sum"), got.Sum, 1e-9), $"{where}: sum {got.Sum}");
            }
        }
    }

    static string? Text(JsonElement e, string name) =>
        e.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // 12.340 and 12.34 are the same number: digits without trailing zeros of the fraction.
    static (BigInteger Digits, int Places)? Exact(string? text)
    {
        if (text is null) return null;
        if (text.Contains('.', StringComparison.Ordinal)) text = TrailingZeros().Replace(text, "");
        int places = text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        return (BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), places);
    }

    static bool Same(string? expected, string? got, double tolerance)
    {
        if (expected is null || got is null) return expected == got;
        double a = Parse(expected), b = Parse(got);
        return a.Equals(b) || Math.Abs(a - b) <= tolerance * Math.Abs(a);
    }

    static double Parse(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\.?0*$")]
    private static partial Regex TrailingZeros();
}
