using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Models;

/// <summary>
/// Features cut into at most 255 bins of about equally many rows, column after column; missing values have a bin of their own, the last.
/// A value x is in bin b where threshold[b - 1] &lt; x ≤ threshold[b].
/// <para>Thresholds lie midway between neighbouring distinct values where there are few of them, else at the percentiles k / bins, midway
/// between the two rows that enclose one. Source: the binning of scikit-learn 1.2, which draws 200,000 rows for it; here all rows
/// count.</para>
/// </summary>
sealed class BinnedFeatures
{
    /// <summary>Most bins of values, and the number of the bin of missing values.</summary>
    internal const int MaxBins = 255, Missing = 255;

    readonly byte[][] columns;
    readonly float[][] thresholds;
    readonly bool[] hasMissing;

    internal BinnedFeatures(FeatureMatrix x, int bins, int threads, CancellationToken cancellation = default)
    {
        (columns, thresholds, hasMissing, Rows) = (new byte[x.Features][], new float[x.Features][], new bool[x.Features], x.Rows);
        Parallel.For(0, x.Features, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, f =>
        {
            float[] column = Column(x, f);
            thresholds[f] = Thresholds(column, bins, out hasMissing[f]);
            columns[f] = Cut(column, thresholds[f]);
        });
    }

    internal int Rows { get; }

    internal int Features => columns.Length;

    /// <summary>The bin of each row.</summary>
    internal byte[] Column(int feature) => columns[feature];

    /// <summary>Bins of values, which are those from 0 on.</summary>
    internal int Bins(int feature) => thresholds[feature].Length + 1;

    /// <summary>Whether some row lacks the value.</summary>
    internal bool HasMissing(int feature) => hasMissing[feature];

    /// <summary>
    /// The largest value of bins 0 to <paramref name="bin"/>; infinity for the last, so that only missing values are above.
    /// </summary>
    internal float Threshold(int feature, int bin) => bin < thresholds[feature].Length ? thresholds[feature][bin] : float.PositiveInfinity;

    static float[] Column(FeatureMatrix x, int feature)
    {
        var column = new float[x.Rows];
        ReadOnlySpan<float> values = x.Values.Span;
        for (int i = 0, at = feature; i < column.Length; i++, at += x.Features) column[i] = values[at];
        return column;
    }

    /// <summary>Thresholds in ascending order, without repetition.</summary>
    internal static float[] Thresholds(ReadOnlySpan<float> column, int bins, out bool hasMissing)
    {
        float[] known = Sorted(column);
        hasMissing = known.Length < column.Length;
        List<float> found = [];
        for (int i = 1; i < known.Length && found.Count < bins; i++)
            if (known[i] > known[i - 1]) found.Add(Between(known[i - 1], known[i]));
        if (found.Count < bins) return [.. found];

        found.Clear();
        double step = 100.0 / bins;
        for (int k = 1; k < bins; k++)
        {
            double place = (known.Length - 1) * (k * step / 100);
            float threshold = Between(known[(int)Math.Floor(place)], known[(int)Math.Ceiling(place)]);
            if (found.Count == 0 || threshold > found[^1]) found.Add(threshold);
        }
        if (found[^1] >= known[^1]) found.RemoveAt(found.Count - 1);   // nothing would lie above
        return [.. found];
    }

    /// <summary>
    /// The values that are not missing in ascending order, by three stable passes over 11, 11 and 10 bits of keys that order as floats do.
    /// </summary>
    static float[] Sorted(ReadOnlySpan<float> column)
    {
        var keys = new uint[column.Length];
        int n = 0;
        foreach (float value in column)
        {
            uint bits = BitConverter.SingleToUInt32Bits(value);
            keys[n] = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits;
            n += float.IsNaN(value) ? 0 : 1;
        }
        var moved = new uint[n];
        Span<int> place = stackalloc int[2049];
        for (int shift = 0; shift < 32; shift += 11)
        {
            place.Clear();
            for (int i = 0; i < n; i++) place[(int)(keys[i] >> shift & 2047) + 1]++;
            for (int d = 0; d < 2048; d++) place[d + 1] += place[d];
            for (int i = 0; i < n; i++) moved[place[(int)(keys[i] >> shift & 2047)]++] = keys[i];
            (keys, moved) = (moved, keys);
        }
        var sorted = new float[n];
        for (int i = 0; i < n; i++) sorted[i] = BitConverter.UInt32BitsToSingle(keys[i] >> 31 == 1 ? keys[i] & 0x7FFF_FFFF : ~keys[i]);
        return sorted;
    }

    /// <summary>The largest float up to the middle of a ≤ b; finite, so that an infinite value lies above.</summary>
    static float Between(float a, float b)
    {
        double middle = ((double)a + b) / 2;
        if (double.IsNaN(middle)) return 0;   // of -∞ and ∞
        if (middle >= float.MaxValue) return float.MaxValue;
        float rounded = (float)middle;
        return rounded > middle ? MathF.BitDecrement(rounded) : rounded;
    }

    /// <summary>The bin of each value: the number of thresholds under it, by bisection over 256 places that all take eight steps.</summary>
    static byte[] Cut(ReadOnlySpan<float> column, ReadOnlySpan<float> thresholds)
    {
        Span<float> padded = stackalloc float[256];
        padded.Fill(float.PositiveInfinity);
        thresholds.CopyTo(padded);
        var bins = new byte[column.Length];
        ref float t = ref MemoryMarshal.GetReference(padded);
        for (int i = 0; i < bins.Length; i++)
        {
            float value = column[i];
            nint low = 0;
            for (int bit = 7; bit >= 0; bit--) low += (nint)(value > Unsafe.Add(ref t, low + (1 << bit) - 1) ? 1 : 0) << bit;
            bins[i] = float.IsNaN(value) ? (byte)Missing : (byte)low;
        }
        return bins;
    }
}
