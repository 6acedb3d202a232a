using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Import;

/// <summary>
/// ONNX's Attention (opset 23): q (B, h, Tq, d), k (B, g, Tk, d), v (B, g, Tk, e), or each (B, T, heads·d); h is a multiple of g, and heads
/// of q share those of k and v in turn. past_key and past_value (B, g, Tp, ·) stand before k and v.
/// <code>
/// s = q·kᵀ·scale, and cap·tanh(s / cap) where there is a cap     a = softmax(s + mask)     y = a·v
/// </code>
/// A mask of truth values lets through what is true; one of floats is added. With is_causal a query attends to the keys up to its own
/// place; a single one after past keys to all of them, as ONNX Runtime has it.
/// </summary>
static class AttentionOperator
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All => [("Attention", Attention)];

    /// <summary>What the node's attributes say.</summary>
    readonly record struct Form(bool Causal, int QueryHeads, int KeyHeads, float Scale, float Cap, int Shown);

    static Kernel Attention(Node node)
    {
        var form = new Form(node.Flag("is_causal", false), node.Integer("q_num_heads", 0), node.Integer("kv_num_heads", 0),
            node.Real("scale", 0), node.Real("softcap", 0), node.Integer("qk_matmul_output_mode", 0));
        node.Ignore("softmax_precision");
        return call => Run(call, form);
    }

    static OnnxTensor?[] Run(Call call, Form form)
    {
        bool flat = call[0].Rank == 3;
        OnnxTensor<float> q = Heads(call, 0, form.QueryHeads), k = Heads(call, 1, form.KeyHeads), v = Heads(call, 2, form.KeyHeads);
        int past = 0;
        if (call.Optional(4) is { } pastKey)
        {
            past = pastKey.Rank == 4 ? pastKey.Sizes[2]
                : throw call.Error($"expected past keys (batch, heads, time, features), got {pastKey}");
            k = (OnnxTensor<float>)Shapes.Concat(call, [pastKey, k], 2);
            v = (OnnxTensor<float>)Shapes.Concat(call, [call[5], v], 2);
        }
        (int B, int h, int Tq, int d, int g, int Tk, int e) = (q.Sizes[0], q.Sizes[1], q.Sizes[2], q.Sizes[3], k.Sizes[1],
            k.Sizes[2], v.Sizes[3]);
        if (g == 0 || h % g != 0 || d == 0 || e == 0 || k.Sizes[0] != B || k.Sizes[3] != d || v.Sizes[0] != B || v.Sizes[1] != g
            || v.Sizes[2] != Tk)
            throw call.Error($"expected queries, keys and values that go together, got {q}, {k} and {v}");
        float[]? bias = Bias(call, [B, h, Tq, Tk]);
        OnnxTensor<float> y = call.New<float>(B, h, Tq, e), shown = call.New<float>(call.Node.HasOutput(3) ? [B, h, Tq, Tk] : [0]);
        call.Budget.TakeOperations((double)B * h * Tq * Tk * (d + e));
        float scale = form.Scale != 0 ? form.Scale : (float)(1 / Math.Sqrt(d));
        float[] s = call.New<float>(Tq, Tk).Values;
        for (int head = 0; head < B * h && s.Length > 0; head++)
        {
            int kv = head / h * g + head % h / (h / g);
            Gemm.Multiply(Tq, Tk, d, ref q.Values[head * Tq * d], d, 1, ref k.Values[kv * Tk * d], 1, d, ref s[0], Tk, accumulate: false);
            ReadOnlySpan<float> added = bias is null ? [] : bias.AsSpan(head * Tq * Tk, Tq * Tk);
            Scores(s, form, scale, added, Tk, past, shown.Count == 0 ? [] : shown.Values.AsSpan(head * Tq * Tk));
            Gemm.Multiply(Tq, e, Tk, ref s[0], Tk, 1, ref v.Values[kv * Tk * e], e, 1, ref y.Values[head * Tq * e], e, accumulate: false);
        }
        OnnxTensor result = flat ? Shapes.Transpose(call, y, [0, 2, 1, 3]).Reshape([B, Tq, h * e]) : y;
        return [result, k, v, call.Node.HasOutput(3) ? shown : null];
    }

    /// <summary>Products q·kᵀ become weights, in place; one of the stages is shown.</summary>
    static void Scores(Span<float> s, Form form, float scale, ReadOnlySpan<float> bias, int Tk, int past, Span<float> shown)
    {
        for (int i = 0; i < s.Length; i++) s[i] *= scale;
        Show(s, 0, shown);
        if (form.Cap > 0)
            for (int i = 0; i < s.Length; i++) s[i] = (float)(form.Cap * Math.Tanh(s[i] / form.Cap));
        Show(s, 1, shown);
        for (int i = 0; i < bias.Length; i++) s[i] += bias[i];
        for (int i = 0; form.Causal && (past == 0 || s.Length > Tk) && i < s.Length; i++)
            if (i % Tk > i / Tk + past) s[i] = float.NegativeInfinity;
        Show(s, 2, shown);
        Softmax.Rows(s, s, s.Length / Tk, Tk, Tk);
        for (int i = 0; i < s.Length; i++)
            if (float.IsNaN(s[i])) s[i] = 0;   // a query that may attend to nothing
        Show(s, 3, shown);

        void Show(ReadOnlySpan<float> stage, int number, Span<float> to)
        {
            if (form.Shown == number && !to.IsEmpty) stage.CopyTo(to);
        }
    }

    /// <summary>An input (B, heads, T, d), or (B, T, heads·d) split into its heads.</summary>
    static OnnxTensor<float> Heads(Call call, int index, int heads)
    {
        OnnxTensor<float> x = call.Get<float>(index);
        if (x.Rank == 4) return x;
        if (x.Rank != 3 || heads < 1 || x.Sizes[2] % heads != 0)
            throw call.Error($"expected input {index} (batch, time, {heads} heads), got {x}");
        return (OnnxTensor<float>)Shapes.Transpose(call, x.Reshape([x.Sizes[0], x.Sizes[1], heads, x.Sizes[2] / heads]), [0, 2, 1, 3]);
    }

    static OnnxTensor<float> Added(Call call, OnnxTensor<bool> keeps)
    {
        OnnxTensor<float> bias = call.New<float>(keeps.Sizes);
        for (int i = 0; i < keeps.Count; i++) bias.Values[i] = keeps.Values[i] ? 0 : float.NegativeInfinity;
        return bias;
    }

    /// <summary>The mask as numbers to add, broadcast to all heads; keys past its end are not attended to.</summary>
    static float[]? Bias(Call call, int[] sizes)
    {
        if (call.Optional(3) is not { } mask) return null;
        OnnxTensor<float> bias = mask as OnnxTensor<float> ?? Added(call, call.Get<bool>(3));
        if (!Arithmetic.Broadcast(call, bias.Sizes, sizes).AsSpan().SequenceEqual(sizes))
            throw call.Error($"expected a mask that fits ({OnnxTensor.Text(sizes)}), got {mask}");
        return ((OnnxTensor<float>)Arithmetic.Expand(call, bias, sizes)).Values;
    }
}
