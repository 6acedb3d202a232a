using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// y = dropout(max(x, 0)), written over x, and dX over dY: only for a place between two layers that make x and dY and keep neither.
/// x (…), y (…)
/// </summary>
/// <param name="dropout">The dropout.</param>
sealed class ReluDropout(Dropout dropout) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor bits = dropout.Draw(x.Count, tape);
        if (bits.IsEmpty) Functions.Apply<Relu>(x.Span, x.Span);
        else InPlace.Apply(new DropRelu(dropout.Mask(bits), x.Span), x.Count);
        tape.Push(this, x);
        return x;
    }

    /// <summary>y over 0 tells that x was and was kept.</summary>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor y = tape.Pop(this);
        RequireGradient(dY, y.Shape);
        InPlace.Apply(new ScalePositive(y.Span, dropout.Keep, dY.Span), y.Count);
        return dY;
    }
}
