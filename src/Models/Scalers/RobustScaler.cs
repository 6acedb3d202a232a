using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>(x - median) / (upper quartile - lower quartile), which outliers in the training rows do not move.</summary>
/// <remarks>Quartiles are linear between two values, as in scikit-learn's RobustScaler.</remarks>
/// <param name="Median">Median of each feature.</param>
/// <param name="Range">Interquartile range of each feature; 1 where the quartiles are equal.</param>
public sealed record RobustScaler(double[] Median, double[] Range) : Scaler
{
    /// <inheritdoc cref="RobustScaler" path="/param[@name='Range']"/>
    public double[] Range { get; } = Units("robust", Median, Range, "median", "range");

    /// <inheritdoc/>
    public override string Kind => "robust";

    /// <inheritdoc/>
    public override int Width => Median.Length;

    private protected override double Scale(int feature, double x) => (x - Median[feature]) / Range[feature];

    internal static RobustScaler Of(Windows rows)
    {
        int width = rows.InputShape[1];
        double[] median = new double[width], range = new double[width];
        for (int f = 0; f < width; f++)
        {
            float[] values = Sorted(rows, f);
            median[f] = Quantile(values, 1, 2);
            range[f] = Quantile(values, 3, 4) - Quantile(values, 1, 4);
            if (range[f] == 0) range[f] = 1;
        }
        return new RobustScaler(median, range);
    }

    private protected override void Write(Utf8JsonWriter json)
    {
        Predictor.WriteNumbers(json, "median", Median);
        Predictor.WriteNumbers(json, "range", Range);
    }
}
