using System.Net;
using System.Text.Json;
using static System.FormattableString;

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
        (Candles all, CandleReport found) = CandleFile.Clean(part.Path, pair.Symbol, pair.Base, Options.Timeframe);
        // An unfinished download may reach beyond the times asked for now; what a finished file has is kept.
        long begins = part.Finished is null ? Options.From ?? 0 : 0;
        long ends = Math.Max(Options.To ?? long.MaxValue, part.Finished?.OpenTime[^1] + Options.Timeframe.Microseconds ?? 0);
        (Candles candles, CandleReport report) = Cut(all, found, begins, ends);
        cancellation.ThrowIfCancellationRequested();
        CandleFile.WriteParquet(path, candles, cancellation);
        part.Forget();
        return new DownloadedFile(pair.Symbol, pair.Base, path, report with { File = path });
    }

    /// <summary>Appends the candles after those known, page by page; of a new file, from the beginning asked for.</summary>
    async Task Append(KlinePair pair, KlinePart part, Action<double, string> step, CancellationToken cancellation)
    {
        // What is known is gone on with from its last candle, also where the beginning asked for is later: no hole may come between.
        long length = Options.Timeframe.Microseconds, last = end - length;
        long from = part.Known?.OpenTime[^1] + 1 ?? Options.From ?? 0, next = part.Known?.OpenTime[^1] ?? from;
        long? first = part.Known?.OpenTime[0];
        bool joined = part.Known is null;
        while (next <= last)
        {
            Kline[] page = await Page(pair, next, last, PageSize, cancellation);
            if (page.Length == 0)
            {
                // An exchange may answer with nothing where the pair was not traded for longer than a page.
                if (await First(pair, next, cancellation) is not { } later || later > last) break;
                if (later <= next)
                    throw new InvalidDataException(
                        $"{pair.Symbol}: expected candles from {TimeText.ToIso(next)} on, got none, and {TimeText.ToIso(later)} as "
                            + "their first");
                next = later;
                continue;
            }
            long latest = page.Max(k => k.OpenTime);
            if (latest < next)
                throw new InvalidDataException(
                    $"{pair.Symbol}: expected candles from {TimeText.ToIso(next)} on, got {TimeText.ToIso(latest)} as the last");
            if (!joined) RequireJoint(pair, part.Known!, page);
            joined = true;
            Kline[] fresh = [.. page.Where(k => k.OpenTime >= from && k.OpenTime <= last)];
            if (fresh.Length > 0) part.Append(fresh);
            first ??= page.Min(k => k.OpenTime);
            next = latest + length;
            step((double)(next - first.Value) / (end - first.Value), $"{pair.Base}: to {TimeText.ToIso(Math.Min(next, end))}");
        }
    }

    /// <summary>Requires the last candle known, the same, in the first page: a file of another exchange is not gone on with.</summary>
    static void RequireJoint(KlinePair pair, Candles known, Kline[] page)
    {
        Kline? again = page.FirstOrDefault(k => k.OpenTime == known.OpenTime[^1]);
        if (again is not null && again.Values[3].Equals(known.Close[^1]) && again.Values[4].Equals(known.Volume[^1])) return;
        throw new InvalidDataException($"{pair.Symbol}: expected the last candle downloaded before, {TimeText.ToIso(known.OpenTime[^1])}, "
            + $"to be that of the exchange, got {(again is null ? "none" : "another")}: the file is of another exchange, "
            + "or the candle had not closed; download it anew, not resumed");
    }

    /// <summary>Open time of the first candle from a time on; null where there is none.</summary>
    async Task<long?> First(KlinePair pair, long from, CancellationToken cancellation) =>
        await Page(pair, from, null, 1, cancellation) is [var first, ..] ? first.OpenTime : null;

    async Task<Kline[]> Page(KlinePair pair, long from, long? last, int limit, CancellationToken cancellation)
    {
        if (pause > TimeSpan.Zero) await http.Wait(pause, "most of the exchange's limit of requests a minute is used", cancellation);
        pause = TimeSpan.Zero;
        string query = Invariant($"symbol={pair.Symbol}&interval={Options.Timeframe}&startTime={(from + 999) / 1000}")
            + (last is { } to ? Invariant($"&endTime={to / 1000}") : "") + Invariant($"&limit={limit}");
        return await Get($"/api/v3/klines?{query}", Kline.Page, cancellation);
    }

    Task<long> ServerTime(CancellationToken cancellation) => Get("/api/v3/time", bytes =>
    {
        using JsonDocument json = JsonDocument.Parse(bytes);
        JsonElement time = json.RootElement.GetProperty("serverTime");
        return time.TryGetInt64(out long milliseconds) && milliseconds > 0 && milliseconds < TimeText.End / 1000 ? milliseconds * 1000
            : throw new FormatException($"expected a server time in ms, got {Kline.Shown(time)}");
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
}
