namespace NeuralCore.Onnx.Tests;

// Matrix products, attention, products of whole numbers.
static partial class OperatorCases
{
    static IEnumerable<OperatorCase> Products()
    {
        foreach ((int[] a, int[] b) in new (int[], int[])[]
            { ([3, 4], [4, 5]), ([2, 3, 4], [4, 5]), ([2, 1, 3, 4], [5, 4, 2]), ([4], [4, 3]), ([3, 4], [4]), ([4], [4]), ([4], [2, 4, 3]),
                ([1, 3, 4], [2, 4, 2]), ([2, 3, 4], [1, 4, 2]) })
            yield return new($"MatMul-{string.Join('x', a)}-{string.Join('x', b)}", 13, "MatMul", [F(40, a), F(41, b)], 1);
        yield return new("Gemm", 13, "Gemm", [F(40, 3, 4), F(41, 4, 5), F(42, 5)], 1);
        yield return new("Gemm-turned", 13, "Gemm", [F(40, 4, 3), F(41, 5, 4), F(42, 3, 1)], 1, ("transA", 1), ("transB", 1),
            ("alpha", 0.5f), ("beta", 2f));
        yield return new("Gemm-two", 11, "Gemm", [F(40, 3, 4), F(41, 4, 5)], 1);
        yield return new("Gemm-double", 13, "Gemm", [D(40, 4, 3), D(41, 4, 5), D(42, 5)], 1, ("transA", 1), ("alpha", 0.5f), ("beta", 2f));
        yield return new("MatMul-double", 13, "MatMul", [D(40, 2, 3, 4), D(41, 4, 5)], 1);
        yield return new("MatMul-double-many", 13, "MatMul", [D(40, 2, 1, 3, 4), D(41, 5, 4, 2)], 1);
        yield return new("MatMul-integers", 13, "MatMul", [Whole(40, 2, 3, 4), Whole(41, 2, 4, 5)], 1);
        yield return new("MatMul-integers-32", 13, "MatMul", [Short(40, 3, 4), Short(41, 4)], 1);
    }

    static IEnumerable<OperatorCase> Attention()
    {
        OnnxTensor<float> q = F(60, 2, 4, 3, 8), k = F(61, 2, 4, 5, 8), v = F(62, 2, 4, 5, 6);
        yield return new("Attention", 23, "Attention", [q, k, v], 1);
        yield return new("Attention-flat", 23, "Attention", [F(60, 2, 3, 8), F(61, 2, 5, 8), F(62, 2, 5, 12)], 1, ("q_num_heads", 2),
            ("kv_num_heads", 2));
        yield return new("Attention-shared", 23, "Attention", [q, F(61, 2, 2, 5, 8), F(62, 2, 2, 5, 6)], 1);
        yield return new("Attention-causal", 23, "Attention", [q, k, v], 1, ("is_causal", 1));
        yield return new("Attention-causal-square", 23, "Attention", [q, F(61, 2, 4, 3, 8), F(62, 2, 4, 3, 6)], 1, ("is_causal", 1),
            ("scale", 0.3f));
        yield return new("Attention-mask", 23, "Attention", [q, k, v, F(63, 3, 5)], 1);
        yield return new("Attention-mask-truth", 23, "Attention",
            [q, k, v, OnnxTensor.From([.. Truth(64, 2, 1, 3, 5).Values.Select((t, i) => t || i % 5 == 0)], 2, 1, 3, 5)], 1);
        yield return new("Attention-softcap", 23, "Attention", [q, k, v, F(63, 3, 5)], 1, ("softcap", 0.8f));
        yield return new("Attention-past", 23, "Attention", [q, k, v, null, F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 3);
        yield return new("Attention-past-causal", 23, "Attention",
            [q, F(61, 2, 4, 3, 8), F(62, 2, 4, 3, 6), null, F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 3, ("is_causal", 1));
        yield return new("Attention-causal-single", 23, "Attention",
            [F(60, 1, 2, 1, 8), F(61, 1, 2, 2, 8), F(62, 1, 2, 2, 6), F(63, 1, 3), F(65, 1, 2, 1, 8), F(66, 1, 2, 1, 6)], 3,
            ("is_causal", 1));
        yield return new("Attention-causal-first", 23, "Attention", [F(60, 2, 4, 1, 8), k, v], 1, ("is_causal", 1));
        for (int mode = 0; mode < 4; mode++)
            yield return new($"Attention-shows-{mode}", 23, "Attention", [q, k, v, F(63, 3, 7), F(65, 2, 4, 2, 8), F(66, 2, 4, 2, 6)], 4,
                ("qk_matmul_output_mode", mode), ("softcap", 2f));
    }

    static OnnxTensor<byte> Bytes(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (byte)Math.Clamp(128 + 60 * v, 0, 255))], sizes);

    static OnnxTensor<sbyte> Signed(ulong stream, params int[] sizes)
        => OnnxTensor.From([.. F(stream, sizes).Values.Select(v => (sbyte)Math.Clamp(25 * v, -63, 63))], sizes);

    static IEnumerable<OperatorCase> Quantised()
    {
        OnnxTensor<byte> zero = OnnxTensor.From([(byte)128]);
        yield return new("MatMulInteger", 13, "MatMulInteger", [Bytes(70, 3, 7), Bytes(71, 7, 19), zero, zero], 1);
        yield return new("MatMulInteger-rows", 13, "MatMulInteger",
            [Bytes(70, 2, 3, 7), Bytes(71, 7, 5), zero, OnnxTensor.From<byte>([1, 2, 3, 4, 250], 5)], 1);
        yield return new("MatMulInteger-many", 13, "MatMulInteger", [Bytes(70, 2, 3, 7), Bytes(71, 2, 7, 5), zero], 1);
        OnnxTensor<float> x = F(73, 3, 4, 2), scales = Positive(74, 4);
        yield return new("QuantizeLinear", 13, "QuantizeLinear", [x, OnnxTensor.From([0.02f]), zero], 1);
        yield return new("QuantizeLinear-axis", 13, "QuantizeLinear", [x, scales, Signed(75, 4)], 1, ("axis", 1));
        yield return new("DequantizeLinear", 10, "DequantizeLinear", [Bytes(76, 3, 4, 2), OnnxTensor.From([0.02f]), zero], 1);
        yield return new("DequantizeLinear-axis", 13, "DequantizeLinear", [Signed(76, 3, 4, 2), scales], 1, ("axis", -2));
        yield return new("DynamicQuantizeLinear", 11, "DynamicQuantizeLinear", [x], 3);
        yield return new("MatMulInteger-signed", 13, "MatMulInteger", [Bytes(70, 3, 7), Signed(71, 7, 4), zero], 1);
    }
}
