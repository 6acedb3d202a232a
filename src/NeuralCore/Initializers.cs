namespace NeuralCore;

/// <summary>The usual ways to initialise weights.</summary>
public static class Initializers
{
    /// <summary>Uniform in ±1/√fan: what PyTorch's Linear and LSTM use by default.</summary>
    public static Initializer Uniform(int fan) => new UniformInitializer(_ => 1 / Math.Sqrt(fan));

    /// <summary>A bias of four gates i, f, g, o with the forget gate at <paramref name="value"/> and the others at 0.</summary>
    public static Initializer ForgetGate(float value) => new ForgetGateInitializer(value);

    sealed class UniformInitializer(Func<Shape, double> bound) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            float limit = (float)bound(shape);
            foreach (ref float value in values) value = limit * (2 * random.NextSingle() - 1);
        }
    }

    sealed class ForgetGateInitializer(float forget) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            values.Clear();
            values.Slice(values.Length / 4, values.Length / 4).Fill(forget);
        }
    }
}
