using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>
/// Downloads candles as Parquet files. A file gets its name only once it is complete, checked and cleaned as
/// <see cref="CandleFile.Clean"/> does; until then its beginning stands beside it under a name that ends in <c>.part</c>, for
/// <see cref="DownloadOptions.Resume"/>.
/// </summary>
public static class CandleDownload
{
    /// <summary>Downloads pair after pair.</summary>
    /// <param name="options">What, and how patiently.</param>
    /// <param name="progress">Called now and then, never twice at a time.</param>
    /// <param name="cancellation">Stops at once; what was finished, and the beginning of what was not, stays.</param>
    /// <returns>The files, and the pairs of which there are no usable candles or, of several, whose file may not be written.</returns>
    /// <exception cref="ArgumentException">An option is not possible.</exception>
    /// <exception cref="InvalidDataException">The source has nothing of this timeframe.</exception>
    /// <exception cref="IOException">The source refuses or fails, a file cannot be written, or another download is writing it.</exception>
    public static async Task<DownloadResult> RunAsync(
        DownloadOptions options, Action<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        Require(options);
        List<DownloadedFile> files = [];
        List<string> failed = [];
        (string Pair, int Total, double Share) now = ("", 1, 0);
        using var http = new HttpFetch(options, message => Say(message));
        KlineSource source = options.Source == DownloadSource.HuggingFace
            ? new HuggingFaceSource(http, options)
            : new BinanceSource(http, options);
        IReadOnlyList<KlinePair> pairs = await source.Pairs(cancellation);
        foreach (KlinePair pair in pairs)
        {
            now = (pair.Base, pairs.Count, 0);
            try
            {
                files.Add(await Download(source, pair, options, Step, cancellation));
                Say($"{pair.Base}: {(files[^1].Report is { } report ? $"{report.Candles} candles" : "complete already")}", ended: true);
            }
            catch (Exception e) when (e is InvalidDataException
                || (pairs.Count > 1 && e is IOException { InnerException: UnauthorizedAccessException }))
            {
                failed.Add(e.Message);      // the other pairs are still of use
                if (pairs.Count > 1) Say($"{pair.Base}: failed", ended: true);
            }
            catch (IOException e) when (pairs.Count > 1)
            {
                string done = string.Create(CultureInfo.InvariantCulture, $"{files.Count} of {pairs.Count} pairs are complete");
                throw new IOException($"{e.Message}; {done}", e);
            }
        }
        return new DownloadResult(files, failed);

        void Say(string message, bool ended = false)
        {
            int finished = files.Count + failed.Count;
            double fraction = (finished + (ended ? 0 : now.Share)) / now.Total;
            progress?.Invoke(new DownloadProgress(now.Pair, finished, failed.Count, now.Total, fraction, ended, message));
        }

        // Every twentieth of a file is news enough.
        void Step(double share, string message)
        {
            bool news = Math.Floor(20 * share) > Math.Floor(20 * now.Share);
            now.Share = Math.Clamp(share, 0, 1);
            if (news) Say(message);
        }
    }

    static async Task<DownloadedFile> Download(
        KlineSource source, KlinePair pair, DownloadOptions options, Action<double, string> step, CancellationToken cancellation)
    {
        string path = Path.Combine(options.Folder, "klines", pair.Symbol, $"{pair.Base}_{options.Timeframe}.parquet");
        try
        {
            Directory.CreateDirectory(options.Folder);
            using FileStream held = Hold(Path.Combine(options.Folder, $".{pair.Symbol}_{options.Timeframe}.lock"));
            return await source.Download(pair, path, step, cancellation);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: cannot be written: {e.Message}", e);
        }
    }

    // The lock goes with its process, however that ends; the file that carries it goes with the lock.
    static FileStream Hold(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{path}: expected no other download of the same file, but one is running", e);
        }
    }

    static void Require(DownloadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Attempts);
        if (options.Timeframe.Microseconds <= 0) throw new ArgumentException("Download: expected a timeframe");
        if (options.From is { } from && options.To is { } to && from >= to)
            throw new ArgumentException($"Download: expected a beginning before the end {TimeText.ToIso(to)}, got {TimeText.ToIso(from)}");
        if (options.From < 0 || options.From >= TimeText.End || options.To <= 0)
            throw new ArgumentException("Download: expected times between 1970 and 2262");
        if (options.Pairs is { Count: 0 }) throw new ArgumentException("Download: expected at least one pair");
        if (options.BaseAddress is { } url
            && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.UserInfo + url.Query + url.Fragment != ""))
            throw new ArgumentException("Download: expected a base address such as https://host/path, without user, query and fragment");
    }
}
