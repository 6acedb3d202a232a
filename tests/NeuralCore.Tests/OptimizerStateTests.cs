using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Tests;

/// <summary>What holds for every optimizer: its state, its groups, frozen parameters.</summary>
public sealed class OptimizerStateTests
{
    /// <summary>Every optimizer, with and without its options; a new one is one line.</summary>
    static readonly (string Name, Func<ParameterGroup[], Optimizer> Make)[] All =
    [
        ("Sgd", groups => new Sgd(0.1f) { Groups = groups }),
        ("Sgd with decay, uphill", groups => new Sgd(0.1f, weightDecay: 0.1) { Maximize = true, Groups = groups }),
        ("Sgd with momentum", groups => new Sgd(0.1f, 0.9, dampening: 0.3, weightDecay: 0.01) { Groups = groups }),
        ("Sgd with Nesterov", groups => new Sgd(0.1f, 0.9, nesterov: true) { Groups = groups }),
        ("Adam", groups => new Adam(0.01f) { Groups = groups }),
        ("Adam with decay and AMSGrad", groups => new Adam(0.01f, 0.8, 0.9, 1e-6, 0.05, amsgrad: true) { Groups = groups }),
        ("AdamW", groups => new AdamW(0.01f) { Groups = groups }),
        ("AdamW with AMSGrad", groups => new AdamW(0.01f, weightDecay: 0.2, amsgrad: true) { Groups = groups }),
        ("RMSprop", groups => new RMSprop(0.01f) { Groups = groups }),
        ("RMSprop centered with momentum",
            groups => new RMSprop(0.01f, weightDecay: 0.1, momentum: 0.7, centered: true) { Groups = groups }),
        ("Adagrad", groups => new Adagrad(0.05f) { Groups = groups }),
        ("Adagrad with everything", groups => new Adagrad(0.05f, 0.1, 0.05, 0.3) { Groups = groups }),
        ("Adadelta", groups => new Adadelta() { Groups = groups }),
        ("Adamax", groups => new Adamax(weightDecay: 0.1) { Groups = groups }),
        ("NAdam", groups => new NAdam(weightDecay: 0.1) { Groups = groups }),
        ("RAdam", groups => new RAdam(0.02f, beta2: 0.9, weightDecay: 0.1) { Groups = groups }),
    ];

    public static TheoryData<string> Names => new(All.Select(one => one.Name));

    static Optimizer Make(string name, params ParameterGroup[] groups) => All.Single(one => one.Name == name).Make(groups);

    static Model Network() => new(new Sequential(("first", new Dense(5, 7)), ("second", new Dense(7, 3))), seed: 4);

    /// <summary>Takes the steps from .. to - 1 with made-up gradients, changing rate and momentum on the way.</summary>
    static void Train(Optimizer optimizer, Model model, int from, int to)
    {
        for (int t = from; t < to; t++)
        {
            if (t % 3 == 0) optimizer.LearningRate *= 0.9f;
            if (t % 4 == 1 && optimizer.HasMomentum) optimizer.Momentum = 0.5 + 0.4 * t / 40;
            optimizer.Step(model, Draw.Floats(model.Count, (ulong)t));
        }
    }

    [Fact]
    public void Every_optimizer_is_listed()
    {
        IEnumerable<Type> types = typeof(Optimizer).Assembly.GetTypes()
            .Where(t => t.IsPublic && !t.IsAbstract && t.IsSubclassOf(typeof(Optimizer)));
        Assert.Empty(types.Except(All.Select(one => one.Make([]).GetType())));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void A_restored_state_takes_the_same_steps(string name)
    {
        for (int at = 0; at <= 12; at += 3)
        {
            Optimizer optimizer = Make(name), resumed = Make(name);
            Model model = Network(), copy = Network();
            Train(optimizer, model, 0, at);
            OptimizerState saved = optimizer.State;
            model.Values.CopyTo(copy.Values);
            Train(optimizer, model, at, 20);
            Train(resumed, Network(), 5, 8);   // what it did before is forgotten
            resumed.State = saved;
            Train(resumed, copy, at, 20);
            Draw.SameBits(model.Values, copy.Values, $"{name} from step {at}");
            foreach ((string array, float[] values) in optimizer.State.Arrays) Draw.SameBits(values, resumed.State.Arrays[array], array);
            Assert.Equal(optimizer.State.Numbers, resumed.State.Numbers);
        }
    }

    /// <summary>As in <see cref="BitsTests"/>: one hash with AVX-512, AVX2 and no vector instructions.</summary>
    [Fact]
    [Trait("Category", "Bits")]
    public void Steps_and_schedules_have_the_same_bits_everywhere()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Schedule[] schedules = [Schedules.Cosine(13), Schedules.Polynomial(17, 0.7), Schedules.Exponential(0.93), new OneCycle(0.1, 20)];
        foreach ((string name, Func<ParameterGroup[], Optimizer> make) in All)
        {
            Model model = Network();
            Optimizer optimizer = make([new ParameterGroup("*.bias") { RateFactor = 0.3f, WeightDecay = 0.2 }]);
            foreach (Schedule schedule in schedules)
                for (int t = 0; t < 20; t++)
                {
                    optimizer.LearningRate = (float)schedule.Rate(t, 0.1);
                    if (optimizer.HasMomentum && schedule.Momentum(t) is double momentum) optimizer.Momentum = momentum;
                    float[] gradients = Draw.Floats(model.Count, (ulong)t);
                    GradientClipping.ByNorm(gradients, 1, 1.5);
                    optimizer.Step(model, gradients);
                }
            Assert.All(model.Values.ToArray(), v => Assert.True(float.IsFinite(v), name));
            hash.AppendData(MemoryMarshal.AsBytes(model.Values));
        }
        string got = Convert.ToHexString(hash.GetHashAndReset());
        Assert.True(got == "3A223D99A079FC94D174F9F44009183BBB2FC43020E3FDFE92CD54505FAAF2D0", $"expected another hash, got {got}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_state_is_a_copy(string name)
    {
        Optimizer optimizer = Make(name);
        Model model = Network();
        Train(optimizer, model, 0, 3);
        OptimizerState saved = optimizer.State;
        float[][] before = [.. saved.Arrays.Values.Select(a => a.ToArray())];
        Train(optimizer, model, 3, 6);
        Assert.Equal(before, saved.Arrays.Values);
        Assert.Equal(3, saved.Numbers["step"]);
        Assert.All(saved.Arrays.Values, a => Assert.Equal(model.Count, a.Length));
        optimizer.State = saved;
        foreach (float[] array in saved.Arrays.Values) array.AsSpan().Fill(9);
        Assert.Equal(before, optimizer.State.Arrays.Values);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_state_that_does_not_fit_changes_nothing(string name)
    {
        Optimizer optimizer = Make(name);
        Model model = Network();
        Train(optimizer, model, 0, 3);
        OptimizerState good = optimizer.State;
        var numbers = good.Numbers.ToDictionary();
        List<OptimizerState> bad =
        [
            good with { Numbers = new Dictionary<string, double>() },
            good with { Numbers = new Dictionary<string, double>(numbers) { ["more"] = 1 } },
            good with { Numbers = new Dictionary<string, double>(numbers) { ["lr"] = -1 } },
            good with { Numbers = new Dictionary<string, double>(numbers) { ["step"] = double.NaN } },
            good with { Numbers = new Dictionary<string, double>(numbers) { ["lr"] = double.PositiveInfinity } },
            good with { Arrays = new Dictionary<string, float[]> { ["other"] = new float[model.Count] } },
        ];
        if (good.Arrays.Count > 0)
        {
            bad.Add(good with { Arrays = new Dictionary<string, float[]>() });
            bad.Add(good with { Arrays = good.Arrays.ToDictionary(pair => pair.Key, pair => pair.Value[1..]) });
            bad.Add(good with { Arrays = good.Arrays.Append(new("one_more", new float[model.Count])).ToDictionary() });
        }
        foreach (OptimizerState state in bad)
        {
            Assert.Contains("expected a state with", Assert.Throws<ArgumentException>(() => optimizer.State = state).Message);
            Assert.Equal(good.Arrays, optimizer.State.Arrays);
            Assert.Equal(good.Numbers, optimizer.State.Numbers);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void Groups_with_the_same_settings_give_the_bits_of_none(string name)
    {
        Model plain = Network(), grouped = Network();
        Train(Make(name), plain, 0, 6);
        Train(Make(name, new ParameterGroup("first.*"), new ParameterGroup("*.bias") { RateFactor = 1 }), grouped, 0, 6);
        Draw.SameBits(plain.Values, grouped.Values, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void Frozen_parameters_and_those_of_a_group_without_rate_stay(string name)
    {
        Model free = Network(), frozen = Network(), still = Network();
        Train(Make(name), free, 0, 6);
        frozen.Freeze("*.weight");
        Train(Make(name), frozen, 0, 6);
        Train(Make(name, new ParameterGroup("*.weight") { RateFactor = 0 }), still, 0, 6);
        Draw.SameBits(frozen.Values, still.Values, name);
        foreach ((Parameter start, Parameter end, Parameter moved) in Network().Parameters.Zip(frozen.Parameters, free.Parameters))
            Draw.SameBits(start.Name.EndsWith("weight", StringComparison.Ordinal) ? start.Value : moved.Value, end.Value, start.Name);
    }

    [Fact]
    public void The_first_group_that_matches_sets_rate_and_decay()
    {
        Model model = Network();
        float[] before = model.Values.ToArray(), gradients = Draw.Floats(model.Count, 1);
        var optimizer = new Sgd(0.1f, weightDecay: 0.5)
        {
            Groups = [new ParameterGroup("first.weight") { RateFactor = 2, WeightDecay = 0 },
                new ParameterGroup("first.*") { RateFactor = 10 }],
        };
        optimizer.Step(model, gradients);
        int i = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            (double rate, double decay) = parameter.Name switch { "first.weight" => (0.2, 0), "first.bias" => (1, 0.5), _ => (0.1, 0.5) };
            foreach (float value in parameter.Value)
            {
                Assert.Equal(before[i] - rate * (gradients[i] + decay * before[i]), value, 1e-6);
                i++;
            }
        }
    }

    [Fact]
    public void A_step_tells_the_layers_that_values_changed()
    {
        Model model = Network();
        Tensor x = Draw.Tensor(1, 4, 5);
        float[] before = model.Predict(x, model.Tape()).Span.ToArray();
        new Sgd(1f).Step(model, Draw.Floats(model.Count, 1));
        float[] after = model.Predict(x, model.Tape()).Span.ToArray();
        Assert.NotEqual(before, after);
        model.ParametersChanged();
        Assert.Equal(after, model.Predict(x, model.Tape()).Span.ToArray());
    }

    [Fact]
    public void Groups_that_make_no_sense_are_refused()
    {
        Model model = Network();
        float[] before = model.Values.ToArray();
        var optimizer = new Adam { Groups = [new ParameterGroup("third.*")] };
        Assert.Contains("'third.*'", Assert.Throws<ArgumentException>(() => optimizer.Step(model, new float[model.Count])).Message);
        Assert.Equal(before, model.Values.ToArray());
        Assert.Equal(0, optimizer.State.Numbers["step"]);
        Assert.Contains($"expected {model.Count} gradients, got 1",
            Assert.Throws<ArgumentException>(() => new Adam().Step(model, new float[1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { Groups = [new ParameterGroup("*") { RateFactor = -1 }] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam { Groups = [new ParameterGroup("*") { WeightDecay = double.NaN }] });
    }

    [Fact]
    public void Momentum_can_be_changed_where_there_is_one()
    {
        Assert.Contains("constructed without", Assert.Throws<InvalidOperationException>(() => new Sgd(0.1f).Momentum = 0.5).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam().Momentum = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam().LearningRate = float.NaN);

        // After a change Adam divides by 1 - β₁ᵗ of the new β₁, as PyTorch does.
        var adam = new Adam(0.1f, beta1: 0.9);
        float[] p = [1f];
        adam.Step(p, [0.5f]);
        adam.Step(p, [0.25f]);
        adam.Momentum = 0.6;
        double m = 0.9 * (0.1 * 0.5) + 0.1 * 0.25, v = 0.999 * (0.001 * 0.25) + 0.001 * 0.0625, before = p[0];
        adam.Step(p, [-1f]);
        (m, v) = (0.6 * m - 0.4, 0.999 * v + 0.001);
        Assert.Equal(before - 0.1 / (1 - Math.Pow(0.6, 3)) * m / (Math.Sqrt(v / (1 - Math.Pow(0.999, 3))) + 1e-8), p[0], 1e-6);
    }

    [Fact]
    public void Schedules_scale_all_groups()
    {
        Model model = Network();
        float[] before = model.Values.ToArray(), gradients = Draw.Floats(model.Count, 1);
        var optimizer = new Sgd(0.1f) { Groups = [new ParameterGroup("first.*") { RateFactor = 0.5f }] };
        Schedules.Step(1, 0.1).Apply(optimizer, 1, 0.1);
        optimizer.Step(model, gradients);
        int boundary = model.Parameters.Where(p => p.Name.StartsWith("first.", StringComparison.Ordinal)).Sum(p => p.Shape.Count);
        for (int i = 0; i < before.Length; i++)
            Assert.Equal(before[i] - (i < boundary ? 0.005 : 0.01) * gradients[i], model.Values[i], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_warm_step_of_a_model_allocates_nothing(string name)
    {
        Model model = Network();
        Optimizer optimizer = Make(name, new ParameterGroup("first.*") { RateFactor = 0.5f });
        float[] gradients = Draw.Floats(model.Count, 1);
        optimizer.Step(model, gradients);
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 10; i++) optimizer.Step(model, gradients);
        }));
    }
}
