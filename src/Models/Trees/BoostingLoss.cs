namespace NeuralCore.Models;

/// <summary>
/// The loss that boosting lowers, of raw scores z (S, n). Squared error: ½ (z - y)², S = 1; log-loss of two classes: log(1 + eᶻ) - y z,
/// S = 1; of K classes: log Σ e^z - z_y, S = K. With the prediction μ (z itself, logistic(z), softmax(z)) all have the gradient w (μ - y)
/// and the second derivative w, or w μ (1 - μ).
/// </summary>
/// <param name="Classes">K; 0: squared error.</param>
sealed record BoostingLoss(int Classes)
{
    const double Epsilon = 2.220446049250313e-16;

    /// <summary>S.</summary>
    internal int Scores => Classes > 2 ? Classes : 1;

    /// <summary>The scores that predict best without features: the mean, log-odds, or logarithms of shares less their mean.</summary>
    internal double[] Baseline(LabelledRows rows)
    {
        var share = new double[Scores];
        double total = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            total += rows.Weight(i);
            for (int k = 0; k < Scores; k++) share[k] += rows.Weight(i) * Target(rows, i, k);
        }
        for (int k = 0; k < Scores; k++) share[k] /= total;
        if (Classes == 0) return share;
        if (Classes == 2)
        {
            double p = Math.Clamp(share[0], 10 * Epsilon, 1 - 10 * Epsilon);
            return [ScalarMath.Log(p / (1 - p))];
        }
        double[] logs = [.. share.Select(p => ScalarMath.Log(Math.Clamp(p, Epsilon, 1 - Epsilon)))];
        double mean = logs.Average();
        return [.. logs.Select(l => l - mean)];
    }

    /// <summary>Scores (S, n) that are the baseline in all rows.</summary>
    internal static double[][] Start(double[] baseline, int rows)
    {
        var z = new double[baseline.Length][];
        for (int k = 0; k < z.Length; k++) Array.Fill(z[k] = new double[rows], baseline[k]);
        return z;
    }

    double Target(LabelledRows rows, int row, int score) => Scores == 1 ? rows.Targets[row] : rows.Targets[row] == score ? 1 : 0;

    /// <summary>μ of rows first to first + count of scores z (S, n), in their place.</summary>
    internal void Predict(double[][] z, int first, int count)
    {
        if (Classes > 0) Exponential.Probabilities(z, first, count);
    }

    /// <summary>Writes each row's gradient, second derivative and count 1 of score k, given μ (S, n).</summary>
    internal void Derivatives(LabelledRows rows, double[][] mean, int k, int first, int count, float[] statistics)
    {
        for (int i = first; i < first + count; i++)
        {
            double m = mean[k][i], w = rows.Weight(i);
            statistics[4 * i] = (float)(w * (m - Target(rows, i, k)));
            statistics[4 * i + 1] = (float)(Classes == 0 ? w : w * m * (1 - m));
            statistics[4 * i + 2] = 1;
        }
    }

    /// <summary>Weighted mean of the loss, given μ (S, n).</summary>
    internal double Mean(LabelledRows rows, double[][] mean)
    {
        double sum = 0, weight = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            double y = rows.Targets[i], m = mean[Scores == 1 ? 0 : (int)y][i];
            double loss = Classes == 0 ? (m - y) * (m - y) / 2 : -ScalarMath.Log(Math.Max(Classes == 2 && y == 0 ? 1 - m : m, 1e-300));
            sum += rows.Weight(i) * loss;
            weight += rows.Weight(i);
        }
        return sum / weight;
    }
}
