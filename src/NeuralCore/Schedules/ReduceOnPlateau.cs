namespace NeuralCore;

/// <summary>
/// Cuts the learning rate when a metric has stopped getting better: after more than <see cref="Patience"/> steps without a new best, η
/// becomes max(η·factor, minimum). PyTorch's ReduceLROnPlateau. Unlike a <see cref="Schedule"/> it has a state.
/// </summary>
public sealed class ReduceOnPlateau
{
    double best;
    int waited, cooling;

    /// <summary>Starts before the first metric.</summary>
    /// <param name="maximize">Whether a larger metric is the better one.</param>
    public ReduceOnPlateau(bool maximize = false)
    {
        Maximize = maximize;
        best = maximize ? double.MinValue : double.MaxValue;
    }

    /// <summary>Whether a larger metric is the better one.</summary>
    public bool Maximize { get; }

    /// <summary>What the rate is multiplied by, in [0, 1).</summary>
    public double Factor { get; init => field = value is >= 0 and < 1 ? value : throw Error(nameof(Factor), value, "in [0, 1)"); } = 0.1;

    /// <summary>Steps without a better metric that are put up with.</summary>
    public int Patience { get; init => field = value >= 0 ? value : throw Error(nameof(Patience), value, "at least 0"); } = 10;

    /// <summary>By how much a metric must be better than the best to count.</summary>
    public double Threshold { get; init => field = value >= 0 ? value : throw Error(nameof(Threshold), value, "at least 0"); } = 1e-4;

    /// <summary>Whether the threshold is a difference, and not a share of the best.</summary>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>Steps after a cut that do not count.</summary>
    public int Cooldown { get; init => field = value >= 0 ? value : throw Error(nameof(Cooldown), value, "at least 0"); }

    /// <summary>Lowest rate.</summary>
    public double Minimum { get; init => field = value >= 0 ? value : throw Error(nameof(Minimum), value, "at least 0"); }

    /// <summary>A cut by no more than this is not made.</summary>
    public double Epsilon { get; init => field = value >= 0 ? value : throw Error(nameof(Epsilon), value, "at least 0"); } = 1e-8;

    /// <summary>What later steps depend on, by name; all numbers are finite.</summary>
    /// <exception cref="ArgumentException">The numbers are not such a state; nothing has changed.</exception>
    public IReadOnlyDictionary<string, double> State
    {
        get => new OrderedDictionary<string, double> { ["best"] = best, ["num_bad_epochs"] = waited, ["cooldown_counter"] = cooling };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count != 3 || !value.TryGetValue("best", out double b) || !value.TryGetValue("num_bad_epochs", out double w)
                || !value.TryGetValue("cooldown_counter", out double c) || !double.IsFinite(b) || !(w is >= 0 and <= int.MaxValue)
                || !(c is >= 0 and <= int.MaxValue))
                throw new ArgumentException("ReduceOnPlateau: expected a finite best and num_bad_epochs and cooldown_counter of at least "
                    + "0, got "
                    + string.Join(", ", value.Select(pair => $"{pair.Key} {pair.Value}")));
            (best, waited, cooling) = (b, (int)w, (int)c);
        }
    }

    /// <summary>
    /// The rate after a step that had the rate <paramref name="rate"/> and ended with <paramref name="metric"/>; one that is not finite is
    /// no best.
    /// </summary>
    public double Next(double metric, double rate)
    {
        if (double.IsFinite(metric) && IsBetter(metric)) (best, waited) = (metric, 0);
        else waited++;
        if (cooling > 0) (cooling, waited) = (cooling - 1, 0);
        if (waited <= Patience) return rate;
        (cooling, waited) = (Cooldown, 0);
        double next = Math.Max(rate * Factor, Minimum);
        return rate - next > Epsilon ? next : rate;
    }

    bool IsBetter(double metric) => (Maximize, AbsoluteThreshold) switch
    {
        (false, false) => metric < best * (1 - Threshold),
        (false, true) => metric < best - Threshold,
        (true, false) => metric > best * (1 + Threshold),
        (true, true) => metric > best + Threshold,
    };

    static ArgumentOutOfRangeException Error(string name, double value, string expected)
        => new(name, value, $"ReduceOnPlateau: expected {name} {expected}");
}
