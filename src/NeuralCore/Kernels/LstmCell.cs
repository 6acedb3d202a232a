using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

/// <summary>
/// The element-wise half of an LSTM step for one block of 16 units: gates lie side by side as [i | f | g | o], 16 floats each.
/// </summary>
static class LstmCell
{
    const int Lane = Gemm.Lane;

    /// <summary>
    /// z holds the pre-activations and is overwritten with i, f, o = σ(z), g = tanh(z); c = f∘c₋ + i∘g; h = o∘tanh(c).
    /// </summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="z">Gates of this unit block, <paramref name="rowZ"/> floats from row to row.</param>
    /// <param name="rowZ">Distance of rows in z.</param>
    /// <param name="before">Cell states of the step before; may be <paramref name="c"/>.</param>
    /// <param name="c">Cell states of this step.</param>
    /// <param name="rowC">Distance of rows in before and c.</param>
    /// <param name="h">Hidden states of this step.</param>
    /// <param name="rowH">Distance of rows in h.</param>
    internal static void Forward<F>(int rows, ref float z, int rowZ, ref float before, ref float c, int rowC, ref float h, int rowH)
        where F : ICellFunctions
    {
        if (Simd.Has512) Forward<F, V512>(rows, ref z, rowZ, ref before, ref c, rowC, ref h, rowH);
        else if (Simd.Has256) Forward<F, V256>(rows, ref z, rowZ, ref before, ref c, rowC, ref h, rowH);
        else if (Simd.Has128) Forward<F, V128>(rows, ref z, rowZ, ref before, ref c, rowC, ref h, rowH);
        else Forward<F, V1>(rows, ref z, rowZ, ref before, ref c, rowC, ref h, rowH);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Forward<F, V>(int rows, ref float z, nint rowZ, ref float before, ref float c, nint rowC, ref float h, nint rowH)
        where F : ICellFunctions where V : struct, ISimd<V>
    {
        // Two loops of shorter chains: more rows find room in the processor's window at once.
        for (nint r = 0; r < rows; r++)
            for (nint j = 0; j < Lane; j += V.Count)
            {
                ref float zi = ref Unsafe.Add(ref z, r * rowZ + j), zf = ref Unsafe.Add(ref zi, Lane);
                ref float zg = ref Unsafe.Add(ref zf, Lane), zo = ref Unsafe.Add(ref zg, Lane);
                V i = F.Sigmoid(V.Load(ref zi)), f = F.Sigmoid(V.Load(ref zf)), g = F.Tanh(V.Load(ref zg)), o = F.Sigmoid(V.Load(ref zo));
                V cell = F.F(f, V.Load(ref Unsafe.Add(ref before, r * rowC + j)), i * g);
                V.Store(i, ref zi);
                V.Store(f, ref zf);
                V.Store(g, ref zg);
                V.Store(o, ref zo);
                V.Store(cell, ref Unsafe.Add(ref c, r * rowC + j));
            }
        for (nint r = 0; r < rows; r++)
            for (nint j = 0; j < Lane; j += V.Count)
            {
                V o = V.Load(ref Unsafe.Add(ref z, r * rowZ + 3 * Lane + j)), cell = V.Load(ref Unsafe.Add(ref c, r * rowC + j));
                V.Store(o * F.Tanh(cell), ref Unsafe.Add(ref h, r * rowH + j));
            }
    }

    /// <summary>
    /// The gradient of <see cref="Forward{F}"/>: overwrites the gates with dz and dC (the gradient of this step's cell state that comes
    /// from later steps) with that of the step before.
    /// <code>
    /// dc = dC + dh∘o∘(1 - tanh²c)    dzo = dh∘tanh(c)∘o∘(1 - o)    dzi = dc∘g∘i∘(1 - i)    dzg = dc∘i∘(1 - g²)    dzf = dc∘c₋∘f∘(1 - f)
    /// </code>
    /// </summary>
    internal static void Backward(int rows, ref float gates, int rowZ, ref float before, ref float c, ref float dH, ref float dC, int rowC)
    {
        if (Simd.Has512) Backward<V512>(rows, ref gates, rowZ, ref before, ref c, ref dH, ref dC, rowC);
        else if (Simd.Has256) Backward<V256>(rows, ref gates, rowZ, ref before, ref c, ref dH, ref dC, rowC);
        else if (Simd.Has128) Backward<V128>(rows, ref gates, rowZ, ref before, ref c, ref dH, ref dC, rowC);
        else Backward<V1>(rows, ref gates, rowZ, ref before, ref c, ref dH, ref dC, rowC);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Backward<V>(int rows, ref float gates, nint rowZ, ref float before, ref float c, ref float dH,
        ref float dC, nint rowC)
        where V : struct, ISimd<V>
    {
        for (nint r = 0; r < rows; r++)
            for (nint j = 0; j < Lane; j += V.Count)
            {
                ref float zi = ref Unsafe.Add(ref gates, r * rowZ + j), zf = ref Unsafe.Add(ref zi, Lane);
                ref float zg = ref Unsafe.Add(ref zf, Lane), zo = ref Unsafe.Add(ref zg, Lane);
                ref float later = ref Unsafe.Add(ref dC, r * rowC + j);
                V i = V.Load(ref zi), f = V.Load(ref zf), g = V.Load(ref zg), o = V.Load(ref zo);
                V dh = V.Load(ref Unsafe.Add(ref dH, r * rowC + j));
                V tanh = Tanh.F(V.Load(ref Unsafe.Add(ref c, r * rowC + j)));
                V dc = V.Load(ref later) + Tanh.Gradient(dh * o, tanh);
                V.Store(Sigmoid.Gradient(dc * g, i), ref zi);
                V.Store(Sigmoid.Gradient(dc * V.Load(ref Unsafe.Add(ref before, r * rowC + j)), f), ref zf);
                V.Store(Tanh.Gradient(dc * i, g), ref zg);
                V.Store(Sigmoid.Gradient(dh * tanh, o), ref zo);
                V.Store(dc * f, ref later);
            }
    }
}
