using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>A trainable block of numbers that a layer declares; a <see cref="Model"/> names it, lays it out and initialises it.</summary>
public sealed class Parameter
{
    Model? model;
    int start;

    internal Parameter(Layer owner, string name, Shape shape, Initializer initializer, bool whole = false, bool matrix = false)
    {
        Whole = whole;
        CanBeInt8 = matrix && shape[1] <= Int8.MaxDepth;
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

    /// <summary>Whether these are weights (outputs, inputs) that <see cref="Model.Quantize"/> turns into int8.</summary>
    internal bool CanBeInt8 { get; }

    /// <summary>In a quantised model the scales (outputs) of weights that are int8: <see cref="Value"/> then holds whole numbers.</summary>
    internal Parameter? Scale { get; private set; }

    /// <summary>Whether these are such scales.</summary>
    internal bool IsScale { get; private init; }

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

    /// <summary>Scales for these weights, <c>{name}_scale</c>.</summary>
    internal Parameter MakeScale() => new(Owner, LocalName + "_scale", new Shape(Shape[0]), 1f) { IsScale = true };

    /// <summary>Makes these weights int8; what they are worth is scale · value.</summary>
    internal void Quantize(Parameter scale) => Scale = scale;

    internal void Unbind() => (model, Name, start, Scale) = (null, LocalName, 0, null);

    internal void RequireUnbound()
    {
        if (model is not null)
            throw new InvalidOperationException($"parameter '{Name}' of {Owner} already belongs to a model: a layer has one place in "
                + "one model");
    }
}
