namespace NeuralCore;

/// <summary>
/// Everything that the next steps of an <see cref="Optimizer"/> depend on, beside the settings it was constructed with: what a
/// checkpoint holds of it.
/// </summary>
/// <param name="Arrays">By name, PyTorch's where it has one (<c>exp_avg</c>, <c>momentum_buffer</c>, ...): a number for every value of
/// <see cref="Model.Values"/>, in that order. None before the first step.</param>
/// <param name="Numbers">By name: learning rate, steps taken, momentum, powers of decay rates. All are finite.</param>
public sealed record OptimizerState(IReadOnlyDictionary<string, float[]> Arrays, IReadOnlyDictionary<string, double> Numbers);

/// <summary>A number for every parameter value that an optimizer keeps from step to step, for example a moving average.</summary>
public sealed class StateArray
{
    readonly float initial;
    float[]? values;

    internal StateArray(string name, float initial) => (Name, this.initial) = (name, initial);

    internal string Name { get; }

    internal Span<float> All => AlignedArray.All(values!);

    internal void Allocate(int count)
    {
        values = AlignedArray.New(count);
        if (initial != 0) All.Fill(initial);
    }
}

/// <summary>One number that an optimizer keeps from step to step, finite and at least 0.</summary>
public sealed class StateNumber
{
    internal StateNumber(string name, double most) => (Name, Most) = (name, most);

    /// <summary>The number now.</summary>
    public double Value { get; set; }

    /// <summary>Name in <see cref="OptimizerState.Numbers"/>.</summary>
    internal string Name { get; }

    /// <summary>Largest value.</summary>
    internal double Most { get; }
}

/// <summary>Neighbouring parameter values that one step updates alike.</summary>
public readonly ref struct Segment
{
    readonly int start;

    internal Segment(Span<float> values, ReadOnlySpan<float> gradients, int start, double rate, double weightDecay, bool maximize)
    {
        Values = values;
        Gradients = gradients;
        this.start = start;
        (Rate, WeightDecay, Maximize) = (rate, weightDecay, maximize);
    }

    /// <summary>The values to update.</summary>
    public Span<float> Values { get; }

    /// <summary>Their gradients.</summary>
    public ReadOnlySpan<float> Gradients { get; }

    /// <summary>Step size η: the optimizer's learning rate times the factor of the group.</summary>
    public double Rate { get; }

    /// <summary>Weight decay λ of the group.</summary>
    public double WeightDecay { get; }

    /// <summary>Whether the step goes up the gradient.</summary>
    public bool Maximize { get; }

    /// <summary>The part of an array that belongs to <see cref="Values"/>; empty for no array.</summary>
    public Span<float> Of(StateArray? array) => array is null ? [] : array.All.Slice(start, Values.Length);

    /// <summary>The gradient of the formulas, ±g + λ·p, for optimizers whose weight decay is part of it.</summary>
    internal Kernels.Descent Coupled => new(Maximize ? -1 : 1, (float)WeightDecay);
}
