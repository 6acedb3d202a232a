namespace NeuralCore.Models;

/// <summary>One Dense on the flattened window: what every network has to beat.</summary>
public sealed record LinearModel : NetworkModel
{
    /// <inheritdoc/>
    public override string Name => "linear";

    /// <inheritdoc/>
    public override Layer Build(int features)
        => new Sequential(new Flatten(), new Dense(Window * features, 3, weights: Initializers.XavierUniform()));
}
