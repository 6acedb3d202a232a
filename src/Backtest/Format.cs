using System.Globalization;

namespace NeuralCore.Backtest;

/// <summary>How reports write numbers and times: invariant, UTC, and a dash where there is nothing to say.</summary>
static class Format
{
    public const string Missing = "–";

    /// <summary>2024-03-01 00:00 from µs since 1970 UTC.</summary>
    public static string Time(long microseconds) =>
        DateTime.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>2024-03-01T00:00:00Z from µs since 1970 UTC.</summary>
    public static string Iso(long microseconds) =>
        DateTime.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>0.5321 as 53.21 %.</summary>
    public static string Percent(double share, int decimals = 2) =>
        double.IsFinite(share) ? (100 * share).ToString("F" + decimals, CultureInfo.InvariantCulture) + " %" : Missing;

    /// <summary>0.0132 as +1.32 points.</summary>
    public static string Points(double share) =>
        double.IsFinite(share) ? (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) : Missing;

    /// <summary>An interval of shares in per cent: [52.80, 53.63].</summary>
    public static string Range(Interval interval, int decimals = 2)
    {
        return double.IsFinite(interval.Low) && double.IsFinite(interval.High) ? $"[{End(interval.Low)}, {End(interval.High)}]" : Missing;

        string End(double share) => (100 * share).ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    /// <summary>123456 as 123,456.</summary>
    public static string Count(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The shortest text that reads back as the same number.</summary>
    public static string Number(double x) => x.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A price, to eight digits.</summary>
    public static string Price(double x) => x.ToString("G8", CultureInfo.InvariantCulture);

    /// <summary>A probability of chance: 0.0123, or &lt; 0.001.</summary>
    public static string Chance(double p) =>
        !double.IsFinite(p) ? Missing : p < 0.001 ? "< 0.001" : p.ToString("F3", CultureInfo.InvariantCulture);
}
