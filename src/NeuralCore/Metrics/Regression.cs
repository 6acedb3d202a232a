using System.Numerics;

namespace NeuralCore.Metrics;

/// <summary>
/// How near predictions ŷ (n) come to true values y (n), e = y - ŷ. Values agree with scikit-learn's.
/// </summary>
/// <remarks>All throw an <see cref="ArgumentException"/> where there are no rows, lengths differ, or a value is not finite.</remarks>
public static class Regression
{
    /// <summary>Mean of |e|.</summary>
    public static double MeanAbsoluteError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        Rows rows = Read("MeanAbsoluteError", truth, predicted, weights);
        return Mean(rows.Errors.Select(Math.Abs), rows.Weights);
    }

    /// <summary>Mean of e².</summary>
    public static double MeanSquaredError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        Rows rows = Read("MeanSquaredError", truth, predicted, weights);
        return Mean(rows.Errors.Select(e => e * e), rows.Weights);
    }

    /// <summary>Root of the mean of e².</summary>
    public static double RootMeanSquaredError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
        => Math.Sqrt(MeanSquaredError(truth, predicted, weights));

    /// <summary>
    /// Mean of |e| / |y|, a share and not per cent; |y| counts as at least 2⁻⁵², so that a true value of 0 gives a huge figure.
    /// </summary>
    public static double MeanAbsolutePercentageError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted,
        ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        Rows rows = Read("MeanAbsolutePercentageError", truth, predicted, weights);
        return Mean(rows.Errors.Select((e, i) => Math.Abs(e) / Math.Max(Math.Abs(rows.Truth[i]), Classification.MachineEpsilon)),
            rows.Weights);
    }

    /// <summary>Median of |e|; of an even number of rows the mean of the middle two.</summary>
    public static double MedianAbsoluteError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted) where T : struct, IFloatingPoint<T>
    {
        double[] sizes = [.. Read("MedianAbsoluteError", truth, predicted, []).Errors.Select(Math.Abs).Order()];
        return (sizes[(sizes.Length - 1) / 2] + sizes[sizes.Length / 2]) / 2;
    }

    /// <summary>Largest |e|.</summary>
    public static double MaxError<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted) where T : struct, IFloatingPoint<T>
        => Read("MaxError", truth, predicted, []).Errors.Max(Math.Abs);

    /// <summary>
    /// Coefficient of determination 1 - Σe² / Σ(y - mean y)². NaN for one row; where y is constant 1 if all predictions are perfect, else
    /// 0.
    /// </summary>
    public static double R2<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        Rows rows = Read("R2", truth, predicted, weights);
        return rows.Truth.Length < 2 ? double.NaN
            : Explained(Mean(rows.Errors.Select(e => e * e), rows.Weights), Variance(rows.Truth, rows.Weights));
    }

    /// <summary>
    /// 1 - variance of e / variance of y: <see cref="R2"/> of predictions without their bias. Where y is constant 1 if e is too, else 0.
    /// </summary>
    public static double ExplainedVariance<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        Rows rows = Read("ExplainedVariance", truth, predicted, weights);
        return Explained(Variance(rows.Errors, rows.Weights), Variance(rows.Truth, rows.Weights));
    }

    /// <summary>Mean of τ·e where e ≥ 0 and (τ - 1)·e elsewhere, for predictions of the τ-quantile; see <see cref="Pinball"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">τ is not in [0, 1].</exception>
    public static double PinballLoss<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, double tau = 0.5,
        ReadOnlySpan<double> weights = default)
        where T : struct, IFloatingPoint<T>
    {
        if (!(tau >= 0 && tau <= 1)) throw new ArgumentOutOfRangeException(nameof(tau), tau, "PinballLoss: expected a quantile in [0, 1]");
        Rows rows = Read("PinballLoss", truth, predicted, weights);
        return Mean(rows.Errors.Select(e => e >= 0 ? tau * e : (tau - 1) * e), rows.Weights);
    }

    readonly record struct Rows(double[] Truth, double[] Errors, double[] Weights);

    static Rows Read<T>(string metric, ReadOnlySpan<T> truth, ReadOnlySpan<T> predicted, ReadOnlySpan<double> weights)
        where T : struct, IFloatingPoint<T>
    {
        Check.Lengths(metric, truth.Length, predicted.Length);
        double[] y = Check.Finite(metric, truth), errors = Check.Finite(metric, predicted);
        for (int i = 0; i < y.Length; i++) errors[i] = y[i] - errors[i];
        return new Rows(y, errors, Check.Weights(metric, y.Length, weights));
    }

    static double Mean(IEnumerable<double> values, double[] weights)
    {
        double sum = 0;
        int i = 0;
        foreach (double value in values) sum += weights[i++] * value;
        return sum / weights.Sum();
    }

    /// <summary>Exactly 0 where all values are the same, whatever the rounding of their mean.</summary>
    static double Variance(double[] values, double[] weights)
    {
        if (values.All(value => value == values[0])) return 0;
        double mean = Mean(values, weights);
        return Mean(values.Select(value => (value - mean) * (value - mean)), weights);
    }

    static double Explained(double error, double variance) => variance > 0 ? 1 - error / variance : error == 0 ? 1 : 0;
}
