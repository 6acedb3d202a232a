using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NeuralCore.Kernels;

namespace NeuralCore;

// The pooling of a quantised model, in double as its attention (MultiHeadAttention.Int8.cs); tanh as in int8 cells.
public sealed partial class AdditiveAttention
{
    const int Together = 8;   // rows whose weights are taken side by side: a vector of doubles

    /// <summary>As <see cref="Pool"/>.</summary>
    void Int8Pool(Tensor x, Tensor q, Tensor a, Tensor y, StepMask? steps, Tape tape)
    {
        int T = x.Shape[1];
        if ((long)T * Math.Max(Together, Gemm.RoundUp(D)) > Array.MaxLength / 2)   // of doubles
            throw ShapeError($"at most {Array.MaxLength / 2 / Math.Max(Together, Gemm.RoundUp(D))} steps", x.Shape);
        Functions.Apply<TanhApart>(q.Span, q.Span);
        var mark = tape.Mark();
        ref double e = ref tape.Doubles(checked(T * Together)), sums = ref tape.Doubles(Together);
        ref double wide = ref tape.Doubles(checked(T * Gemm.RoundUp(D))), sum = ref tape.Doubles(Gemm.RoundUp(D));
        for (int first = 0; first < y.Rows; first += Together)
        {
            int count = Math.Min(Together, y.Rows - first);
            MemoryMarshal.CreateSpan(ref e, T * Together).Fill(double.NegativeInfinity);
            for (int i = 0; i < count; i++)
                for (int t = 0; t < Length(x, first + i); t++)
                    if (steps?.Keeps(first + i, t) != false)
                        Unsafe.Add(ref e, t * Together + i) = RowSums.Dot(q.Row((first + i) * T + t), v.Value);
            Attention64.Exponentials(T, Together, ref e, ref sums);
            Attention64.Invert(count, ref sums);
            for (int i = 0; i < count; i++)
                Int8Mean(x, first + i, ref Unsafe.Add(ref e, i), Unsafe.Add(ref sums, i), a, y, steps, ref wide, ref sum);
        }
        tape.Release(mark);
    }

    /// <summary>a_t = e_t / Σ e and y = Σ e_t·x_t / Σ e of a row.</summary>
    void Int8Mean(Tensor x, int row, ref double e, double inverse, Tensor a, Tensor y, StepMask? steps, ref double wide, ref double sum)
    {
        (int T, int length, int width) = (x.Shape[1], Length(x, row), Gemm.RoundUp(D));
        Attention64.Widen(length, D, ref x.Row(row * T)[0], D, ref wide, width);
        for (int t = 0; steps is not null && t < length; t++)
            if (!steps.Keeps(row, t)) MemoryMarshal.CreateSpan(ref Unsafe.Add(ref wide, t * width), width).Clear();
        Attention64.Multiply<Fused64>(1, width, length, ref e, 0, Together, ref wide, ref sum);
        Span<float> weights = a.Row(row), mean = y.Row(row);
        for (int t = 0; t < length; t++) weights[t] = (float)(Unsafe.Add(ref e, t * Together) * inverse);
        for (int n = 0; n < mean.Length; n++) mean[n] = (float)(Unsafe.Add(ref sum, n) * inverse);
    }

    static int Length(Tensor x, int row) => x.HasLengths ? x.Lengths[row] : x.Shape[1];
}
