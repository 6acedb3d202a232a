using System.Globalization;
using System.Numerics;
using System.Text.Json;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;
using NeuralCore.Models.Data.Parquet.Writer;
using NeuralCore.Models.Tests;

namespace Models.Tests.Data;

/// <summary>
/// Writes Parquet files, each beside a JSON file of every value that it should hold, into the folder that NEURALCORE_INTEROP_OUT names,
/// where tests/interop/check.mjs reads them with DuckDB and hyparquet. Without that variable into a folder that is removed again.
/// </summary>
public sealed class InteropFilesTests : IDisposable
{
    readonly TemporaryFolder temporary = new();

    string Folder => Environment.GetEnvironmentVariable("NEURALCORE_INTEROP_OUT") is { Length: > 0 } named ? named : temporary.Path;

    public void Dispose() => temporary.Dispose();

    static MadeColumn[] Columns(int rows, int distinct, params double[] missing) =>
        [.. MadeColumn.Kinds.Select((kind, c) => MadeColumn.Of(kind.ToString(), kind, rows, distinct, missing[c % missing.Length], 2 * c)),
            MadeColumn.Of("local", ColumnKind.Time, rows, distinct, missing[0], 1)];

    void Write(string name, MadeColumn[] columns, ParquetOptions? options = null)
    {
        string path = Path.Combine(Folder, name + ".parquet");
        ParquetWriter.Write(path, [.. columns.Select(c => c.Column)], [.. columns.Select(c => c.Values)], options);
        Expect(path, columns);
    }

    static void Expect(string path, MadeColumn[] columns)
    {
        using var stream = File.Create(Path.ChangeExtension(path, ".json"));
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteNumber("rows", columns[0].Values.Count);
        json.WriteStartArray("columns");
        foreach (var (column, values) in columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("kind", column.Kind.ToString());
            json.WriteNumber("scale", column.Scale);
            json.WriteBoolean("zone", column.HasZone);
            json.WriteBoolean("optional", values.Missing?.Contains(true) == true);
            json.WriteStartArray("values");
            for (int i = 0; i < values.Count; i++) json.WriteStringValue(values.IsMissing(i) ? null : Shown(values.Values.GetValue(i)!));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static string Shown(object value) => value switch
    {
        double v => v.ToString("R", CultureInfo.InvariantCulture),
        byte[] v => Convert.ToHexString(v),
        string v => v,
        _ => ((BigInteger)(value is Int128 wide ? wide : (long)value)).ToString(CultureInfo.InvariantCulture),
    };

    [Fact]
    public void OfEveryKindAndForm()
    {
        Write("empty", Columns(0, 1, 0));
        Write("one-row", Columns(1, 1, 0));
        Write("one-missing", Columns(1, 1, 1));
        Write("required", Columns(1000, 12, 0));
        Write("all-missing", Columns(50_000, 12, 1));
        Write("optional-uncompressed", Columns(3000, 30, 0.2, 0), new() { Codec = Codec.UNCOMPRESSED });
        Write("gzip", Columns(3000, 3000, 0.2, 0), new() { Codec = Codec.GZIP });
        Write("groups-and-pages", Columns(5000, 600, 0.2, 0), new() { GroupRows = 1111, PageRows = 100 });
        Write("no-dictionaries", Columns(5000, 40, 0, 0.9), new() { GroupRows = 4000, PageBytes = 2000, Dictionaries = false });
        Write("long", Columns(150_000, 1 << 20, 0.01, 0));
    }

    [Fact]
    public void OfCandles()
    {
        Candles c = SmallMarket.Candles(1, 20_000, gapAt: 9000);
        double[] trades = [.. c.Volume.Select((v, t) => Math.Round(1000 * v) + t % 7)];
        WriteCandles("candles", c);
        WriteCandles("candles-with-flow", new()
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe,
            OpenTime = c.OpenTime, Open = c.Open, High = c.High, Low = c.Low, Close = c.Close, Volume = c.Volume,
            QuoteVolume = [.. c.Volume.Zip(c.Close, (v, p) => v * p)], Trades = trades, TakerBuyVolume = [.. c.Volume.Select(v => v / 3)],
            TakerBuyQuoteVolume = [.. c.Volume.Select(v => v / 7)],
        });
    }

    void WriteCandles(string name, Candles candles)
    {
        string path = Path.Combine(Folder, name + ".parquet");
        CandleFile.WriteParquet(path, candles);
        (string, Array?)[] columns =
        [
            ("open", candles.Open), ("high", candles.High), ("low", candles.Low), ("close", candles.Close), ("volume", candles.Volume),
            ("quote_volume", candles.QuoteVolume), ("trades", candles.Trades is { } trades ? Array.ConvertAll(trades, t => (long)t) : null),
            ("taker_buy_base", candles.TakerBuyVolume), ("taker_buy_quote", candles.TakerBuyQuoteVolume),
        ];
        Expect(path,
        [
            new(new("open_time", "", ColumnKind.Time), new(candles.OpenTime, null)),
            .. columns.Where(c => c.Item2 is not null)
                .Select(c => new MadeColumn(new(c.Item1, "", c.Item2 is long[] ? ColumnKind.Integer : ColumnKind.Real),
                    new(c.Item2!, null))),
        ]);
    }
}
