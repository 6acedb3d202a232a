using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NeuralCore;

public sealed partial class Safetensors
{
    /// <summary>Writes tensors as F32; the file appears whole or not at all.</summary>
    /// <param name="path">The file; an old one is replaced.</param>
    /// <param name="tensors">Name, shape and values of each tensor, row-major.</param>
    /// <param name="metadata">Texts to store beside the tensors.</param>
    /// <param name="integers">Names of the tensors of whole numbers, which are written as I64.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, a length does not fit its shape, or the file would have more than
    /// <see cref="MaxBytes"/> and could not be read again; nothing was written.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Shape Shape, float[] Values)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null, IReadOnlySet<string>? integers = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = Header(tensors, metadata, integers, out long data);
        if (8 + header.Length + data > MaxBytes)
            throw new ArgumentException($"{path}: expected tensors and texts that make at most {MaxBytes} bytes, got {8 + header.Length + data}", nameof(tensors));
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write((ulong)header.Length);
                writer.Write(header);
                foreach ((string name, _, float[] values) in tensors)
                    if (integers?.Contains(name) == true) foreach (float value in values) writer.Write((long)value);
                    else foreach (float value in values) writer.Write(value);
                writer.Flush();
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Deletes what killed processes left of files that <see cref="Write"/> was writing. No other process may write one of them now.
    /// </summary>
    /// <param name="path">The files, in whose name <paramref name="number"/> stands for any whole number.</param>
    /// <param name="number">For example <c>{epoch}</c>; none: there is one file.</param>
    internal static void DeleteTemporaries(string path, string number = "")
    {
        string full = System.IO.Path.GetFullPath(path), name = Regex.Escape(System.IO.Path.GetFileName(full));
        if (number.Length > 0) name = name.Replace(Regex.Escape(number), "[0-9]+", StringComparison.Ordinal);
        foreach (string left in Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(full)!, "*.tmp"))
            if (Regex.IsMatch(System.IO.Path.GetFileName(left), $@"^{name}\.[0-9a-f]{{32}}\.tmp$", RegexOptions.CultureInvariant)) File.Delete(left);
    }

    static byte[] Header(IReadOnlyList<(string Name, Shape Shape, float[] Values)> tensors, IReadOnlyDictionary<string, string>? metadata,
        IReadOnlySet<string>? integers, out long data)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            HashSet<string> names = [MetadataKey];
            data = 0;
            foreach ((string name, Shape shape, float[] values) in tensors)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"safetensors: the name '{name}' occurs twice or is reserved", nameof(tensors));
                if (values.Length != shape.Count)
                    throw new ArgumentException($"safetensors: expected {shape.Count} values for '{name}', got {values.Length}", nameof(tensors));
                json.WriteStartObject(name);
                bool integer = integers?.Contains(name) == true;
                json.WriteString("dtype", integer ? "I64" : "F32");
                json.WriteStartArray("shape");
                for (int axis = 0; axis < shape.Rank; axis++) json.WriteNumberValue(shape[axis]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(data);
                json.WriteNumberValue(data += (integer ? 8L : 4L) * values.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        byte[] header = new byte[(buffer.WrittenCount + 7) & -8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }
}
