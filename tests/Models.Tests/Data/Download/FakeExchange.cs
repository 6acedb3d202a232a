using System.Globalization;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>A candle as the exchange writes it: open time in ms, then prices and volumes as texts.</summary>
sealed record Row(
    long Time, string Open, string High, string Low, string Close, string Volume, string Quote, int Trades, string TakerBase,
    string TakerQuote)
{
    public string Json(long step) => FormattableString.Invariant($"""[{Time},"{Open}","{High}","{Low}","{Close}","{Volume}",""")
        + FormattableString.Invariant($"""{Time + step - 1},"{Quote}",{Trades},"{TakerBase}","{TakerQuote}","0"]""");
}

/// <summary>
/// Serves /api/v3/time and /api/v3/klines like Binance: from startTime to endTime on open times, ascending, at most limit.
/// </summary>
sealed class FakeExchange
{
    public const long Hour = 3_600_000, Start = 1_704_067_200_000;      // 2024-01-01

    public List<Row> Rows { get; init; } = Market(2345);

    /// <summary>Milliseconds; the last of 2345 candles has just closed.</summary>
    public long Now { get; set; } = Start + 2345 * Hour;

    /// <summary>Answers to /api/v3/klines by the number of the request among those, counted from 1; null for the true one.</summary>
    public Func<Asked, int, Answer?> Fault { get; set; } = (_, _) => null;

    public int Pages { get; private set; }

    public static List<Row> Market(int count, long start = Start, int seed = 1)
    {
        var random = new Random(seed);
        var rows = new List<Row>(count);
        decimal price = 40_000.01m;
        for (int i = 0; i < count; i++)
        {
            decimal open = price, close = price += Cents(-30_000, 30_000) * 0.01m, volume = Cents(1, 900_000_000) * 0.00001m;
            decimal high = Math.Max(open, close) + Cents(0, 9_999) * 0.01m, low = Math.Min(open, close) - Cents(0, 9_999) * 0.01m;
            rows.Add(new Row(start + i * Hour, Text(open), Text(high), Text(low), Text(close), Text(volume), Text(volume * close),
                random.Next(1, 100_000), Text(volume / 3), Text(volume * close / 3)));
        }
        return rows;

        decimal Cents(int low, int high) => random.Next(low, high);
        static string Text(decimal value) => value.ToString("F8", CultureInfo.InvariantCulture);
    }

    public Answer Answer(Asked asked, int number)
    {
        if (asked.Path == "/api/v3/time") return Data.Answer.Text(200, $"{{\"serverTime\":{Now}}}");
        Assert.Equal("/api/v3/klines", asked.Path);
        Assert.Equal(("BTCUSDT", "1h"), (asked.Query["symbol"], asked.Query["interval"]));
        Pages++;
        return Fault(asked, Pages) ?? True(asked);
    }

    public Answer True(Asked asked) => Data.Answer.Text(200, Json(Rows.Where(r => r.Time >= Number(asked, "startTime", 0)
        && r.Time <= Number(asked, "endTime", long.MaxValue)).OrderBy(r => r.Time).Take((int)Number(asked, "limit", 500))));

    public static string Json(IEnumerable<Row> rows) => $"[{string.Join(",", rows.Select(r => r.Json(Hour)))}]";

    public static long Number(Asked asked, string name, long standard) =>
        asked.Query.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : standard;

    /// <summary>Requires that a file has exactly these candles, to the bit.</summary>
    public static void Equal(IEnumerable<Row> rows, string path)
    {
        Row[] want = [.. rows];
        Candles got = CandleFile.Read(path, "BTCUSDT", "BTC", Timeframe.Parse("1h")).Candles;
        Assert.Equal([.. want.Select(r => r.Time * 1000)], got.OpenTime);
        (Func<Row, string> Text, double[]? Values)[] columns =
        [
            (r => r.Open, got.Open), (r => r.High, got.High), (r => r.Low, got.Low), (r => r.Close, got.Close), (r => r.Volume, got.Volume),
            (r => r.Quote, got.QuoteVolume), (r => r.Trades.ToString(), got.Trades),
            (r => r.TakerBase, got.TakerBuyVolume), (r => r.TakerQuote, got.TakerBuyQuoteVolume),
        ];
        foreach (var (text, values) in columns)
            Assert.Equal([.. want.Select(r => BitConverter.DoubleToInt64Bits(double.Parse(text(r), CultureInfo.InvariantCulture)))],
                values!.Select(BitConverter.DoubleToInt64Bits).ToArray());
    }
}
