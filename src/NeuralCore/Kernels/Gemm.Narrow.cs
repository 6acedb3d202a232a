using System.Runtime.CompilerServices;

namespace NeuralCore.Kernels;

// Columns that fill one vector only.
static partial class Gemm
{
    /// <summary>
    /// The innermost loop for one vector of columns: 12 rows at once, two strips of A, since the sums of one strip alone are fewer than
    /// what two multiply-add units with a latency of four cycles begin meanwhile.
    /// </summary>
    /// <param name="pairs">Pairs of strips.</param>
    /// <param name="left">How A lies.</param>
    /// <param name="a">A.</param>
    /// <param name="b">B, one vector a row.</param>
    /// <param name="rowB">Distance of rows in b.</param>
    /// <param name="start">Where the sums begin.</param>
    /// <param name="rowStart">Distance of rows in start.</param>
    /// <param name="c">The results.</param>
    /// <param name="rowC">Distance of rows in c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void StripPairs<V>(nint pairs, in Left left, ref float a, ref float b, nint rowB,
        ref float start, nint rowStart, ref float c, nint rowC) where V : struct, ISimd<V>
    {
        nint rowA = left.Row, step = left.Step, skip = left.Skip, next = left.Strip * TileRows;
        for (; pairs > 0; pairs--)
        {
            V c0 = V.Load(ref start), c1 = V.Load(ref Unsafe.Add(ref start, rowStart));
            V c2 = V.Load(ref Unsafe.Add(ref start, 2 * rowStart));
            V c3 = V.Load(ref Unsafe.Add(ref start, 3 * rowStart)), c4 = V.Load(ref Unsafe.Add(ref start, 4 * rowStart));
            V c5 = V.Load(ref Unsafe.Add(ref start, 5 * rowStart)), c6 = V.Load(ref Unsafe.Add(ref start, 6 * rowStart));
            V c7 = V.Load(ref Unsafe.Add(ref start, 7 * rowStart)), c8 = V.Load(ref Unsafe.Add(ref start, 8 * rowStart));
            V c9 = V.Load(ref Unsafe.Add(ref start, 9 * rowStart)), c10 = V.Load(ref Unsafe.Add(ref start, 10 * rowStart));
            V c11 = V.Load(ref Unsafe.Add(ref start, 11 * rowStart));

            ref float a0 = ref a, a3 = ref Unsafe.Add(ref a, 3 * rowA), bk = ref b;
            ref float a6 = ref Unsafe.Add(ref a, next), a9 = ref Unsafe.Add(ref a6, 3 * rowA);
            for (nint group = left.Groups; group > 0; group--)
            {
                for (nint k = 0; k < left.Depth; k++)
                {
                    V bn = V.Load(ref bk);
                    c0 = V.Fma(V.Broadcast(a0), bn, c0);
                    c1 = V.Fma(V.Broadcast(Unsafe.Add(ref a0, rowA)), bn, c1);
                    c2 = V.Fma(V.Broadcast(Unsafe.Add(ref a0, 2 * rowA)), bn, c2);
                    c3 = V.Fma(V.Broadcast(a3), bn, c3);
                    c4 = V.Fma(V.Broadcast(Unsafe.Add(ref a3, rowA)), bn, c4);
                    c5 = V.Fma(V.Broadcast(Unsafe.Add(ref a3, 2 * rowA)), bn, c5);
                    c6 = V.Fma(V.Broadcast(a6), bn, c6);
                    c7 = V.Fma(V.Broadcast(Unsafe.Add(ref a6, rowA)), bn, c7);
                    c8 = V.Fma(V.Broadcast(Unsafe.Add(ref a6, 2 * rowA)), bn, c8);
                    c9 = V.Fma(V.Broadcast(a9), bn, c9);
                    c10 = V.Fma(V.Broadcast(Unsafe.Add(ref a9, rowA)), bn, c10);
                    c11 = V.Fma(V.Broadcast(Unsafe.Add(ref a9, 2 * rowA)), bn, c11);
                    a0 = ref Unsafe.Add(ref a0, step);
                    a3 = ref Unsafe.Add(ref a3, step);
                    a6 = ref Unsafe.Add(ref a6, step);
                    a9 = ref Unsafe.Add(ref a9, step);
                    bk = ref Unsafe.Add(ref bk, rowB);
                }
                a0 = ref Unsafe.Add(ref a0, skip);
                a3 = ref Unsafe.Add(ref a3, skip);
                a6 = ref Unsafe.Add(ref a6, skip);
                a9 = ref Unsafe.Add(ref a9, skip);
            }

            V.Store(c0, ref c);
            V.Store(c1, ref Unsafe.Add(ref c, rowC));
            V.Store(c2, ref Unsafe.Add(ref c, 2 * rowC));
            V.Store(c3, ref Unsafe.Add(ref c, 3 * rowC));
            V.Store(c4, ref Unsafe.Add(ref c, 4 * rowC));
            V.Store(c5, ref Unsafe.Add(ref c, 5 * rowC));
            V.Store(c6, ref Unsafe.Add(ref c, 6 * rowC));
            V.Store(c7, ref Unsafe.Add(ref c, 7 * rowC));
            V.Store(c8, ref Unsafe.Add(ref c, 8 * rowC));
            V.Store(c9, ref Unsafe.Add(ref c, 9 * rowC));
            V.Store(c10, ref Unsafe.Add(ref c, 10 * rowC));
            V.Store(c11, ref Unsafe.Add(ref c, 11 * rowC));
            a = ref Unsafe.Add(ref a, 2 * next);
            start = ref Unsafe.Add(ref start, 12 * rowStart);
            c = ref Unsafe.Add(ref c, 12 * rowC);
        }
    }
}
