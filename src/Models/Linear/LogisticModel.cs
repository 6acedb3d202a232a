namespace NeuralCore.Models;

/// <summary>A fitted <see cref="LogisticRegression"/>: logistic(xβ + b), or softmax of K such scores.</summary>
public sealed class LogisticModel : TabularModel
{
    readonly double[] coefficients, deviations;

    internal LogisticModel(int classes, double[] coefficients, double[] intercepts, double[] deviations) : base(deviations.Length, classes)
        => (this.coefficients, Intercepts, this.deviations) = (coefficients, intercepts, deviations);

    /// <summary>β (S, F), row-major: S = 1 score, of the second class, for two classes, else one for each class.</summary>
    public IReadOnlyList<double> Coefficients => coefficients;

    /// <summary>b (S).</summary>
    public IReadOnlyList<double> Intercepts { get; }

    /// <summary>Newton steps of the fit. Not saved.</summary>
    public int Iterations { get; init; }

    /// <summary>Whether the fit met its tolerance, and not only what rounding allows. Not saved.</summary>
    public bool Converged { get; init; }

    /// <summary>Each feature's share of Σ |β|·deviation, the deviation of the training rows.</summary>
    public override double[] FeatureImportance()
    {
        var size = new double[Features];
        for (int i = 0; i < coefficients.Length; i++) size[i % Features] += Math.Abs(coefficients[i]) * deviations[i % Features];
        double sum = size.Sum();
        if (sum > 0) for (int f = 0; f < Features; f++) size[f] /= sum;
        return size;
    }

    internal static void RequireFinite(FeatureMatrix x)
    {
        ReadOnlySpan<float> values = x.Values.Span;
        for (int i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new ArgumentException(
                    $"LogisticRegression: expected finite features, got {values[i]} in row {i / x.Features}, "
                        + $"feature {i % x.Features}", nameof(x));
    }

    private protected override void Check(FeatureMatrix x) => RequireFinite(x);

    private protected override void Predict(FeatureMatrix x, int first, Span<double> output)
    {
        int S = Intercepts.Count, count = output.Length / Classes;
        double[][] z = [.. Enumerable.Range(0, S).Select(_ => new double[count])];
        for (int k = 0; k < S; k++)
        {
            ReadOnlySpan<double> beta = coefficients.AsSpan(k * Features, Features);
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = x.Row(first + i);
                double sum = 0;
                for (int f = 0; f < row.Length; f++) sum += row[f] * beta[f];
                z[k][i] = sum + Intercepts[k];
            }
        }
        Exponential.Probabilities(z, 0, count);
        Write(z, output);
    }

    private protected override IReadOnlyList<(string Name, Shape Shape, Array Values)> Tensors() =>
    [
        ("coefficients", new Shape(Intercepts.Count, Features), coefficients),
        ("intercepts", new Shape(Intercepts.Count), Intercepts.ToArray()),
        ("deviations", new Shape(Features), deviations),
    ];

    internal static LogisticModel Read(Safetensors file, int features, int classes)
    {
        if (classes < 2) throw new InvalidDataException($"expected at least 2 classes, got {classes}");
        int scores = classes > 2 ? classes : 1;
        return new LogisticModel(classes, Finite("coefficients", (long)scores * features), Finite("intercepts", scores),
            Finite("deviations", features));

        double[] Finite(string name, long count)
        {
            if (file.Shape(name).Count != count)
                throw new InvalidDataException($"'{name}': expected {count} values, got {file.Shape(name).Count}");
            double[] values = file.Doubles(name);
            return values.All(double.IsFinite) ? values : throw new InvalidDataException($"'{name}': expected finite values");
        }
    }
}
