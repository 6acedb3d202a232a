namespace NeuralCore;

/// <summary>
/// The learning rate as a pure function of time: step k = 0, 1, ... counts epochs or batches, as its user chooses. Being pure, a schedule
/// needs no state in a checkpoint; <see cref="Schedules"/> makes the usual ones.
/// </summary>
public abstract class Schedule
{
    /// <summary>Learning rate in force during step <paramref name="step"/>.</summary>
    /// <param name="step">0 for the first step.</param>
    /// <param name="baseRate">The rate that the schedule scales: the optimizer's before the first step.</param>
    public abstract double Rate(int step, double baseRate);

    /// <summary>Momentum in force during the step; null leaves it as it is.</summary>
    public virtual double? Momentum(int step) => null;

    /// <summary>
    /// Sets learning rate and momentum of <paramref name="optimizer"/> for a step; its parameter groups follow with their factors.
    /// </summary>
    public void Apply(Optimizer optimizer, int step, double baseRate)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        optimizer.LearningRate = (float)Rate(step, baseRate);
        if (Momentum(step) is double momentum) optimizer.Momentum = momentum;
    }
}
