using System.Runtime.InteropServices;
using System.Text.Json;

namespace NeuralCore.Onnx.Tests;

/// <summary>
/// Every operator in graphs of one node, against what ONNX Runtime 1.30 gives: operators.json, which tests/onnx/check.mjs writes from the
/// files that this test writes.
/// </summary>
public sealed class OperatorTests
{
    static readonly Lazy<JsonElement> Recorded = new(() =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "operators.json"))).RootElement);

    public static IEnumerable<TheoryDataRow<string>> Cases() => OperatorCases.All.Select(one => new TheoryDataRow<string>(one.Name));

    [Theory, MemberData(nameof(Cases))]
    public void Gives_what_onnx_runtime_gives(string name)
    {
        OperatorCase one = OperatorCases.All.Single(c => c.Name == name);
        byte[] bytes = one.Model();
        Dictionary<string, OnnxTensor> got = OnnxModel.Read(bytes, name).Run(one.Given());
        var file = new RuntimeCase("op-" + name, bytes);
        file.Add(one.Given(), got, 2e-6, 4e-6);
        file.Write();
        JsonElement outputs = Recorded.Value.GetProperty(name);
        Assert.Equal(outputs.EnumerateObject().Select(o => o.Name).Order(), got.Keys.Order());
        foreach (JsonProperty output in outputs.EnumerateObject())
        {
            OnnxTensor y = got[output.Name];
            Assert.Equal(output.Value.GetProperty("dims").EnumerateArray().Select(d => d.GetInt32()), y.Shape);
            byte[] data = output.Value.GetProperty("data").GetBytesFromBase64();
            (OnnxType type, float[] expected) = output.Value.GetProperty("type").GetString() switch
            {
                "float32" => (OnnxType.Float, MemoryMarshal.Cast<byte, float>(data).ToArray()),
                "float64" => (OnnxType.Double, [.. MemoryMarshal.Cast<byte, double>(data).ToArray().Select(v => (float)v)]),
                "int64" => (OnnxType.Int64, [.. MemoryMarshal.Cast<byte, long>(data).ToArray().Select(v => (float)v)]),
                "int32" => (OnnxType.Int32, [.. MemoryMarshal.Cast<byte, int>(data).ToArray().Select(v => (float)v)]),
                "uint8" => (OnnxType.UInt8, [.. data.Select(v => (float)v)]),
                "int8" => (OnnxType.Int8, [.. data.Select(v => (float)(sbyte)v)]),
                "bool" => (OnnxType.Bool, [.. data.Select(v => (float)v)]),
                var other => throw new InvalidDataException($"unexpected type {other}"),
            };
            Assert.Equal(type, y.Type);
            Reference.Near(output.Name, expected, y.Floats(), 2e-6, 4e-6);
        }
    }
}
