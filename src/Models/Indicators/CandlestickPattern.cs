using System.Runtime.CompilerServices;

namespace NeuralCore.Models;

/// <summary>One candle's prices and the parts that patterns are made of, in units of price.</summary>
/// <param name="Open">Price of the first trade.</param>
/// <param name="High">Highest price.</param>
/// <param name="Low">Lowest price.</param>
/// <param name="Close">Price of the last trade.</param>
public readonly record struct Candle(double Open, double High, double Low, double Close)
{
    /// <summary>Whether the candle is white: close ≥ open, so that open = close is white too, as in TA-Lib.</summary>
    public bool White => Close >= Open;

    /// <summary>Whether the candle is black: close &lt; open.</summary>
    public bool Black => Close < Open;

    /// <summary>1 for a white candle, -1 for any other.</summary>
    public int Color => White ? 1 : -1;

    /// <summary>Upper end of the real body.</summary>
    public double Top => White ? Close : Open;

    /// <summary>Lower end of the real body.</summary>
    public double Bottom => White ? Open : Close;

    /// <summary>Length of the real body.</summary>
    public double Body => Math.Abs(Close - Open);

    /// <summary>Length of the shadow above the body.</summary>
    public double UpperShadow => High - Top;

    /// <summary>Length of the shadow below the body.</summary>
    public double LowerShadow => Bottom - Low;

    /// <summary>The extent that a setting averages.</summary>
    public double Extent(CandleRange range) => range switch
    {
        CandleRange.RealBody => Body,
        CandleRange.HighLow => High - Low,
        _ => UpperShadow + LowerShadow,
    };
}

/// <summary>Candles as columns, read candle by candle, with the settings that a pattern is judged by.</summary>
public readonly ref struct CandleSeries
{
    readonly ReadOnlySpan<double> open, high, low, close;

    internal CandleSeries(
        ReadOnlySpan<double> open, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, CandleSettings settings)
    {
        this.open = open;
        this.high = high;
        this.low = low;
        this.close = close;
        Settings = settings;
    }

    /// <summary>What long, short, near and far mean.</summary>
    public CandleSettings Settings { get; }

    /// <summary>Candle <paramref name="t"/>.</summary>
    public Candle this[int t]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(open[t], high[t], low[t], close[t]);
    }

    /// <summary>
    /// The setting's length for candle <paramref name="t"/>: factor · (Σ range of candles t - period … t - 1) / period, halved for
    /// shadows. The sum is taken anew for every t: a running one would carry rounding, or a NaN, from candles long gone.
    /// </summary>
    public double Average(CandleSetting setting, int t)
    {
        int period = setting.Period;
        double mean = period > 0 ? Sum(setting.Range, t - period, period) / period : this[t].Extent(setting.Range);
        double length = setting.Factor * mean;
        return setting.Range == CandleRange.Shadows ? length / 2 : length;
    }

    double Sum(CandleRange range, int from, int count)
    {
        ReadOnlySpan<double> o = open.Slice(from, count), h = high.Slice(from, count);
        ReadOnlySpan<double> l = low.Slice(from, count), c = close.Slice(from, count);
        double sum = 0;
        switch (range)
        {
            case CandleRange.RealBody:
                for (int i = 0; i < count; i++) sum += Math.Abs(c[i] - o[i]);
                break;
            case CandleRange.HighLow:
                for (int i = 0; i < count; i++) sum += h[i] - l[i];
                break;
            default:
                for (int i = 0; i < count; i++) sum += new Candle(o[i], h[i], l[i], c[i]).Extent(range);
                break;
        }
        return sum;
    }
}

/// <summary>Judges candle <paramref name="t"/> of <paramref name="x"/>, which may look at candles 0 … t.</summary>
/// <returns>100 (bullish), -100 (bearish), 0 (no pattern), or a weaker degree between.</returns>
public delegate int CandleRule(in CandleSeries x, int t);

/// <summary>A candlestick pattern: a name, the first candle that it can be found at, and its rule.</summary>
/// <param name="name">Lower-case name, for example <c>dark_cloud_cover</c>.</param>
/// <param name="lookback">Index of the first candle that the rule can judge under given settings.</param>
/// <param name="rule">The pattern's definition.</param>
public sealed class CandlestickPattern(string name, Func<CandleSettings, int> lookback, CandleRule rule)
{
    /// <summary>Lower-case name, for example <c>dark_cloud_cover</c>.</summary>
    public string Name => name;

    /// <summary>Index of the first candle that is judged; every candle before it gives 0.</summary>
    /// <param name="settings">Settings; null takes the defaults.</param>
    public int Lookback(CandleSettings? settings = null) => lookback(settings ?? CandleSettings.Default);

    /// <summary>
    /// Finds the pattern: <c>output[t]</c> tells whether it is complete with candle t, and depends only on the candles from
    /// t - <see cref="Lookback"/> to t. A NaN among the prices that the definition compares gives 0.
    /// </summary>
    /// <param name="open">Opening prices, ascending in time.</param>
    /// <param name="high">Highest prices.</param>
    /// <param name="low">Lowest prices.</param>
    /// <param name="close">Closing prices.</param>
    /// <param name="output">Receives 100 (bullish), -100 (bearish), 0, or ±80 where the pattern says so; one value a candle.</param>
    /// <param name="settings">What long, short, near and far mean; null takes TA-Lib's defaults.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public void Find(
        ReadOnlySpan<double> open, ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, Span<sbyte> output,
        CandleSettings? settings = null)
    {
        int n = open.Length;
        if (high.Length != n || low.Length != n || close.Length != n || output.Length != n)
        {
            throw new ArgumentException($"CandlestickPattern '{name}': expected open, high, low, close and output of one length, " +
                $"got {n}, {high.Length}, {low.Length}, {close.Length} and {output.Length}");
        }
        var x = new CandleSeries(open, high, low, close, settings ?? CandleSettings.Default);
        int first = Math.Min(Lookback(settings), n);
        output[..first].Clear();
        for (int t = first; t < n; t++) output[t] = (sbyte)rule(x, t);
    }

    /// <summary>The name.</summary>
    public override string ToString() => name;
}
