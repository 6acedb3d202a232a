using System.Globalization;
using System.Net;
using System.Text.Json;

namespace NeuralCore.Models.Data;

/// <summary>
/// Binance's public market data: GET /api/v3/klines, at most 1000 candles a page, from an open time on. The end is fixed by the
/// server's clock before the first page, so that only candles that had closed then are taken, the same for all pairs. See
/// https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints and the limits there.
/// </summary>
internal sealed class BinanceSource(HttpFetch http, DownloadOptions options)
    : KlineSource(options, options.Source == DownloadSource.BinanceUs ? "https://api.binance.us" : "https://api.binance.com")
{
    const int PageSize = 1000;

    static readonly string[] Intervals = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w"];
    static readonly string[] UsualPairs = ["ADA", "AVAX", "BNB", "BTC", "DOGE", "DOT", "ETH", "LINK", "SOL", "XRP"];

    /// <summary>Weight of requests that one address may make a minute; beyond four fifths of it the next minute is waited for.</summary>
    readonly int weightLimit = options.Source == DownloadSource.BinanceUs ? 1200 : 6000;

    TimeSpan pause;
    long end;

    public override async Task<IReadOnlyList<KlinePair>> Pairs(CancellationToken cancellation)
    {
        KlinePair[] pairs = [.. (Options.Pairs ?? UsualPairs).Select(Pair).Distinct()];
        if (!Intervals.Contains(Options.Timeframe.ToString()))
            throw new ArgumentException(
                $"Download: expected a timeframe of the exchange ({string.Join(", ", Intervals)}), got {Options.Timeframe}");
        end = Math.Min(Options.To ?? long.MaxValue, await ServerTime(cancellation));
        return pairs;
    }

    public override async Task<DownloadedFile> Download(
        KlinePair pair, string path, Action<double, string> step, CancellationToken cancellation)
    {
        string name = Options.Source == DownloadSource.BinanceUs ? "binance.us" : "binance";
        var part = new KlinePart(Path.ChangeExtension(path, name + ".part"));
        if (Options.Resume) part.Load(pair, Options.Timeframe, path);
        else part.Forget();
        if (part.Known?.OpenTime[0] is { } begin && Options.From < begin && await First(pair, Options.From.Value, cancellation) < begin)
            part.Forget();

        await Append(pair, part, step, cancellation);
        if (!File.Exists(part.Path) && part.Known is not null) return new DownloadedFile(pair.Symbol, pair.Base, path, null);
        if (!File.Exists(part.Path))
            throw new InvalidDataException($"{pair.Symbol}: expected closed candles of {Options.Timeframe} before {TimeText.ToIso(end)}"
                + $"{(Options.From is { } from ? $" from {TimeText.ToIso(from)} on" : "")}, the exchange has none");
        (Candles candles, CandleReport report) = CandleFile.Clean(part.Path, pair.Symbol, pair.Base, Options.Timeframe);
        cancellation.ThrowIfCancellationRequested();
        CandleFile.WriteParquet(path, candles, cancellation);
        part.Forget();
        return new DownloadedFile(pair.Symbol, pair.Base, path, report with { File = path });
    }

    /// <summary>Appends the candles after those known, page by page.</summary>
    async Task Append(KlinePair pair, KlinePart part, Action<double, string> step, CancellationToken cancellation)
    {
        // The last candle known is asked for again, and has to be the same: a file of another exchange is not gone on with.
        long length = Options.Timeframe.Microseconds, last = end - length, have = part.Known?.OpenTime[^1] ?? -1, from = Options.From ?? 0;
        long next = part.Known is null ? from : have;
        long? first = part.Known?.OpenTime[0];
        while (next <= last)
        {
            Kline[] page = await Page(pair, next, last, PageSize, cancellation);
            if (page.Length == 0 && first is null && await First(pair, 0, cancellation) is { } listed && listed > next && listed <= last)
            {
                next = listed;      // an exchange may answer with nothing where the pair was not traded yet
                continue;
            }
            if (page.Length == 0) break;
            long latest = page.Max(k => k.OpenTime);
            if (latest < next)
                throw new InvalidDataException(
                    $"{pair.Symbol}: expected candles from {TimeText.ToIso(next)} on, got {TimeText.ToIso(latest)} as the last");
            if (part.Known is not null && page.FirstOrDefault(k => k.OpenTime == have) is { } again && !Same(again, part.Known))
                throw new InvalidDataException($"{pair.Symbol}: expected the last candle downloaded before, {TimeText.ToIso(have)}, to be "
                    + "that of the exchange, got another: the file is of another exchange, or the candle had not closed; download it anew, not resumed");
            Kline[] fresh = [.. page.Where(k => k.OpenTime > have && k.OpenTime >= from && k.OpenTime <= last)];
            if (fresh.Length > 0) part.Append(fresh);
            first ??= page.Min(k => k.OpenTime);
            next = latest + length;
            step((double)(next - first.Value) / (end - first.Value), $"{pair.Base}: to {TimeText.ToIso(Math.Min(next, end))}");
        }
    }

    static bool Same(Kline again, Candles known) =>
        again.Values[3].Equals(known.Close[^1]) && again.Values[4].Equals(known.Volume[^1]);

    /// <summary>Open time of the first candle from a time on; null where there is none.</summary>
    async Task<long?> First(KlinePair pair, long from, CancellationToken cancellation) =>
        await Page(pair, from, null, 1, cancellation) is [var first, ..] ? first.OpenTime : null;

    async Task<Kline[]> Page(KlinePair pair, long from, long? last, int limit, CancellationToken cancellation)
    {
        if (pause > TimeSpan.Zero) await http.Wait(pause, "most of the exchange's limit of requests a minute is used", cancellation);
        pause = TimeSpan.Zero;
        string query = Text($"symbol={pair.Symbol}&interval={Options.Timeframe}&startTime={(from + 999) / 1000}")
            + (last is { } to ? Text($"&endTime={to / 1000}") : "") + Text($"&limit={limit}");
        return await Get($"/api/v3/klines?{query}", Kline.Page, cancellation);
    }

    Task<long> ServerTime(CancellationToken cancellation) => Get("/api/v3/time", bytes =>
    {
        using JsonDocument json = JsonDocument.Parse(bytes);
        return json.RootElement.GetProperty("serverTime").GetInt64() * 1000;
    }, cancellation);

    async Task<T> Get<T>(string relative, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellation)
    {
        try
        {
            return await http.Get(Address(relative), null, async reply =>
            {
                ReadOnlyMemory<byte> body = await reply.ReadAll();
                if (int.TryParse(reply.Header("X-MBX-USED-WEIGHT-1M"), out int used) && used >= weightLimit / 5 * 4)
                    pause = TimeSpan.FromSeconds(60 - (reply.Headers.Date ?? Options.Time.GetUtcNow()).Second);
                try
                {
                    return read(body);
                }
                catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
                {
                    string what = e is FormatException ? e.Message : $"expected a JSON answer, got something else ({e.Message})";
                    throw new TransientException(what, inner: e);
                }
            }, cancellation);
        }
        catch (RefusedException e)
            when (e.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.UnavailableForLegalReasons)
        {
            string other = Options.Source == DownloadSource.BinanceUs ? "huggingface" : "binance.us";
            throw new IOException($"{e.Message}; the exchange does not serve this region or address: try --source {other}", e);
        }
        catch (RefusedException e) when (e.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
        {
            throw new InvalidDataException($"{e.Message}; is the pair traded there?", e);
        }
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
