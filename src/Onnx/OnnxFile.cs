using System.Runtime.InteropServices;
using Google.Protobuf;
using NeuralCore.Models.Data;
using NeuralCore.Onnx.Proto;
using static NeuralCore.Onnx.Proto.TensorProto.Types;

namespace NeuralCore.Onnx;

/// <summary>The messages of an ONNX file: bytes to messages and back, tensors to their elements and back.</summary>
static class OnnxFile
{
    /// <summary>Size of the largest file, one array of bytes.</summary>
    const int MaxBytes = 0x7FFFFFC7;

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is a folder, or too large.</exception>
    internal static byte[] Content(string path)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path}: expected a file, got a folder");
        return new FileInfo(path) is { Exists: true } file && file.Length > MaxBytes
            ? throw new InvalidDataException($"{path}: expected at most {MaxBytes} bytes, got {file.Length}") : File.ReadAllBytes(path);
    }

    /// <exception cref="InvalidDataException">The bytes are no message of this kind.</exception>
    internal static ModelProto Parse(byte[] bytes, string file)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"{file}: not a readable ONNX file: {e.Message}", e);
        }
    }

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    internal static void Write(string path, ModelProto model) => NewFile.Write(path, file => model.WriteTo(file));

    /// <summary>The elements of a tensor.</summary>
    /// <param name="tensor">The message.</param>
    /// <param name="file">Its file, for errors.</param>
    /// <param name="name">What errors call the tensor.</param>
    /// <exception cref="InvalidDataException">It is of another type, its data lie elsewhere, or sizes and data disagree.</exception>
    internal static OnnxTensor Value(TensorProto tensor, string file, string name)
    {
        if (tensor.DataLocation == DataLocation.External)
            throw Error("its data lie in another file, which only a file that is loaded can name");
        int[] sizes = [.. tensor.Dims.Take(OnnxTensor.MaxRank + 1).Select(size => size is >= 0 and <= int.MaxValue ? (int)size : -1)];
        if (!OnnxTensor.Possible(sizes)) throw Error("its sizes are not possible");
        long count = sizes.Aggregate(1L, (product, size) => product * size);
        return (OnnxType)tensor.DataType switch
        {
            OnnxType.Float => Of(tensor.FloatData.Count, i => tensor.FloatData[i]),
            OnnxType.Double => Of(tensor.DoubleData.Count, i => tensor.DoubleData[i]),
            OnnxType.Float16 => Of(tensor.Int32Data.Count, i => BitConverter.UInt16BitsToHalf((ushort)tensor.Int32Data[i])),
            OnnxType.BFloat16 => Of(tensor.Int32Data.Count, i => new BFloat16((ushort)tensor.Int32Data[i])),
            OnnxType.Int64 => Of(tensor.Int64Data.Count, i => tensor.Int64Data[i]),
            OnnxType.Int32 => Of(tensor.Int32Data.Count, i => tensor.Int32Data[i]),
            OnnxType.Int8 => Of(tensor.Int32Data.Count, i => (sbyte)tensor.Int32Data[i]),
            OnnxType.UInt8 => Of(tensor.Int32Data.Count, i => (byte)tensor.Int32Data[i]),
            OnnxType.Bool => Bools(Of(tensor.Int32Data.Count, i => (byte)(tensor.Int32Data[i] == 0 ? 0 : 1))),
            _ => throw Error($"its type {tensor.DataType} is not supported; supported are {string.Join(", ", Enum.GetNames<OnnxType>())}"),
        };

        OnnxTensor<T> Of<T>(int listed, Func<int, T> item) where T : unmanaged
        {
            int size = OnnxTensor.SizeOf(OnnxTensor<T>.ElementType);
            bool raw = tensor.RawData.Length > 0;
            if (raw ? tensor.RawData.Length != count * size : listed != count)
                throw Error($"expected {count} values for its sizes ({OnnxTensor.Text(sizes)}), got "
                    + (raw ? $"{tensor.RawData.Length} bytes" : $"{listed}"));
            var values = new T[count];
            if (raw) tensor.RawData.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            else for (int i = 0; i < values.Length; i++) values[i] = item(i);
            return new OnnxTensor<T>(values, sizes);
        }

        InvalidDataException Error(string problem) => new($"{file}: tensor {name}: {problem}");
    }

    /// <summary>Bytes other than 0 are true; a bool must not hold them.</summary>
    static OnnxTensor<bool> Bools(OnnxTensor<byte> bytes) => new([.. bytes.Values.Select(b => b != 0)], bytes.Sizes);

    /// <summary>The message of a named tensor.</summary>
    internal static TensorProto Message<T>(string name, ReadOnlySpan<T> values, params ReadOnlySpan<int> sizes) where T : unmanaged
    {
        var data = ByteString.CopyFrom(MemoryMarshal.AsBytes(values));
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxTensor<T>.ElementType, RawData = data };
        foreach (int size in sizes) tensor.Dims.Add(size);
        return tensor;
    }
}
