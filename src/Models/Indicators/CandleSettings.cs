using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>The extent of a candle that a <see cref="CandleSetting"/> averages, in units of price.</summary>
public enum CandleRange
{
    /// <summary>The real body, |close - open|.</summary>
    RealBody,

    /// <summary>From the low to the high.</summary>
    HighLow,

    /// <summary>Both shadows together; an average of them is halved, so that it is that of one shadow.</summary>
    Shadows,
}

/// <summary>
/// A length that depends on the market's habit: <see cref="Factor"/> times the mean <see cref="Range"/> of the
/// <see cref="Period"/> candles before the one that is judged, which is itself left out; with period 0 its own range instead.
/// </summary>
public readonly record struct CandleSetting
{
    /// <summary>Creates a setting.</summary>
    /// <param name="range">The extent that is averaged.</param>
    /// <param name="period">Number of candles, 0 to 1,000.</param>
    /// <param name="factor">Multiple of the mean, finite.</param>
    public CandleSetting(CandleRange range, int period, double factor)
    {
        if (range is < CandleRange.RealBody or > CandleRange.Shadows)
            throw new ArgumentOutOfRangeException(nameof(range), range, $"CandleSetting: expected a CandleRange, got {range}");
        if (period is < 0 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(period), period, $"CandleSetting: expected a period of 0 to 1000, got {period}");
        if (!double.IsFinite(factor))
            throw new ArgumentOutOfRangeException(nameof(factor), factor,
                Invariant($"CandleSetting: expected a finite factor, got {factor}"));
        (Range, Period, Factor) = (range, period, factor);
    }

    /// <summary>The extent that is averaged.</summary>
    public CandleRange Range { get; }

    /// <summary>Number of candles; 0 takes the judged candle's own range.</summary>
    public int Period { get; }

    /// <summary>Multiple of the mean.</summary>
    public double Factor { get; }
}

/// <summary>
/// What long, short, near and far mean in <see cref="CandlestickPatterns"/>. The defaults are TA-Lib's: what these patterns need of its
/// table of candle settings, and the default penetrations of its functions.
/// </summary>
public sealed record CandleSettings
{
    /// <summary>TA-Lib's defaults.</summary>
    public static CandleSettings Default { get; } = new();

    /// <summary>A longer body is long.</summary>
    public CandleSetting BodyLong { get; init; } = new(CandleRange.RealBody, 10, 1);

    /// <summary>A shorter body is short.</summary>
    public CandleSetting BodyShort { get; init; } = new(CandleRange.RealBody, 10, 1);

    /// <summary>A body up to this length is a doji's.</summary>
    public CandleSetting BodyDoji { get; init; } = new(CandleRange.HighLow, 10, 0.1);

    /// <summary>A longer shadow is long: longer than the candle's own body.</summary>
    public CandleSetting ShadowLong { get; init; } = new(CandleRange.RealBody, 0, 1);

    /// <summary>A shorter shadow is very short, as good as none.</summary>
    public CandleSetting ShadowVeryShort { get; init; } = new(CandleRange.HighLow, 10, 0.1);

    /// <summary>Prices up to this far apart are near each other.</summary>
    public CandleSetting Near { get; init; } = new(CandleRange.HighLow, 5, 0.2);

    /// <summary>Lengths that differ by this much are far apart.</summary>
    public CandleSetting Far { get; init; } = new(CandleRange.HighLow, 5, 0.6);

    /// <summary>Prices up to this far apart count as equal. No pattern here reads it; rules of one's own may.</summary>
    public CandleSetting Equal { get; init; } = new(CandleRange.HighLow, 5, 0.05);

    /// <summary>How deep a dark cloud's close must cut into the white body before it, as a part of that body.</summary>
    public double DarkCloudPenetration { get; init; } = 0.5;

    /// <summary>How deep the last close of a morning or evening star must cut into the first body, as a part of that body.</summary>
    public double StarPenetration { get; init; } = 0.3;
}
