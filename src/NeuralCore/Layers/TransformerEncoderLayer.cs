using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>The activation between the two linear layers of a Transformer's feed-forward part.</summary>
public enum FeedForwardActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x) with the normal distribution function Φ, by the error function.</summary>
    Gelu,
}

/// <summary>
/// One layer of a Transformer encoder: self-attention, then two linear layers on each step, each with dropout, a residual connection and a
/// layer normalisation.   x (B, T, E), y (B, T, E)
/// <code>
/// ff(x) = linear2(dropout(f(linear1(x))))
/// post-norm (the paper)     h = norm1(x + dropout1(attention(x)))       y = norm2(h + dropout2(ff(h)))
/// pre-norm                  h = x + dropout1(attention(norm1(x)))       y = h + dropout2(ff(norm2(h)))
/// </code>
/// Parameters are named as in PyTorch's nn.TransformerEncoderLayer: <c>self_attn.*</c>, <c>linear1.*</c>, <c>linear2.*</c>, <c>norm1.*</c>,
/// <c>norm2.*</c>. Lengths and masks say which steps are attended to (<see cref="MultiHeadAttention"/>); steps past a length are computed
/// like any other, and nobody looks at them.
/// <para>Sources: Vaswani et al., "Attention is all you need", 2017; pre-norm: Xiong et al., "On layer normalization in the Transformer
/// architecture", 2020.</para>
/// </summary>
public sealed class TransformerEncoderLayer : Layer
{
    readonly int E, heads, feedForward;
    readonly float dropout;
    readonly FeedForwardActivation activation;
    readonly bool normFirst, causal;
    readonly double epsilon;
    readonly MultiHeadAttention attention;
    readonly Layer norm1, norm2, feed;
    readonly Dropout dropout1, dropout2;

    /// <summary>Declares the parts, with PyTorch's defaults.</summary>
    /// <param name="embedSize">E, values of a step.</param>
    /// <param name="heads">Heads of the attention, which divide E.</param>
    /// <param name="feedForward">Values between the two linear layers.</param>
    /// <param name="dropout">Probability of the three dropouts and of that on the attention's weights.</param>
    /// <param name="activation">f.</param>
    /// <param name="normFirst">Pre-norm instead of post-norm.</param>
    /// <param name="causal">Whether a step attends only to itself and to steps before it.</param>
    /// <param name="epsilon">ε of the normalisations.</param>
    public TransformerEncoderLayer(int embedSize, int heads, int feedForward = 2048, float dropout = 0.1f,
        FeedForwardActivation activation = FeedForwardActivation.Relu, bool normFirst = false, bool causal = false, double epsilon = 1e-5)
    {
        (E, this.heads, this.feedForward, this.dropout) = (embedSize, heads, feedForward, dropout);
        (this.activation, this.normFirst, this.causal, this.epsilon) = (activation, normFirst, causal, epsilon);
        attention = Child("self_attn", new MultiHeadAttention(embedSize, heads, dropout, causal: causal));
        (Dense linear1, Dense linear2, var between) = (new Dense(embedSize, feedForward), new Dense(feedForward, embedSize),
            new Dropout(dropout));
        feed = Child("", activation == FeedForwardActivation.Relu
            ? new Sequential(("linear1", linear1), ("activation", new ReluDropout(between)), ("linear2", linear2))
            : new Sequential(("linear1", linear1), ("activation", Activation.Gelu()), ("dropout", between), ("linear2", linear2)));
        norm1 = Child("norm1", new LayerNorm(embedSize, epsilon));
        norm2 = Child("norm2", new LayerNorm(embedSize, epsilon));
        dropout1 = Child("dropout1", new Dropout(dropout));
        dropout2 = Child("dropout2", new Dropout(dropout));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => attention.OutputShape(input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => Describe(new LayerConfig(nameof(TransformerEncoderLayer)));

    internal LayerConfig Describe(LayerConfig c) => c.Set("embedSize", E).Set("heads", heads).Set("feedForward", feedForward)
        .Set("dropout", dropout)
        .Set("activation", activation == FeedForwardActivation.Gelu ? "gelu" : "relu").Set("normFirst", normFirst).Set("causal", causal)
        .Set("epsilon", epsilon);

    internal static TransformerEncoderLayer From(LayerConfig c) => new(c.Integer("embedSize"), c.Integer("heads"),
        c.Integer("feedForward", 2048), (float)c.Number("dropout", 0.1), c.Text("activation", "relu") switch
        {
            "relu" => FeedForwardActivation.Relu,
            "gelu" => FeedForwardActivation.Gelu,
            var other => throw new ArgumentException($"expected the activation relu or gelu, got \"{other}\""),
        }, c.Flag("normFirst", false), c.Flag("causal", false), c.Number("epsilon", 1e-5));

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input)
        => normFirst ? [(norm1, input), (attention, input), (dropout1, input), (norm2, input), (feed, input), (dropout2, input)]
            : [(attention, input), (dropout1, input), (norm1, input), (feed, input), (dropout2, input), (norm2, input)];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, tape, null);

    /// <summary>The same under masks.</summary>
    /// <param name="x">Steps (B, T, E).</param>
    /// <param name="tape">The pass.</param>
    /// <param name="mask">Which steps (T, T) a step may attend to.</param>
    /// <param name="steps">Which steps (B, T) count as keys, beside the lengths of x.</param>
    public Tensor Forward(Tensor x, Tape tape, AttentionMask? mask, StepMask? steps = null)
    {
        OutputShape(x.Shape);
        if (normFirst)
        {
            Tensor h = dropout1.ForwardOnto(x, attention.Forward(norm1.Forward(x, tape), tape, mask, steps), tape);
            return dropout2.ForwardOnto(h, feed.Forward(norm2.Forward(h, tape), tape), tape);
        }
        else
        {
            Tensor h = norm1.Forward(dropout1.ForwardOnto(x, attention.Forward(x, tape, mask, steps), tape), tape);
            return norm2.Forward(dropout2.ForwardOnto(h, feed.Forward(h, tape), tape), tape);
        }
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        if (normFirst)
        {
            Tensor dH = AddedTo(norm2.Backward(feed.Backward(dropout2.Backward(dY, tape), tape), tape), dY);
            return AddedTo(norm1.Backward(attention.Backward(dropout1.Backward(dH, tape), tape), tape), dH);
        }
        else
        {
            Tensor dS = norm2.Backward(dY, tape);
            Tensor dR = norm1.Backward(AddedTo(feed.Backward(dropout2.Backward(dS, tape), tape), dS), tape);
            return AddedTo(attention.Backward(dropout1.Backward(dR, tape), tape), dR);
        }
    }

    /// <summary>d + residual in place of a d that was just made; empty where d is, the gradient of an input that wants none.</summary>
    static Tensor AddedTo(Tensor d, Tensor residual)
    {
        if (!d.IsEmpty) Elementwise.Apply<Add>(residual.Span, d.Span, d.Span);
        return d;
    }
}
