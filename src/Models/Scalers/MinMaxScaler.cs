using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>(x - minimum) / (maximum - minimum): the training rows lie in [0, 1], other rows may lie outside of it.</summary>
/// <remarks>As scikit-learn's MinMaxScaler, but for the bounds of ±<see cref="Scaler.Limit"/>.</remarks>
/// <param name="Minimum">Minimum of each feature.</param>
/// <param name="Range">Maximum - minimum of each feature; 1 for a constant feature.</param>
public sealed record MinMaxScaler(double[] Minimum, double[] Range) : Scaler
{
    /// <inheritdoc cref="MinMaxScaler" path="/param[@name='Range']"/>
    public double[] Range { get; } = Units("minmax", Minimum, Range, "minimum", "range");

    /// <inheritdoc/>
    public override string Kind => "minmax";

    /// <inheritdoc/>
    public override int Width => Minimum.Length;

    private protected override double Scale(int feature, double x) => (x - Minimum[feature]) / Range[feature];

    internal static MinMaxScaler Of(Windows rows)
    {
        int width = rows.InputShape[1];
        double[] minimum = new double[width], range = new double[width];
        Array.Fill(minimum, double.PositiveInfinity);
        Array.Fill(range, double.NegativeInfinity);
        for (int row = 0; row < rows.Count; row++)
        {
            ReadOnlySpan<float> last = rows.Window(row)[^width..];
            for (int f = 0; f < width; f++) (minimum[f], range[f]) = (Math.Min(minimum[f], last[f]), Math.Max(range[f], last[f]));
        }
        for (int f = 0; f < width; f++) range[f] = range[f] > minimum[f] ? range[f] - minimum[f] : 1;
        return new MinMaxScaler(minimum, range);
    }

    private protected override void Write(Utf8JsonWriter json)
    {
        Predictor.WriteNumbers(json, "minimum", Minimum);
        Predictor.WriteNumbers(json, "range", Range);
    }
}
