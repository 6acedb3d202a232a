using NeuralCore.Kernels;

namespace NeuralCore.Tests;

public sealed class OptimizerTests
{
    static float[] Random(ulong stream, int count, float scale = 1)
    {
        var random = new CounterRandom(5, stream);
        var values = new float[count];
        foreach (ref float v in values.AsSpan()) v = scale * (float)random.NextNormal();
        return values;
    }

    [Fact]
    public void Steps_follow_their_formulas_at_every_length()
    {
        for (int n = 0; n <= 67; n++)
        {
            float[] p = Random(0, n), q = [.. p], r = [.. p];
            double[] plain = [.. p], moved = [.. p], adapted = [.. p], b = new double[n], m = new double[n], v = new double[n];
            (Sgd sgd, Sgd momentum, Adam adam) = (new(0.1f), new(0.1f, 0.9f), new(0.01f, 0.8, 0.95));
            for (int t = 1; t <= 5; t++)
            {
                float[] g = Random((ulong)t, n);
                sgd.Step(p, g);
                momentum.Step(q, g);
                adam.Step(r, g);
                for (int i = 0; i < n; i++)
                {
                    plain[i] -= 0.1f * g[i];
                    moved[i] -= 0.1f * (b[i] = 0.9f * b[i] + g[i]);
                    m[i] = 0.8 * m[i] + 0.2 * g[i];
                    v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i];
                    adapted[i] -= 0.01f / (1 - Math.Pow(0.8, t)) * m[i] / (Math.Sqrt(v[i] / (1 - Math.Pow(0.95, t))) + 1e-8);
                }
            }
            for (int i = 0; i < n; i++)
            {
                Assert.Equal(plain[i], p[i], 1e-6);
                Assert.Equal(moved[i], q[i], 2e-6);
                Assert.Equal(adapted[i], r[i], 1e-6);
            }
        }
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void Every_vector_width_gives_the_same_bits()
    {
        Descent decayed = new(-1, 0.03f), plain = new(1, 0);
        foreach (Descent descent in (Descent[])[decayed, plain])
            for (int n = 0; n <= 67; n++)
            {
                Same(n, s => new Scale(s.P, 0.3f));
                Same(n, s => new Clamp(s.P, 0.5f));
                Same(n, s => new DescentStep(s.P, s.G, descent, 0.1f));
                foreach (bool option in (bool[])[false, true])
                {
                    Same(n, s => new MomentumStep(s.P, s.G, s.A, new MomentumFactors(descent, 0.1f, 0.9f, 0.7f, option)));
                    Same(n, s => new AdamStep(s.P, s.G, s.A, s.B, option ? s.C : [], new AdamFactors(descent, 0.9f, 0.1f, 0.999f, 0.001f, 0.03f, 1.7f, 1e-8f, 0.99f)));
                    Same(n, s => new RmsStep(s.P, s.G, s.B, option ? s.A : [], option ? s.C : [], new RmsFactors(descent, 0.9f, 0.1f, 0.03f, 0.8f, 1e-8f)));
                }
            }
    }

    /// <summary>Five blocks of n numbers for an update; B is not negative.</summary>
    sealed class Blocks(int n)
    {
        public readonly float[] P = Random(0, n), G = Random(1, n), A = Random(2, n), B = [.. Random(3, n).Select(x => x * x + 1)], C = [.. Random(4, n).Select(Math.Abs)];

        public float[] All => [.. P, .. G, .. A, .. B, .. C];
    }

    delegate F Make<F>(Blocks blocks) where F : IInPlace, allows ref struct;

    static void Same<F>(int n, Make<F> make) where F : IInPlace, allows ref struct
    {
        Blocks one = new(n), four = new(n), eight = new(n), sixteen = new(n);
        InPlace.Apply<F, V1>(make(one), n);
        InPlace.Apply<F, V128>(make(four), n);
        InPlace.Apply<F, V256>(make(eight), n);
        InPlace.Apply<F, V512>(make(sixteen), n);
        Assert.All(one.All, x => Assert.True(float.IsFinite(x)));
        if (n > 0) Assert.NotEqual(new Blocks(n).All, one.All);
        foreach (Blocks wide in (Blocks[])[four, eight, sixteen]) Draw.SameBits(one.All, wide.All, $"{typeof(F).Name} {n}");
    }

    [Fact]
    public void Each_optimizer_finds_the_minimum_of_a_bowl()
    {
        foreach (Optimizer optimizer in (Optimizer[])[new Sgd(0.1f), new Sgd(0.02f, 0.9f), new Adam(0.05f)])
        {
            float[] p = Random(0, 21, 3), target = Random(1, 21);
            for (int step = 0; step < 2000; step++)
            {
                if (step == 1500) optimizer.LearningRate *= 0.1f;
                optimizer.Step(p, [.. p.Zip(target, (a, b) => 2 * (a - b))]);
            }
            for (int i = 0; i < p.Length; i++) Assert.Equal(target[i], p[i], 2e-3f);
        }
    }

    [Fact]
    public void Lengths_and_settings_that_do_not_fit_are_refused()
    {
        foreach (Optimizer optimizer in (Optimizer[])[new Sgd(0.1f), new Sgd(0.1f, 0.5f), new Adam()])
            Assert.Contains("expected 3 gradients, got 2", Assert.Throws<ArgumentException>(() => optimizer.Step(new float[3], new float[2])).Message);
        var adam = new Adam();
        adam.Step(new float[3], new float[3]);
        Assert.Contains("expected 3 values as in the steps before, got 4", Assert.Throws<ArgumentException>(() => adam.Step(new float[4], new float[4])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(0.1f, 1f));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(beta2: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(epsilon: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm(new float[1], float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue(new float[1], -1));
    }

    [Fact]
    public void Clipping_by_value_moves_what_lies_outside_and_leaves_NaN()
    {
        float[] g = [-7, -5, -0f, 3, 5, 8, float.NegativeInfinity, float.NaN];
        GradientClipping.ByValue(g, 5);
        Assert.Equal([-5, -5, -0f, 3, 5, 5, -5, float.NaN], g);
    }

    [Fact]
    public void Clipping_by_norm_keeps_the_direction_and_returns_the_norm_before()
    {
        for (int n = 1; n <= 67; n++)
        {
            float[] g = Random((ulong)n, n, 3), before = [.. g];
            double norm = Math.Sqrt(before.Sum(x => (double)x * x));
            Assert.Equal(norm, GradientClipping.ByNorm(g, (float)(norm / 2)), 1e-12 * norm);
            for (int i = 0; i < n; i++) Assert.Equal(before[i] / 2, g[i], 1e-5f);
            before = [.. g];
            GradientClipping.ByNorm(g, (float)norm);
            Assert.Equal(before, g);
        }
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        float[] p = Random(0, 1000), g = Random(1, 1000);
        Optimizer[] optimizers = [new Sgd(0.1f), new Sgd(0.1f, 0.9f), new Adam()];
        foreach (Optimizer optimizer in optimizers) Step(optimizer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 30; i++) Step(optimizers[i % 3]);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step(Optimizer optimizer)
        {
            GradientClipping.ByValue(g, 5);
            GradientClipping.ByNorm(g, 1);
            optimizer.Step(p, g);
        }
    }
}
