using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// The rank of a value among the training rows: their distribution function F, or the normal score Φ⁻¹(F). F is kept at q quantiles
/// v_0 ≤ … ≤ v_(q-1), linear between them:
/// <code>
/// F(x) = (j + (x - v_j) / (v_(j+1) - v_j)) / (q - 1)     v_j &lt; x &lt; v_(j+1)
/// F(x) = (i + j) / 2 / (q - 1)                           x = v_i = … = v_j: ties share the middle of their ranks
/// F(x) = 0, 1                                            below, above all training rows
/// </code>
/// So a constant feature has F = 1/2, a score of 0. Normal scores of values at or beyond the extremes, where no training rows
/// tie, are the bounds ±<see cref="Scaler.Limit"/>.
/// </summary>
/// <remarks>
/// As scikit-learn's QuantileTransformer without its random choice of rows, but for ties at the smallest and largest value, which have
/// F = 0 and 1 there, and for the bound, ±5.2 there.
/// </remarks>
/// <param name="Quantiles">The q quantiles of each feature, ascending, at least two.</param>
/// <param name="Normal">Whether the scaled values are normal scores, and not in [0, 1].</param>
public sealed record RankScaler(double[][] Quantiles, bool Normal) : Scaler
{
    /// <inheritdoc cref="RankScaler" path="/param[@name='Quantiles']"/>
    public double[][] Quantiles { get; } = Ascending(Quantiles, Normal);

    /// <summary>Most quantiles that are kept of a feature.</summary>
    public const int MaximumQuantiles = 1_000;

    /// <inheritdoc/>
    public override string Kind => Normal ? "normal" : "rank";

    /// <inheritdoc/>
    public override int Width => Quantiles.Length;

    private protected override double Scale(int feature, double x)
    {
        double share = Share(Quantiles[feature], x);
        return Normal ? ScalarMath.NormalQuantile(share) : share;
    }

    static double Share(double[] v, double x)
    {
        if (double.IsNaN(x)) return x;
        int last = v.Length - 1;
        if (x < v[0]) return 0;
        if (x > v[last]) return 1;
        int i = Before(v, x, orEqual: false), j = Before(v, x, orEqual: true) - 1;   // v[i..j] equal x; none if i > j
        return (i > j ? j + (x - v[j]) / (v[i] - v[j]) : (i + j) / 2.0) / last;
    }

    /// <summary>Number of values below x, or also of those that equal it.</summary>
    static int Before(double[] v, double x, bool orEqual)
    {
        int low = 0, high = v.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (v[middle] < x || (orEqual && v[middle] == x)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    internal static RankScaler Of(Windows rows, bool normal)
    {
        int q = Math.Clamp(rows.Count, 2, MaximumQuantiles);
        return new RankScaler([.. Enumerable.Range(0, rows.InputShape[1]).Select(f =>
        {
            float[] values = Sorted(rows, f);
            return Enumerable.Range(0, q).Select(i => Quantile(values, i, q - 1)).ToArray();
        })], normal);
    }

    static double[][] Ascending(double[][] quantiles, bool normal)
    {
        ArgumentNullException.ThrowIfNull(quantiles);
        string kind = normal ? "normal" : "rank";
        if (quantiles.Length == 0) throw new ArgumentException($"scaler '{kind}': expected quantiles of at least one feature, got none");
        for (int f = 0; f < quantiles.Length; f++)
        {
            double[] v = quantiles[f];
            if (v is not { Length: >= 2 } || !v.All(double.IsFinite) || !v.Zip(v.Skip(1), (a, b) => a <= b).All(ascends => ascends))
                throw new ArgumentException($"scaler '{kind}': expected at least two finite, ascending quantiles of feature {f}, got "
                    + (v is null ? "none" : string.Join(", ", v.Take(5).Select(x => FormattableString.Invariant($"{x}")))
                    + (v.Length > 5 ? ", ..." : "")));
        }
        return quantiles;
    }

    private protected override void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("quantiles");
        foreach (double[] feature in Quantiles)
        {
            json.WriteStartArray();
            foreach (double value in feature) json.WriteNumberValue(value);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
