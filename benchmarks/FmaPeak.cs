using System.Diagnostics;
using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore.Benchmarks;

/// <summary>What one core can do at most: independent fused multiply-adds on registers alone.</summary>
static class FmaPeak
{
    /// <summary>GFLOP/s, the median of some short runs.</summary>
    public static double Measure()
    {
        var runs = new double[15];
        Span<float> lanes = stackalloc float[Gemm.Lane];
        for (int i = 0; i < runs.Length; i++)
            runs[i] = Simd.Has512 ? Run<V512>(ref lanes[0])
                : Simd.Has256 ? Run<V256>(ref lanes[0])
                : Simd.Has128 ? Run<V128>(ref lanes[0])
                : Run<V1>(ref lanes[0]);
        Array.Sort(runs);
        return runs[runs.Length / 2];
    }

    static double Run<V>(ref float result) where V : struct, ISimd<V>
    {
        const int Steps = 100_000;
        long start = Stopwatch.GetTimestamp();
        Chains<V>(Steps, ref result);
        return 2.0 * V.Count * 12 * Steps / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    /// <summary>Twelve chains, so that two units with a latency of four cycles never wait; a call in here would spill them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Chains<V>(int steps, ref float result) where V : struct, ISimd<V>
    {
        V x = V.Broadcast(0.999f), y = V.Broadcast(1e-3f);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int step = 0; step < steps; step++)
        {
            a = V.Fma(a, x, y);
            b = V.Fma(b, x, y);
            c = V.Fma(c, x, y);
            d = V.Fma(d, x, y);
            e = V.Fma(e, x, y);
            f = V.Fma(f, x, y);
            g = V.Fma(g, x, y);
            h = V.Fma(h, x, y);
            i = V.Fma(i, x, y);
            j = V.Fma(j, x, y);
            k = V.Fma(k, x, y);
            l = V.Fma(l, x, y);
        }
        V.Store(a + b + c + d + e + f + g + h + i + j + k + l, ref result);   // what nobody reads need not be computed
    }
}
