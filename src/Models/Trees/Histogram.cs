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

    const int Buffer = 4096;   // doubles: 1024 rows' statistics, which stay in the first-level cache while all features read them

    /// <summary>Adds rows to the histograms of some features, (256, W) each at feature·256·W.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(BinnedFeatures x, ReadOnlySpan<int> features, ReadOnlySpan<int> rows, ReadOnlySpan<float> statistics, int width,
        Span<double> histograms)
    {
        Span<double> buffer = stackalloc double[Math.Max(Buffer, width)];
        int block = buffer.Length / width;
        for (int first = 0; first < rows.Length; first += block)
        {
            ReadOnlySpan<int> part = rows.Slice(first, Math.Min(block, rows.Length - first));
            Gather(part, statistics, width, buffer);
            foreach (int feature in features)
            {
                Span<double> histogram = histograms.Slice(feature * Size(width), Size(width));
                if (width == 4) AddFour(x.Column(feature), part, buffer, histogram);
                else AddMany(x.Column(feature), part, buffer, width, histogram);
            }
        }
    }

    static void Gather(ReadOnlySpan<int> rows, ReadOnlySpan<float> statistics, int width, Span<double> buffer)
    {
        ref float from = ref MemoryMarshal.GetReference(statistics);
        ref double to = ref MemoryMarshal.GetReference(buffer);
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < width; j += 4)
            {
                (Vector128<double> low, Vector128<double> high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)rows[i] * (nuint)width + (nuint)j));
                Vector256.Create(low, high).StoreUnsafe(ref to, (nuint)(i * width + j));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddFour(byte[] column, ReadOnlySpan<int> rows, ReadOnlySpan<double> buffer, Span<double> histogram)
    {
        ref byte bins = ref MemoryMarshal.GetArrayDataReference(column);
        ref int row = ref MemoryMarshal.GetReference(rows);
        ref double s = ref MemoryMarshal.GetReference(buffer), h = ref MemoryMarshal.GetReference(histogram);
        for (nint i = 0; i < rows.Length; i++)
        {
            nuint at = (nuint)Unsafe.Add(ref bins, Unsafe.Add(ref row, i)) * 4;
            (Vector256.LoadUnsafe(ref h, at) + Vector256.LoadUnsafe(ref s, (nuint)i * 4)).StoreUnsafe(ref h, at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddMany(byte[] column, ReadOnlySpan<int> rows, ReadOnlySpan<double> buffer, int width, Span<double> histogram)
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
