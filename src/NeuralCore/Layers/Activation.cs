using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>y = f(x) element by element.   x (…), y (…)</summary>
public abstract class Activation : Layer
{
    private protected Activation() { }

    /// <summary>max(x, 0).</summary>
    public static Activation Relu() => new Of<Relu>();

    /// <summary>Hyperbolic tangent.</summary>
    public static Activation Tanh() => new Of<Tanh>();

    /// <summary>Logistic function 1 / (1 + e⁻ˣ).</summary>
    public static Activation Sigmoid() => new Of<Sigmoid>();

    sealed class Of<F> : Activation where F : IActivation
    {
        public override Tensor Forward(Tensor x, Tape tape)
        {
            Tensor y = tape.Tensor(x.Shape).WithLengthsOf(x);
            Functions.Apply<F>(x.Span, y.Span);
            tape.Push(this, y.WithGradient(x.NeedsGradient));
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            Tensor y = tape.Pop(this);
            if (!y.NeedsGradient) return default;
            Tensor dX = tape.Tensor(y.Shape);
            Elementwise.Apply<Gradient<F>>(dY.Span, y.Span, dX.Span);
            return dX;
        }

        public override string ToString() => Path.Length == 0 ? typeof(F).Name : $"{typeof(F).Name} '{Path}'";
    }
}
