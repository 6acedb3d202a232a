using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// y = f(x) element by element; <see cref="Softmax"/> and <see cref="LogSoftmax"/> along one axis.   x (…), y (…)
/// <para>The same as PyTorch's modules of these names, with their defaults.</para>
/// </summary>
public abstract partial class Activation : Layer
{
    private protected Activation() { }

    /// <summary>max(x, 0).</summary>
    public static Activation Relu() => new FromOutput<Relu>("relu");

    /// <summary>Hyperbolic tangent.</summary>
    public static Activation Tanh() => new FromOutput<Tanh>("tanh");

    /// <summary>Logistic function 1 / (1 + e⁻ˣ).</summary>
    public static Activation Sigmoid() => new FromOutput<Sigmoid>("sigmoid");

    /// <summary>x where it is positive, else slope·x.</summary>
    public static Activation LeakyRelu(double slope = 0.01)
        => new FromInput<LeakyRelu>(new LeakyRelu(Finite(slope, nameof(slope))), "leakyRelu", ("slope", slope));

    /// <summary>x where it is positive, else α·(eˣ - 1).
    /// <para>Source: Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by exponential linear units",
    /// 2016.</para></summary>
    public static Activation Elu(double alpha = 1) => new FromInput<Elu>(new Elu(Finite(alpha, nameof(alpha))), "elu", ("alpha", alpha));

    /// <summary>x·Φ(x) with the distribution function Φ of the normal distribution; with <paramref name="tanh"/> its approximation
    /// ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), PyTorch's approximate='tanh'.
    /// <para>Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016.</para></summary>
    public static Activation Gelu(bool tanh = false) => tanh ? new FromInput<GeluTanh>(default, "geluTanh")
        : new FromInput<Gelu>(default, "gelu");

    /// <summary>x·σ(x), also called swish.</summary>
    public static Activation Silu() => new FromInput<Silu>(default, "silu");

    /// <summary>log(1 + e^(β·x)) / β, and x itself where β·x is over the threshold.</summary>
    public static Activation Softplus(double beta = 1, double threshold = 20)
    {
        if (!(beta > 0 && beta <= float.MaxValue))
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "Activation: expected a beta over 0");
        return new FromInput<Softplus>(new Softplus((float)beta, Finite(threshold, nameof(threshold))), "softplus", ("beta", beta),
            ("threshold", threshold));
    }

    internal static Layer From(LayerConfig c)
    {
        string function = c.Text("function", "");
        return function switch
        {
            "relu" => Relu(),
            "tanh" => Tanh(),
            "sigmoid" => Sigmoid(),
            "leakyRelu" => LeakyRelu(c.Number("slope", 0.01)),
            "elu" => Elu(c.Number("alpha", 1)),
            "gelu" => Gelu(),
            "geluTanh" => Gelu(tanh: true),
            "silu" => Silu(),
            "softplus" => Softplus(c.Number("beta", 1), c.Number("threshold", 20)),
            "softmax" => Softmax(c.Integer("axis", -1)),
            "logSoftmax" => LogSoftmax(c.Integer("axis", -1)),
            _ => throw new InvalidDataException($"Activation: expected a known function, got '{function}'"),
        };
    }

    static float Finite(double value, string name) => Math.Abs(value) <= float.MaxValue ? (float)value
        : throw new ArgumentOutOfRangeException(name, value, $"Activation: expected a finite {name}");

    sealed class FromOutput<F>(string function) : Activation where F : IActivation
    {
        protected internal override LayerConfig Describe() => new LayerConfig(nameof(Activation)).Set("function", function);

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
            RequireGradient(dY, y.Shape);
            if (!y.NeedsGradient) return default;
            Tensor dX = tape.Tensor(y.Shape);
            Elementwise.Apply<Gradient<F>>(dY.Span, y.Span, dX.Span);
            return dX;
        }

        internal override string TypeName => typeof(F).Name;
    }

    sealed class FromInput<F>(F f, string function, params (string Name, double Value)[] arguments) : Activation
        where F : struct, IInputActivation
    {
        protected internal override LayerConfig Describe()
        {
            LayerConfig config = new LayerConfig(nameof(Activation)).Set("function", function);
            foreach ((string name, double value) in arguments) config.Set(name, value);
            return config;
        }

        public override Tensor Forward(Tensor x, Tape tape)
        {
            Tensor y = tape.Tensor(x.Shape).WithLengthsOf(x);
            InPlace.Apply(new Activate<F>(f, x.Span, y.Span), x.Count);
            tape.Push(this, x);
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape)
        {
            Tensor x = tape.Pop(this);
            RequireGradient(dY, x.Shape);
            if (!x.NeedsGradient) return default;
            Tensor dX = tape.Tensor(x.Shape);
            InPlace.Apply(new ActivateBack<F>(f, dY.Span, x.Span, dX.Span), x.Count);
            return dX;
        }

        internal override string TypeName => typeof(F).Name;
    }
}
