namespace NeuralCore.Models;

/// <summary>Feature values of many rows, row-major: a view, nothing is copied. NaN is a missing value.</summary>
public sealed class FeatureMatrix
{
    /// <summary>Most features.</summary>
    public const int MaxFeatures = 1 << 20;

    /// <summary>Values (n, F), row-major.</summary>
    /// <exception cref="ArgumentException">There are no features or too many, or the values do not make whole rows.</exception>
    public FeatureMatrix(ReadOnlyMemory<float> values, int features)
    {
        if (features is < 1 or > MaxFeatures)
            throw new ArgumentException($"feature matrix: expected from 1 to {MaxFeatures} features, got {features}", nameof(features));
        if (values.Length % features != 0)
            throw new ArgumentException($"feature matrix: expected whole rows of {features} values, got {values.Length} values",
                nameof(values));
        (Values, Features, Rows) = (values, features, values.Length / features);
    }

    /// <summary>All values, row-major.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>Values in a row, F.</summary>
    public int Features { get; }

    /// <summary>Number of rows, n.</summary>
    public int Rows { get; }

    /// <summary>The values of one row.</summary>
    public ReadOnlySpan<float> Row(int row) => Values.Span.Slice(row * Features, Features);

    /// <summary>The rows from <paramref name="first"/> on.</summary>
    public FeatureMatrix Slice(int first, int rows) => new(Values.Slice(first * Features, rows * Features), Features);
}
