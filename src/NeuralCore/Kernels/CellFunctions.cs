using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

/// <summary>The functions inside a recurrent cell.</summary>
interface ICellFunctions : IMultiplyAdd
{
    static abstract V Sigmoid<V>(V x) where V : struct, ISimd<V>;
    static abstract V Tanh<V>(V x) where V : struct, ISimd<V>;
}

/// <summary>Those of cells of floats.</summary>
readonly struct FloatCell : ICellFunctions
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V Sigmoid<V>(V x) where V : struct, ISimd<V> => Kernels.Sigmoid.F(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V Tanh<V>(V x) where V : struct, ISimd<V> => Kernels.Tanh.F(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b, V c) where V : struct, ISimd<V> => V.Fma(a, b, c);
}

/// <summary>
/// Those of int8 cells: nothing but sums, products and quotients that are rounded one by one, with σ(x) = ½ + ½·tanh(½x). A graph of
/// ONNX's operators so gives the same bits; a last bit that differs would now and then round a hidden state to another whole number, and
/// the steps after it would carry that on.
/// </summary>
readonly struct Int8Cell : ICellFunctions
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x) where V : struct, ISimd<V>
    {
        V half = V.Broadcast(0.5f);
        return Tanh(half * x) * half + half;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x) where V : struct, ISimd<V> => Kernels.Tanh.F<V, Apart>(x);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V a, V b, V c) where V : struct, ISimd<V> => a * b + c;
}

/// <summary>tanh as in int8 cells.</summary>
readonly struct TanhApart : IFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static V F<V>(V x) where V : struct, ISimd<V> => Int8Cell.Tanh(x);
}
