using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NeuralCore.Kernels;

namespace NeuralCore;

// The pooling of a quantised model, in double as its attention (MultiHeadAttention.Int8.cs); tanh as in int8 cells.
public sealed partial class AdditiveAttention
{
    const int Apart = 8;   // doubles from weight to weight: a vector of queries, of which this has one

    /// <summary>As <see cref="Pool"/>.</summary>
    void Int8Pool(Tensor x, Tensor q, Tensor a, Tensor y, StepMask? steps, Tape tape)
    {
        (int T, int width) = (x.Shape[1], Gemm.RoundUp(D));
        Functions.Apply<TanhApart>(q.Span, q.Span);
        var mark = tape.Mark();
        ref double e = ref tape.Doubles(checked(T * Apart)), sums = ref tape.Doubles(Apart);
        ref double wide = ref tape.Doubles(checked(T * width)), sum = ref tape.Doubles(width);   // x of a row, Σ e_t·x_t
        for (int row = 0; row < y.Rows; row++)
        {
            int length = x.HasLengths ? x.Lengths[row] : T;
            for (int t = 0; t < length; t++)
            {
                Span<double> eT = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref e, t * Apart), Apart);
                Span<double> xT = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref wide, t * width), width);
                bool counts = steps is null || steps.Keeps(row, t);
                eT.Fill(counts ? RowSums.Dot(q.Row(row * T + t), v.Value) : double.NegativeInfinity);
                xT.Clear();
                if (counts) Attention64.Widen(1, D, ref x.Row(row * T + t)[0], D, ref xT[0], width);
            }
            Attention64.Exponentials(length, Apart, ref e, ref sums);
            Attention64.Multiply<Fused64>(1, width, length, ref e, 0, Apart, ref wide, ref sum);
            double inverse = sums == 0 ? 0 : 1 / sums;
            for (int t = 0; t < length; t++) a.Row(row)[t] = (float)(Unsafe.Add(ref e, t * Apart) * inverse);
            for (int n = 0; n < D; n++) y.Row(row)[n] = (float)(Unsafe.Add(ref sum, n) * inverse);
        }
        tape.Release(mark);
    }
}
