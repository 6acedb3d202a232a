namespace NeuralCore.Onnx.Tests;

/// <summary>
/// What is exported, read again and run, gives what the model gives; and so in ONNX Runtime, for which .ci/run runs tests/onnx/check.mjs.
/// </summary>
public sealed class ExportTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases() => ExportCases.All.Select(one => new TheoryDataRow<string>(one.Name));

    /// <summary>Those with weights that can be int8.</summary>
    public static IEnumerable<TheoryDataRow<string>> Int8Cases()
        => ExportCases.All.Where(one => HasMatrix(one.Make())).Select(one => new TheoryDataRow<string>(one.Name));

    static bool HasMatrix(Layer layer)
        => layer is Dense or RecurrentLayer or MultiHeadAttention || layer.Children.Any(child => HasMatrix(child.Layer));

    [Theory, MemberData(nameof(Cases))]
    public void Gives_what_the_model_gives(string name) => Compare(name, model => model, "", 1e-6, 4e-6);

    [Theory, MemberData(nameof(Int8Cases))]
    public void Gives_what_the_int8_model_gives(string name) => Compare(name, model => model.Quantize(), "-int8", 0, 1e-3);

    /// <summary>A graph of an int8 model is it to the bit, unless a function other than ReLU lies between its layers.</summary>
    [Theory]
    [InlineData("bilstm-stack-last-lengths"), InlineData("lstm-no-bias"), InlineData("bigru-stack-lengths"),
        InlineData("bigru-before-last-lengths")]
    [InlineData("gru-no-bias"), InlineData("take-last-lengths"), InlineData("dense-no-bias"), InlineData("flatten"),
        InlineData("bilstm-stack-last-opset23")]
    [InlineData("additive-attention"), InlineData("additive-attention-lengths"), InlineData("attention-lengths"),
        InlineData("attention-causal")]
    [InlineData("attention-causal-lengths"), InlineData("encoder-post-norm"), InlineData("encoder-post-norm-lengths"),
        InlineData("plan-lengths")]
    public void Int8_graphs_have_the_bits_of_the_model(string name) => Compare(name, model => model.Quantize(), "-int8-bits", 0, 0);

    static void Compare(string name, Func<Model, Model> of, string suffix, double absolute, double relative)
    {
        ExportCase one = ExportCases.All.Single(c => c.Name == name);
        Model model = of(ExportCases.Model(one));
        var options = new OnnxExportOptions { Lengths = one.Lengths, Opset = one.Opset };
        OnnxModel exported = OnnxModel.Read(OnnxExport.ToBytes(model, one.Row, options), name);
        var file = new RuntimeCase(name + suffix, OnnxExport.ToBytes(model, one.Row, options));
        foreach ((int batch, int steps) in new[] { (1, 7), (32, 7),
            (3, one.Row.Rank > 1 && exported.Inputs[0].Shape![1].Size is null ? 9 : 7) })
        {
            if (one.Name.StartsWith("batch-norm-of-batch", StringComparison.Ordinal) && batch == 1 && steps == 1) continue;
            Tensor x = ExportCases.Input(one, batch, steps), expected = model.Predict(x, model.Tape());
            var inputs = new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(x) };
            if (one.Lengths) inputs["lengths"] = OnnxTensor.From([.. x.Lengths.ToArray().Select(n => (long)n)], batch);
            OnnxTensor got = exported.Run(inputs)["y"];
            Assert.Equal(Enumerable.Range(0, expected.Shape.Rank).Select(axis => expected.Shape[axis]), got.Shape);
            Reference.Near($"batch {batch}", expected.Span, got.Floats(), absolute, relative);
            file.Add(inputs, new() { ["y"] = OnnxTensor.From(expected) }, absolute, relative);
        }
        file.Write();
    }

    /// <summary>Large models: at most 0.28 of the file with floats.</summary>
    [Fact]
    public void Int8_files_are_about_a_quarter()
    {
        var model = new Model(new Sequential(new Lstm(20, 128), new Lstm(128, 64, lastStep: true), new Dense(64, 32), Activation.Relu(),
            new Dense(32, 2)), seed: 1);
        int floats = OnnxExport.ToBytes(model, new Shape(60, 20)).Length,
            int8 = OnnxExport.ToBytes(model.Quantize(), new Shape(60, 20)).Length;
        Assert.True(int8 < 0.28 * floats, $"expected less than 0.28 of {floats} bytes, got {int8}");
    }
}
