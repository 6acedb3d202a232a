namespace NeuralCore;

/// <summary>
/// Several <see cref="TransformerEncoderLayer"/>s of one form, one after another, each with its own parameters, and a layer normalisation
/// at the end where <c>finalNorm</c> asks for it.   x (B, T, E), y (B, T, E)
/// <para>Parameters are named as in PyTorch's nn.TransformerEncoder: <c>layers.0.*</c>, <c>layers.1.*</c>, ..., <c>norm.*</c>.</para>
/// </summary>
public sealed class TransformerEncoder : Layer
{
    readonly TransformerEncoderLayer[] layers;
    readonly LayerNorm? norm;

    /// <summary>Declares the layers; arguments as for <see cref="TransformerEncoderLayer"/>.</summary>
    /// <param name="layers">Number of layers.</param>
    /// <param name="embedSize">E, values of a step.</param>
    /// <param name="heads">Heads of the attention, which divide E.</param>
    /// <param name="feedForward">Values between the two linear layers.</param>
    /// <param name="dropout">Probability of the dropouts.</param>
    /// <param name="activation">Activation between the two linear layers.</param>
    /// <param name="normFirst">Pre-norm instead of post-norm.</param>
    /// <param name="causal">Whether a step attends only to itself and to steps before it.</param>
    /// <param name="epsilon">ε of the normalisations.</param>
    /// <param name="finalNorm">Whether a normalisation follows the last layer, as pre-norm wants it.</param>
    public TransformerEncoder(int layers, int embedSize, int heads, int feedForward = 2048, float dropout = 0.1f,
        FeedForwardActivation activation = FeedForwardActivation.Relu, bool normFirst = false, bool causal = false, double epsilon = 1e-5,
        bool finalNorm = false)
        : this(layers, () => new TransformerEncoderLayer(embedSize, heads, feedForward, dropout, activation, normFirst, causal, epsilon),
            finalNorm ? new LayerNorm(embedSize, epsilon) : null)
    {
    }

    TransformerEncoder(int layers, Func<TransformerEncoderLayer> make, LayerNorm? norm)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        this.layers = new TransformerEncoderLayer[layers];
        for (int i = 0; i < layers; i++) this.layers[i] = Child($"layers.{i}", make());
        if (norm is not null) this.norm = Child("norm", norm);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => layers[0].OutputShape(input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
        => layers[0].Describe(new LayerConfig(nameof(TransformerEncoder)).Set("layers", layers.Length)).Set("finalNorm", norm is not null);

    internal static Layer From(LayerConfig c) => new TransformerEncoder(c.Parts("layers", 1), () => TransformerEncoderLayer.From(c),
        c.Flag("finalNorm", false) ? new LayerNorm(c.Integer("embedSize"), c.Number("epsilon", 1e-5)) : null);

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => Children.Select(c => (c.Layer, input));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, tape, null);

    /// <summary>The same under masks, which every layer gets.</summary>
    /// <param name="x">Steps (B, T, E).</param>
    /// <param name="tape">The pass.</param>
    /// <param name="mask">Which steps (T, T) a step may attend to.</param>
    /// <param name="steps">Which steps (B, T) count as keys, beside the lengths of x.</param>
    public Tensor Forward(Tensor x, Tape tape, AttentionMask? mask, StepMask? steps = null)
    {
        foreach (TransformerEncoderLayer layer in layers) x = layer.Forward(x, tape, mask, steps);
        return norm is null ? x : norm.Forward(x, tape);
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        if (norm is not null) dY = norm.Backward(dY, tape);
        for (int i = layers.Length - 1; i >= 0; i--) dY = layers[i].Backward(dY, tape);
        return dY;
    }
}
