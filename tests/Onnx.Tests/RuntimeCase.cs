using System.Runtime.InteropServices;
using System.Text.Json;

namespace NeuralCore.Onnx.Tests;

/// <summary>
/// An ONNX file with inputs and our outputs, written for tests/onnx/check.mjs into the folder that NEURALCORE_ONNX_OUT names; without that
/// nothing is written. Beside NAME.onnx a file NAME.json: <c>[{absolute, relative, inputs: {name: {type, dims, data}}, outputs:
/// {...}}]</c>, data in base 64.
/// </summary>
sealed class RuntimeCase(string name, byte[] model)
{
    readonly List<(Dictionary<string, OnnxTensor> Inputs, Dictionary<string, OnnxTensor> Outputs, double Absolute, double Relative)> runs =
        [];

    /// <summary>Adds a run; ONNX Runtime must give the outputs within absolute + relative · the largest of them.</summary>
    public void Add(Dictionary<string, OnnxTensor> inputs, Dictionary<string, OnnxTensor> outputs, double absolute, double relative)
        => runs.Add((inputs, outputs, absolute, relative));

    /// <summary>Writes the two files.</summary>
    public void Write()
    {
        if (Environment.GetEnvironmentVariable("NEURALCORE_ONNX_OUT") is not { Length: > 0 } folder) return;
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name + ".onnx"), model);
        using FileStream file = File.Create(Path.Combine(folder, name + ".json"));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartArray();
        foreach ((Dictionary<string, OnnxTensor> inputs, Dictionary<string, OnnxTensor> outputs, double absolute, double relative) in runs)
        {
            json.WriteStartObject();
            json.WriteNumber("absolute", absolute);
            json.WriteNumber("relative", relative);
            Write(json, "inputs", inputs);
            Write(json, "outputs", outputs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, string key, Dictionary<string, OnnxTensor> tensors)
    {
        json.WriteStartObject(key);
        foreach ((string tensor, OnnxTensor x) in tensors)
        {
            json.WriteStartObject(tensor);
            json.WriteString("type", x.Type switch
            {
                OnnxType.Float => "float32",
                OnnxType.Double => "float64",
                var other => other.ToString().ToLowerInvariant()
            });
            json.WriteStartArray("dims");
            foreach (int size in x.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            ReadOnlySpan<byte> bytes = x switch
            {
                OnnxTensor<float> f => MemoryMarshal.AsBytes(f.Values.AsSpan()),
                OnnxTensor<double> d => MemoryMarshal.AsBytes(d.Values.AsSpan()),
                OnnxTensor<long> l => MemoryMarshal.AsBytes(l.Values.AsSpan()),
                OnnxTensor<int> i => MemoryMarshal.AsBytes(i.Values.AsSpan()),
                OnnxTensor<byte> b => b.Values,
                OnnxTensor<sbyte> s => MemoryMarshal.AsBytes(s.Values.AsSpan()),
                OnnxTensor<bool> b => MemoryMarshal.AsBytes(b.Values.AsSpan()),
                _ => throw new ArgumentException($"{tensor}: unexpected {x}"),
            };
            json.WriteBase64String("data", bytes);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
