using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// Direction accuracy on a market in which every direction is a coin, with the interval that holds ½ unless the future was seen.
/// <code>
/// X_t = Σ over pairs at time t of (hit - ½)      accuracy = ½ + Σ X_t / n      interval = accuracy ± z √(Σ X_t²) / n
/// </code>
/// Given the past, X_t is as likely positive as negative, whatever model predicts and however pairs move together, so Σ X_t is in the limit
/// normal with variance Σ X_t². A return of zero has no direction and does not count, a tie is half a hit.
/// <para>Source: Efron, "Student's t-test under symmetry conditions", JASA 64 (1969).</para>
/// </summary>
/// <param name="Accuracy">Share of directions called right; ½ without any.</param>
/// <param name="Interval">Its interval.</param>
/// <param name="N">Directions.</param>
sealed record ChanceAccuracy(double Accuracy, Interval Interval, int N)
{
    public static ChanceAccuracy Of(Windows rows, Prediction[] predictions, double level)
    {
        var atTime = new Dictionary<long, double>();
        int n = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            (int pair, int end) = rows.Rows[row];
            int truth = Math.Sign(rows.NextReturn(row)), call = predictions[row].Call - Direction.Neutral;
            if (truth == 0) continue;
            long time = rows.Series[pair].Candles.OpenTime[end];
            atTime[time] = atTime.GetValueOrDefault(time) + 0.5 * truth * call;
            n++;
        }
        if (n == 0) return new(0.5, new Interval(0, 1), 0);
        double accuracy = 0.5 + atTime.Values.Sum() / n, z = ScalarMath.NormalQuantile(0.5 + level / 2);
        double half = z * Math.Sqrt(atTime.Values.Sum(x => x * x)) / n;
        return new(accuracy, new Interval(accuracy - half, accuracy + half), n);
    }

    /// <summary>
    /// The feature, in the last candle of a row, that is most correlated with the direction that follows, and the row that shows it best.
    /// </summary>
    public static (string Feature, double Correlation, int Row) Suspect(Windows rows, IEnumerable<FeatureSet> sets)
    {
        (string Feature, double Correlation, int Row) most = ("", 0, 0);
        double[] truth = [.. Enumerable.Range(0, rows.Count).Select(row => (double)Math.Sign(rows.NextReturn(row)))];
        foreach (FeatureSet set in sets)
        {
            Windows of = rows.Of(set);
            int width = set.Features.Count;
            for (int f = 0; f < width; f++)
            {
                double[] x = [.. Enumerable.Range(0, rows.Count).Select(row => (double)of.Window(row)[^(width - f)])];
                double mx = x.Average(), mt = truth.Average(), xt = 0, xx = 0, tt = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    (double dx, double dt) = (x[i] - mx, truth[i] - mt);
                    (xt, xx, tt) = (xt + dx * dt, xx + dx * dx, tt + dt * dt);
                }
                double correlation = xx > 0 && tt > 0 ? xt / Math.Sqrt(xx * tt) : 0;
                if (most.Feature.Length > 0 && Math.Abs(correlation) <= Math.Abs(most.Correlation)) continue;
                most = (set.Features[f], correlation, Enumerable.Range(0, x.Length)
                    .MaxBy(i => (x[i] - mx) * truth[i] * Math.Sign(correlation)));
            }
        }
        return most;
    }
}
