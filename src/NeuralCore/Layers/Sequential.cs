namespace NeuralCore;

/// <summary>Layers one after another, named 0, 1, ... as in PyTorch's nn.Sequential.</summary>
public sealed class Sequential : Layer
{
    readonly Layer[] layers;

    /// <summary>Runs the layers in the given order.</summary>
    public Sequential(params Layer[] layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        this.layers = [.. layers];
        for (int i = 0; i < layers.Length; i++) Child($"{i}", layers[i]);
    }

    /// <summary>Runs the layers in the given order, under names of their own.</summary>
    public Sequential(params (string Name, Layer Layer)[] layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        this.layers = [.. layers.Select(l => Child(l.Name, l.Layer))];
    }

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(Sequential)).Set("layers", Children);

    internal static Layer From(LayerConfig c) => new Sequential(c.Layers("layers"));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        foreach (Layer layer in layers) input = layer.OutputShape(input);
        return input;
    }

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input)
    {
        foreach (Layer layer in layers)
        {
            yield return (layer, input);
            input = layer.OutputShape(input);
        }
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        foreach (Layer layer in layers) x = layer.Forward(x, tape).WithLengthsOf(x);
        return x;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        // A layer that returns no gradient had an input that wants none: nothing before it has anything to learn.
        for (int i = layers.Length - 1; i >= 0; i--)
            dY = layers[i].Backward(dY, tape);
        return dY;
    }
}
