namespace NeuralCore;

/// <summary>
/// The learning rate rises from maximum / <see cref="Divisor"/> to the maximum and falls to the start / <see cref="FinalDivisor"/> at the
/// last step, while the momentum falls and rises; with <see cref="ThreePhases"/> it falls to the start as slowly as it rose and then on.
/// After the last step both stay. PyTorch's OneCycleLR.
/// <para>Source: Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2019.</para>
/// </summary>
public sealed class OneCycle : Schedule
{
    readonly double maximum;
    readonly int steps;

    /// <summary>
    /// A cycle of the given number of steps, at least 1, up to the rate <paramref name="maximum"/> over 0; the base rate has no part in it.
    /// </summary>
    public OneCycle(double maximum, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        (this.maximum, this.steps) = (Positive(maximum, nameof(maximum)), steps);
    }

    /// <summary>Share of the steps, between 0 and 1, in which the rate rises.</summary>
    public double RisingPart
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "OneCycle: expected a rising part between 0 and 1");
    } = 0.3;

    /// <summary>Whether rate and momentum move along straight lines and not along cosines.</summary>
    public bool Linear { get; init; }

    /// <summary>Whether the fall has a second phase that begins at the first rate.</summary>
    public bool ThreePhases { get; init; }

    /// <summary>The maximal rate over the first.</summary>
    public double Divisor { get; init => field = Positive(value, nameof(Divisor)); } = 25;

    /// <summary>The first rate over the last.</summary>
    public double FinalDivisor { get; init => field = Positive(value, nameof(FinalDivisor)); } = 1e4;

    /// <summary>Whether the momentum moves too; the optimizer must then have one.</summary>
    public bool CycleMomentum { get; init; } = true;

    /// <summary>Momentum where the rate is highest.</summary>
    public double LowMomentum { get; init; } = 0.85;

    /// <summary>Momentum at both ends.</summary>
    public double HighMomentum { get; init; } = 0.95;

    /// <inheritdoc/>
    public override double Rate(int step, double baseRate)
    {
        double first = maximum / Divisor;
        return At(step, first, maximum, ThreePhases ? first : null, first / FinalDivisor);
    }

    /// <inheritdoc/>
    public override double? Momentum(int step)
        => CycleMomentum ? At(step, HighMomentum, LowMomentum, ThreePhases ? HighMomentum : null, HighMomentum) : null;

    /// <summary>The turning points lie at p·T - 1, with three phases 2·p·T - 2, and T - 1, which need not be whole.</summary>
    double At(int step, double first, double top, double? between, double last)
    {
        double k = Math.Min(step, steps - 1), rise = RisingPart * steps - 1, fall = 2 * rise;
        if (k <= rise) return Move(first, top, k, rise);
        if (between is not double middle) return Move(top, last, k - rise, steps - 1 - rise);
        return k <= fall ? Move(top, middle, k - rise, rise) : Move(middle, last, k - fall, steps - 1 - fall);
    }

    double Move(double from, double to, double k, double length)
    {
        double part = length > 0 ? k / length : 1;
        return Linear ? from + (to - from) * part : Schedules.HalfWave(from, to, part);
    }

    static double Positive(double value, string name) => value > 0 && double.IsFinite(value) ? value
        : throw new ArgumentOutOfRangeException(name, value, $"OneCycle: expected {name} to be finite and over 0");
}
