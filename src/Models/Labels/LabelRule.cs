using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>What the next candle does.</summary>
public enum Direction
{
    /// <summary>It closes lower by more than the threshold.</summary>
    Down = 0,

    /// <summary>It moves by no more than the threshold.</summary>
    Neutral = 1,

    /// <summary>It closes higher by more than the threshold.</summary>
    Up = 2,
}

/// <summary>Turns a return into a class.</summary>
/// <param name="Threshold">Returns within ± this are NEUTRAL; 0 gives two classes (and NEUTRAL for no move at all).</param>
/// <param name="MeanMove">Mean |return| of the training rows: the unit of <see cref="Magnitude"/>.</param>
public sealed record LabelRule(double Threshold, double MeanMove)
{
    /// <summary>
    /// Fits the threshold on training rows: the quantile of |return| that makes <paramref name="neutralShare"/> of them NEUTRAL.
    /// </summary>
    public static LabelRule Fit(Windows training, double neutralShare = 1.0 / 3)
    {
        ArgumentNullException.ThrowIfNull(training);
        return Fit(Enumerable.Range(0, training.Count).Select(training.Value), neutralShare);
    }

    /// <summary>Fits the threshold on the returns of all pairs that are known by a moment, such as the end of the training rows.</summary>
    /// <param name="returns">Returns of any kind and horizon, one label a pair.</param>
    /// <param name="knownBy">Microseconds UTC; later labels are not looked at.</param>
    /// <param name="neutralShare">Share of the rows that become NEUTRAL, in [0, 1); 0 for two classes.</param>
    public static LabelRule Fit(IReadOnlyList<Label> returns, long knownBy, double neutralShare = 1.0 / 3)
    {
        ArgumentNullException.ThrowIfNull(returns);
        return Fit(returns.SelectMany(r => r.Values.Where((_, t) => r.IsKnown(t) && r.KnownAt[t] <= knownBy)), neutralShare);
    }

    /// <summary>Fits the threshold on the returns of training rows; a row whose return is unknown (NaN) is an error.</summary>
    /// <exception cref="ArgumentException">There are no rows, or of several that move none would be over the threshold.</exception>
    public static LabelRule Fit(IEnumerable<double> returns, double neutralShare = 1.0 / 3)
    {
        ArgumentNullException.ThrowIfNull(returns);
        if (!(neutralShare is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(neutralShare), neutralShare, "labels: expected a share in [0, 1)");
        double[] moves = [.. returns.Select(Math.Abs)];
        if (moves.Length == 0) throw new ArgumentException("labels: expected training rows, got none");
        if (Array.FindIndex(moves, m => !double.IsFinite(m)) is >= 0 and var row)
            throw new ArgumentException(Invariant($"labels: expected training rows whose return is known, got {moves[row]} at row {row}"));
        double mean = moves.Average();
        if (neutralShare == 0) return new LabelRule(0, mean);
        Array.Sort(moves);
        double threshold = moves[Math.Max(0, (int)Math.Ceiling(neutralShare * moves.Length) - 1)], largest = moves[^1];
        return largest == 0 || threshold < largest || moves.Length == 1 ? new LabelRule(threshold, mean)
            : throw new ArgumentException("labels: expected a neutral_share that leaves moves beyond the threshold, got "
                + Invariant($"{neutralShare}: no move of {moves.Length} training rows is larger than {threshold}; 0 gives two classes"));
    }

    /// <summary>The class of a return.</summary>
    public Direction Class(double next) => Math.Abs(next) <= Threshold ? Direction.Neutral : next > 0 ? Direction.Up : Direction.Down;

    /// <summary>|return| in units of the mean move, at most 4.</summary>
    public float Magnitude(double next) => MeanMove > 0 ? (float)Math.Min(Math.Abs(next) / MeanMove, 4) : 0f;
}
