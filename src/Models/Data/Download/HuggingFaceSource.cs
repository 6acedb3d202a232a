using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NeuralCore.Models.Data;

/// <summary>
/// The files klines/{SYMBOL}/{BASE}_{TF}.parquet of a Hugging Face dataset: listed by /api/datasets/{id}/tree, fetched from
/// /datasets/{id}/resolve, which redirects to a store and says size and SHA-256 of the file there (https://huggingface.co/docs/hub/api).
/// </summary>
internal sealed partial class HuggingFaceSource(HttpFetch http, DownloadOptions options) : KlineSource(options, "https://huggingface.co")
{
    const string Dataset = "zongowo111/v2-crypto-ohlcv-data";
    const int MostListings = 1000;

    public override async Task<IReadOnlyList<KlinePair>> Pairs(CancellationToken cancellation)
    {
        if (Options.Pairs is { } names) return [.. names.Select(Pair).Distinct()];
        List<(KlinePair Pair, string Timeframe)> files = [];
        Uri? next = Address($"/api/datasets/{Dataset}/tree/main/klines?recursive=true");
        for (int n = 0; next is { } url && n < MostListings; n++)
            next = await Guarded(() => http.Get(url, null, reply => Listing(reply, url, files), cancellation));
        KlinePair[] found = [.. files.Where(f => f.Timeframe == Options.Timeframe.ToString()).Select(f => f.Pair).Distinct()];
        if (found.Length > 0) return found;
        string there = string.Join(", ", files.Select(f => f.Timeframe).Distinct().Order(StringComparer.Ordinal).DefaultIfEmpty("none"));
        throw new InvalidDataException($"{Dataset}: expected candles of {Options.Timeframe}, got timeframes: {there}");
    }

    public override async Task<DownloadedFile> Download(
        KlinePair pair, string path, Action<double, string> step, CancellationToken cancellation)
    {
        if (Options.Resume && File.Exists(path)) return new DownloadedFile(pair.Symbol, pair.Base, path, null);
        var part = new FilePart(path + ".part");
        if (!Options.Resume) part.Delete();
        Uri url = Address($"/datasets/{Dataset}/resolve/main/klines/{pair.Symbol}/{pair.Base}_{Options.Timeframe}.parquet");
        await Guarded(() => http.Get(url, part.AskForRest, reply => part.Receive(reply, (bytes, total) =>
            step(total is { } t ? 0.99 * bytes / t : 0, Text($"{pair.Base}: {bytes / 1e6:0.0} MB"))), cancellation));
        try
        {
            return Settle(part, pair, path, cancellation);
        }
        catch (InvalidDataException e)
        {
            part.Delete();
            throw new InvalidDataException($"{HttpFetch.Shown(url)}: {e.Message}", e);
        }
    }

    // A flawless file keeps its bytes.
    DownloadedFile Settle(FilePart part, KlinePair pair, string path, CancellationToken cancellation)
    {
        part.RequireParquet();
        (Candles candles, CandleReport report) =
            CandleFile.Clean(part.Path, pair.Symbol, pair.Base, Options.Timeframe, now: Options.Time.GetUtcNow());
        cancellation.ThrowIfCancellationRequested();
        int a = Array.FindIndex(candles.OpenTime, t => t >= (Options.From ?? 0));
        int b = Array.FindLastIndex(candles.OpenTime, t => t + Options.Timeframe.Microseconds <= (Options.To ?? long.MaxValue)) + 1;
        if (a < 0 || a >= b)
            throw new InvalidDataException(
                $"expected candles in the time asked for, got those from {TimeText.ToIso(report.First)} to {TimeText.ToIso(report.Last)}");
        Candles kept = Slice(candles, a, b);
        if (kept.Count < report.Rows || report.Findings.Any(f => f.IsFatal)) CandleFile.WriteParquet(path, kept, cancellation);
        else File.Move(part.Path, path, overwrite: true);
        part.Delete();
        CandleReport said = report with { File = path, Candles = kept.Count, First = kept.OpenTime[0], Last = kept.OpenTime[^1] };
        return new DownloadedFile(pair.Symbol, pair.Base, path, said);
    }

    static Candles Slice(Candles all, int a, int b) => new()
    {
        Symbol = all.Symbol, Base = all.Base, Timeframe = all.Timeframe, OpenTime = all.OpenTime[a..b],
        Open = all.Open[a..b], High = all.High[a..b], Low = all.Low[a..b], Close = all.Close[a..b], Volume = all.Volume[a..b],
        QuoteVolume = all.QuoteVolume?[a..b], Trades = all.Trades?[a..b],
        TakerBuyVolume = all.TakerBuyVolume?[a..b], TakerBuyQuoteVolume = all.TakerBuyQuoteVolume?[a..b],
    };

    /// <summary>Takes the files of one page of the listing.</summary>
    /// <returns>The address of the next page; null after the last.</returns>
    static async Task<Uri?> Listing(HttpReply reply, Uri url, List<(KlinePair Pair, string Timeframe)> files)
    {
        ReadOnlyMemory<byte> body = await reply.ReadAll();
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            foreach (JsonElement entry in json.RootElement.EnumerateArray())
                if (FileName().Match(entry.GetProperty("path").GetString() ?? "") is { Success: true } name)
                    files.Add((new KlinePair(name.Groups["symbol"].Value, name.Groups["base"].Value), name.Groups["tf"].Value));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new TransientException($"expected a JSON list of files, got something else ({e.Message})", inner: e);
        }
        return NextPage().Match(reply.Header("Link") ?? "") is { Success: true } link ? new Uri(url, link.Groups["url"].Value) : null;
    }

    static async Task<T> Guarded<T>(Func<Task<T>> get)
    {
        try
        {
            return await get();
        }
        catch (RefusedException e) when (e.Status is HttpStatusCode.NotFound)
        {
            throw new InvalidDataException($"{e.Message}; the dataset has no such file: without --pairs all that it has are downloaded", e);
        }
        catch (RefusedException e)
        {
            throw new IOException($"{e.Message}; the dataset is not served here: try --source binance", e);
        }
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^klines/(?<symbol>(?<base>[A-Za-z0-9]+)[A-Za-z0-9]*)/\k<base>_(?<tf>[0-9]+[mhdw])\.parquet$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    [GeneratedRegex("<(?<url>[^>]+)>\\s*;\\s*rel=\"?next", RegexOptions.CultureInvariant)]
    private static partial Regex NextPage();
}
