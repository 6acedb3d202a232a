namespace NeuralCore.Models.Data;

/// <summary>Where candles are downloaded from.</summary>
public enum DownloadSource
{
    /// <summary>The Hugging Face dataset zongowo111/v2-crypto-ohlcv-data: one Parquet file a pair, of 15m and 1h.</summary>
    HuggingFace,
    /// <summary>Binance's public spot market data, api.binance.com.</summary>
    Binance,
    /// <summary>Binance.US's public spot market data, api.binance.us.</summary>
    BinanceUs,
}

/// <summary>What to download, and how patiently.</summary>
public sealed record DownloadOptions
{
    /// <summary>The folder: files become <c>klines/{SYMBOL}/{BASE}_{TF}.parquet</c> in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Where from.</summary>
    public DownloadSource Source { get; init; }

    /// <summary>
    /// Base assets, for example BTC, or symbols quoted in USDT, for example BTCUSDT. Null for all that the dataset has; of the
    /// exchanges, which have thousands, for ADA, AVAX, BNB, BTC, DOGE, DOT, ETH, LINK, SOL and XRP.
    /// </summary>
    public IReadOnlyList<string>? Pairs { get; init; }

    /// <summary>Length of a candle.</summary>
    public Timeframe Timeframe { get; init; } = Timeframe.Parse("1h");

    /// <summary>No candle that opens before this, in microseconds since 1970-01-01 UTC; null from the first there is.</summary>
    public long? From { get; init; }

    /// <summary>No candle that closes after this, in microseconds since 1970-01-01 UTC; null to the last that has closed.</summary>
    public long? To { get; init; }

    /// <summary>
    /// Whether to go on where an earlier download stopped. From the dataset, finished files are then left as they are; from an exchange,
    /// they get the candles after their last one, wherever <see cref="From"/> lies; an earlier <see cref="From"/> begins them anew where
    /// the exchange has such candles. Otherwise everything is downloaded anew, and replaces what is there once it is complete.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Another server that speaks like the source, for example a mirror; null for the source itself.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>How often a request is made at most before it counts as failed.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>How long a server may send nothing before the request counts as failed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest wait that a server may ask for (Retry-After); beyond it the download ends with an error, to be resumed later.
    /// </summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The clock, and the timers of waits between requests.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>How far a download is.</summary>
/// <param name="Pair">Base asset of the pair that this is about.</param>
/// <param name="Finished">Pairs finished so far, failed ones included.</param>
/// <param name="Failed">Pairs that failed so far.</param>
/// <param name="Total">Pairs in all.</param>
/// <param name="Fraction">Share of the work done, in [0, 1].</param>
/// <param name="Ended">Whether this pair has just ended.</param>
/// <param name="Message">One line that says what happened.</param>
public sealed record DownloadProgress(string Pair, int Finished, int Failed, int Total, double Fraction, bool Ended, string Message);

/// <summary>A file in its place.</summary>
/// <param name="Symbol">Exchange symbol.</param>
/// <param name="Base">Base asset.</param>
/// <param name="Path">The file.</param>
/// <param name="Report">The check of its candles, with what was removed; null for a file that was complete before.</param>
public sealed record DownloadedFile(string Symbol, string Base, string Path, CandleReport? Report);

/// <summary>What came of a download.</summary>
/// <param name="Files">The files in their places.</param>
/// <param name="Failed">For each pair of which there are no usable candles, or whose file may not be written, why.</param>
public sealed record DownloadResult(IReadOnlyList<DownloadedFile> Files, IReadOnlyList<string> Failed);
