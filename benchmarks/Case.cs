namespace NeuralCore.Benchmarks;

/// <summary>One timed piece of work. Data and weights come from fixed seeds.</summary>
/// <param name="model">Name of what runs, as the peers print it.</param>
/// <param name="op">What is done with it.</param>
/// <param name="batch">Rows.</param>
abstract class Case(string model, string op, int batch)
{
    public string Model => model;
    public string Op => op;
    public int Batch => batch;

    /// <summary>Floating-point operations of the matrix products in one run: two a multiply-add, and twice as many again for the backward pass.</summary>
    public abstract double Flops { get; }

    /// <summary>The work that is timed.</summary>
    public abstract void Run();

    /// <summary>Runs once and compares with the double reference.</summary>
    /// <exception cref="InvalidOperationException">The results differ.</exception>
    public abstract void Check();

    /// <summary>
    /// Runs until everything is compiled for speed: hot methods are compiled anew, twice, each time 100 ms after the last new method ran,
    /// by a thread that may share this core.
    /// </summary>
    public void Warm()
    {
        for (int pause = 0; pause < 8; pause++)
        {
            for (long start = Environment.TickCount64, i = 0; i < 100 && Environment.TickCount64 - start < 100; i++) Run();
            Thread.Sleep(150);
        }
        for (int i = 0; i < 3; i++) Run();
    }

    public override string ToString() => $"{model}, {op}, batch {batch}";

    /// <summary>Normal values of a fixed stream.</summary>
    protected static float[] Values(int count, ulong stream, float scale = 1)
    {
        var random = new CounterRandom(2, stream);
        var values = new float[count];
        foreach (ref float x in values.AsSpan()) x = scale * (float)random.NextNormal();
        return values;
    }

    /// <summary>Requires that the difference as a whole is within <paramref name="tolerance"/> of the expected values' norm.</summary>
    protected void RequireNear(string what, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
            (difference, size) = (difference + (actual[i] - expected[i]) * (actual[i] - expected[i]), size + expected[i] * expected[i]);
        if (!(Math.Sqrt(difference) <= tolerance * Math.Sqrt(size)))
            throw new InvalidOperationException($"{this}: expected {what} within {tolerance:G3} of the double reference, got {Math.Sqrt(difference / size):G3}");
    }

    /// <summary>Requires that every value is within <paramref name="tolerance"/> times the root mean square of the expected ones.</summary>
    protected void Require(string what, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance)
    {
        if (actual.Length != expected.Length) throw new InvalidOperationException($"{this}: expected {expected.Length} values of {what}, got {actual.Length}");
        double size = 0;
        foreach (double e in expected) size += e * e;
        double bound = tolerance * Math.Sqrt(size / Math.Max(1, expected.Length)) + 1e-30;
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(actual[i] - expected[i]) <= bound))
                throw new InvalidOperationException($"{this}: expected {what}[{i}] {expected[i]:G9} ± {bound:G3} as the double reference has it, got {actual[i]:G9}");
    }
}
