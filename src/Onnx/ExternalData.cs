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
    /// <exception cref="InvalidDataException">The data lie elsewhere, are not there, are shared, or are behind a link.</exception>
    internal static long Load(ModelProto model, string path)
    {
        // The same file by another name is the same file: case counts on Linux only.
        var left = new Dictionary<string, long>(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        long total = 0;
        foreach (TensorProto tensor in Tensors(model.Graph).Where(t => t.DataLocation == DataLocation.External))
        {
            var entries = tensor.ExternalData.ToLookup(entry => entry.Key, entry => entry.Value);
            string data = Place(tensor, entries["location"].FirstOrDefault(""));
            long size = new FileInfo(data).Length, free = left.GetValueOrDefault(data, size);
            long offset = Number("offset", 0), length = Number("length", Math.Max(0, size - offset));
            if (offset > size || length > size - offset || length > free || length > Array.MaxLength)
                throw Error(tensor, $"expected {length} bytes from {offset} in {data} for it alone, got a file of {size}");
            var bytes = new byte[length];
            if (length > 0)   // what is of size 0 may be a pipe, which would wait when it is opened
            {
                using FileStream file = File.OpenRead(data);
                file.Position = offset;
                file.ReadExactly(bytes);
            }
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            tensor.DataLocation = DataLocation.Default;
            left[data] = free - length;
            total += length;

            long Number(string key, long otherwise) => entries[key].FirstOrDefault() is not { } text ? otherwise
                : long.TryParse(text, out long value) && value >= 0 ? value
                    : throw Error(tensor, $"expected a number of bytes as {key}, got '{text}'");
        }
        return total;

        // The full name of a file in the model's folder or below it; a link could lead to any file of the machine.
        string Place(TensorProto tensor, string name)
        {
            string[] parts = name.Split('/', '\\');
            if (parts.Any(part => part is "" or "." or ".." || Path.IsPathRooted(part)))
                throw Error(tensor, $"expected data in a file beside it, got '{name}'");
            string data = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
            foreach (string part in parts)
            {
                data = Path.Combine(data, part);
                if (!Path.Exists(data)) throw Error(tensor, $"its data lie in {data}, which is not there");
                FileSystemInfo there = Directory.Exists(data) ? new DirectoryInfo(data) : new FileInfo(data);
                if (there.LinkTarget is not null) throw Error(tensor, $"expected data in a file beside it, got the link {data}");
            }
            return File.Exists(data) ? data : throw Error(tensor, $"expected data in a file beside it, got the folder {data}");
        }

        InvalidDataException Error(TensorProto tensor, string problem) => new($"{path}: tensor '{tensor.Name}': {problem}");
    }

    /// <summary>The tensors of a graph and of the graphs in its nodes.</summary>
    static IEnumerable<TensorProto> Tensors(GraphProto? graph) => graph is null ? []
        : graph.Initializer.Concat(graph.Node.SelectMany(node => node.Attribute)
            .SelectMany(a => a.T is { } tensor ? [tensor] : Tensors(a.G)));
}
