using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using static System.FormattableString;

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
        HashSet<Uri> seen = [];
        while (next is { } url)
        {
            if (!seen.Add(url))
                throw new IOException($"{HttpFetch.Shown(url)}: expected a listing that ends, got a link back to this page of it");
            if (seen.Count > MostListings)
                throw new IOException(Invariant($"{HttpFetch.Shown(url)}: expected a listing of at most {MostListings} pages, got more"));
            next = await Guarded(() => http.Get(url, null, reply => Listing(reply, url, files), cancellation));
        }
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
            step(total is { } t ? 0.99 * bytes / t : 0, Invariant($"{pair.Base}: {bytes / 1e6:0.0} MB"))), cancellation));
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
        (Candles all, CandleReport found) =
            CandleFile.Clean(part.Path, pair.Symbol, pair.Base, Options.Timeframe, now: Options.Time.GetUtcNow());
        cancellation.ThrowIfCancellationRequested();
        (Candles candles, CandleReport report) = Cut(all, found, Options.From ?? 0, Options.To ?? long.MaxValue);
        if (candles.Count < report.Rows || report.Findings.Any(f => f.IsFatal)) CandleFile.WriteParquet(path, candles, cancellation);
        else File.Move(part.Path, path, overwrite: true);
        part.Delete();
        return new DownloadedFile(pair.Symbol, pair.Base, path, report with { File = path });
    }

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
        return NextPage().Match(reply.Header("Link") ?? "") is { Success: true } link
            ? HttpFetch.Linked(url, url, link.Groups["url"].Value)
            : null;
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

    [GeneratedRegex(@"^klines/(?<symbol>(?<base>[A-Za-z0-9]+)[A-Za-z0-9]*)/\k<base>_(?<tf>[0-9]+[mhdw])\.parquet$",
        RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    [GeneratedRegex("<(?<url>[^>]+)>\\s*;\\s*rel=\"?next", RegexOptions.CultureInvariant)]
    private static partial Regex NextPage();
}
