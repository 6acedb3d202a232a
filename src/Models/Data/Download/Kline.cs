using System.Globalization;
using System.Text.Json;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>One candle as Binance's REST interface gives it.</summary>
/// <param name="OpenTime">Microseconds since 1970-01-01 UTC.</param>
/// <param name="Values">
/// Open, high, low, close, volume, quote volume, number of trades, and the volume bought by takers in base and in quote; NaN where there is
/// none.
/// </param>
internal sealed record Kline(long OpenTime, double[] Values)
{
    /// <summary>
    /// Where <see cref="Values"/> stand in the exchange's array of 12: 0 is the open time, 6 the close time, 11 is unused.
    /// </summary>
    static readonly int[] Places = [1, 2, 3, 4, 5, 7, 8, 9, 10];

    /// <summary>Reads an answer to GET /api/v3/klines: an array of arrays, times in ms, prices and volumes as texts.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Kline[] Page(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateArray().Select((row, i) => Of(row, i + 1))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"expected a JSON array of candles, got something else ({e.Message})", e);
        }
    }

    /// <summary>The candles of a file in the same form.</summary>
    public static IEnumerable<Kline> Of(Candles candles)
    {
        double[]?[] columns =
        [
            candles.Open, candles.High, candles.Low, candles.Close, candles.Volume,
            candles.QuoteVolume, candles.Trades, candles.TakerBuyVolume, candles.TakerBuyQuoteVolume,
        ];
        return Enumerable.Range(0, candles.Count)
            .Select(t => new Kline(candles.OpenTime[t], Array.ConvertAll(columns, column => column is null ? double.NaN : column[t])));
    }

    static Kline Of(JsonElement row, int number)
    {
        if (row.GetArrayLength() <= Places[^1])
            throw new FormatException(Invariant($"row {number}: expected 12 fields, got {row.GetArrayLength()}"));
        if (!row[0].TryGetInt64(out long milliseconds) || milliseconds < 0 || milliseconds >= TimeText.End / 1000)
            throw new FormatException(Invariant($"row {number}: expected an open time in ms, got {Shown(row[0])}"));
        return new Kline(milliseconds * 1000, Array.ConvertAll(Places, place =>
            double.TryParse(row[place].ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && double.IsFinite(value)
                ? value
                : throw new FormatException(Invariant($"row {number}: expected a number in field {place}, got {Shown(row[place])}"))));
    }

    /// <summary>A value as errors show it.</summary>
    public static string Shown(JsonElement value) => value.GetRawText() is { Length: > 40 } text ? text[..40] + "..." : value.GetRawText();
}
