namespace NeuralCore.Onnx.Tests;

// Operators that order, take or place elements.
static partial class OperatorCases
{
    static IEnumerable<OperatorCase> Forms()
    {
        OnnxTensor<float> x = F(50, 2, 3, 4);
        yield return new("Shape", 15, "Shape", [x], 1);
        yield return new("Shape-part", 15, "Shape", [x], 1, ("start", -2), ("end", 5));
        yield return new("Size", 13, "Size", [x], 1);
        yield return new("Reshape", 13, "Reshape", [x, L(0, -1)], 1);
        yield return new("Flatten", 13, "Flatten", [x], 1, ("axis", 2));
        yield return new("Flatten-end", 13, "Flatten", [x], 1, ("axis", 3));
        yield return new("Squeeze-old", 11, "Squeeze", [F(51, 1, 3, 1)], 1, ("axes", new long[] { 0 }));
        yield return new("Squeeze", 13, "Squeeze", [F(51, 1, 3, 1), L(-1)], 1);
        yield return new("Squeeze-all", 13, "Squeeze", [F(51, 1, 3, 1)], 1);
        yield return new("Unsqueeze-old", 11, "Unsqueeze", [x], 1, ("axes", new long[] { 0, 3 }));
        yield return new("Unsqueeze", 13, "Unsqueeze", [x, L(-1, 1)], 1);
        yield return new("Transpose", 13, "Transpose", [x], 1, ("perm", new long[] { 1, 2, 0 }));
        yield return new("Transpose-reversed", 13, "Transpose", [x], 1);
        yield return new("Expand", 13, "Expand", [F(52, 3, 1), L(2, 1, 4)], 1);
        yield return new("Concat", 13, "Concat", [x, F(53, 2, 1, 4)], 1, ("axis", 1));
        yield return new("Tile", 13, "Tile", [F(52, 3, 2), L(2, 3)], 1);
        yield return new("Slice-old", 9, "Slice", [x], 1, ("starts", new long[] { 1, -3 }), ("ends", new long[] { 9, -1 }),
            ("axes", new long[] { 1, 2 }));
        yield return new("Slice", 13, "Slice", [x, L(0, 3), L(2, -9), L(1, 2), L(2, -2)], 1);
        yield return new("Slice-empty", 13, "Slice", [x, L(2), L(1), L(1)], 1);
        yield return new("Slice-back-all", 13, "Slice", [x, L(-9, 2), L(long.MaxValue, long.MaxValue), L(2, 1), L(-2, -1)], 1);
        yield return new("Slice-back", 13, "Slice", [x, L(-1), L(long.MinValue), L(2), L(-1)], 1);
        yield return new("Split-old", 11, "Split", [x], 2, ("axis", 2), ("split", new long[] { 1, 3 }));
        yield return new("Split", 13, "Split", [x, L(2, 1)], 2, ("axis", 1));
        yield return new("Split-equal", 13, "Split", [x], 2, ("axis", 2));
        yield return new("Split-uneven", 18, "Split", [F(54, 7)], 3, ("num_outputs", 3));
        yield return new("Pad-old", 9, "Pad", [x], 1, ("pads", new long[] { 0, 1, 0, 0, 0, 2 }), ("value", 1.5f));
        yield return new("Pad", 13, "Pad", [x, L(1, 0, -1, 0, 2, 0), OnnxTensor.From([7f])], 1);
        yield return new("Pad-reflect", 13, "Pad", [x, L(0, 2, 1, 0, 1, 3)], 1, ("mode", "reflect"));
        yield return new("Pad-edge-axes", 18, "Pad", [x, L(2, 1), null, L(1)], 1, ("mode", "edge"));
        yield return new("Trilu", 14, "Trilu", [x], 1);
        yield return new("Trilu-lower", 14, "Trilu", [x, Scalar(-1)], 1, ("upper", 0));
        yield return new("ConstantOfShape", 13, "ConstantOfShape", [L(2, 3)], 1, ("value", OnnxFile.Message<long>("", [7], 1)));
        yield return new("Range", 13, "Range", [Scalar(10), Scalar(2), Scalar(-3)], 1);
        yield return new("Range-floats", 13, "Range", [OnnxTensor.From([0.5f]), OnnxTensor.From([2f]), OnnxTensor.From([0.4f])], 1);
        yield return new("EyeLike", 13, "EyeLike", [F(55, 3, 4)], 1, ("k", 1));
        yield return new("Gather", 13, "Gather", [x, OnnxTensor.From([0L, -1, 1, 2], 2, 2)], 1, ("axis", 1));
        yield return new("Gather-one", 13, "Gather", [x, Scalar(-1)], 1, ("axis", 2));
        yield return new("GatherElements", 13, "GatherElements", [x, OnnxTensor.From([0L, 3, -1, 1, 2, 2], 1, 3, 2)], 1, ("axis", 2));
        yield return new("GatherND", 13, "GatherND", [x, OnnxTensor.From([0L, 2, 1, -1], 2, 2)], 1);
        yield return new("GatherND-batch", 13, "GatherND", [x, OnnxTensor.From([2L, 1], 2, 1)], 1, ("batch_dims", 1));
        yield return new("ScatterND", 16, "ScatterND", [x, OnnxTensor.From([0L, 2, 1, -1], 2, 2), F(56, 2, 4)], 1);
        yield return new("OneHot", 13, "OneHot", [L(0, 2, -1, 5), Scalar(3), OnnxTensor.From([0.5f, 2], 2)], 1, ("axis", 0));
        yield return new("ReverseSequence", 10, "ReverseSequence", [F(72, 4, 3, 2), L(2, 4, 1)], 1, ("time_axis", 0), ("batch_axis", 1));
        yield return new("ReverseSequence-batch", 10, "ReverseSequence", [F(72, 3, 4), L(2, 4, 1)], 1, ("time_axis", 1), ("batch_axis", 0));
        yield return new("Dropout", 13, "Dropout", [x, OnnxTensor.From([0.5f])], 2);
    }

    static IEnumerable<OperatorCase> Placed()
    {
        OnnxTensor<float> x = F(57, 2, 3, 4), updates = F(58, 2, 2, 3);
        OnnxTensor<long> places = OnnxTensor.From([0L, 2, 1, -1, 0, 1, 2, 0, 0, 1, 1, -2], 2, 2, 3);
        yield return new("Scatter", 9, "Scatter", [x, places, updates], 1, ("axis", 1));
        yield return new("ScatterElements", 13, "ScatterElements", [x, places, updates], 1, ("axis", -2));
        yield return new("ScatterElements-integers", 16, "ScatterElements", [Whole(57, 2, 3, 4), places, Whole(58, 2, 2, 3)],
            1, ("axis", 2));
        foreach (string reduction in new[] { "add", "mul", "max", "min" })
        {
            OnnxTensor<long> twice = OnnxTensor.From([0L, 2, 0, 2, 1, -1], 3, 2);
            yield return new($"ScatterElements-{reduction}", 18, "ScatterElements", [x, places, updates], 1, ("axis", 1),
                ("reduction", reduction));
            yield return new($"ScatterND-{reduction}", 18, "ScatterND", [x, twice, F(59, 3, 4)], 1, ("reduction", reduction));
        }
    }

    static IEnumerable<OperatorCase> Resized()
    {
        OnnxTensor<float> line = F(97, 2, 3, 5), plane = F(98, 1, 2, 4, 3);
        yield return new("Upsample-old", 7, "Upsample", [plane], 1, ("scales", new[] { 1f, 1, 2, 3 }));
        yield return new("Upsample", 9, "Upsample", [plane, OnnxTensor.From([1f, 1, 2, 3], 4)], 1, ("mode", "linear"));
        foreach (float scale in new[] { 0.6f, 2.5f })
        {
            yield return new($"Resize-10-{scale:F1}".Replace('.', '_'), 10, "Resize", [line, OnnxTensor.From([1f, 1, scale], 3)], 1);
            foreach (string place in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" })
                yield return new($"Resize-{place}-{scale:F1}".Replace('.', '_'), 13, "Resize",
                    [line, null, OnnxTensor.From([1f, 1, scale], 3)], 1, ("mode", "linear"), ("coordinate_transformation_mode", place));
            foreach (string nearest in new[] { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" })
                yield return new($"Resize-{nearest}-{scale:F1}".Replace('.', '_'), 13, "Resize",
                    [line, null, OnnxTensor.From([1f, 1, scale], 3)], 1, ("nearest_mode", nearest));
        }
        yield return new("Resize-sizes", 13, "Resize", [plane, null, null, L(1, 2, 7, 5)], 1, ("mode", "linear"));
        yield return new("Resize-axes", 18, "Resize", [plane, null, null, L(7, 1)], 1, ("axes", new long[] { 2, 3 }),
            ("nearest_mode", "floor"));
        yield return new("Resize-symmetric", 19, "Resize", [line, null, OnnxTensor.From([1f, 1, 1.7f], 3)], 1, ("mode", "linear"),
            ("coordinate_transformation_mode", "half_pixel_symmetric"));
    }
}
