using System.Numerics.Tensors;

namespace NeuralCore.Benchmarks;

/// <summary>One line of the list of cases. What it names is made when it is wanted, for some hold many megabytes.</summary>
/// <param name="Model">Name of what runs, as the peers print it.</param>
/// <param name="Op">What is done with it.</param>
/// <param name="Batch">Rows.</param>
/// <param name="Make">Makes the case of this name.</param>
sealed record Entry(string Model, string Op, int Batch, Func<Entry, Case> Make)
{
    public Case Open() => Make(this);

    public override string ToString() => $"{Model}, {Op}, batch {Batch}";
}

/// <summary>One timed piece of work. Data and weights come from fixed seeds.</summary>
abstract class Case(Entry entry)
{
    /// <summary>
    /// How far from the double reference a value may be, as a share of the root mean square of all that it is compared with: twice what
    /// rounding does to the worst case here, and far less than what a wrong element does.
    /// </summary>
    const double Tolerance = 3e-5;

    /// <summary>
    /// The same where a ReLU whose input rounds to the other side of zero adds a whole term to a gradient, or takes one away.
    /// </summary>
    protected const double KinkTolerance = 1e-2;

    protected int Batch => entry.Batch;

    /// <summary>
    /// Floating-point operations of the matrix products in one run: two a multiply-add, and twice as many again for the backward pass.
    /// </summary>
    public abstract double Flops { get; }

    /// <summary>The work that is timed.</summary>
    public abstract void Run();

    /// <summary>Runs and compares with the double reference.</summary>
    /// <exception cref="InvalidOperationException">The results differ.</exception>
    public abstract void Check();

    /// <summary>
    /// Runs until everything is compiled for speed: hot methods are compiled anew, twice, each time 100 ms after the last new method ran,
    /// by a thread that may share this core.
    /// </summary>
    public void Warm()
    {
        for (int pause = 0; pause < 6; pause++)
        {
            for (long start = Environment.TickCount64, i = 0; i < 100 && Environment.TickCount64 - start < 50; i++) Run();
            Thread.Sleep(130);
        }
        for (int i = 0; i < 3; i++) Run();
    }

    /// <summary>Normal values of a fixed stream.</summary>
    protected static float[] Values(int count, ulong stream, float scale = 1)
    {
        var random = new CounterRandom(2, stream);
        var values = new float[count];
        foreach (ref float x in values.AsSpan()) x = scale * (float)random.NextNormal();
        return values;
    }

    /// <summary>Requires that every value is what the reference has.</summary>
    protected void Require(string what, ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, double tolerance = Tolerance)
    {
        if (actual.Length != expected.Length)
            throw new InvalidOperationException($"{entry}: expected {expected.Length} values of {what}, got {actual.Length}");
        double bound = tolerance * TensorPrimitives.Norm(expected) / Math.Sqrt(expected.Length);
        for (int i = 0; i < expected.Length; i++)
            if (!(Math.Abs(actual[i] - expected[i]) <= bound))
                throw new InvalidOperationException(
                    $"{entry}: expected {what}[{i}] {expected[i]:G9} ± {bound:G3} as the double reference has it, got {actual[i]:G9}");
    }
}
