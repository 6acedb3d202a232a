namespace NeuralCore.Onnx;

/// <summary>The upper 16 bits of a float: its sign, its exponent, and 7 bits of its fraction.</summary>
readonly record struct BFloat16(ushort Bits)
{
    internal float Single => BitConverter.UInt32BitsToSingle((uint)Bits << 16);

    /// <summary>The nearest one, of two equally near the even one; NaN stays NaN.</summary>
    internal static BFloat16 Of(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return new((ushort)((float.IsNaN(x) ? bits | 0x400000 : bits + 0x7FFF + (bits >> 16 & 1)) >> 16));
    }
}
