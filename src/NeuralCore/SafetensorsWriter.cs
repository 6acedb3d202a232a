using System.Buffers;
using System.Runtime.InteropServices;
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
        ArgumentNullException.ThrowIfNull(tensors);
        WriteExact(path,
            [.. tensors.Select(t => (t.Name, t.Shape,
                integers?.Contains(t.Name) == true ? Array.ConvertAll(t.Values, v => (long)v) : (Array)t.Values))],
            metadata);
    }

    /// <summary>Writes tensors in the type of their values, of which nothing is lost; the file appears whole or not at all.</summary>
    /// <param name="path">The file; an old one is replaced.</param>
    /// <param name="tensors">Name, shape and values of each tensor, row-major: float[] as F32, double[] as F64, sbyte[] as I8, int[] as
    /// I32, long[] as I64.</param>
    /// <param name="metadata">Texts to store beside the tensors.</param>
    /// <exception cref="ArgumentException">Values are of another type, two tensors have one name, a length does not fit its shape, or the
    /// file would have more than <see cref="MaxBytes"/> and could not be read again; nothing was written.</exception>
    public static void WriteExact(string path, IReadOnlyList<(string Name, Shape Shape, Array Values)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = Header(tensors, metadata, out long data);
        if (8 + header.Length + data > MaxBytes)
            throw new ArgumentException($"{path}: expected tensors and texts that make at most {MaxBytes} bytes, "
                + $"got {8 + header.Length + data}", nameof(tensors));
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            {
                writer.Write((ulong)header.Length);
                writer.Write(header);
                foreach ((_, _, Array values) in tensors) WriteValues(writer, values);
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

    static void WriteValues(BinaryWriter writer, Array values)
    {
        switch (values)
        {
            case float[] floats: foreach (float value in floats) writer.Write(value); break;
            case sbyte[] bytes: writer.Write(MemoryMarshal.AsBytes(bytes.AsSpan())); break;
            case double[] doubles: foreach (double value in doubles) writer.Write(value); break;
            case int[] ints: foreach (int value in ints) writer.Write(value); break;
            case long[] longs: foreach (long value in longs) writer.Write(value); break;
        }
    }

    static (string Name, int Bytes) TypeOf(string tensor, Array values) => values switch
    {
        float[] => ("F32", 4),
        double[] => ("F64", 8),
        sbyte[] => ("I8", 1),
        int[] => ("I32", 4),
        long[] => ("I64", 8),
        _ => throw new ArgumentException($"safetensors: expected float[], double[], sbyte[], int[] or long[] for '{tensor}', "
            + $"got {values?.GetType().Name ?? "null"}"),
    };

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
            if (Regex.IsMatch(System.IO.Path.GetFileName(left), $@"^{name}\.[0-9a-f]{{32}}\.tmp$", RegexOptions.CultureInvariant))
                File.Delete(left);
    }

    static byte[] Header(IReadOnlyList<(string Name, Shape Shape, Array Values)> tensors,
        IReadOnlyDictionary<string, string>? metadata, out long data)
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
            foreach ((string name, Shape shape, Array values) in tensors)
            {
                (string type, int bytes) = TypeOf(name, values);
                if (!names.Add(name))
                    throw new ArgumentException($"safetensors: the name '{name}' occurs twice or is reserved", nameof(tensors));
                if (values.Length != shape.Count)
                    throw new ArgumentException($"safetensors: expected {shape.Count} values for '{name}', got {values.Length}",
                        nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                for (int axis = 0; axis < shape.Rank; axis++) json.WriteNumberValue(shape[axis]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(data);
                json.WriteNumberValue(data += (long)bytes * values.Length);
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
