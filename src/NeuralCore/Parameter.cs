namespace NeuralCore;

/// <summary>A trainable block of numbers that a layer declares; a <see cref="Model"/> names it, lays it out and initialises it.</summary>
public sealed class Parameter
{
    Model? model;
    Parameter? scales;
    int start, firstScale;

    internal Parameter(Layer owner, string name, Shape shape, Initializer initializer, bool whole = false, int scaleCount = 0)
    {
        (Whole, ScaleCount) = (whole, scaleCount);
        Owner = owner;
        LocalName = Name = name;
        Shape = shape;
        Initializer = initializer;
    }

    internal Layer Owner { get; }

    internal string LocalName { get; }

    internal Initializer Initializer { get; }

    /// <summary>Whether the values are whole numbers, which files hold as I64.</summary>
    internal bool Whole { get; }

    /// <summary>
    /// Into how many equal parts <see cref="Model.Quantize"/> divides the values, each of int8 with a scale of its own: rows of a matrix,
    /// or a table as a whole. 0: they stay floats.
    /// </summary>
    internal int ScaleCount { get; }

    /// <summary>Whether <see cref="Value"/> holds whole numbers, which <see cref="Scales"/> say the worth of.</summary>
    internal bool IsInt8 => scales is not null;

    /// <summary>In a quantised model the scales of values that are int8.</summary>
    internal Span<float> Scales => scales is { } all ? all.Value.Slice(firstScale, ScaleCount)
        : throw new InvalidOperationException($"'{Name}' is not int8");

    internal int Start { get { Bound(); return start; } }

    /// <summary>Full name in the model, in PyTorch's form, for example <c>encoder.weight_ih_l0</c>.</summary>
    public string Name { get; private set; }

    /// <summary>Sizes, in PyTorch's layout.</summary>
    public Shape Shape { get; }

    /// <summary>The values. Whoever writes them calls <see cref="Model.ParametersChanged"/> afterwards.</summary>
    public Span<float> Value => Bound().State.Slice(start, Shape.Count);

    /// <summary>Whether optimizers leave this parameter, or a layer this buffer, as it is; see <see cref="Model.Freeze"/>.</summary>
    public bool Frozen { get; internal set; }

    internal Model Bound() => model ?? throw new InvalidOperationException(
        $"parameter '{LocalName}' of {Owner} has no memory: declare that layer with Child(...) in its parent, or make it the root of "
            + "a Model");

    internal void Bind(Model owner, string name, int offset) => (model, Name, start) = (owner, name, offset);

    /// <summary>Makes these values int8; their scales begin at <paramref name="first"/> of <paramref name="all"/>.</summary>
    internal void Quantize(Parameter all, int first) => (scales, firstScale) = (all, first);

    /// <summary>What int8 values are worth: scale · v.</summary>
    internal float[] Floats()
    {
        float[] w = [.. Value];
        Span<float> scale = Scales;
        int part = w.Length / ScaleCount;
        for (int i = 0; i < w.Length; i++) w[i] *= scale[i / part];
        return w;
    }

    internal void Unbind() => (model, Name, start, scales, firstScale) = (null, LocalName, 0, null, 0);

    internal void RequireUnbound()
    {
        if (model is not null)
            throw new InvalidOperationException($"parameter '{Name}' of {Owner} already belongs to a model: a layer has one place in "
                + "one model");
    }
}
