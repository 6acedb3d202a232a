namespace NeuralCore.Onnx.Tests;

/// <summary>What is exported, read again and run, gives what the model gives; and so in ONNX Runtime, for which .ci/run runs tests/onnx/check.mjs.</summary>
public sealed class ExportTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases() => ExportCases.All.Select(one => new TheoryDataRow<string>(one.Name));

    [Theory, MemberData(nameof(Cases))]
    public void Gives_what_the_model_gives(string name)
    {
        ExportCase one = ExportCases.All.Single(c => c.Name == name);
        Model model = ExportCases.Model(one);
        var options = new OnnxExportOptions { Lengths = one.Lengths, Opset = one.Opset };
        OnnxModel exported = OnnxModel.Read(OnnxExport.ToBytes(model, one.Row, options), name);
        var file = new RuntimeCase(name, OnnxExport.ToBytes(model, one.Row, options));
        foreach ((int batch, int steps) in new[] { (1, 7), (32, 7), (3, one.Row.Rank > 1 && exported.Inputs[0].Shape![1].Size is null ? 9 : 7) })
        {
            if (one.Name.StartsWith("batch-norm-of-batch", StringComparison.Ordinal) && batch == 1 && steps == 1) continue;
            Tensor x = ExportCases.Input(one, batch, steps), expected = model.Predict(x, model.Tape());
            var inputs = new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.From(x) };
            if (one.Lengths) inputs["lengths"] = OnnxTensor.From([.. x.Lengths.ToArray().Select(n => (long)n)], batch);
            OnnxTensor got = exported.Run(inputs)["y"];
            Assert.Equal(Enumerable.Range(0, expected.Shape.Rank).Select(axis => expected.Shape[axis]), got.Shape);
            Reference.Near($"batch {batch}", expected.Span, got.Floats(), 1e-6, 4e-6);
            file.Add(inputs, new() { ["y"] = OnnxTensor.From(expected) }, 1e-6, 4e-6);
        }
        file.Write();
    }
}
