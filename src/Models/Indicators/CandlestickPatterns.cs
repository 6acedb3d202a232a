namespace NeuralCore.Models;

/// <summary>
/// Candlestick patterns as TA-Lib defines them (its functions CDL…, version 0.6). A pattern is judged by its own candles only: that
/// a hammer should follow a decline, and a hanging man a rise, is left to whoever reads the result, as TA-Lib does.
/// <para>
/// An open that equals the close makes a white candle. A gap is one between real bodies; shadows may overlap. Lengths like "long" are
/// those of <see cref="CandleSettings"/>: the mean of the candles before the judged one, the settings of earlier candles of a pattern
/// taken at those candles. TA-Lib keeps these means as running sums, so it may differ where rounding decides between equal lengths.
/// </para>
/// <para>Source: ta-lib.org, whose definitions follow Nison, "Japanese Candlestick Charting Techniques", 1991, and Morris,
/// "Candlestick Charting Explained", 1992.</para>
/// </summary>
public static class CandlestickPatterns
{
    /// <summary>100 where open and close are nearly equal: body ≤ BodyDoji. Says nothing about direction. From candle 10 on.</summary>
    public static CandlestickPattern Doji { get; } = new("doji", s => s.BodyDoji.Period,
        static (in x, t) => x[t].Body <= x.Average(x.Settings.BodyDoji, t) ? 100 : 0);

    /// <summary>
    /// 100: a short body, a long lower shadow, a very short upper one, and a body that starts at most Near above the previous low.
    /// From candle 11 on.
    /// </summary>
    public static CandlestickPattern Hammer { get; } = new("hammer",
        s => 1 + Longest(s.BodyShort, s.ShadowLong, s.ShadowVeryShort, s.Near),
        static (in x, t) => Hangs(x, t) && x[t].Bottom <= x[t - 1].Low + x.Average(x.Settings.Near, t - 1) ? 100 : 0);

    /// <summary>
    /// -100: a hammer's shape whose body starts at most Near below the previous high, or above it. From candle 11 on.
    /// </summary>
    public static CandlestickPattern HangingMan { get; } = new("hanging_man",
        s => 1 + Longest(s.BodyShort, s.ShadowLong, s.ShadowVeryShort, s.Near),
        static (in x, t) => Hangs(x, t) && x[t].Bottom >= x[t - 1].High - x.Average(x.Settings.Near, t - 1) ? -100 : 0);

    /// <summary>
    /// 100: a short body that gaps below the previous one, a long upper shadow and a very short lower one. From candle 11 on.
    /// </summary>
    public static CandlestickPattern InvertedHammer { get; } = new("inverted_hammer",
        s => 1 + Longest(s.BodyShort, s.ShadowLong, s.ShadowVeryShort),
        static (in x, t) => GapsDown(x, t) && Stands(x, t) ? 100 : 0);

    /// <summary>
    /// -100: a short body that gaps above the previous one, a long upper shadow and a very short lower one. From candle 11 on.
    /// </summary>
    public static CandlestickPattern ShootingStar { get; } = new("shooting_star",
        s => 1 + Longest(s.BodyShort, s.ShadowLong, s.ShadowVeryShort),
        static (in x, t) => GapsUp(x, t) && Stands(x, t) ? -100 : 0);

    /// <summary>100 (white) or -100 (black): a long body, both shadows very short. From candle 10 on.</summary>
    public static CandlestickPattern Marubozu { get; } = new("marubozu", s => Longest(s.BodyLong, s.ShadowVeryShort), static (in x, t) =>
    {
        var (s, c) = (x.Settings, x[t]);
        return IsLong(x, t) && Math.Max(c.UpperShadow, c.LowerShadow) < x.Average(s.ShadowVeryShort, t) ? 100 * c.Color : 0;
    });

    /// <summary>100 (white) or -100 (black): a short body, both shadows longer than it. From candle 10 on.</summary>
    public static CandlestickPattern SpinningTop { get; } = new("spinning_top", s => s.BodyShort.Period, static (in x, t) =>
    {
        var c = x[t];
        return Math.Min(c.UpperShadow, c.LowerShadow) > c.Body && c.Body < x.Average(x.Settings.BodyShort, t) ? 100 * c.Color : 0;
    });

    /// <summary>
    /// 100 (white) or -100 (black): the body encloses the previous one of the other colour and reaches beyond both its ends; 80 or -80
    /// if one end of the two is equal, as is common where trading never pauses. TA-Lib 0.4 has no 80: it gives 0 there. From candle
    /// 2 on, TA-Lib's first index, though two candles would do.
    /// </summary>
    public static CandlestickPattern Engulfing { get; } = new("engulfing", _ => 2, static (in x, t) =>
    {
        var (a, b) = (x[t - 1], x[t]);
        bool equal = a.Top == b.Top && a.Bottom == b.Bottom;
        return a.Color != b.Color && !equal ? b.Color * Enclosure(b, a) : 0;
    });

    /// <summary>
    /// A long body, then one that is not longer than BodyShort within it: 100 after a black body, -100 after a white one, whatever
    /// the colour of the second; 80 or -80 if ends are equal, where TA-Lib 0.4 gives 0. From candle 11 on.
    /// </summary>
    public static CandlestickPattern Harami { get; } = new("harami", s => 1 + Longest(s.BodyShort, s.BodyLong), static (in x, t) =>
        IsLong(x, t - 1) && IsAtMostShort(x, t) ? -x[t - 1].Color * Enclosure(x[t - 1], x[t]) : 0);

    /// <summary>
    /// 100: a long black body, then a long white one that opens below the black candle's low and closes within its body, above the
    /// middle. From candle 11 on.
    /// </summary>
    public static CandlestickPattern Piercing { get; } = new("piercing", s => 1 + s.BodyLong.Period, static (in x, t) =>
    {
        var (a, b) = (x[t - 1], x[t]);
        return a.Black && b.White && b.Open < a.Low && b.Close < a.Open && b.Close > a.Close + a.Body * 0.5
            && IsLong(x, t - 1) && IsLong(x, t) ? 100 : 0;
    });

    /// <summary>
    /// -100: a long white body, then a black candle that opens above the white one's high and closes within its body, deeper than
    /// <see cref="CandleSettings.DarkCloudPenetration"/>. Its own body need not be long. From candle 11 on.
    /// </summary>
    public static CandlestickPattern DarkCloudCover { get; } = new("dark_cloud_cover", s => 1 + s.BodyLong.Period, static (in x, t) =>
    {
        var (a, b) = (x[t - 1], x[t]);
        return a.White && b.Black && b.Open > a.High && b.Close > a.Open && b.Close < a.Close - a.Body * x.Settings.DarkCloudPenetration
            && IsLong(x, t - 1) ? -100 : 0;
    });

    /// <summary>
    /// 100: a long black body, a body not longer than BodyShort that gaps below it, and a white body longer than BodyShort that closes
    /// above the first close by more than <see cref="CandleSettings.StarPenetration"/> of the first body. From candle 12 on.
    /// </summary>
    public static CandlestickPattern MorningStar { get; } = new("morning_star",
        s => 2 + Longest(s.BodyShort, s.BodyLong), static (in x, t) =>
        {
            var (a, c) = (x[t - 2], x[t]);
            return a.Black && c.White && GapsDown(x, t - 1) && c.Close > a.Close + a.Body * x.Settings.StarPenetration
                && IsLong(x, t - 2) && IsAtMostShort(x, t - 1) && IsNotShort(x, t) ? 100 : 0;
        });

    /// <summary>-100: the morning star upside down: long white, a star that gaps above it, black. From candle 12 on.</summary>
    public static CandlestickPattern EveningStar { get; } = new("evening_star",
        s => 2 + Longest(s.BodyShort, s.BodyLong), static (in x, t) =>
        {
            var (a, c) = (x[t - 2], x[t]);
            return a.White && c.Black && GapsUp(x, t - 1) && c.Close < a.Close - a.Body * x.Settings.StarPenetration
                && IsLong(x, t - 2) && IsAtMostShort(x, t - 1) && IsNotShort(x, t) ? -100 : 0;
        });

    /// <summary>
    /// 100: three white candles, each close above the one before and with a very short upper shadow; the second and third open above
    /// the previous open and at most Near above the previous close, their bodies less than Far shorter than the previous one; the
    /// third body is longer than BodyShort. From candle 12 on.
    /// </summary>
    public static CandlestickPattern ThreeWhiteSoldiers { get; } = new("three_white_soldiers",
        s => 2 + Longest(s.ShadowVeryShort, s.BodyShort, s.Far, s.Near), static (in x, t) =>
        {
            var very = x.Settings.ShadowVeryShort;
            return x[t - 2].White && Advances(x, t - 1) && Advances(x, t) && IsNotShort(x, t)
                && x[t - 2].UpperShadow < x.Average(very, t - 2)
                && x[t - 1].UpperShadow < x.Average(very, t - 1)
                && x[t].UpperShadow < x.Average(very, t) ? 100 : 0;
        });

    /// <summary>
    /// -100: after a white candle three black ones, each close below the one before and with a very short lower shadow; the first
    /// closes below the white candle's high, the second and third open within the previous body. From candle 13 on.
    /// </summary>
    public static CandlestickPattern ThreeBlackCrows { get; } = new("three_black_crows",
        s => 3 + s.ShadowVeryShort.Period, static (in x, t) =>
        {
            var very = x.Settings.ShadowVeryShort;
            return x[t - 3].White && x[t - 2].Black && x[t - 3].High > x[t - 2].Close && Declines(x, t - 1) && Declines(x, t)
                && x[t - 2].LowerShadow < x.Average(very, t - 2)
                && x[t - 1].LowerShadow < x.Average(very, t - 1)
                && x[t].LowerShadow < x.Average(very, t) ? -100 : 0;
        });

    /// <summary>All patterns of this class.</summary>
    public static IReadOnlyList<CandlestickPattern> All { get; } =
    [
        Doji, Hammer, HangingMan, InvertedHammer, ShootingStar, Marubozu, SpinningTop, Engulfing, Harami, Piercing, DarkCloudCover,
        MorningStar, EveningStar, ThreeWhiteSoldiers, ThreeBlackCrows,
    ];

    /// <summary>The pattern of a name; an unknown one gives an error that lists the names.</summary>
    public static CandlestickPattern Named(string name) => All.FirstOrDefault(p => p.Name == name)
        ?? throw new ArgumentException($"CandlestickPatterns: expected one of {string.Join(", ", All)}, got '{name}'", nameof(name));

    static int Longest(params ReadOnlySpan<CandleSetting> settings)
    {
        int longest = 0;
        foreach (var setting in settings) longest = Math.Max(longest, setting.Period);
        return longest;
    }

    /// <summary>A short body above a long lower shadow, and a very short upper one.</summary>
    static bool Hangs(in CandleSeries x, int t)
    {
        var (s, c) = (x.Settings, x[t]);
        return c.LowerShadow > x.Average(s.ShadowLong, t) && c.UpperShadow < x.Average(s.ShadowVeryShort, t) && IsShort(x, t);
    }

    /// <summary>A short body below a long upper shadow, and a very short lower one.</summary>
    static bool Stands(in CandleSeries x, int t)
    {
        var (s, c) = (x.Settings, x[t]);
        return c.UpperShadow > x.Average(s.ShadowLong, t) && c.LowerShadow < x.Average(s.ShadowVeryShort, t) && IsShort(x, t);
    }

    static bool IsLong(in CandleSeries x, int t) => x[t].Body > x.Average(x.Settings.BodyLong, t);

    static bool IsShort(in CandleSeries x, int t) => x[t].Body < x.Average(x.Settings.BodyShort, t);

    static bool IsAtMostShort(in CandleSeries x, int t) => x[t].Body <= x.Average(x.Settings.BodyShort, t);

    static bool IsNotShort(in CandleSeries x, int t) => x[t].Body > x.Average(x.Settings.BodyShort, t);

    static bool GapsUp(in CandleSeries x, int t) => x[t].Bottom > x[t - 1].Top;

    static bool GapsDown(in CandleSeries x, int t) => x[t].Top < x[t - 1].Bottom;

    /// <summary>100 where the body of <paramref name="outer"/> goes beyond both ends of the other, 80 with equal ends, else 0.</summary>
    static int Enclosure(Candle outer, Candle inner) =>
        outer.Top > inner.Top && outer.Bottom < inner.Bottom ? 100 : outer.Top >= inner.Top && outer.Bottom <= inner.Bottom ? 80 : 0;

    /// <summary>A soldier's step: white, a higher close, opened within or near the previous body, and not far shorter than it.</summary>
    static bool Advances(in CandleSeries x, int t)
    {
        var (s, a, b) = (x.Settings, x[t - 1], x[t]);
        return b.White && b.Close > a.Close && b.Open > a.Open && b.Open <= a.Close + x.Average(s.Near, t - 1)
            && b.Body > a.Body - x.Average(s.Far, t - 1);
    }

    /// <summary>A crow's step: black, a lower close, opened within the previous body.</summary>
    static bool Declines(in CandleSeries x, int t)
    {
        var (a, b) = (x[t - 1], x[t]);
        return b.Black && b.Close < a.Close && b.Open < a.Open && b.Open > a.Close;
    }
}
