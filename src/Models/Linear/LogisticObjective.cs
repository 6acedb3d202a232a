using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralCore.Models;

/// <summary>
/// The penalised log-loss with its gradient and Hessian, all divided by the rows' weight. With rows x (a 1 after them for the intercept),
/// μ = logistic or softmax of the scores xβ, and r = w (μ - y): gradient Σ r x, Hessian Σ w μ_k (δ_kl - μ_l) x xᵀ, plus the penalty's.
/// <para>Parameters (S, P): for each of S scores F coefficients, the intercept, and zeros to a multiple of 8. Rows are cut into at most 16
/// shards, whose sums are added in order, so that the result does not depend on threads.</para>
/// </summary>
sealed class LogisticObjective
{
    const int Block = 64;   // rows in double at a time: they stay in the first-level cache

    readonly LabelledRows rows;
    readonly float[] panel;      // (n, P)
    readonly double[][] mean;    // μ (S, n) where At was called last
    readonly double penalty, total;
    readonly int threads, shards, S, P, F;

    internal LogisticObjective(LabelledRows rows, double c, int threads)
    {
        (this.rows, this.threads, penalty) = (rows, threads, 1 / c);
        (F, S) = (rows.X.Features, rows.Classes > 2 ? rows.Classes : 1);
        P = (F + 8) / 8 * 8;
        shards = Math.Min(16, (rows.Count + 1023) / 1024);
        if ((long)S * P > 2048)
            throw new ArgumentException("LogisticRegression: expected at most 2048 coefficients of all scores, "
                + $"got {(long)S * P}", nameof(rows));
        for (int i = 0; i < rows.Count; i++) total += rows.Weight(i);
        mean = [.. Enumerable.Range(0, S).Select(_ => new double[rows.Count])];
        panel = new float[(long)rows.Count * P];
        for (int i = 0; i < rows.Count; i++)
        {
            rows.X.Row(i).CopyTo(panel.AsSpan(i * P));
            panel[i * P + F] = 1;
        }
    }

    /// <summary>S·P.</summary>
    internal int Parameters => S * P;

    /// <summary>Value and gradient at some parameters.</summary>
    internal sealed class Point(int parameters)
    {
        internal double Value;
        internal readonly double[] Gradient = new double[parameters];

        internal double LargestDerivative => Gradient.Max(Math.Abs);
    }

    internal Point At(double[] parameters, CancellationToken cancellation)
    {
        var parts = new Point[shards];
        Rows.Run(shards, 1, threads, (shard, _) =>
        {
            Point part = parts[shard] = new Point(Parameters);
            Blocks(shard, (first, count, x) =>
            {
                part.Value = Predict(x, parameters, first, count, part.Value);
                for (int k = 0; k < S; k++)
                    for (int i = 0; i < count; i++)
                        AddScaled(part.Gradient.AsSpan(k * P, P), rows.Weight(first + i) * (mean[k][first + i] - Target(first + i, k)),
                            x.AsSpan(i * P, P));
            });
        }, cancellation);
        Point sum = parts[0];
        foreach (Point part in parts.AsSpan(1))
        {
            sum.Value += part.Value;
            for (int i = 0; i < sum.Gradient.Length; i++) sum.Gradient[i] += part.Gradient[i];
        }
        for (int k = 0; k < S; k++)
            for (int i = k * P; i < k * P + F; i++)
            {
                sum.Value += penalty / 2 * parameters[i] * parameters[i];
                sum.Gradient[i] += penalty * parameters[i];
            }
        sum.Value /= total;
        for (int i = 0; i < sum.Gradient.Length; i++) sum.Gradient[i] /= total;
        return sum;
    }

    /// <summary>The Hessian (S·P, S·P) where <see cref="At"/> was called last.</summary>
    internal double[] Hessian(CancellationToken cancellation)
    {
        var parts = new double[shards][];
        Rows.Run(shards, 1, threads, (shard, _) =>
        {
            double[] part = parts[shard] = new double[Parameters * Parameters], curvature = new double[Block];
            Blocks(shard, (first, count, x) =>
            {
                for (int k = 0; k < S; k++)
                    for (int l = k; l < S; l++)
                    {
                        for (int i = 0; i < count; i++)
                            curvature[i] = rows.Weight(first + i) * mean[k][first + i] * ((k == l ? 1 : 0) - mean[l][first + i]);
                        curvature.AsSpan(count).Clear();
                        AddProducts(x, curvature, count, part, k * P, l * P);
                    }
            });
        }, cancellation);
        double[] sum = parts[0];
        foreach (double[] part in parts.AsSpan(1))
            for (int i = 0; i < sum.Length; i++) sum[i] += part[i];
        Finish(sum);
        return sum;
    }

    /// <summary>
    /// Calls <paramref name="block"/> with the first row, the number of rows, and the rows (64, P) of each block of a shard.
    /// </summary>
    void Blocks(int shard, Action<int, int, double[]> block)
    {
        int first = (int)((long)rows.Count * shard / shards), end = (int)((long)rows.Count * (shard + 1) / shards);
        var x = new double[Block * P];
        for (; first < end; first += Block)
        {
            int count = Math.Min(Block, end - first);
            for (int i = 0; i < count * P; i++) x[i] = panel[first * P + i];
            block(first, count, x);
        }
    }

    /// <summary>Block (k, l) is symmetric, as block (l, k) = (k, l) is; its half over the diagonal gives the rest.</summary>
    void Mirror(double[] H)
    {
        int n = Parameters;
        for (int k = 0; k < S; k++)
            for (int l = k; l < S; l++)
                for (int a = 0; a < P; a++)
                    for (int b = a; b < P; b++)
                    {
                        double value = H[(k * P + a) * n + l * P + b];
                        H[(k * P + b) * n + l * P + a] = H[(l * P + a) * n + k * P + b] = H[(l * P + b) * n + k * P + a] = value;
                    }
    }

    /// <summary>
    /// The penalty, the other half of the Hessian, and the rows' weight on the diagonal of parameters that are only there for the layout.
    /// Equal changes of all S &gt; 1 intercepts change nothing; what is added to their products forbids that direction and moves no
    /// minimum.
    /// </summary>
    void Finish(double[] H)
    {
        int n = Parameters;
        Mirror(H);
        for (int k = 0; k < S; k++)
            for (int i = k * P; i < k * P + F; i++) H[i * n + i] += penalty;
        for (int i = 0; i < n; i++)
            if (i % P > F) H[i * n + i] = total;
        double intercepts = S == 1 ? 0 : Enumerable.Range(0, S).Sum(k => H[(k * P + F) * n + k * P + F]) / S;
        for (int k = 0; k < S; k++)
            for (int l = 0; l < S; l++) H[(k * P + F) * n + l * P + F] += intercepts;
        for (int i = 0; i < H.Length; i++) H[i] /= total;
    }

    double Target(int row, int score) => S == 1 ? rows.Targets[row] : rows.Targets[row] == score ? 1 : 0;

    /// <summary>Writes μ of a block, and adds its loss.</summary>
    double Predict(double[] x, double[] parameters, int first, int count, double sum)
    {
        for (int k = 0; k < S; k++)
            for (int i = 0; i < count; i++) mean[k][first + i] = Dot(x.AsSpan(i * P, P), parameters.AsSpan(k * P, P));
        Span<double> scores = stackalloc double[Block];
        if (S == 1) mean[0].AsSpan(first, count).CopyTo(scores);
        Exponential.Probabilities(mean, first, count);
        for (int i = 0; i < count; i++)
        {
            double y = rows.Targets[first + i], z = S == 1 ? (y == 0 ? scores[i] : -scores[i]) : 0;
            // log(1 + eᶻ), of a large z too, whose logistic function is 1.
            double loss = S > 1 ? -ScalarMath.Log(Math.Max(mean[(int)y][first + i], 1e-300))
                : z > 30 ? z : -ScalarMath.Log(y == 0 ? 1 - mean[0][first + i] : mean[0][first + i]);
            sum += rows.Weight(first + i) * loss;
        }
        return sum;
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        for (int j = 0; j < a.Length; j += 4) sum += Vector256.Create(a[j..]) * Vector256.Create(b[j..]);
        return (sum[0] + sum[2]) + (sum[1] + sum[3]);
    }

    static void AddScaled(Span<double> sum, double factor, ReadOnlySpan<double> x)
    {
        for (int j = 0; j < sum.Length; j += 4)
            (Vector256.Create((ReadOnlySpan<double>)sum[j..]) + factor * Vector256.Create(x[j..])).CopyTo(sum[j..]);
    }

    /// <summary>
    /// H[a, b] += Σ c_i x_ia x_ib for b ≥ a (and a few before), four rows at a time; missing rows of the last four have c = 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddProducts(double[] rowsX, double[] curvature, int count, double[] hessian, int rowOffset, int columnOffset)
    {
        ref double x = ref MemoryMarshal.GetArrayDataReference(rowsX), h = ref MemoryMarshal.GetArrayDataReference(hessian);
        int n = Parameters;
        for (int i = 0; i < count; i += 4)
            for (int a = 0; a <= F; a++)
            {
                ref double x0 = ref Unsafe.Add(ref x, i * P), x1 = ref Unsafe.Add(ref x0, P);
                ref double x2 = ref Unsafe.Add(ref x1, P), x3 = ref Unsafe.Add(ref x2, P);
                var c0 = Vector256.Create(curvature[i] * Unsafe.Add(ref x0, a));
                var c1 = Vector256.Create(curvature[i + 1] * Unsafe.Add(ref x1, a));
                var c2 = Vector256.Create(curvature[i + 2] * Unsafe.Add(ref x2, a));
                var c3 = Vector256.Create(curvature[i + 3] * Unsafe.Add(ref x3, a));
                ref double target = ref Unsafe.Add(ref h, (nint)(rowOffset + a) * n + columnOffset);
                for (nuint b = (nuint)(a & -4); b < (nuint)P; b += 4)
                {
                    Vector256<double> sum = Vector256.LoadUnsafe(ref target, b);
                    sum = Vector256.FusedMultiplyAdd(c0, Vector256.LoadUnsafe(ref x0, b), sum);
                    sum = Vector256.FusedMultiplyAdd(c1, Vector256.LoadUnsafe(ref x1, b), sum);
                    sum = Vector256.FusedMultiplyAdd(c2, Vector256.LoadUnsafe(ref x2, b), sum);
                    Vector256.FusedMultiplyAdd(c3, Vector256.LoadUnsafe(ref x3, b), sum).StoreUnsafe(ref target, b);
                }
            }
    }

    /// <summary>The model with these parameters.</summary>
    internal LogisticModel Model(double[] parameters, int iterations, bool converged)
    {
        double[] coefficients = new double[S * F], intercepts = new double[S];
        for (int k = 0; k < S; k++)
        {
            parameters.AsSpan(k * P, F).CopyTo(coefficients.AsSpan(k * F));
            intercepts[k] = parameters[k * P + F];
        }
        return new LogisticModel(rows.Classes, coefficients, intercepts, Deviations()) { Iterations = iterations, Converged = converged };
    }

    /// <summary>Weighted standard deviation of each feature.</summary>
    double[] Deviations()
    {
        double[] mean = new double[F], square = new double[F];
        for (int i = 0; i < rows.Count; i++)
            for (int f = 0; f < F; f++) mean[f] += rows.Weight(i) * panel[i * P + f] / total;
        for (int i = 0; i < rows.Count; i++)
            for (int f = 0; f < F; f++) square[f] += rows.Weight(i) * (panel[i * P + f] - mean[f]) * (panel[i * P + f] - mean[f]) / total;
        return [.. square.Select(Math.Sqrt)];
    }
}
