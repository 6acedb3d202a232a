namespace NeuralCore.Backtest;

/// <summary>
/// Calibrates probabilities by one number: p̃_c ∝ p_c^(1/T), the softmax of the logits over T. T > 1 makes a model less sure, T &lt; 1
/// more, and which class is the most probable stays. T minimises the mean log-loss of validation rows. The loss is convex in β = 1/T, with
/// slope Σ_rows (Σ_c p̃_c log p_c - log p_t) / n for the true class t, and so has one minimum over log T.
/// <para>Source: Guo et al., "On calibration of modern neural networks" (2017), section 4.2.</para>
/// </summary>
/// <remarks>
/// Probabilities are (n, C) row by row, or with C = 1 the probability of class 1 of two (n); 0 and 1 count as 2⁻⁵² and 1 - 2⁻⁵².
/// </remarks>
public static class TemperatureScaling
{
    /// <summary>Least T that is tried: a model that is right on every validation row would want 0.</summary>
    public const double Least = 1.0 / 64;

    /// <summary>Largest T that is tried: a model that is no better than chance wants ∞.</summary>
    public const double Largest = 64;

    const double Smallest = 2.220446049250313e-16;

    /// <summary>Fits T, by bisection of log T down to a relative 1e-10.</summary>
    /// <param name="truth">True classes of the validation rows.</param>
    /// <param name="probabilities">Their probabilities; a row with a NaN is left out.</param>
    /// <returns>1 where nothing can be fitted: no rows, all of one class, or all probabilities of each row alike.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, or a value is out of its range.</exception>
    public static double Fit(ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities)
    {
        if (truth.Length == 0 && probabilities.Length == 0) return 1;
        if (truth.Length == 0 || probabilities.Length == 0 || probabilities.Length % truth.Length != 0)
            throw new ArgumentException($"temperature: expected probabilities ({truth.Length}, C), got {probabilities.Length}");
        (double[] logits, int[] classes, int columns) = Known(truth, probabilities);
        if (classes.Length == 0 || Array.TrueForAll(classes, c => c == classes[0]) || Flat(logits, columns)) return 1;

        (double low, double high) = (Math.Log(Least), Math.Log(Largest));
        var row = new double[columns];
        while (high - low > 1e-10)
        {
            double middle = (low + high) / 2;
            // A loss that still falls as β grows has its minimum at a smaller T.
            if (Slope(logits, classes, row, Math.Exp(-middle)) < 0) high = middle;
            else low = middle;
        }
        return Math.Exp((low + high) / 2);
    }

    /// <summary>The probabilities at a temperature.</summary>
    /// <param name="probabilities">Probabilities; a row with a NaN gives NaN.</param>
    /// <param name="columns">C; 1 for the probability of class 1 of two.</param>
    /// <param name="temperature">T, over 0.</param>
    /// <exception cref="ArgumentException">Lengths do not fit, or a value is out of its range.</exception>
    public static double[] Apply(ReadOnlySpan<double> probabilities, int columns, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (probabilities.Length % columns != 0)
            throw new ArgumentException($"temperature: expected probabilities (n, {columns}), got {probabilities.Length}");
        if (!(temperature > 0))
            throw new ArgumentException($"temperature: expected a temperature over 0, got {Format.Number(temperature)}");
        var scaled = new double[probabilities.Length];
        int classes = Math.Max(2, columns);
        Span<double> logits = new double[classes];
        for (int from = 0; from < scaled.Length; from += columns)
        {
            if (!Logits(probabilities.Slice(from, columns), logits))
            {
                scaled.AsSpan(from, columns).Fill(double.NaN);
                continue;
            }
            Softmax(logits, 1 / temperature);
            logits[(classes - columns)..].CopyTo(scaled.AsSpan(from));
        }
        return scaled;
    }

    static double Slope(double[] logits, int[] truth, Span<double> p, double beta)
    {
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            ReadOnlySpan<double> z = logits.AsSpan(i * p.Length, p.Length);
            z.CopyTo(p);
            Softmax(p, beta);
            for (int c = 0; c < p.Length; c++) sum += p[c] * (z[c] - z[truth[i]]);
        }
        return sum / truth.Length;
    }

    // z becomes e^(βz) / Σ e^(βz).
    static void Softmax(Span<double> z, double beta)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in z) largest = Math.Max(largest, value);
        for (int c = 0; c < z.Length; c++) sum += z[c] = Math.Exp(beta * (z[c] - largest));
        for (int c = 0; c < z.Length; c++) z[c] /= sum;
    }

    static (double[] Logits, int[] Truth, int Columns) Known(ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities)
    {
        int given = probabilities.Length / truth.Length, columns = Math.Max(2, given), known = 0;
        var (logits, classes) = (new double[truth.Length * columns], new int[truth.Length]);
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] < 0 || truth[i] >= columns)
                throw new ArgumentException($"temperature: expected classes from 0 to {columns - 1}, got {truth[i]} in row {i}");
            if (Logits(probabilities.Slice(i * given, given), logits.AsSpan(known * columns, columns))) classes[known++] = truth[i];
        }
        return (logits[..(known * columns)], classes[..known], columns);
    }

    // log p of a row, false if one is unknown.
    static bool Logits(ReadOnlySpan<double> p, Span<double> logits)
    {
        bool known = true;
        for (int c = 0; c < p.Length; c++)
        {
            known &= !double.IsNaN(p[c]);
            if (p[c] is < 0 or > 1)
                throw new ArgumentException($"temperature: expected probabilities from 0 to 1, got {Format.Number(p[c])}");
        }
        for (int c = 0; c < logits.Length; c++)
        {
            double probability = p.Length > 1 ? p[c] : c == 1 ? p[0] : 1 - p[0];
            logits[c] = Math.Log(Math.Clamp(probability, Smallest, 1 - Smallest));
        }
        return known;
    }

    static bool Flat(double[] logits, int columns)
    {
        for (int i = 0; i < logits.Length; i++)
            if (logits[i] != logits[i - i % columns]) return false;
        return true;
    }
}
