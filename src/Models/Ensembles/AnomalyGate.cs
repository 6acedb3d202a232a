using System.Diagnostics;

namespace NeuralCore.Models;

/// <summary>
/// How unlike the training rows a candle is: the Mahalanobis distance of its features x, d = √(zᵀ R⁻¹ z / F) with z = (x - μ) / σ and
/// R = LLᵀ the correlations of the training rows plus 1e-3 on the diagonal, so that features that say the same count once. About 1 for
/// a candle like the others. μ, σ and R come from at most 20,000 evenly spaced training rows.
/// </summary>
sealed class AnomalyGate
{
    const int MostRows = 20_000;
    const double Ridge = 1e-3;

    readonly double[] mean, deviation, factor;      // (F), (F), L (F, F) row-major, lower triangle

    AnomalyGate(double[] mean, double[] deviation, double[] factor) => (this.mean, this.deviation, this.factor) = (mean, deviation, factor);

    /// <exception cref="ArgumentException">A feature of a row is not finite.</exception>
    internal static AnomalyGate Fit(Windows rows)
    {
        int F = rows.InputShape[1], step = (rows.Count + MostRows - 1) / MostRows, n = (rows.Count + step - 1) / step;
        double[] mean = new double[F], deviation = new double[F], products = new double[F * F], z = new double[F];
        for (int i = 0; i < n; i++)
            for (int f = 0; f < F; f++)
            {
                float x = Last(rows, i * step)[f];
                if (!float.IsFinite(x))
                    throw new ArgumentException("anomaly gate: expected finite features, got "
                        + FormattableString.Invariant($"{x} of {rows.Features.Features[f]} in row {i * step}"));
                mean[f] += (double)x / n;
            }
        for (int i = 0; i < n; i++)
            for (int f = 0; f < F; f++)
            {
                double d = Last(rows, i * step)[f] - mean[f];
                deviation[f] += d * d / n;
            }
        for (int f = 0; f < F; f++) deviation[f] = deviation[f] > 0 ? Math.Sqrt(deviation[f]) : 1;
        for (int i = 0; i < n; i++)
        {
            Standardise(Last(rows, i * step), mean, deviation, z);
            for (int f = 0; f < F; f++)
                for (int g = 0; g <= f; g++) products[f * F + g] += z[f] * z[g] / n;
        }
        for (int f = 0; f < F; f++) products[f * F + f] += Ridge;
        bool positive = Cholesky.Factorise(products, F);
        Debug.Assert(positive, "R is positive definite: the ridge is far over the rounding errors of correlations");
        return new(mean, deviation, products);
    }

    /// <summary>The distance of the last candle of a row's window.</summary>
    internal double Distance(Windows rows, int row)
    {
        int F = mean.Length;
        Span<double> z = F <= 512 ? stackalloc double[F] : new double[F];
        Standardise(Last(rows, row), mean, deviation, z);
        double sum = 0;
        for (int f = 0; f < F; f++)      // y = L⁻¹ z in the place of z
        {
            double y = z[f];
            for (int g = 0; g < f; g++) y -= factor[f * F + g] * z[g];
            z[f] = y / factor[f * F + f];
            sum += z[f] * z[f];
        }
        return Math.Sqrt(sum / F);
    }

    static ReadOnlySpan<float> Last(Windows rows, int row) => rows.Window(row)[^rows.InputShape[1]..];

    static void Standardise(ReadOnlySpan<float> x, double[] mean, double[] deviation, Span<double> z)
    {
        for (int f = 0; f < z.Length; f++) z[f] = (x[f] - mean[f]) / deviation[f];
    }

    internal void Save(string path)
    {
        int F = mean.Length;
        Safetensors.WriteExact(path,
            [("mean", new Shape(F), mean), ("deviation", new Shape(F), deviation), ("factor", new Shape(F, F), factor)], null);
    }

    /// <exception cref="InvalidDataException">The file is missing, damaged, or of another number of features.</exception>
    internal static AnomalyGate Load(string path, int features)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: is missing; expected a folder with a trained model");
        Safetensors file = Safetensors.Read(path);
        double[] deviation = Finite("deviation", features), factor = Finite("factor", features * features);
        if (deviation.Any(d => !(d > 0)) || Enumerable.Range(0, features).Any(f => !(factor[f * features + f] > 0)))
            throw new InvalidDataException($"{path}: expected deviations and a diagonal over 0");
        return new(Finite("mean", features), deviation, factor);

        double[] Finite(string name, int count) => file.Contains(name) && file.Shape(name).Count == count
            && file.Doubles(name) is var values
            && values.All(double.IsFinite) ? values : throw new InvalidDataException($"{path}: expected {count} finite values of '{name}'");
    }
}
