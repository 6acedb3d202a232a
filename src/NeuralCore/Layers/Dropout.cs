namespace NeuralCore;

/// <summary>
/// In training y = x∘m / (1 - p), where m is 0 with probability p and 1 otherwise; in inference y = x.   x (…), y (…)
/// <para>The mask comes from the tape's dropout seed; the backward pass makes it anew. Source: Srivastava et al., "Dropout", 2014 (inverted form).</para>
/// </summary>
public sealed class Dropout : Layer
{
    readonly float p;

    /// <summary>Drops each element with probability <paramref name="p"/> in [0, 1).</summary>
    public Dropout(float p)
    {
        if (!(p >= 0 && p < 1)) throw new ArgumentOutOfRangeException(nameof(p), p, "Dropout: expected a probability in [0, 1)");
        this.p = p;
    }

    /// <summary>Probability with which an element is dropped.</summary>
    internal float P => p;

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(Dropout)).Set("p", p);

    internal static Layer From(LayerConfig c) => new Dropout((float)c.Number("p"));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        if (!tape.Training) return x;
        CounterRandom random = tape.DropoutRandom();
        if (p == 0) return x;
        Tensor y = tape.Tensor(x.Shape).WithLengthsOf(x);
        random.Drop(p, x.Span, y.Span);
        tape.Push(this, random.Saved(tape).WithGradient(x.NeedsGradient));
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        if (p == 0) return dY;
        Tensor random = tape.Pop(this);
        if (!random.NeedsGradient) return default;
        Tensor dX = tape.Tensor(dY.Shape);
        CounterRandom.From(random).Drop(p, dY.Span, dX.Span);
        return dX;
    }
}
