using System.Numerics;

namespace NeuralCore.Onnx.Import;

/// <summary>Elements of another type. Numbers beyond the range of a whole type become its bounds; other than 0 is true.</summary>
static class Casting
{
    internal static IEnumerable<(string, Func<Node, Kernel>)> All =>
    [
        ("Cast", node =>
        {
            node.Ignore("saturate", "round_mode");   // of 8-bit floats only
            var type = (OnnxType)node.Integer("to", 0);
            if (!Enum.IsDefined(type)) throw node.Error($"its type {(int)type} is not supported");
            return call => [To(call, call[0], type)];
        }),
        ("CastLike", node =>
        {
            node.Ignore("saturate", "round_mode");
            return call => [To(call, call[0], call[1].Type)];
        }),
    ];

    /// <summary>The elements converted, taken from the limits.</summary>
    internal static OnnxTensor To(Call call, OnnxTensor x, OnnxType type)
    {
        if (x.Type != type) call.Budget.TakeBytes((long)x.Count * OnnxTensor.SizeOf(type));
        return To(x, type);
    }

    /// <summary>The elements converted; the tensor itself where it is of that type.</summary>
    internal static OnnxTensor To(OnnxTensor x, OnnxType type) => x.Type == type ? x : x switch
    {
        OnnxTensor<float> f => Of(f, type),
        OnnxTensor<double> d => Of(d, type),
        OnnxTensor<Half> h => Of(h, type),
        OnnxTensor<BFloat16> b => To(Each(b, v => v.Single), type),
        OnnxTensor<long> l => Of(l, type),
        OnnxTensor<int> i => Of(i, type),
        OnnxTensor<byte> u => Of(u, type),
        OnnxTensor<sbyte> s => Of(s, type),
        OnnxTensor<bool> t => Of(new OnnxTensor<byte>([.. t.Values.Select(v => (byte)(v ? 1 : 0))], t.Sizes), type),
        _ => throw new ArgumentException($"expected a known type, got {x}"),
    };

    static OnnxTensor Of<T>(OnnxTensor<T> x, OnnxType type) where T : unmanaged, INumber<T> => type switch
    {
        OnnxType.Float => Each(x, float.CreateSaturating),
        OnnxType.Double => Each(x, double.CreateSaturating),
        OnnxType.Float16 => Each(x, Half.CreateSaturating),
        OnnxType.BFloat16 => Each(x, v => BFloat16.Of(float.CreateSaturating(v))),
        OnnxType.Int64 => Each(x, long.CreateSaturating),
        OnnxType.Int32 => Each(x, int.CreateSaturating),
        OnnxType.UInt8 => Each(x, byte.CreateSaturating),
        OnnxType.Int8 => Each(x, sbyte.CreateSaturating),
        OnnxType.Bool => Each(x, v => v != T.Zero),
        _ => throw new ArgumentException($"expected a known type, got {type}"),
    };

    static OnnxTensor<R> Each<T, R>(OnnxTensor<T> x, Func<T, R> convert) where T : unmanaged where R : unmanaged
    {
        var values = new R[x.Count];
        for (int i = 0; i < values.Length; i++) values[i] = convert(x.Values[i]);
        return new OnnxTensor<R>(values, x.Sizes);
    }
}
