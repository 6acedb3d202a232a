namespace NeuralCore;

/// <summary>
/// Turns gradients into new parameter values, in one pass over the model's contiguous buffer. An optimizer keeps its state from step to
/// step and so belongs to one model.
/// </summary>
public abstract class Optimizer
{
    /// <summary>An optimizer that starts with the given step size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step size is negative or not finite.</exception>
    protected Optimizer(float learningRate)
    {
        if (!(learningRate >= 0 && float.IsFinite(learningRate)))
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate,
                $"{GetType().Name}: expected a finite learning rate of at least 0");
        LearningRate = learningRate;
    }

    /// <summary>Step size η; schedules change it between steps, for example <c>LearningRate *= 0.95f</c> after each epoch.</summary>
    public float LearningRate { get; set; }

    /// <summary>Updates <paramref name="values"/> in place; the caller then calls <see cref="Model.ParametersChanged"/>.</summary>
    /// <param name="values">All parameter values: <see cref="Model.Values"/>.</param>
    /// <param name="gradients">Their gradients, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ from each other or from those of the steps before.</exception>
    public abstract void Step(Span<float> values, ReadOnlySpan<float> gradients);

    /// <summary>A coefficient of a moving average, which must lie in [0, 1).</summary>
    private protected double Decay(double value, string name) => value is >= 0 and < 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{GetType().Name}: expected {name} in [0, 1)");

    /// <summary>Makes the state with the first step and requires equal lengths ever after.</summary>
    private protected void Require(Span<float> values, ReadOnlySpan<float> gradients, ref float[]? state)
    {
        if (gradients.Length != values.Length)
            throw new ArgumentException($"{GetType().Name}: expected {values.Length} gradients, got {gradients.Length}");
        state ??= AlignedArray.New(values.Length);
        int length = AlignedArray.All(state).Length;
        if (length != values.Length)
            throw new ArgumentException($"{GetType().Name}: expected {length} values as in the steps before, got {values.Length}");
    }
}
