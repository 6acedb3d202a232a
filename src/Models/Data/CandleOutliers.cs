using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>Prices that look like bad prints: see <see cref="CandleFindingKind.Outlier"/> for the rule.</summary>
internal sealed class CandleOutliers(CandleColumns candles, List<int> rows)
{
    // MAD * 1.4826 estimates the standard deviation of normal values.
    const double Normal = 1.4826, Deviations = 15, LeastRatio = 1.25;
    const int LeastRows = 30;
    static readonly double Least = ScalarMath.Log(LeastRatio);

    /// <summary>The outliers, each with the number of its row and what is wrong with it.</summary>
    public IEnumerable<(int Row, string Detail)> Find()
    {
        if (rows.Count < LeastRows) yield break;
        // Few candles move enough to be looked at, and most files have none: then the median is not needed.
        var suspects = Enumerable.Range(0, rows.Count).Where(k => IsJump(k) || IsWick(k)).ToList();
        if (suspects.Count == 0) yield break;
        var (median, deviation) = Spread();
        foreach (int k in suspects)
        {
            if (IsJump(k) && Math.Abs(Return(k) - median) > Deviations * deviation)
                yield return (rows[k], Invariant($"close {Close(k):R} between {Close(k - 1):R} and {Close(k + 1):R}"));
            else if (IsWick(k) && Wick(k) > Deviations * deviation)
                yield return (rows[k], Invariant($"open {candles.Open[rows[k]]:R}, high {High(k):R}, low {Low(k):R}, close {Close(k):R}"));
        }
    }

    bool IsJump(int k)
    {
        if (k == 0 || k == rows.Count - 1 || Close(k) / Close(k - 1) is > 1 / LeastRatio and < LeastRatio) return false;
        double r = Return(k), next = Return(k + 1);
        return Math.Abs(r) >= Least && r * next < 0 && Math.Abs(next) >= Math.Abs(r) / 2;
    }

    bool IsWick(int k) => High(k) / Low(k) >= LeastRatio && Wick(k) >= Least;

    double Wick(int k)
        => ScalarMath.Log(Math.Max(High(k) / Math.Max(candles.Open[rows[k]], Close(k)),
            Math.Min(candles.Open[rows[k]], Close(k)) / Low(k)));

    (double Median, double Deviation) Spread()
    {
        double[] returns = [.. Enumerable.Range(1, Math.Max(0, rows.Count - 1)).Select(Return).Where(double.IsFinite)];
        double median = Median(returns);
        return (median, Normal * Median(Array.ConvertAll(returns, r => Math.Abs(r - median))));
    }

    static double Median(double[] values)
    {
        Array.Sort(values);
        int half = values.Length / 2;
        return values.Length == 0 ? 0 : values.Length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    double Return(int k) => ScalarMath.Log(Close(k) / Close(k - 1));

    double Close(int k) => candles.Close[rows[k]];

    double High(int k) => candles.High[rows[k]];

    double Low(int k) => candles.Low[rows[k]];
}
