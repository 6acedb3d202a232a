namespace NeuralCore;

/// <summary>Training and validation rows from one series of rows.</summary>
public static class TimeSplit
{
    /// <summary>
    /// The last part of the rows, which must be in the order of time, for validation, and those before it for training. Nothing is shuffled
    /// across and nothing copied.
    /// </summary>
    /// <param name="samples">Rows, the oldest first.</param>
    /// <param name="validationShare">Share of the rows, in (0, 1), rounded to whole rows.</param>
    /// <param name="gap">Rows between the two that neither gets: at least as many as a label looks ahead and a window looks back, so that
    /// no training row knows a validation row.</param>
    /// <returns>The two parts, views of the samples.</returns>
    /// <exception cref="ArgumentException">One of the parts would be empty.</exception>
    public static (ISamples Training, ISamples Validation) SplitByTime(this ISamples samples, double validationShare, int gap = 0)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegative(gap);
        if (!(validationShare > 0 && validationShare < 1))
            throw new ArgumentOutOfRangeException(nameof(validationShare), validationShare,
                "SplitByTime: expected a share between 0 and 1");
        int validation = (int)Math.Round(validationShare * samples.Count, MidpointRounding.AwayFromZero);
        long training = (long)samples.Count - validation - gap;
        return validation > 0 && training > 0
            ? (new SampleRange(samples, 0, (int)training), new SampleRange(samples, samples.Count - validation, validation))
            : throw new ArgumentException($"SplitByTime: expected rows to train and to validate, "
                + $"got {Math.Max(0, training)} and {validation} of {samples.Count} with a gap of {gap}");
    }
}
