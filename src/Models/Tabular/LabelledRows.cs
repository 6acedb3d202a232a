namespace NeuralCore.Models;

/// <summary>Rows to learn from or to judge by: features x (n, F), what to predict y (n), and weights w (n).</summary>
public sealed class LabelledRows
{
    /// <summary>Largest size of a value to predict: its square and sums of such squares stay finite, and it fits a float.</summary>
    public const double Largest = 1e30;

    /// <summary>Most classes.</summary>
    public const int MaxClasses = 1024;

    /// <summary>Rows of classes.</summary>
    /// <param name="x">Features (n, F).</param>
    /// <param name="labels">Class of each row, 0 to <paramref name="classes"/> - 1; not every class needs a row.</param>
    /// <param name="classes">Number of classes, from 2 to <see cref="MaxClasses"/>.</param>
    /// <param name="weights">Weight of each row, 0 or from 1e-9 to 1e6; none: all 1.</param>
    /// <exception cref="ArgumentException">Numbers of rows differ, or the classes, a label or a weight are out of their range.</exception>
    public LabelledRows(FeatureMatrix x, ReadOnlySpan<int> labels, int classes, ReadOnlySpan<double> weights = default)
        : this(x, labels.Length, weights)
    {
        if (classes is < 2 or > MaxClasses)
            throw new ArgumentException($"labelled rows: expected from 2 to {MaxClasses} classes, got {classes}", nameof(classes));
        Classes = classes;
        for (int i = 0; i < labels.Length; i++)
            Targets[i] = labels[i] >= 0 && labels[i] < classes ? labels[i]
                : throw new ArgumentException($"labelled rows: expected classes 0 to {classes - 1}, got {labels[i]} in row {i}",
                    nameof(labels));
    }

    /// <summary>Rows of numbers.</summary>
    /// <param name="x">Features (n, F).</param>
    /// <param name="values">Number to predict for each row, of a size up to <see cref="Largest"/>.</param>
    /// <param name="weights">Weight of each row, 0 or from 1e-9 to 1e6; none: all 1.</param>
    /// <exception cref="ArgumentException">Numbers of rows differ, or a value or weight is out of its range.</exception>
    public LabelledRows(FeatureMatrix x, ReadOnlySpan<double> values, ReadOnlySpan<double> weights = default)
        : this(x, values.Length, weights)
    {
        for (int i = 0; i < values.Length; i++)
            Targets[i] = Math.Abs(values[i]) <= Largest ? values[i]
                : throw new ArgumentException($"labelled rows: expected values up to ±{Largest}, got {values[i]} in row {i}",
                    nameof(values));
    }

    LabelledRows(FeatureMatrix x, int targets, ReadOnlySpan<double> weights)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rows == 0) throw new ArgumentException("labelled rows: expected at least one row, got none", nameof(x));
        if (targets != x.Rows)
            throw new ArgumentException($"labelled rows: expected {x.Rows} labels, one for each row, got {targets}", nameof(targets));
        (X, Targets) = (x, new double[targets]);
        if (weights.IsEmpty) return;
        if (weights.Length != x.Rows)
            throw new ArgumentException($"labelled rows: expected {x.Rows} weights, one for each row, got {weights.Length}",
                nameof(weights));
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += weights[i] is 0 or (>= 1e-9 and <= 1e6) ? weights[i]
                : throw new ArgumentException($"labelled rows: expected weights 0 or 1e-9 to 1e6, got {weights[i]} in row {i}",
                    nameof(weights));
        if (sum == 0) throw new ArgumentException("labelled rows: expected a weight over 0, got only 0", nameof(weights));
        Weights = weights.ToArray();
    }

    /// <summary>Features (n, F).</summary>
    public FeatureMatrix X { get; }

    /// <summary>Number of classes; 0: the targets are numbers.</summary>
    public int Classes { get; }

    /// <summary>Number of rows, n.</summary>
    public int Count => Targets.Length;

    /// <summary>What to predict for each row: a class, as a whole number, or a number.</summary>
    internal double[] Targets { get; }

    /// <summary>Weight of each row; empty: all 1.</summary>
    internal double[] Weights { get; } = [];

    internal double Weight(int row) => Weights.Length == 0 ? 1 : Weights[row];
}
