using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

/// <summary>Element-wise work of a GRU step on lanes lane.. of one row and one block of 16 units.</summary>
interface IGruPart
{
    void At<V>(nint row, nint lane) where V : struct, ISimd<V>;
}

/// <summary>
/// The reset gate after the product; a block is [n | r | z | n_h], n holding the sum over the input and n_h that over the hidden state.
/// <code>
/// r, z = σ(r), σ(z)    n = tanh(n + r∘n_h)    h = n + z∘(h₋ - n)
/// </code>
/// </summary>
readonly ref struct GruForward<F>(ref float gates, int rowZ, ref float before, ref float h, int rowU) : IGruPart where F : ICellFunctions
{
    readonly ref float gates = ref gates, before = ref before, h = ref h;
    readonly nint rowZ = rowZ, rowU = rowU;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zn = ref Unsafe.Add(ref gates, row * rowZ + lane), zr = ref Unsafe.Add(ref zn, Gemm.Lane);
        ref float zz = ref Unsafe.Add(ref zr, Gemm.Lane), zh = ref Unsafe.Add(ref zz, Gemm.Lane);
        V r = F.Sigmoid(V.Load(ref zr)), z = F.Sigmoid(V.Load(ref zz));
        V n = F.Tanh(F.F(r, V.Load(ref zh), V.Load(ref zn)));
        V.Store(n, ref zn);
        V.Store(r, ref zr);
        V.Store(z, ref zz);
        V.Store(F.F(z, V.Load(ref Unsafe.Add(ref before, row * rowU + lane)) - n, n), ref Unsafe.Add(ref h, row * rowU + lane));
    }
}

/// <summary>
/// The gradient of <see cref="GruForward{F}"/>: overwrites the gates with dz and dH with the part of dh₋ that does not pass through them.
/// <code>
/// dzn = dh∘(1 - z)∘(1 - n²)    dzr = dzn∘n_h∘r∘(1 - r)    dzz = dh∘(h₋ - n)∘z∘(1 - z)    dzn_h = dzn∘r    dh₋ = dh∘z + ...
/// </code>
/// </summary>
readonly ref struct GruBackward(ref float gates, int rowZ, ref float before, int rowU, ref float dH, int rowH) : IGruPart
{
    readonly ref float gates = ref gates, before = ref before, dH = ref dH;
    readonly nint rowZ = rowZ, rowU = rowU, rowH = rowH;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zn = ref Unsafe.Add(ref gates, row * rowZ + lane), zr = ref Unsafe.Add(ref zn, Gemm.Lane);
        ref float zz = ref Unsafe.Add(ref zr, Gemm.Lane), zh = ref Unsafe.Add(ref zz, Gemm.Lane),
            dh = ref Unsafe.Add(ref dH, row * rowH + lane);
        V n = V.Load(ref zn), r = V.Load(ref zr), z = V.Load(ref zz), d = V.Load(ref dh);
        V dzn = Tanh.Gradient(d - d * z, n);
        V.Store(dzn, ref zn);
        V.Store(Sigmoid.Gradient(dzn * V.Load(ref zh), r), ref zr);
        V.Store(Sigmoid.Gradient(d * (V.Load(ref Unsafe.Add(ref before, row * rowU + lane)) - n), z), ref zz);
        V.Store(dzn * r, ref zh);
        V.Store(d * z, ref dh);
    }
}

/// <summary>
/// The reset gate before the product, first half; a block is [n | r | z].
/// <code>
/// r, z = σ(r), σ(z)    s = r∘h₋
/// </code>
/// </summary>
readonly ref struct GruReset<F>(ref float gates, int rowZ, ref float before, ref float s, int rowU) : IGruPart where F : ICellFunctions
{
    readonly ref float gates = ref gates, before = ref before, s = ref s;
    readonly nint rowZ = rowZ, rowU = rowU;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zr = ref Unsafe.Add(ref gates, row * rowZ + lane + Gemm.Lane), zz = ref Unsafe.Add(ref zr, Gemm.Lane);
        V r = F.Sigmoid(V.Load(ref zr));
        V.Store(r, ref zr);
        V.Store(F.Sigmoid(V.Load(ref zz)), ref zz);
        V.Store(r * V.Load(ref Unsafe.Add(ref before, row * rowU + lane)), ref Unsafe.Add(ref s, row * rowU + lane));
    }
}

/// <summary>
/// Its second half, when n holds the sum over the input and s.
/// <code>
/// n = tanh(n)    h = n + z∘(h₋ - n)
/// </code>
/// </summary>
readonly ref struct GruUpdate<F>(ref float gates, int rowZ, ref float before, ref float h, int rowU) : IGruPart where F : ICellFunctions
{
    readonly ref float gates = ref gates, before = ref before, h = ref h;
    readonly nint rowZ = rowZ, rowU = rowU;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zn = ref Unsafe.Add(ref gates, row * rowZ + lane);
        V n = F.Tanh(V.Load(ref zn)), z = V.Load(ref Unsafe.Add(ref zn, 2 * Gemm.Lane));
        V.Store(n, ref zn);
        V.Store(F.F(z, V.Load(ref Unsafe.Add(ref before, row * rowU + lane)) - n, n), ref Unsafe.Add(ref h, row * rowU + lane));
    }
}

/// <summary>
/// The gradient of <see cref="GruUpdate{F}"/>.
/// <code>
/// dzn = dh∘(1 - z)∘(1 - n²)    dzz = dh∘(h₋ - n)∘z∘(1 - z)    dh₋ = dh∘z + ...
/// </code>
/// </summary>
readonly ref struct GruUpdateBackward(ref float gates, int rowZ, ref float before, int rowU, ref float dH, int rowH) : IGruPart
{
    readonly ref float gates = ref gates, before = ref before, dH = ref dH;
    readonly nint rowZ = rowZ, rowU = rowU, rowH = rowH;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zn = ref Unsafe.Add(ref gates, row * rowZ + lane), zz = ref Unsafe.Add(ref zn, 2 * Gemm.Lane);
        ref float dh = ref Unsafe.Add(ref dH, row * rowH + lane);
        V n = V.Load(ref zn), z = V.Load(ref zz), d = V.Load(ref dh);
        V.Store(Tanh.Gradient(d - d * z, n), ref zn);
        V.Store(Sigmoid.Gradient(d * (V.Load(ref Unsafe.Add(ref before, row * rowU + lane)) - n), z), ref zz);
        V.Store(d * z, ref dh);
    }
}

/// <summary>
/// The gradient of <see cref="GruReset{F}"/>, when dS = dzn·W_hn.
/// <code>
/// dzr = dS∘h₋∘r∘(1 - r)    dh₋ += dS∘r
/// </code>
/// </summary>
readonly ref struct GruResetBackward(ref float gates, int rowZ, ref float before, int rowU, ref float dS, ref float dH, int rowH) : IGruPart
{
    readonly ref float gates = ref gates, before = ref before, dS = ref dS, dH = ref dH;
    readonly nint rowZ = rowZ, rowU = rowU, rowH = rowH;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<V>(nint row, nint lane) where V : struct, ISimd<V>
    {
        ref float zr = ref Unsafe.Add(ref gates, row * rowZ + lane + Gemm.Lane), dh = ref Unsafe.Add(ref dH, row * rowH + lane);
        V r = V.Load(ref zr), d = V.Load(ref Unsafe.Add(ref dS, row * rowH + lane));
        V.Store(Sigmoid.Gradient(d * V.Load(ref Unsafe.Add(ref before, row * rowU + lane)), r), ref zr);
        V.Store(V.Fma(d, r, V.Load(ref dh)), ref dh);
    }
}

/// <summary>Drives a part of a GRU step over the rows of one block of 16 units.</summary>
static class GruCell
{
    internal static void Apply<F>(F part, int rows) where F : IGruPart, allows ref struct
    {
        if (Simd.Has512) Apply<F, V512>(part, rows);
        else if (Simd.Has256) Apply<F, V256>(part, rows);
        else if (Simd.Has128) Apply<F, V128>(part, rows);
        else Apply<F, V1>(part, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Apply<F, V>(F part, int rows) where F : IGruPart, allows ref struct where V : struct, ISimd<V>
    {
        for (nint row = 0; row < rows; row++)
            for (nint lane = 0; lane < Gemm.Lane; lane += V.Count) part.At<V>(row, lane);
    }
}
