using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// One differentiable function with parameters. A layer is immutable while it runs: <see cref="Forward"/> puts what
/// <see cref="Backward"/> will need on the tape, and writes only into tensors that it made itself.
/// </summary>
public abstract class Layer
{
    readonly List<Parameter> parameters = [], buffers = [];
    readonly List<(string Name, Layer Layer)> children = [];
    Layer? parent;

    /// <summary>Parameters that this layer declared itself, in order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Numbers that this layer keeps but does not train, for example running statistics, in order.</summary>
    public IReadOnlyList<Parameter> Buffers => buffers;

    /// <summary>Layers that this layer declared as parts of itself, in order, with their local names.</summary>
    public IReadOnlyList<(string Name, Layer Layer)> Children => children;

    /// <summary>Place in the model, for example <c>1.encoder</c>; empty for the root and before the layer is part of a model.</summary>
    public string Path => Join(parent?.Path ?? "", LocalName);

    /// <summary>Name that the parent gave; empty for the root and before the layer is part of a model.</summary>
    internal string LocalName { get; private set; } = "";

    /// <summary>Gives the layer its place in a model, or takes it back.</summary>
    internal void Place(Layer? parent, string name) => (this.parent, LocalName) = (parent, name);

    static string Join(string above, string name) => above.Length == 0 || name.Length == 0 ? above + name : $"{above}.{name}";

    /// <summary>Declares a parameter; its memory comes from the model.</summary>
    protected Parameter Parameter(string name, Shape shape, Initializer initializer)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        var parameter = new Parameter(this, name, shape, initializer);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Declares weights (outputs, inputs) of products x·Wᵀ, which the layer can also compute with int8.</summary>
    private protected Parameter Weight(string name, Shape shape, Initializer initializer)
    {
        var weight = new Parameter(this, name, shape, initializer, scaleCount: shape[1] <= Int8.MaxDepth ? shape[0] : 0);
        parameters.Add(weight);
        return weight;
    }

    /// <summary>
    /// Declares values that a quantised model keeps as int8 with one scale, and that are floats again when they are used.
    /// </summary>
    private protected Parameter Table(string name, Shape shape, Initializer initializer)
    {
        var table = new Parameter(this, name, shape, initializer, scaleCount: 1);
        parameters.Add(table);
        return table;
    }

    /// <summary>Declares numbers that are saved with the model but not trained; only <see cref="UpdateBuffers"/> writes them.</summary>
    /// <param name="name">Name within the layer.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="initializer">First values.</param>
    /// <param name="whole">Whether they are whole numbers, which are saved as I64.</param>
    protected Parameter Buffer(string name, Shape shape, Initializer initializer, bool whole = false)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        var buffer = new Parameter(this, name, shape, initializer, whole);
        buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Declares a layer as part of this one. An empty name adds nothing to the names of its parameters.</summary>
    protected T Child<T>(string name, T layer) where T : Layer
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(layer);
        children.Add((name, layer));
        return layer;
    }

    /// <summary>Shape of the output for a given shape of the input; throws the error that <see cref="Forward"/> would throw.</summary>
    public virtual Shape OutputShape(Shape input) => input;

    /// <summary>Computes the output and, when the tape is training, pushes what <see cref="Backward"/> needs.</summary>
    public abstract Tensor Forward(Tensor x, Tape tape);

    /// <summary>
    /// Pops what <see cref="Forward"/> pushed, in reverse; adds to the gradients of the parameters; returns the gradient with respect to
    /// the input, which may be empty if the input did not want one.
    /// </summary>
    public abstract Tensor Backward(Tensor dY, Tape tape);

    /// <summary>Called after parameter values were written: the place to pack weights for the kernels.</summary>
    protected internal virtual void ParametersChanged() { }

    /// <summary>
    /// Moves the buffers by what a training pass left with <see cref="Tape.Keep"/>; called by <see cref="Tape.Commit"/>, when no pass runs.
    /// </summary>
    protected internal virtual void UpdateBuffers(Tensor kept) { }

    /// <summary>
    /// Whether a pass over a single row may fail, as where rows are normalised by their batch: a <see cref="Trainer"/> then lets a last row
    /// of a step that would be alone join those before it. By default so where there are buffers, which may be statistics of a batch.
    /// </summary>
    protected internal virtual bool NeedsTwoRows => buffers.Count > 0;

    /// <summary>
    /// Whether a prediction needs all rows of a batch at once: what a row gives depends on others, as with a softmax over the batch, or the
    /// first axis of the output does not count rows. By default not, and <see cref="Model.Predict"/> may run some rows after others.
    /// </summary>
    protected internal virtual bool NeedsWholeBatch => false;

    /// <summary>The shapes that flow into the children, in order, for <see cref="Model.Summary"/>.</summary>
    protected internal virtual IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => [];

    /// <summary>Multiply-adds of this layer alone, without its children, for one forward pass.</summary>
    protected internal virtual long MultiplyAdds(Shape input) => 0;

    /// <summary>
    /// Type and constructor arguments, from which <see cref="Architecture"/> makes the layer again: what config.json holds. A layer of
    /// your own overrides this and is made known with <see cref="Architecture.Register"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The layer does not describe itself.</exception>
    protected internal virtual LayerConfig Describe() => throw new NotSupportedException(
        $"{this}: does not describe itself; override Describe and call Architecture.Register(\"{GetType().Name}\", ...)");

    /// <summary>Type and place, for example <c>Lstm 'encoder'</c>: how errors name this layer.</summary>
    public override string ToString() => At(Path);

    /// <summary>Type and a place that the layer does not have yet.</summary>
    internal string At(string path) => path.Length == 0 ? TypeName : $"{TypeName} '{path}'";

    /// <summary>What errors and <see cref="Model.Summary"/> call this kind of layer.</summary>
    internal virtual string TypeName => GetType().Name;

    /// <summary>Requires of a gradient that came in that it has the shape of the output that went out.</summary>
    private protected void RequireGradient(Tensor dY, Shape output)
    {
        if (dY.IsEmpty || dY.Shape != output) throw ShapeError($"a gradient of its output {output}", dY.Shape);
    }

    /// <summary>An error in the form "who: expected ..., got ...".</summary>
    protected ArgumentException ShapeError(string expected, Shape actual) => new($"{this}: expected {expected}, got {actual}");
}
