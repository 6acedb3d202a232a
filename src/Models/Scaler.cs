namespace NeuralCore.Models;

/// <summary>
/// Standardises features, (x - mean) / deviation, bounded at ±<see cref="Limit"/>. Mean and deviation come from training rows only.
/// </summary>
/// <param name="Mean">Mean of each feature.</param>
/// <param name="Deviation">Standard deviation of each feature (divided by n); 1 for a constant feature.</param>
public sealed record Scaler(double[] Mean, double[] Deviation)
{
    /// <summary>Bound of a scaled value: a lone outlier must not drown its window.</summary>
    public const float Limit = 5f;

    /// <summary>Fits the scaler on the last candle of each of the given rows.</summary>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static Scaler Fit(Windows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("scaler: expected training rows, got none");
        int width = rows.InputShape[1];
        double[] mean = new double[width], deviation = new double[width];
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> last = rows.Window(row)[^width..];
            for (int f = 0; f < width; f++) mean[f] += last[f];
        }
        for (int f = 0; f < width; f++) mean[f] /= rows.Count;
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> last = rows.Window(row)[^width..];
            for (int f = 0; f < width; f++)
            {
                double d = last[f] - mean[f];
                deviation[f] += d * d;
            }
        }
        for (int f = 0; f < width; f++)
        {
            deviation[f] = Math.Sqrt(deviation[f] / rows.Count);
            if (!(deviation[f] > 0)) deviation[f] = 1;
        }
        return new Scaler(mean, deviation);
    }

    /// <summary>Scales features (rows, I), row-major; NaN stays NaN.</summary>
    public float[] Apply(ReadOnlySpan<float> features)
    {
        var scaled = new float[features.Length];
        for (int i = 0; i < features.Length; i++)
        {
            int f = i % Mean.Length;
            scaled[i] = Math.Clamp((float)((features[i] - Mean[f]) / Deviation[f]), -Limit, Limit);
        }
        return scaled;
    }
}
