using System.Runtime.InteropServices;
using System.Text.Json;

namespace NeuralCore.Onnx.Tests;

/// <summary>
/// Small models such as PyTorch 1.13 exports them, each with inputs and with what ONNX Runtime 1.30 gives (before opset 9
/// PyTorch itself, since ONNX Runtime knows no ConstantFill): torch.json,
/// <c>{"NAME OPSET": {model, runs: [{inputs: {name: {type, dims, data}}, outputs: {...}}]}}</c>, bytes in base 64.
/// </summary>
public sealed class TorchTests
{
    static readonly Lazy<JsonElement> Recorded = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "torch.json"))).RootElement);

    public static IEnumerable<TheoryDataRow<string>> Cases()
        => Recorded.Value.EnumerateObject().Select(one => new TheoryDataRow<string>(one.Name));

    [Theory, MemberData(nameof(Cases))]
    public void Gives_what_was_recorded(string name)
    {
        JsonElement one = Recorded.Value.GetProperty(name);
        OnnxModel model = OnnxModel.Read(one.GetProperty("model").GetBytesFromBase64(), name);
        Assert.Equal($"{model.Opset}", name.Split(' ')[^1]);
        foreach (JsonElement run in one.GetProperty("runs").EnumerateArray())
        {
            Dictionary<string, OnnxTensor> outputs = Values(run.GetProperty("outputs")), got = model.Run(Values(run.GetProperty("inputs")));
            Assert.Equal(outputs.Keys.Order(), got.Keys.Order());
            foreach ((string output, OnnxTensor expected) in outputs)
            {
                Assert.Equal((expected.Type, string.Join(", ", expected.Shape)), (got[output].Type, string.Join(", ", got[output].Shape)));
                Reference.Near(output, expected.Floats(), got[output].Floats(), 2e-6, 4e-6);
            }
        }
    }

    static Dictionary<string, OnnxTensor> Values(JsonElement tensors) => tensors.EnumerateObject()
        .ToDictionary(tensor => tensor.Name, tensor =>
    {
        byte[] data = tensor.Value.GetProperty("data").GetBytesFromBase64();
        int[] sizes = [.. tensor.Value.GetProperty("dims").EnumerateArray().Select(size => size.GetInt32())];
        return tensor.Value.GetProperty("type").GetString() switch
        {
            "float32" => OnnxTensor.From(MemoryMarshal.Cast<byte, float>(data).ToArray(), sizes),
            "float64" => OnnxTensor.From(MemoryMarshal.Cast<byte, double>(data).ToArray(), sizes),
            "int64" => (OnnxTensor)OnnxTensor.From(MemoryMarshal.Cast<byte, long>(data).ToArray(), sizes),
            var other => throw new InvalidDataException($"unexpected type {other}"),
        };
    });
}
