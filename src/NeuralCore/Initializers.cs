namespace NeuralCore;

/// <summary>Factors by which an activation asks for larger first weights, as PyTorch's calculate_gain.</summary>
public static class Gain
{
    /// <summary>No activation.</summary>
    public const double Linear = 1;

    /// <summary>The logistic function.</summary>
    public const double Sigmoid = 1;

    /// <summary>Hyperbolic tangent: 5/3.</summary>
    public const double Tanh = 5.0 / 3;

    /// <summary>Rectified linear unit: √2.</summary>
    public const double Relu = 1.4142135623730951;

    /// <summary>Scaled exponential linear unit: 3/4.</summary>
    public const double Selu = 0.75;

    /// <summary>Leaky rectified linear unit: √(2 / (1 + slope²)).</summary>
    public static double LeakyRelu(double slope = 0.01) => Math.Sqrt(2 / (1 + slope * slope));
}

/// <summary>The usual ways to initialise weights. A uniform draw of deviation s lies in ±√3·s.</summary>
public static class Initializers
{
    const double SqrtThree = 1.7320508075688772;

    /// <summary>Uniform in ±1/√fan: what PyTorch's Linear and LSTM use by default.</summary>
    public static Initializer Uniform(int fan)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fan);
        return new UniformInitializer(_ => 1 / Math.Sqrt(fan));
    }

    /// <summary>Normal of mean 0 and the given deviation: what PyTorch's Embedding uses by default.</summary>
    public static Initializer Normal(double deviation = 1) => new NormalInitializer(_ => deviation);

    /// <summary>Uniform of deviation gain·√(2 / (fan in + fan out)).
    /// <para>Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.</para></summary>
    public static Initializer XavierUniform(double gain = Gain.Linear) => new UniformInitializer(shape => SqrtThree * Xavier(shape, gain));

    /// <summary>Normal of deviation gain·√(2 / (fan in + fan out)).</summary>
    public static Initializer XavierNormal(double gain = Gain.Linear) => new NormalInitializer(shape => Xavier(shape, gain));

    /// <summary>Uniform of deviation gain/√fan; fan counts the inputs of an output, or with <paramref name="fanOut"/> the outputs of an
    /// input.
    /// <para>Source: He et al., "Delving deep into rectifiers", 2015.</para></summary>
    public static Initializer HeUniform(double gain = Gain.Relu, bool fanOut = false)
        => new UniformInitializer(shape => SqrtThree * He(shape, gain, fanOut));

    /// <summary>Normal of deviation gain/√fan.</summary>
    public static Initializer HeNormal(double gain = Gain.Relu, bool fanOut = false)
        => new NormalInitializer(shape => He(shape, gain, fanOut));

    /// <summary>gain times a uniformly random orthogonal matrix: orthonormal columns, or rows if there are fewer rows than columns.
    /// <para>Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    /// 2014.</para></summary>
    public static Initializer Orthogonal(double gain = Gain.Linear) => new OrthogonalInitializer(gain);

    /// <summary>A bias of four gates i, f, g, o with the forget gate at <paramref name="value"/> and the others at 0.
    /// <para>Source: Gers, Schmidhuber, Cummins, "Learning to forget", 2000.</para></summary>
    public static Initializer ForgetGate(float value) => new ForgetGateInitializer(value);

    internal static double Xavier(Shape shape, double gain)
        => gain * Math.Sqrt(2.0 / ((double)Initializer.FanIn(shape) + Initializer.FanOut(shape)));

    internal static double He(Shape shape, double gain, bool fanOut)
        => gain / Math.Sqrt(fanOut ? Initializer.FanOut(shape) : Initializer.FanIn(shape));

    /// <summary>
    /// Makes <paramref name="count"/> vectors of equal length orthonormal by Gram-Schmidt, each cleared of the ones before twice, which is
    /// enough for double precision (Giraud et al., 2005). This is the factor Q of a QR decomposition with a positive diagonal of R.
    /// </summary>
    internal static void Orthonormalize(Span<double> vectors, int count)
    {
        int length = vectors.Length / count;
        for (int i = 0; i < count; i++)
        {
            Span<double> v = vectors.Slice(i * length, length);
            for (int pass = 0; pass < 2; pass++)
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<double> u = vectors.Slice(j * length, length);
                    double along = Dot(u, v);
                    for (int k = 0; k < length; k++) v[k] -= along * u[k];
                }
            double norm = Math.Sqrt(Dot(v, v));
            foreach (ref double x in v) x /= norm;
        }
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    sealed class UniformInitializer(Func<Shape, double> bound) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            float limit = (float)bound(shape);
            foreach (ref float value in values) value = limit * (2 * random.NextSingle() - 1);
        }
    }

    sealed class NormalInitializer(Func<Shape, double> deviation) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            double scale = deviation(shape);
            foreach (ref float value in values) value = (float)(scale * random.NextNormal());
        }
    }

    sealed class OrthogonalInitializer(double gain) : Initializer
    {
        public override void Fill(Span<float> values, Shape shape, ref CounterRandom random)
        {
            if (shape.Rank < 2) throw new ArgumentException($"Orthogonal: expected a weight of at least two axes, got {shape}");
            int rows = shape[0], columns = shape.Count / Math.Max(1, rows), count = Math.Min(rows, columns),
                length = Math.Max(rows, columns);
            if (count == 0) return;
            var vectors = new double[count * length];
            foreach (ref double x in vectors.AsSpan()) x = random.NextNormal();
            Orthonormalize(vectors, count);
            for (int i = 0; i < count; i++)
                for (int k = 0; k < length; k++)
                    values[rows < columns ? i * columns + k : k * columns + i] = (float)(gain * vectors[i * length + k]);
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
