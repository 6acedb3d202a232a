using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralCore.Kernels;

/// <summary>
/// Weights W (outputs, inputs) of whole numbers in -128..127 as the right side of x·Wᵀ: panels [column / 16][input / 4][column % 16][input
/// % 4], padded with zeros. A column's sum begins with -128·Σw, which takes back that inputs are kept as q + 128.
/// </summary>
sealed class Int8Weights
{
    /// <summary>Bytes of four inputs to 16 outputs.</summary>
    internal const int GroupBytes = Gemm.Lane * Int8.Depth;

    readonly byte[] panels;
    readonly int start, columns, depth;

    /// <param name="columns">Columns of the result.</param>
    /// <param name="depth">Inputs.</param>
    /// <param name="values">W, row by row.</param>
    /// <param name="scales">What a whole number is worth in each row.</param>
    /// <param name="row">The row of W of a column, or -1: its products are 0.</param>
    internal Int8Weights(int columns, int depth, ReadOnlySpan<float> values, ReadOnlySpan<float> scales, Func<int, int> row)
    {
        int padded = Gemm.RoundUp(columns), groups = Int8.RoundUp(depth) / Int8.Depth;
        (this.columns, this.depth) = (columns, depth);
        panels = GC.AllocateArray<byte>(checked(padded / Gemm.Lane * groups * GroupBytes + GroupBytes), pinned: true);
        start = Start(panels);
        (Starts, Scales) = (new int[padded], new float[padded]);
        for (int n = 0; n < columns; n++)
        {
            if (row(n) is not (>= 0 and int r)) continue;
            ReadOnlySpan<float> w = values.Slice(r * depth, depth);
            int sum = 0, first = start + n / Gemm.Lane * groups * GroupBytes + n % Gemm.Lane * Int8.Depth;
            for (int k = 0; k < depth; k++)
            {
                sbyte value = (sbyte)w[k];
                panels[first + k / Int8.Depth * GroupBytes + k % Int8.Depth] = (byte)value;
                sum += value;
            }
            (Starts[n], Scales[n]) = (-Int8.Zero * sum, scales[r]);
        }
    }

    /// <summary>All columns are rows of a parameter of a quantised model, in their order or another one.</summary>
    internal static Int8Weights Of(Parameter w, int columns, Func<int, int> row)
        => new(columns, w.Shape[1], w.Value, w.Scales, row);

    /// <summary>What sums begin with, and the scales; of padded columns 0.</summary>
    internal int[] Starts { get; }

    /// <inheritdoc cref="Starts"/>
    internal float[] Scales { get; }

    internal ref sbyte First => ref Unsafe.As<byte, sbyte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(panels), start));

    /// <summary>c[r, n] = start[r·rowStart + n] + x·Wᵀ for quantised rows x; see <see cref="Int8.Multiply"/>.</summary>
    internal void Multiply(Int8Rows x, ref float start, int rowStart, ref float c, int rowC)
        => Int8.Multiply(x.Count, columns, depth, ref x.First, x.Stride, ref x.Scales, this, ref start, rowStart, ref c, rowC);

    /// <summary>Where a cache line begins.</summary>
    static unsafe int Start(byte[] pinned)
        => (int)(-(nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned))) & (GroupBytes - 1);
}

/// <summary>Quantised rows in the scratch memory of a pass: bytes and scales.</summary>
readonly struct Int8Rows
{
    readonly Tensor bytes, scales;

    /// <summary>Quantises rows that lie rowX floats apart.</summary>
    internal Int8Rows(Tape tape, int rows, int columns, ref float x, int rowX)
    {
        (bytes, scales) = (tape.Tensor(rows, Int8.RoundUp(columns) / sizeof(float)), tape.Tensor(rows));
        Int8.Quantize(rows, columns, ref x, rowX, ref First, Stride, ref Scales);
    }

    internal int Count => bytes.Shape[0];

    internal int Stride => bytes.Shape[1] * sizeof(float);

    internal ref byte First => ref Unsafe.As<float, byte>(ref bytes.Ref);

    internal ref float Scales => ref scales.Ref;
}
