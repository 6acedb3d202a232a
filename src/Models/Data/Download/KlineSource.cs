using System.Text.RegularExpressions;

namespace NeuralCore.Models.Data;

/// <summary>A market to download.</summary>
/// <param name="Symbol">Exchange symbol, for example BTCUSDT.</param>
/// <param name="Base">Base asset, for example BTC.</param>
internal sealed record KlinePair(string Symbol, string Base);

/// <summary>A place that candles are downloaded from.</summary>
internal abstract partial class KlineSource(DownloadOptions options, string address)
{
    protected DownloadOptions Options { get; } = options;

    /// <summary>What to download: the pairs asked for, else all that the source offers.</summary>
    public abstract Task<IReadOnlyList<KlinePair>> Pairs(CancellationToken cancellation);

    /// <summary>Downloads one pair.</summary>
    /// <param name="pair">The pair.</param>
    /// <param name="path">Its file, in a folder that need not be there yet.</param>
    /// <param name="step">Told how far it is: a share in [0, 1] and a line.</param>
    /// <param name="cancellation">Stops at once.</param>
    /// <exception cref="InvalidDataException">There are no usable candles of this pair.</exception>
    /// <exception cref="IOException">The source refuses or fails.</exception>
    public abstract Task<DownloadedFile> Download(KlinePair pair, string path, Action<double, string> step, CancellationToken cancellation);

    protected Uri Address(string relative) => new((Options.BaseAddress?.AbsoluteUri ?? address).TrimEnd('/') + relative);

    protected static KlinePair Pair(string name)
    {
        const string Quote = "USDT";
        string asset = name.Trim().ToUpperInvariant();
        if (asset.Length > Quote.Length && asset.EndsWith(Quote, StringComparison.Ordinal)) asset = asset[..^Quote.Length];
        return Asset().IsMatch(asset) ? new KlinePair(asset + Quote, asset)
            : throw new ArgumentException($"Download: expected pairs of letters and digits such as BTC, got '{name}'");
    }

    /// <summary>The candles that open at a time or later and close at another or before, and the report of what remains.</summary>
    /// <exception cref="InvalidDataException">There are none.</exception>
    protected static (Candles Candles, CandleReport Report) Cut(Candles all, CandleReport report, long from, long to)
    {
        int a = Array.FindIndex(all.OpenTime, t => t >= from);
        int b = Array.FindLastIndex(all.OpenTime, t => t + all.Timeframe.Microseconds <= to) + 1;
        if (a < 0 || a >= b)
            throw new InvalidDataException($"{all.Symbol}: expected candles in the time asked for, "
                + $"got those from {TimeText.ToIso(report.First)} to {TimeText.ToIso(report.Last)}");
        return (Slice(all, a, b), report with { Candles = b - a, First = all.OpenTime[a], Last = all.OpenTime[b - 1] });
    }

    static Candles Slice(Candles all, int a, int b) => new()
    {
        Symbol = all.Symbol, Base = all.Base, Timeframe = all.Timeframe, OpenTime = all.OpenTime[a..b],
        Open = all.Open[a..b], High = all.High[a..b], Low = all.Low[a..b], Close = all.Close[a..b], Volume = all.Volume[a..b],
        QuoteVolume = all.QuoteVolume?[a..b], Trades = all.Trades?[a..b],
        TakerBuyVolume = all.TakerBuyVolume?[a..b], TakerBuyQuoteVolume = all.TakerBuyQuoteVolume?[a..b],
    };

    [GeneratedRegex("^[A-Z0-9]{1,20}$", RegexOptions.CultureInvariant)]
    private static partial Regex Asset();
}
