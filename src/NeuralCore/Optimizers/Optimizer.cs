namespace NeuralCore;

/// <summary>Turns gradients into new parameter values, in one pass over the model's contiguous buffer.</summary>
public abstract class Optimizer
{
    /// <summary>Step size; schedules change it between steps.</summary>
    public float LearningRate { get; set; }

    /// <summary>Updates <paramref name="values"/> in place; the caller then calls <see cref="Model.ParametersChanged"/>.</summary>
    public abstract void Step(Span<float> values, ReadOnlySpan<float> gradients);
}
