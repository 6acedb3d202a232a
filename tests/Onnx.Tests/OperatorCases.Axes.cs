namespace NeuralCore.Onnx.Tests;

// Operators along axes: reductions, places of extremes, sums, normalisations; and windows that slide along them.
static partial class OperatorCases
{
    static IEnumerable<OperatorCase> AlongAxes()
    {
        OnnxTensor<float> x = F(30, 2, 3, 4), positive = Positive(31, 2, 3, 4);
        foreach (string op in new[] { "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceSumSquare",
            "ReduceLogSum", "ReduceLogSumExp" })
        {
            yield return new($"{op}-old", 13, op, [positive], 1, ("axes", new long[] { 0, -1 }), ("keepdims", 0));
            yield return new(op, 18, op, [positive, L(1)], 1);
            yield return new($"{op}-all", 18, op, [positive], 1, ("keepdims", 0));
        }
        yield return new("ReduceSum-old", 11, "ReduceSum", [x], 1, ("axes", new long[] { 1 }));
        yield return new("ReduceSum", 13, "ReduceSum", [x, L(0, 2)], 1, ("keepdims", 0));
        yield return new("ReduceSum-integers", 13, "ReduceSum", [OnnxTensor.From([1L, 2, 3, 4], 2, 2), L(0)], 1);
        yield return new("ReduceSum-none", 13, "ReduceSum", [x, OnnxTensor.From<long>([], 0)], 1, ("noop_with_empty_axes", 1));
        foreach (string op in new[] { "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceMax" })
            yield return new($"{op}-none", 18, op, [positive], 1, ("noop_with_empty_axes", 1));
        yield return new("ArgMax", 13, "ArgMax", [x], 1, ("axis", 1));
        yield return new("ArgMin-last", 13, "ArgMin", [OnnxTensor.From([1f, 0, 0, 2, 2, 2], 2, 3)], 1, ("axis", -1), ("keepdims", 0),
            ("select_last_index", 1));
        yield return new("GlobalAveragePool", 13, "GlobalAveragePool", [x], 1);
        yield return new("GlobalMaxPool", 13, "GlobalMaxPool", [F(37, 2, 3, 2, 2)], 1);
        yield return new("TopK", 11, "TopK", [x, L(2)], 2, ("axis", 1));
        yield return new("TopK-smallest", 11, "TopK", [OnnxTensor.From([1f, 0, 0, 2, 2, 1], 2, 3), L(2)], 2, ("largest", 0));
        yield return new("TopK-attribute", 9, "TopK", [x], 2, ("k", 2));
        yield return new("TopK-integers", 11, "TopK", [Whole(30, 2, 9), L(4)], 2);
        yield return new("TopK-double", 11, "TopK", [D(30, 2, 9), L(4)], 2, ("axis", 1), ("largest", 0));
        yield return new("NonZero", 13, "NonZero", [Truth(38, 3, 4)], 1);
        yield return new("CumSum", 14, "CumSum", [x, Scalar(1)], 1);
        yield return new("CumSum-back", 14, "CumSum", [x, Scalar(-1)], 1, ("exclusive", 1), ("reverse", 1));
        foreach (string op in new[] { "Softmax", "LogSoftmax" })
        {
            yield return new($"{op}-old", 11, op, [x], 1);
            yield return new($"{op}-old-last", 11, op, [x], 1, ("axis", 2));
            yield return new(op, 13, op, [x], 1);
            yield return new($"{op}-middle", 13, op, [x], 1, ("axis", 1));
        }
        yield return new("LayerNormalization", 17, "LayerNormalization", [x, F(32, 4), F(33, 4)], 3);
        yield return new("LayerNormalization-two", 17, "LayerNormalization", [x, F(32, 3, 4)], 1, ("axis", 1), ("epsilon", 0.01f));
        yield return new("RMSNormalization", 23, "RMSNormalization", [x, F(32, 4)], 1);
        foreach (int opset in new[] { 8, 9, 15 })
            yield return new($"BatchNormalization-{opset}", opset, "BatchNormalization", [x, F(32, 3), F(33, 3), F(34, 3), Positive(35, 3)],
                1, ("epsilon", 0.01f));
        yield return new("BatchNormalization-training", 15, "BatchNormalization", [x, F(32, 3), F(33, 3), F(34, 3), Positive(35, 3)], 3,
            ("training_mode", 1), ("momentum", 0.7f));
        yield return new("InstanceNormalization", 13, "InstanceNormalization", [x, F(32, 3), F(33, 3)], 1);
        yield return new("GroupNormalization", 21, "GroupNormalization", [F(36, 2, 4, 3), F(32, 4), F(33, 4)], 1, ("num_groups", 2));
        yield return new("GroupNormalization-18", 18, "GroupNormalization", [F(36, 2, 4, 3), F(32, 2), F(33, 2)], 1, ("num_groups", 2));
        yield return new("Softmax-double", 13, "Softmax", [D(30, 2, 3, 4)], 1, ("axis", 1));
        yield return new("LogSoftmax-double", 11, "LogSoftmax", [D(30, 2, 3, 4)], 1);
        yield return new("LayerNormalization-double", 17, "LayerNormalization", [D(30, 2, 3, 4), D(32, 4), D(33, 4)], 1);
        yield return new("BatchNormalization-double", 15, "BatchNormalization",
            [D(30, 2, 3, 4), D(32, 3), D(33, 3), D(34, 3), OnnxTensor.From([0.5, 1.5, 2], 3)], 1);
        foreach (string op in new[] { "ReduceMean", "ReduceL2", "ReduceLogSumExp" })
            yield return new($"{op}-double", 13, op, [D(30, 2, 3, 4)], 1, ("axes", new long[] { 1 }));
        foreach (string op in new[] { "ReduceMax", "ReduceMin", "ReduceProd" })
            yield return new($"{op}-integers", 18, op, [Whole(30, 2, 3, 4), L(-1)], 1);
        foreach (string op in new[] { "ReduceMax", "ReduceMin" }) yield return new($"{op}-truths", 20, op, [Truth(39, 3, 4), L(1)], 1);
        yield return new("CumSum-integers", 14, "CumSum", [Whole(30, 2, 3, 4), Scalar(1)], 1);
        yield return new("CumSum-double", 14, "CumSum", [D(30, 2, 3, 4), Scalar(2)], 1, ("reverse", 1));
        yield return new("LpNormalization", 13, "LpNormalization", [x], 1, ("axis", 1), ("p", 1));
    }

    static IEnumerable<OperatorCase> Windowed()
    {
        foreach ((string name, string equation, int[] b) in new[] { ("product", "bij,bjk->bik", [3, 5, 2]),
            ("turned", "bij, bkj -> bik", [3, 2, 5]),
            ("sum", "bij,bij->", [3, 4, 5]), ("implicit", "bij,bjk", [3, 5, 2]), ("ellipsis", "...ij,jk->k...i", new[] { 5, 2 }),
            ("ellipses", "...ij,...j", [1, 3, 5]) })
            yield return new($"Einsum-{name}", 13, "Einsum", [name == "ellipses" ? F(90, 2, 3, 4, 5) : F(90, 3, 4, 5), F(91, b)], 1,
                ("equation", equation));
        yield return new("Einsum-diagonal", 13, "Einsum", [F(90, 4, 4, 2)], 1, ("equation", "iij -> j"));
        yield return new("Einsum-double", 13, "Einsum", [D(90, 3, 4, 5), D(91, 3, 2, 5)], 1, ("equation", "bij,bkj->bik"));
        yield return new("Einsum-integers", 13, "Einsum", [Whole(90, 3, 4), Whole(91, 4, 2)], 1, ("equation", "ij,jk"));
        yield return new("Einsum-three", 13, "Einsum", [F(90, 3, 4), F(91, 4, 2), F(92, 3)], 1, ("equation", "ab,bc,a->ca"));

        OnnxTensor<float> line = F(93, 2, 4, 11), plane = F(94, 2, 4, 7, 6);
        yield return new("Conv-line", 13, "Conv", [line, F(95, 6, 4, 3), F(96, 6)], 1, ("kernel_shape", new long[] { 3 }),
            ("pads", new long[] { 2, 0 }), ("dilations", new long[] { 2 }));
        yield return new("Conv-plane", 13, "Conv", [plane, F(95, 6, 4, 3, 2)], 1, ("strides", new long[] { 2, 1 }),
            ("pads", new long[] { 1, 0, 1, 1 }));
        yield return new("Conv-groups", 13, "Conv", [plane, F(95, 6, 2, 3, 3), F(96, 6)], 1, ("group", 2));
        foreach (string auto in new[] { "SAME_UPPER", "SAME_LOWER", "VALID" })
        {
            yield return new($"Conv-{auto}", 13, "Conv", [plane, F(95, 3, 4, 4, 2)], 1, ("auto_pad", auto),
                ("strides", new long[] { 2, 2 }));
            yield return new($"MaxPool-{auto}", 12, "MaxPool", [plane], 1, ("auto_pad", auto), ("strides", new long[] { 2, 2 }),
                ("kernel_shape", new long[] { 3, 2 }));
        }
        yield return new("MaxPool-line", 12, "MaxPool", [line], 1, ("kernel_shape", new long[] { 3 }), ("strides", new long[] { 3 }),
            ("ceil_mode", 1), ("pads", new long[] { 1, 1 }));
        yield return new("ConvTranspose", 11, "ConvTranspose", [line, F(95, 4, 6, 3), F(96, 6)], 1);
        yield return new("ConvTranspose-strided", 11, "ConvTranspose", [line, F(95, 4, 3, 4), F(96, 3)], 1, ("strides", new long[] { 3 }),
            ("pads", new long[] { 2, 1 }), ("dilations", new long[] { 2 }), ("output_padding", new long[] { 1 }));
        yield return new("ConvTranspose-groups", 11, "ConvTranspose", [plane, F(95, 4, 3, 3, 2)], 1, ("group", 2),
            ("strides", new long[] { 2, 1 }), ("kernel_shape", new long[] { 3, 2 }), ("pads", new long[] { 1, 0, 1, 1 }));
        yield return new("MaxPool-places", 12, "MaxPool", [line], 2, ("kernel_shape", new long[] { 3 }), ("strides", new long[] { 2 }),
            ("pads", new long[] { 1, 0 }));
        yield return new("MaxPool-dilated", 12, "MaxPool", [plane], 1, ("kernel_shape", new long[] { 2, 3 }),
            ("dilations", new long[] { 3, 2 }));
        foreach (int counted in new[] { 0, 1 })
            yield return new($"AveragePool-{(counted == 1 ? "counted" : "not-counted")}", 13, "AveragePool", [plane], 1,
                ("kernel_shape", new long[] { 3, 3 }),
                ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }), ("count_include_pad", counted));
    }
}
