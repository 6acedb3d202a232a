using NeuralCore.Onnx.Export;

namespace NeuralCore.Onnx.Tests;

/// <summary>What the operators' specification says of types and edges that ONNX Runtime's stored outputs do not show.</summary>
public sealed class SpecificationTests
{
    static Dictionary<string, OnnxTensor> With(params (string, OnnxTensor)[] inputs) => inputs.ToDictionary();

    static OnnxTensor<Half> Narrow(params float[] values) => OnnxTensor.From([.. values.Select(v => (Half)v)], values.Length);

    [Fact]
    public void A_power_is_of_the_type_of_its_base()
    {
        Func<GraphBuilder, string[]> power = g => [g.Node("Pow", ["x", "n"])];
        OnnxTensor y = OneGraph.Run(With(("x", OnnxTensor.From([1.0001f, 3f], 2)), ("n", Narrow(3, 3))), power)[0];
        Assert.Equal(OnnxType.Float, y.Type);
        Assert.Equal([1.0003f, 27], y.Floats());
        Assert.Equal(OnnxType.Float16, OneGraph.Run(With(("x", Narrow(1, 3)), ("n", OnnxTensor.From([3f, 3], 2))), power)[0].Type);
    }

    [Fact]
    public void Moments_of_narrow_floats_are_wide()
    {
        OnnxTensor[] y = OneGraph.Run(With(("x", Narrow(1, 2, 4)), ("scale", Narrow(1, 1, 1))),
            g => g.Node("LayerNormalization", 3, ["x", "scale"]));
        Assert.Equal([OnnxType.Float16, OnnxType.Float, OnnxType.Float], y.Select(o => o.Type));
        Assert.Equal(7f / 3, y[1].Floats()[0], 1e-6f);
    }

    [Fact]
    public void Floats_can_be_given_for_bfloat16()
    {
        var model = OneGraph.Model(With(("x", OnnxTensor.From([0f, 0], 2))), g => [g.Node("Cast", ["x"], ("to", (int)OnnxType.Float))]);
        model.Graph.Input[0].Type.TensorType.ElemType = (int)OnnxType.BFloat16;
        OnnxModel read = OnnxModel.Read(Google.Protobuf.MessageExtensions.ToByteArray(model), "m.onnx");
        Assert.Equal([1, -2.5f], read.Run(With(("x", OnnxTensor.From([1.001f, -2.5f], 2))))[read.Outputs[0].Name].Floats());
    }

    /// <summary>Just below a half is not a half, though the sum with one half rounds to 1.</summary>
    [Fact]
    public void A_half_rounds_up_and_what_is_below_does_not()
    {
        float below = MathF.BitDecrement(0.5f);
        Assert.Equal(0, At(below));
        Assert.Equal(1, At(0.5f));

        // The element that a place in x = (0, 1, 2) is rounded to: asymmetric, that is i / scale, of i = 1.
        float At(float place) => OneGraph.Run(With(("x", OnnxTensor.From([0f, 1, 2], 3))), g =>
            [g.Node("Resize", ["x", "", g.Constant<float>("scales", [1 / place], 1)], ("coordinate_transformation_mode", "asymmetric"),
                ("nearest_mode", "round_prefer_ceil"))])[0].Floats()[1];
    }

    [Theory, InlineData(1, new[] { 3L, 1, 0, 2 }), InlineData(0, new[] { 0L, 2, 1, 3 })]
    public void Nan_counts_as_the_smallest(int largest, long[] places)
    {
        OnnxTensor[] y = OneGraph.Run(With(("x", OnnxTensor.From([float.NaN, -1, float.NaN, 2], 4))),
            g => g.Node("TopK", 2, ["x", g.Integers(4)], ("largest", largest)));
        Assert.Equal(places, ((OnnxTensor<long>)y[1]).Values);
    }

    [Theory, InlineData("Shape"), InlineData("Size"), InlineData("Max"), InlineData("Sum"), InlineData("Clip"), InlineData("Reshape")]
    public void A_sequence_is_no_tensor(string op)
        => Assert.Contains($"{op} '{op}' (opset 18): expected tensors, got a sequence of 1", Assert.Throws<InvalidDataException>(() =>
            OneGraph.Run(With(("x", OnnxTensor.From([1f], 1))), g => [g.Node(op, [g.Node("SequenceConstruct", ["x"])])])).Message);
}
