using System.Runtime.InteropServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// In training y = x∘m / (1 - p), where m is 0 with probability p and 1 otherwise; in inference y = x.   x (…), y (…)
/// <para>The mask comes from the tape's dropout seed. Source: Srivastava et al., "Dropout", 2014 (inverted form).</para>
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

    /// <summary>What an element that is not dropped is multiplied by.</summary>
    internal float Keep => 1 / (1 - p);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(Dropout)).Set("p", p);

    internal static Layer From(LayerConfig c) => new Dropout((float)c.Number("p"));

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor bits = Draw(x.Count, tape);
        if (bits.IsEmpty) return x;
        Tensor y = tape.Tensor(x.Shape).WithLengthsOf(x);
        InPlace.Apply(new Drop(Mask(bits), x.Span, y.Span), x.Count);
        tape.Push(this, x);
        tape.Push(this, bits);
        return y;
    }

    /// <summary>a + y.</summary>
    internal Tensor ForwardOnto(Tensor a, Tensor x, Tape tape)
    {
        Tensor bits = Draw(x.Count, tape), sum = tape.Tensor(x.Shape).WithLengthsOf(a);
        if (bits.IsEmpty)
        {
            Elementwise.Apply<Add>(a.Span, x.Span, sum.Span);
            return sum;
        }
        InPlace.Apply(new AddDropped(Mask(bits), a.Span, x.Span, sum.Span), x.Count);
        tape.Push(this, x);
        tape.Push(this, bits);
        return sum;
    }

    /// <summary>Which of so many elements this pass keeps, a bit each; empty if it drops none.</summary>
    internal Tensor Draw(int count, Tape tape)
    {
        if (!tape.Training) return default;
        CounterRandom random = tape.DropoutRandom();
        if (p == 0) return default;
        Tensor bits = tape.Tensor(Philox.Room(count));
        random.AtLeast(p, count, MemoryMarshal.Cast<float, uint>(bits.Span));
        return bits;
    }

    /// <summary>m / (1 - p) from its bits, from element <paramref name="first"/> on.</summary>
    internal DropoutMask Mask(Tensor bits, int first = 0) => new(MemoryMarshal.Cast<float, uint>(bits.Span), Keep, first);

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        if (p == 0) return dY;
        Tensor bits = tape.Pop(this), x = tape.Pop(this);
        RequireGradient(dY, x.Shape);
        if (!x.NeedsGradient) return default;
        Tensor dX = tape.Tensor(dY.Shape);
        InPlace.Apply(new Drop(Mask(bits), dY.Span, dX.Span), dY.Count);
        return dX;
    }
}
