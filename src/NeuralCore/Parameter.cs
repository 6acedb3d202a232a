namespace NeuralCore;

/// <summary>A trainable block of numbers that a layer declares; a <see cref="Model"/> names it, lays it out and initialises it.</summary>
public sealed class Parameter
{
    Model? model;
    int start;

    internal Parameter(Layer owner, string name, Shape shape, Initializer initializer, bool whole = false)
    {
        Whole = whole;
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
        $"parameter '{LocalName}' of {Owner} has no memory: declare that layer with Child(...) in its parent, or make it the root of a Model");

    internal void Bind(Model owner, string name, int offset) => (model, Name, start) = (owner, name, offset);

    internal void Unbind() => (model, Name, start) = (null, LocalName, 0);

    internal void RequireUnbound()
    {
        if (model is not null) throw new InvalidOperationException($"parameter '{Name}' of {Owner} already belongs to a model: a layer has one place in one model");
    }
}
