using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

// Attention of a quantised model. Its result becomes whole numbers again, where a last bit can decide; so scores, softmax and weighted sums
// are taken in double, of which another order of a sum or another e^x changes the float that is left once in about 10⁸.
public sealed partial class MultiHeadAttention
{
    /// <summary>
    /// o = softmax(q·kᵀ)·v for each head of each row; <paramref name="a"/> gets the weights where it has room for all of them.
    /// </summary>
    void Int8Heads(Tensor q, Tensor kv, Tensor keyValue, Tensor a, Tensor o, bool past, AttentionMask? mask, StepMask? steps, Tape tape)
    {
        (int B, int Tq, int Tk, int width) = (q.Shape[0], q.Shape[1], kv.Shape[1], Gemm.RoundUp(q.Shape[1]));
        bool masked = past || mask is not null;
        if (Math.Max(Tk, (long)d) * width > Array.MaxLength / 2)   // of doubles
            throw ShapeError($"keys for at most {Array.MaxLength / 2} products with {Tq} queries", keyValue.Shape);
        var mark = tape.Mark();
        ref double k = ref tape.Doubles(checked(Tk * d)), v = ref tape.Doubles(checked(Tk * d));
        ref double turned = ref tape.Doubles(checked(d * width));   // qᵀ, then oᵀ
        ref double s = ref tape.Doubles(checked(Tk * width)), sums = ref tape.Doubles(width);
        bool shown = a.Shape.Rank > 2;
        Tensor qT = tape.Zeros(new Shape(d, width)), oT = tape.Tensor(d, width), aT = shown ? tape.Tensor(Tk, width) : default;
        for (int row = 0; row < B; row++)
            for (int head = 0; head < heads; head++)
            {
                int keys = Keys(keyValue, row);
                Transpose.Copy(ref At(q, row, head), E, Tq, d, ref qT.Ref, width);
                Attention64.Widen(d, width, ref qT.Ref, width, ref turned, width);
                Attention64.Widen(keys, d, ref At(kv, row, head), 2 * E, ref k, d);
                Attention64.Widen(keys, d, ref At(kv, row, head, 1), 2 * E, ref v, d);
                Attention64.Multiply<Fused64>(keys, width, d, ref k, d, 1, ref turned, ref s);
                for (int i = 0; (masked || steps is not null) && i < Tq; i++)
                    for (int j = 0; j < keys; j++)
                        if (past && j > i || mask?.Allows(i, j) == false || steps?.Keeps(row, j) == false)
                            Unsafe.Add(ref s, j * width + i) = double.NegativeInfinity;
                Attention64.Exponentials(keys, width, ref s, ref sums);
                if (masked) Attention64.Multiply<Weighed64>(d, width, keys, ref v, 1, d, ref s, ref turned);
                else Attention64.Multiply<Fused64>(d, width, keys, ref v, 1, d, ref s, ref turned);
                Attention64.Invert(width, ref sums);
                Attention64.Scale(d, width, ref turned, ref sums, ref oT.Ref);
                Transpose.Copy(ref oT.Ref, width, d, Tq, ref At(o, row, head), E);
                if (!shown) continue;
                Span<float> weights = Head(a, row * heads + head);
                weights.Clear();
                Attention64.Scale(keys, width, ref s, ref sums, ref aT.Ref);
                Transpose.Copy(ref aT.Ref, width, keys, Tq, ref weights[0], Tk);
            }
        tape.Release(mark);
    }
}
