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

    /// <summary>
    /// Every optimizer with what its formula makes of p and g at step t, in double; s holds up to three numbers that it keeps.
    /// </summary>
    static readonly (Func<Optimizer> Make, Func<double, double, double[], int, double> Formula)[] Formulas =
    [
        (() => new Sgd(0.1f), (p, g, s, t) => p - 0.1 * g),
        (() => new Sgd(0.1f, weightDecay: 0.3) { Maximize = true }, (p, g, s, t) => p - 0.1 * (0.3 * p - g)),
        (() => new Sgd(0.1f, 0.9, dampening: 0.2), (p, g, s, t) => p - 0.1 * (s[0] = t == 1 ? g : 0.9 * s[0] + 0.8 * g)),
        (() => new Sgd(0.1f, 0.9, nesterov: true), (p, g, s, t) => p - 0.1 * (g + 0.9 * (s[0] = 0.9 * s[0] + g))),
        (() => new Adam(0.01f, 0.8, 0.95), (p, g, s, t) => p - 0.01 * Moments(g, s, t, 0.8, 0.95)),
        (() => new Adam(0.01f, 0.8, 0.95, weightDecay: 0.2, amsgrad: true),
            (p, g, s, t) => p - 0.01 * Moments(g + 0.2 * p, s, t, 0.8, 0.95, amsgrad: true)),
        (() => new AdamW(0.01f, 0.8, 0.95, weightDecay: 0.2), (p, g, s, t) => p * (1 - 0.01 * 0.2) - 0.01 * Moments(g, s, t, 0.8, 0.95)),
        (() => new RMSprop(0.01f, 0.9), (p, g, s, t) => p - 0.01 * g / (Math.Sqrt(s[0] = 0.9 * s[0] + 0.1 * g * g) + 1e-8)),
        (() => new RMSprop(0.01f, 0.9, 1e-3, 0, 0.7, centered: true), (p, g, s, t) =>
        {
            (s[0], s[1]) = (0.9 * s[0] + 0.1 * g * g, 0.9 * s[1] + 0.1 * g);
            return p - 0.01 * (s[2] = 0.7 * s[2] + g / (Math.Sqrt(s[0] - s[1] * s[1]) + 1e-3));
        }),
        (() => new Adagrad(0.1f, 0.5, initialAccumulator: 0.25),
            (p, g, s, t) => p - 0.1 / (1 + 0.5 * (t - 1)) * g / (Math.Sqrt(0.25 + (s[0] += g * g)) + 1e-10)),
        (() => new Adadelta(0.5f, 0.8, 1e-3), (p, g, s, t) =>
        {
            s[0] = 0.8 * s[0] + 0.2 * g * g;
            double d = Math.Sqrt((s[1] + 1e-3) / (s[0] + 1e-3)) * g;
            s[1] = 0.8 * s[1] + 0.2 * d * d;
            return p - 0.5 * d;
        }),
        (() => new Adamax(0.01f, 0.8, 0.95), (p, g, s, t) =>
        {
            (s[0], s[1]) = (0.8 * s[0] + 0.2 * g, Math.Max(0.95 * s[1], Math.Abs(g) + 1e-8));
            return p - 0.01 / (1 - Math.Pow(0.8, t)) * s[0] / s[1];
        }),
        (() => new NAdam(0.01f, 0.8, 0.95, momentumDecay: 0.1), (p, g, s, t) =>
        {
            static double Mu(int t) => 0.8 * (1 - 0.5 * Math.Pow(0.96, 0.1 * t));
            double product = Enumerable.Range(1, t).Aggregate(1.0, (all, k) => all * Mu(k));
            (s[0], s[1]) = (0.8 * s[0] + 0.2 * g, 0.95 * s[1] + 0.05 * g * g);
            return p - 0.01 * ((1 - Mu(t)) / (1 - product) * g + Mu(t + 1) / (1 - product * Mu(t + 1)) * s[0])
                / (Math.Sqrt(s[1] / (1 - Math.Pow(0.95, t))) + 1e-8);
        }),
        (() => new RAdam(0.01f, 0.8, 0.95), (p, g, s, t) =>
        {
            (s[0], s[1]) = (0.8 * s[0] + 0.2 * g, 0.95 * s[1] + 0.05 * g * g);
            double last = 39, rho = last - 2 * t * Math.Pow(0.95, t) / (1 - Math.Pow(0.95, t)), mean = s[0] / (1 - Math.Pow(0.8, t));
            return rho <= 5 ? p - 0.01 * mean : p - 0.01 * mean * Math.Sqrt((rho - 4) * (rho - 2) * last / ((last - 4) * (last - 2) * rho))
                * Math.Sqrt(1 - Math.Pow(0.95, t)) / (Math.Sqrt(s[1]) + 1e-8);
        }),
    ];

    static double Moments(double g, double[] s, int t, double beta1, double beta2, bool amsgrad = false)
    {
        (s[0], s[1]) = (beta1 * s[0] + (1 - beta1) * g, beta2 * s[1] + (1 - beta2) * g * g);
        s[2] = amsgrad ? Math.Max(s[2], s[1]) : s[1];
        return s[0] / (1 - Math.Pow(beta1, t)) / (Math.Sqrt(s[2] / (1 - Math.Pow(beta2, t))) + 1e-8);
    }

    [Fact]
    public void Steps_follow_their_formulas_at_every_length()
    {
        foreach ((Func<Optimizer> make, Func<double, double, double[], int, double> formula) in Formulas)
            for (int n = 0; n <= 67; n++)
            {
                Optimizer optimizer = make();
                float[] p = Random(0, n);
                double[] expected = [.. p];
                double[][] state = [.. p.Select(_ => new double[3])];
                for (int t = 1; t <= 12; t++)
                {
                    float[] g = [.. Random((ulong)t, n).Select(x => x + 0.02f * Math.Sign(x))];   // away from 0, where the sign decides
                    optimizer.Step(p, g);
                    for (int i = 0; i < n; i++) expected[i] = formula(expected[i], g[i], state[i], t);
                }
                for (int i = 0; i < n; i++)
                    Assert.True(Math.Abs(expected[i] - p[i]) <= 5e-6, $"{optimizer.GetType().Name} {n}: expected {expected[i]}, "
                        + $"got {p[i]}");
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
                AdamFactors adam = new(descent, 0.9f, 0.1f, 0.999f, 0.001f, 0.03f, 1.7f, 1e-8f, 0.99f);
                Same(n, s => new DescentStep(s.P, s.G, descent, 0.1f));
                Same(n, s => new NAdamStep(s.P, s.G, s.A, s.B, adam, 0.2f));
                Same(n, s => new AdamaxStep(s.P, s.G, s.A, s.C, adam));
                Same(n, s => new AdagradStep(s.P, s.G, s.C, descent, 0.1f, 1e-10f));
                Same(n, s => new AdadeltaStep(s.P, s.G, s.B, s.C, new AdadeltaFactors(descent, 0.9f, 0.1f, 1f, 1e-6f)));
                foreach (bool option in (bool[])[false, true])
                {
                    Same(n, s => new MomentumStep(s.P, s.G, s.A, new MomentumFactors(descent, 0.1f, 0.9f, 0.7f, option)));
                    Same(n, s => new AdamStep(s.P, s.G, s.A, s.B, option ? s.C : [], adam));
                    Same(n, s => new RmsStep(s.P, s.G, s.B, option ? s.A : [], option ? s.C : [],
                        new RmsFactors(descent, 0.9f, 0.1f, 0.03f, 0.8f, 1e-8f)));
                }
            }
    }

    /// <summary>Five blocks of n numbers for an update; B is not negative.</summary>
    sealed class Blocks(int n)
    {
        public readonly float[] P = Random(0, n), G = Random(1, n), A = Random(2, n), B = [.. Random(3, n).Select(x => x * x + 1)],
            C = [.. Random(4, n).Select(Math.Abs)];

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
        foreach (Optimizer optimizer in (Optimizer[])[new Sgd(0.1f), new Sgd(0.02f, 0.9f), new Sgd(0.02f, 0.9, nesterov: true),
            new Adam(0.05f), new AdamW(0.05f, weightDecay: 0), new Adamax(0.05f),
            new RMSprop(0.01f), new Adagrad(0.5f), new NAdam(0.05f), new RAdam(0.05f)])
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
            Assert.Contains("expected 3 gradients, got 2",
                Assert.Throws<ArgumentException>(() => optimizer.Step(new float[3], new float[2])).Message);
        var adam = new Adam();
        adam.Step(new float[3], new float[3]);
        Assert.Contains("expected 3 values as in the steps before, got 4",
            Assert.Throws<ArgumentException>(() => adam.Step(new float[4], new float[4])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(0.1f, 1f));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(beta2: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(epsilon: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW(weightDecay: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RMSprop(alpha: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adagrad(initialAccumulator: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NAdam(momentumDecay: double.PositiveInfinity));
        Assert.Contains("Nesterov", Assert.Throws<ArgumentException>(() => new Sgd(0.1f, nesterov: true)).Message);
        Assert.Contains("dampening", Assert.Throws<ArgumentException>(() => new Sgd(0.1f, 0.9, dampening: 0.1, nesterov: true)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm(new float[1], 1, p: 0));
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
    public void Norms_of_any_p_are_those_of_their_formula()
    {
        float[] g = Random(1, 37, 3);
        foreach (double p in (double[])[0.5, 1, 1.5, 2, 3, 10])
            Assert.Equal(1, GradientClipping.Norm(g, p) / Math.Pow(g.Sum(x => Math.Pow(Math.Abs(x), p)), 1 / p), 1e-13);
        Assert.Equal(g.Max(Math.Abs), GradientClipping.Norm(g, double.PositiveInfinity));
        foreach (double p in (double[])[0.5, 1, 2, 3, double.PositiveInfinity])
        {
            float[] clipped = [.. g];
            Assert.Equal(GradientClipping.Norm(g, p), GradientClipping.ByNorm(clipped, 1, p));
            Assert.Equal(1, GradientClipping.Norm(clipped, p), 1e-5);
            Assert.Equal(0, GradientClipping.Norm([], p));
            Assert.True(double.IsNaN(GradientClipping.Norm([1, float.NaN, 2], p)), $"{p}");
            Assert.Equal(double.PositiveInfinity, GradientClipping.Norm([1, float.NegativeInfinity, 2], p));
        }
    }

    [Fact]
    public void Each_parameter_is_clipped_by_its_own_norm_and_frozen_ones_do_not_count()
    {
        var model = new Model(new Sequential(new Dense(4, 3), new Dense(3, 2)), seed: 1);
        float[] g = Random(1, model.Count), each = [.. g], all = [.. g];
        for (int i = 12; i < 15; i++) g[i] = each[i] = 0.01f * g[i];   // the first bias is short enough as it is
        GradientClipping.ByParameterNorm(model, each, 0.5f);
        int start = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            float[] before = g[start..(start + parameter.Shape.Count)], after = each[start..(start + parameter.Shape.Count)];
            if (start == 12) Assert.Equal(before, after);
            else Assert.Equal(0.5, GradientClipping.Norm(after), 1e-5);
            start += before.Length;
        }

        model.Freeze("0.*");
        Assert.Equal(GradientClipping.Norm(all.AsSpan(15)), GradientClipping.ByNorm(model, all, 0.25f), 1e-12);
        Assert.All(all[..15], x => Assert.Equal(0, x));
        Assert.Equal(0.25, GradientClipping.Norm(all), 1e-5);
        Assert.Contains($"expected {model.Count} gradients, got 3",
            Assert.Throws<ArgumentException>(() => GradientClipping.ByNorm(model, new float[3], 1)).Message);
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        float[] p = Random(0, 1000), g = Random(1, 1000);
        Optimizer[] optimizers = [new Sgd(0.1f), new Sgd(0.1f, 0.9f), new Adam()];
        foreach (Optimizer optimizer in optimizers) Step(optimizer);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 30; i++) Step(optimizers[i % 3]);
        }));

        void Step(Optimizer optimizer)
        {
            GradientClipping.ByValue(g, 5);
            GradientClipping.ByNorm(g, 1);
            optimizer.Step(p, g);
        }
    }
}
