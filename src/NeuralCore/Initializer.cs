namespace NeuralCore;

/// <summary>How a parameter gets its first values. Weights have the layout (out, in, ...), biases (out).</summary>
public abstract class Initializer
{
    /// <summary>Writes the first values; all randomness comes from <paramref name="random"/>.</summary>
    public abstract void Fill(Span<float> values, Shape shape, ref CounterRandom random);

    /// <summary>Every element the same.</summary>
    public static implicit operator Initializer(float value) => new ConstantInitializer(value);

    /// <summary>Every element the same.</summary>
    public static Initializer FromSingle(float value) => value;

    /// <summary>Inputs of one output: the product of all axes but the first.</summary>
    public static int FanIn(Shape shape) => shape.Rank < 2 ? shape.Count : shape.Count / Math.Max(1, shape[0]);

    /// <summary>Outputs of one input: the product of all axes but the second.</summary>
    public static int FanOut(Shape shape) => shape.Rank < 2 ? shape.Count : shape.Count / Math.Max(1, shape[1]);

    sealed class ConstantInitializer(float value) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random) => values.Fill(value);
    }
}
