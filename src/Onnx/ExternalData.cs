using Google.Protobuf;
using NeuralCore.Onnx.Proto;
using static NeuralCore.Onnx.Proto.TensorProto.Types;

namespace NeuralCore.Onnx;

/// <summary>Elements of tensors that lie in files beside the ONNX file, as newer exporters and large models have them.</summary>
static class ExternalData
{
    /// <summary>
    /// Brings all elements into the message and gives the number of their bytes. Of a file no more is read than it has bytes: tensors that
    /// share theirs would let a small file fill the memory.
    /// </summary>
    /// <exception cref="InvalidDataException">The data lie elsewhere, are not there, or are shared.</exception>
    internal static long Load(ModelProto model, string path)
    {
        var left = new Dictionary<string, long>();
        long total = 0;
        foreach (TensorProto tensor in Tensors(model.Graph).Where(t => t.DataLocation == DataLocation.External))
        {
            var entries = tensor.ExternalData.ToLookup(entry => entry.Key, entry => entry.Value);
            string name = entries["location"].FirstOrDefault("");
            if (name.Split('/', '\\').Any(part => part is "" or "." or "..") || Path.IsPathRooted(name))
                throw Error(tensor, $"expected data in a file beside it, got '{name}'");
            string data = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
            if (!File.Exists(data)) throw Error(tensor, $"its data lie in {data}, which is not there");
            using FileStream file = File.OpenRead(data);
            long offset = Number("offset", 0), length = Number("length", Math.Max(0, file.Length - offset)), free = left.GetValueOrDefault(data, file.Length);
            if (offset > file.Length || length > file.Length - offset || length > free || length > Array.MaxLength)
                throw Error(tensor, $"expected {length} bytes from {offset} in {data} for it alone, got a file of {file.Length}");
            var bytes = new byte[length];
            file.Position = offset;
            file.ReadExactly(bytes);
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            tensor.DataLocation = DataLocation.Default;
            left[data] = free - length;
            total += length;

            long Number(string key, long otherwise) => entries[key].FirstOrDefault() is not { } text ? otherwise
                : long.TryParse(text, out long value) && value >= 0 ? value : throw Error(tensor, $"expected a number of bytes as {key}, got '{text}'");
        }
        return total;

        InvalidDataException Error(TensorProto tensor, string problem) => new($"{path}: tensor '{tensor.Name}': {problem}");
    }

    /// <summary>The tensors of a graph and of the graphs in its nodes.</summary>
    static IEnumerable<TensorProto> Tensors(GraphProto? graph) => graph is null ? []
        : graph.Initializer.Concat(graph.Node.SelectMany(node => node.Attribute).SelectMany(a => a.T is { } tensor ? [tensor] : Tensors(a.G)));
}
