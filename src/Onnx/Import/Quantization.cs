namespace NeuralCore.Onnx.Import;

/// <summary>
/// Between floats and bytes: q = round(x / s) + z, bounded, and x = (q - z)·s, with one scale s and zero point z, or one for each place
/// along an axis.
/// </summary>
static class Quantization
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
        [("QuantizeLinear", Quantize), ("DequantizeLinear", Dequantize), ("DynamicQuantizeLinear", _ => Dynamic)];

    static Kernel Quantize(Node node)
    {
        (int axis, int type) = (Axis(node), node.Integer("output_dtype", 0));
        node.Ignore("saturate", "precision");   // of 8-bit floats only
        return call =>
        {
            OnnxTensor<float> x = call.Get<float>(0);
            OnnxType to = call.Optional(2)?.Type ?? (type == 0 ? OnnxType.UInt8 : (OnnxType)type);
            (int low, int high) = to switch
            {
                OnnxType.UInt8 => (0, 255),
                OnnxType.Int8 => (-128, 127),
                _ => throw call.Error($"expected bytes to quantize to, got {to}"),
            };
            (float[] scale, float[] zero, int inner) = Parameters(call, x, axis);
            OnnxTensor<float> q = call.New<float>(x.Sizes);
            for (int i = 0; i < q.Count; i++)
                q.Values[i] = Math.Clamp(MathF.Round(x.Values[i] / scale[i / inner % scale.Length]) + zero[i / inner % scale.Length], low,
                    high);
            return [Casting.To(call, q, to)];
        };
    }

    static Kernel Dequantize(Node node)
    {
        int axis = Axis(node);
        if (node.Integer("output_dtype", 1) != (int)OnnxType.Float) throw node.Error("other outputs than floats are not supported");
        return call =>
        {
            OnnxTensor x = call[0];
            if (x.Type is not (OnnxType.UInt8 or OnnxType.Int8 or OnnxType.Int32)) throw call.Error($"expected whole numbers, got {x}");
            (float[] scale, float[] zero, int inner) = Parameters(call, x, axis);
            OnnxTensor<int> q = (OnnxTensor<int>)Casting.To(call, x, OnnxType.Int32);
            OnnxTensor<float> y = call.New<float>(x.Sizes);
            for (int i = 0; i < y.Count; i++)
                y.Values[i] = (float)(q.Values[i] - (double)zero[i / inner % scale.Length]) * scale[i / inner % scale.Length];
            return [y];
        };
    }

    static int Axis(Node node) => node.Integer("block_size", 0) == 0 ? node.Integer("axis", 1)
        : throw node.Error("block_size is not supported");

    /// <summary>Scales and zero points, and how many neighbours share theirs: all of them where there is one scale.</summary>
    static (float[] Scale, float[] Zero, int Inner) Parameters(Call call, OnnxTensor x, int axis)
    {
        OnnxTensor<float> scale = call.Get<float>(1);
        bool one = scale.Count == 1;
        (_, int n, int inner) = one ? (1, 1, x.Count) : Reductions.Around(x, call.Axis(axis, x.Rank));
        float[] zero = call.Optional(2)?.Floats() ?? new float[scale.Count];
        return scale.Count == n && zero.Length == n ? (scale.Values, zero, Math.Max(1, inner))
            : throw call.Error($"expected {n} scales and zero points, got {scale.Count} and {zero.Length}");
    }

    /// <summary>Bytes with the scale and the zero point of all values, whose range includes 0.</summary>
    static OnnxTensor?[] Dynamic(Call call)
    {
        OnnxTensor<float> x = call.Get<float>(0);
        (float low, float high) = (0, 0);
        foreach (float v in x.Values) (low, high) = (MathF.Min(low, v), MathF.Max(high, v));
        float scale = high == low ? 1 : (high - low) / 255, zero = Math.Clamp(MathF.Round(-low / scale), 0, 255);
        OnnxTensor<byte> q = call.New<byte>(x.Sizes);
        for (int i = 0; i < q.Count; i++) q.Values[i] = (byte)Math.Clamp(MathF.Round(x.Values[i] / scale) + zero, 0, 255);
        return [q, new OnnxTensor<float>([scale], []), new OnnxTensor<byte>([(byte)zero], [])];
    }
}
