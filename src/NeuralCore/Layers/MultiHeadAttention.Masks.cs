using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

// What attends to what.
public sealed partial class MultiHeadAttention
{
    void RequireInputs(Shape query, Shape keyValue, AttentionMask? mask, StepMask? steps)
    {
        OutputShape(query);
        OutputShape(keyValue);
        (int B, int Tq, int Tk) = (query[0], query[1], keyValue[1]);
        if (keyValue[0] != B) throw ShapeError($"keys and values (batch {B}, time, {E}), one row for each row of queries", keyValue);
        if (causal && Tq != Tk)
            throw ShapeError($"keys and values ({B}, {Tq}, {E}), as many steps as queries, since it is causal", keyValue);
        if (mask is not null && !mask.Fits(Tq, Tk))
            throw new ArgumentException($"{this}: expected an AttentionMask ({Tq}, {Tk}), got {mask}");
        if (steps is not null && !steps.Fits(B, Tk)) throw new ArgumentException($"{this}: expected a StepMask ({B}, {Tk}), got {steps}");
    }

    /// <summary>a = softmax(q·kᵀ), p = dropout(a) and o = p·v for each head of each row.</summary>
    void Heads(Tensor q, Tensor kv, Tensor keyValue, Tensor bits, Tensor a, Tensor p, Tensor o, bool past, AttentionMask? mask,
        StepMask? steps)
    {
        (int B, int Tq, int Tk) = (q.Shape[0], q.Shape[1], kv.Shape[1]);
        for (int row = 0; row < B; row++)
            for (int head = 0; head < heads; head++)
            {
                (int keys, int n) = (Keys(keyValue, row), row * heads + head);
                Span<float> aHead = Head(a, n), pHead = Head(p, n);
                Gemm.Multiply(Tq, keys, d, ref At(q, row, head), E, 1, ref At(kv, row, head), 1, 2 * E, ref aHead[0], Tk,
                    accumulate: false);
                SoftmaxOverAllowed(aHead, row, keys, Tk, past, mask, steps);
                if (!bits.IsEmpty) InPlace.Apply(new Drop(dropout!.Mask(bits, n * Tq * Tk), aHead, pHead), Tq * Tk);
                WeightedSums(aHead, pHead, kv, o, row, head, keys, masked: past || mask is not null);
            }
    }

    /// <summary>The scores of a head become weights, in place: the softmax of those that are allowed, 0 for the others.</summary>
    static void SoftmaxOverAllowed(Span<float> scores, int row, int keys, int Tk, bool past, AttentionMask? mask, StepMask? steps)
    {
        int Tq = scores.Length / Tk;
        for (int i = 0; keys < Tk && i < Tq; i++) scores.Slice(i * Tk + keys, Tk - keys).Clear();
        if (!past && mask is null && steps is null)
        {
            Softmax.Rows(scores, scores, Tq, keys, Tk);
            return;
        }
        for (int i = 0; i < Tq; i++)
        {
            Span<float> query = scores.Slice(i * Tk, keys);
            int end = past ? Math.Min(i + 1, keys) : keys, allowed = end;
            query[end..].Clear();
            query = query[..end];
            for (int j = 0; j < end; j++)
                if (mask?.Allows(i, j) == false || steps?.Keeps(row, j) == false)
                    (query[j], allowed) = (float.NegativeInfinity, allowed - 1);
            if (allowed > 0) Softmax.Rows(query, query, 1, end, end);
            else query.Clear();
        }
    }

    /// <summary>
    /// o = p·v for one head of one row. Under a mask, a few queries at a time take the keys before the first that one of them leaves out as
    /// one product, and of the others those that have a weight: the same sums, but with no 0·NaN in them.
    /// </summary>
    void WeightedSums(Span<float> a, Span<float> p, Tensor kv, Tensor o, int row, int head, int keys, bool masked)
    {
        (int Tq, int Tk) = (o.Shape[1], kv.Shape[1]);
        int block = masked ? 2 * Gemm.TileRows : Tq;
        for (int i = 0; i < Tq; i += block)
        {
            int queries = Math.Min(block, Tq - i), together = masked ? LeadingKeys(a[(i * Tk)..], queries, keys, Tk) : keys;
            Gemm.Multiply(queries, d, together, ref p[i * Tk], Tk, 1, ref At(kv, row, head, 1), 2 * E, 1,
                ref Unsafe.Add(ref At(o, row, head), i * E), E, accumulate: false);
            for (int query = i; query < i + queries; query++)
                for (int j = together; j < keys; j++)
                    if (p[query * Tk + j] is var weight and not 0)
                        Elementwise.AddScaled(weight, kv.Row(row * Tk + j).Slice(E + head * d, d),
                            o.Row(row * Tq + query).Slice(head * d, d));
        }
    }

    /// <summary>Number of keys before the first to which one of the queries gives no weight.</summary>
    static int LeadingKeys(Span<float> a, int queries, int keys, int Tk)
    {
        for (int query = 0; query < queries; query++)
        {
            int zero = a.Slice(query * Tk, keys).IndexOf(0f);
            if (zero >= 0) keys = zero;
        }
        return keys;
    }
}
