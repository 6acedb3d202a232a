namespace NeuralCore.Models;

/// <summary>
/// Logistic regression with an L2 penalty: minimises Σ w·log-loss + ‖β‖² / (2 C) over coefficients β and unpenalised intercepts, in double,
/// by Newton's method. Two classes have one score, that of the second; K &gt; 2 classes have K scores and the softmax. The same minimum as
/// scikit-learn's LogisticRegression(C), which ends further from it.
/// <para>The penalty acts on coefficients as they are: standardise the features.</para>
/// <para>Source: Hastie, Tibshirani, Friedman, "The elements of statistical learning", 2nd edition 2009, 4.4.</para>
/// </summary>
/// <example><code>
/// LogisticModel model = new LogisticRegression().Fit(new LabelledRows(x, labels, classes: 2));
/// double[] p = model.Predict(x);   // (n, 2)
/// </code></example>
public sealed record LogisticRegression
{
    /// <summary>Inverse strength of the penalty.</summary>
    public double C { get; init; } = 1;

    /// <summary>Most Newton steps.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>Ends when no derivative of the mean objective (the sum over the rows' weight) is larger.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <summary>Learns from the training rows.</summary>
    /// <param name="training">Rows of classes, of finite features.</param>
    /// <param name="threads">Threads that share the rows; the result does not depend on them.</param>
    /// <param name="cancellation">Ends the fit.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, the rows are of numbers, or a feature is not finite.</exception>
    public LogisticModel Fit(LabelledRows training, int threads = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (!(C > 0 && C <= 1e100)) throw new ArgumentException($"LogisticRegression: expected C over 0 and up to 1e100, got {C}");
        if (MaxIterations < 1)
            throw new ArgumentException($"LogisticRegression: expected MaxIterations of at least 1, got {MaxIterations}");
        if (!(Tolerance >= 0)) throw new ArgumentException($"LogisticRegression: expected Tolerance of at least 0, got {Tolerance}");
        if (training.Classes == 0)
            throw new ArgumentException("LogisticRegression: expected rows of classes, got rows of numbers", nameof(training));
        LogisticModel.RequireFinite(training.X);
        var objective = new LogisticObjective(training, C, threads);
        var at = new double[objective.Parameters];
        LogisticObjective.Point point = objective.At(at, cancellation);
        int iterations = 0;
        bool converged = false;
        for (; iterations < MaxIterations && !(converged = point.LargestDerivative <= Tolerance); iterations++)
        {
            if (Step(objective, at, point, cancellation) is not (double[] next, LogisticObjective.Point lower)) break;
            (at, point) = (next, lower);
        }
        return objective.Model(at, iterations, converged);
    }

    /// <summary>
    /// A Newton step from the point where the objective was called last, halved until the objective falls by a share of what its slope
    /// promises (Armijo's rule), or, where that is too small for the objective's digits, until its derivatives shrink; null: rounding
    /// leaves no such step.
    /// </summary>
    static (double[] At, LogisticObjective.Point Point)? Step(LogisticObjective objective, double[] at, LogisticObjective.Point point,
        CancellationToken cancellation)
    {
        double[] step = Newton.Direction(objective.Hessian(cancellation), point.Gradient);
        double slope = 0;
        for (int j = 0; j < step.Length; j++) slope -= step[j] * point.Gradient[j];
        for (double share = 1; share > 1e-10; share /= 2)
        {
            var next = new double[at.Length];
            for (int j = 0; j < next.Length; j++) next[j] = at[j] - share * step[j];
            LogisticObjective.Point lower = objective.At(next, cancellation);
            if (lower.Value <= point.Value + 1e-4 * share * slope && lower.Value < point.Value) return (next, lower);
            if (lower.LargestDerivative < point.LargestDerivative && Math.Abs(slope) < 1e-10 * Math.Abs(point.Value)) return (next, lower);
        }
        return null;
    }
}
