namespace NeuralCore;

/// <summary>
/// Parameters that an <see cref="Optimizer"/> treats in their own way:
/// <code>
/// new Adam(1e-3f) { Groups = [new ParameterGroup("encoder.*") { RateFactor = 0.1f }, new ParameterGroup("*bias*") { WeightDecay = 0 }] }
/// </code>
/// A parameter belongs to the first group that matches its name, or to none and then has the optimizer's own settings.
/// </summary>
/// <param name="Pattern">A name in which * stands for any characters and ? for one.</param>
public sealed record ParameterGroup(string Pattern)
{
    /// <summary>The group's learning rate is the optimizer's times this; 0 leaves the parameters as they are.</summary>
    public float RateFactor { get; init; } = 1;

    /// <summary>Weight decay λ of the group; null: the optimizer's.</summary>
    public double? WeightDecay { get; init; }

    internal void Validate()
    {
        if (!(RateFactor >= 0 && float.IsFinite(RateFactor)))
            throw new ArgumentOutOfRangeException(nameof(RateFactor), RateFactor, $"ParameterGroup '{Pattern}': expected a finite rate "
                + "factor of at least 0");
        if (WeightDecay is double decay && !(decay >= 0 && double.IsFinite(decay)))
            throw new ArgumentOutOfRangeException(nameof(WeightDecay), decay, $"ParameterGroup '{Pattern}': expected a finite weight decay "
                + "of at least 0");
    }
}
