using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Models;

/// <summary>
/// Sums of rows' statistics by bin: H[b] = Σ s(row) over the rows whose feature is in bin b. A row's statistics are W floats, W a multiple
/// of 4; sums are doubles, added in the order of the rows, so that they have the same bits whoever adds them.
/// </summary>
static class Histogram
{
    /// <summary>Doubles of one feature's histogram.</summary>
    internal static int Size(int width) => 256 * width;

    /// <summary>Throws unless all features' histograms of a node are one array, and all rows' statistics another.</summary>
    internal static void RequireSize(string who, FeatureMatrix x, int width)
    {
        if ((long)x.Features * Size(width) > Array.MaxLength || (long)x.Rows * width > Array.MaxLength)
            throw new ArgumentException($"{who}: expected at most {Array.MaxLength} sums (256 bins, statistics) of all features and "
                + $"statistics of all rows, got {x.Features} features, {x.Rows} rows and {width} statistics", nameof(x));
    }

    const int Buffer = 4096;   // doubles: 256 rows' statistics, which stay in the first-level cache while all features read them

    /// <summary>Adds rows to the histograms of some features, (256, W) each at feature·256·W.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(BinnedFeatures x, ReadOnlySpan<int> features, ReadOnlySpan<int> rows,
        ReadOnlySpan<float> statistics, int width, Span<double> histograms)
    {
        Span<double> buffer = stackalloc double[Math.Max(Buffer, width)];
        int block = buffer.Length / width;
        for (int first = 0; first < rows.Length; first += block)
        {
            ReadOnlySpan<int> part = rows.Slice(first, Math.Min(block, rows.Length - first));
            Gather(part, statistics, width, buffer);
            for (int f = 0; f < features.Length; f++)
                if (width == 4 && f + 4 <= features.Length)
                {
                    AddFour(x, features.Slice(f, 4), part, buffer, histograms);
                    f += 3;
                }
                else AddOne(x.Column(features[f]), part, buffer, width, histograms.Slice(features[f] * Size(width), Size(width)));
        }
    }

    static void Gather(ReadOnlySpan<int> rows, ReadOnlySpan<float> statistics, int width, Span<double> buffer)
    {
        ref float from = ref MemoryMarshal.GetReference(statistics);
        ref double to = ref MemoryMarshal.GetReference(buffer);
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < width; j += 4)
            {
                var own = Vector128.LoadUnsafe(ref from, (nuint)rows[i] * (nuint)width + (nuint)j);
                (Vector128<double> low, Vector128<double> high) = Vector128.Widen(own);
                Vector256.Create(low, high).StoreUnsafe(ref to, (nuint)(i * width + j));
            }
    }

    /// <summary>Four features at a time, whose statistics are four doubles: each row's are loaded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddFour(BinnedFeatures x, ReadOnlySpan<int> features, ReadOnlySpan<int> rows, ReadOnlySpan<double> buffer,
        Span<double> histograms)
    {
        ref byte x0 = ref x.Column(features[0])[0], x1 = ref x.Column(features[1])[0];
        ref byte x2 = ref x.Column(features[2])[0], x3 = ref x.Column(features[3])[0];
        ref double h0 = ref histograms[features[0] * Size(4)], h1 = ref histograms[features[1] * Size(4)];
        ref double h2 = ref histograms[features[2] * Size(4)], h3 = ref histograms[features[3] * Size(4)];
        ref double s = ref MemoryMarshal.GetReference(buffer);
        ref int first = ref MemoryMarshal.GetReference(rows);
        for (nint i = 0; i < rows.Length; i++)
        {
            nint row = Unsafe.Add(ref first, i);
            Vector256<double> own = Vector256.LoadUnsafe(ref s, (nuint)i * 4);
            nuint b0 = (nuint)Unsafe.Add(ref x0, row) * 4, b1 = (nuint)Unsafe.Add(ref x1, row) * 4;
            nuint b2 = (nuint)Unsafe.Add(ref x2, row) * 4, b3 = (nuint)Unsafe.Add(ref x3, row) * 4;
            (Vector256.LoadUnsafe(ref h0, b0) + own).StoreUnsafe(ref h0, b0);
            (Vector256.LoadUnsafe(ref h1, b1) + own).StoreUnsafe(ref h1, b1);
            (Vector256.LoadUnsafe(ref h2, b2) + own).StoreUnsafe(ref h2, b2);
            (Vector256.LoadUnsafe(ref h3, b3) + own).StoreUnsafe(ref h3, b3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddOne(byte[] column, ReadOnlySpan<int> rows, ReadOnlySpan<double> buffer, int width, Span<double> histogram)
    {
        ref double s = ref MemoryMarshal.GetReference(buffer), h = ref MemoryMarshal.GetReference(histogram);
        for (int i = 0; i < rows.Length; i++)
        {
            nuint at = (nuint)column[rows[i]] * (nuint)width, from = (nuint)i * (nuint)width;
            for (nuint j = 0; j < (nuint)width; j += 4)
                (Vector256.LoadUnsafe(ref h, at + j) + Vector256.LoadUnsafe(ref s, from + j)).StoreUnsafe(ref h, at + j);
        }
    }
}
