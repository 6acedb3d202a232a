namespace NeuralCore.Onnx.Tests;

/// <summary>Models that PyTorch exported, against the outputs of ONNX Runtime in ../shared/onnx.</summary>
public sealed class GoldenTests
{
    /// <summary>Every stored case: a model with a file of inputs and outputs.</summary>
    public static IEnumerable<TheoryDataRow<string>> Cases()
        => Reference.Folder is not { } root ? [new TheoryDataRow<string>("")]
            : Directory.GetFiles(root, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(path => new TheoryDataRow<string>(Path.GetRelativePath(root, path)));

    [Theory, MemberData(nameof(Cases))]
    public void Gives_what_onnx_runtime_gives(string file)
    {
        Assert.SkipWhen(Reference.Folder is null, "needs ../shared/onnx");
        string root = Reference.Folder!;
        Safetensors values = Safetensors.Read(Path.Combine(root, file));
        OnnxModel model = OnnxModel.Load(Path.Combine(root, Path.GetDirectoryName(file)!, "model.onnx"));
        Dictionary<string, OnnxTensor> outputs = model.Run(model.Inputs.ToDictionary(port => port.Name, port => Input(values, port)));

        string[] expected = [.. values.Names.Where(name => name.StartsWith("ort.", StringComparison.Ordinal))];
        Assert.Equal(model.Outputs.Count, expected.Length);
        foreach (string name in expected)
        {
            OnnxTensor got = outputs[name["ort.".Length..]];
            Shape shape = values.Shape(name);
            Assert.Equal(Enumerable.Range(0, shape.Rank).Select(axis => shape[axis]), got.Shape);
            Reference.Near(name, values.Floats(name), got.Floats(), 2e-6, 4e-6);
        }
    }

    static OnnxTensor Input(Safetensors values, OnnxPort port)
    {
        string name = "in." + port.Name;
        Shape shape = values.Shape(name);
        int[] sizes = [.. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])];
        return port.Type == OnnxType.Int64 ? OnnxTensor.From([.. values.Doubles(name).Select(v => (long)v)], sizes)
            : OnnxTensor.From(values.Floats(name), sizes);
    }
}
