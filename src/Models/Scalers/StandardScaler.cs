using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>(x - mean) / deviation.</summary>
/// <param name="Mean">Mean of each feature.</param>
/// <param name="Deviation">Standard deviation of each feature (divided by n); 1 for a constant feature.</param>
public sealed record StandardScaler(double[] Mean, double[] Deviation) : Scaler
{
    /// <inheritdoc cref="StandardScaler" path="/param[@name='Deviation']"/>
    public double[] Deviation { get; } = Units("standard", Mean, Deviation, "mean", "deviation");

    /// <inheritdoc/>
    public override string Kind => "standard";

    /// <inheritdoc/>
    public override int Width => Mean.Length;

    private protected override double Scale(int feature, double x) => (x - Mean[feature]) / Deviation[feature];

    internal static StandardScaler Of(Windows rows)
    {
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
        return new StandardScaler(mean, deviation);
    }

    private protected override void Write(Utf8JsonWriter json)
    {
        Predictor.WriteNumbers(json, "mean", Mean);
        Predictor.WriteNumbers(json, "deviation", Deviation);
    }
}
