namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void Optimizers(GoldenFile g)
    {
        Optimizer optimizer = OptimizerOf(g);
        string[] names = [.. g.Names.Where(name => name.StartsWith("param.", StringComparison.Ordinal)).Select(name => name[6..])
            .Order(StringComparer.Ordinal)];
        float[] values = [.. names.SelectMany(p => g.Floats("param." + p))];
        int steps = g.Shape("traj." + names[0])[0];
        var gradients = names.ToDictionary(p => p, p => g.Floats("grad_seq." + p));
        var trajectory = names.ToDictionary(p => p, _ => new List<float>());
        for (int t = 0; t < steps; t++)
        {
            optimizer.Step(values, names.SelectMany(p => gradients[p].AsSpan(t * Count(p), Count(p)).ToArray()).ToArray());
            ForEachSlice(values, (p, slice) => trajectory[p].AddRange(slice));
        }
        foreach (string p in names) g.Check("traj." + p, trajectory[p].ToArray());

        string[] states = [.. g.Names.Where(name => name.StartsWith("state.", StringComparison.Ordinal))
            .Select(name => name[(name.LastIndexOf('.') + 1)..]).Distinct()];
        foreach (string state in states) ForEachSlice(optimizer.State.Arrays[state], (p, slice) => g.Check($"state.{p}.{state}", slice));

        int Count(string p) => g.Shape("param." + p).Count;

        void ForEachSlice(float[] all, Action<string, float[]> action)
        {
            int at = 0;
            foreach (string p in names) action(p, all[at..(at += Count(p))]);
        }
    }

    static Optimizer OptimizerOf(GoldenFile g)
    {
        float rate = (float)g.Number("lr", double.NaN);
        double[] betas = g.Configures("betas") ? g.List("betas") : [0.9, 0.999];
        bool maximize = g.Flag("maximize", false);
        switch (g.Kind)
        {
            case "SGD":
                Knows("momentum", "dampening", "nesterov");
                return new Sgd(rate, g.Number("momentum", 0), g.Number("dampening", 0), Decay(0),
                    g.Flag("nesterov", false))
                { Maximize = maximize };
            case "Adam":
                Knows("betas", "eps", "amsgrad");
                return new Adam(rate, betas[0], betas[1], g.Number("eps", 1e-8), Decay(0),
                    g.Flag("amsgrad", false))
                { Maximize = maximize };
            case "AdamW":
                Knows("betas", "eps", "amsgrad");
                return new AdamW(rate, betas[0], betas[1], g.Number("eps", 1e-8), Decay(0.01),
                    g.Flag("amsgrad", false))
                { Maximize = maximize };
            case "RMSprop":
                Knows("alpha", "eps", "momentum", "centered");
                return new RMSprop(rate, g.Number("alpha", 0.99), g.Number("eps", 1e-8), Decay(0), g.Number("momentum", 0),
                    g.Flag("centered", false))
                { Maximize = maximize };
            case "Adagrad":
                Knows("lr_decay", "initial_accumulator_value", "eps");
                return new Adagrad(rate, g.Number("lr_decay", 0), Decay(0), g.Number("initial_accumulator_value", 0),
                    g.Number("eps", 1e-10))
                { Maximize = maximize };
            case "Adadelta":
                Knows("rho", "eps");
                return new Adadelta(rate, g.Number("rho", 0.9), g.Number("eps", 1e-6), Decay(0)) { Maximize = maximize };
            case "Adamax":
                Knows("betas", "eps");
                return new Adamax(rate, betas[0], betas[1], g.Number("eps", 1e-8), Decay(0)) { Maximize = maximize };
            case "NAdam":
                Knows("betas", "eps", "momentum_decay");
                return new NAdam(rate, betas[0], betas[1], g.Number("eps", 1e-8), Decay(0),
                    g.Number("momentum_decay", 4e-3))
                { Maximize = maximize };
            case "RAdam":
                Knows("betas", "eps");
                return new RAdam(rate, betas[0], betas[1], g.Number("eps", 1e-8), Decay(0)) { Maximize = maximize };
            default:
                throw new ArgumentException($"unknown kind '{g.Kind}'");
        }

        void Knows(params string[] keys) => g.KnowsOnly(["opt", "lr", "weight_decay", "maximize", .. keys]);

        double Decay(double otherwise) => g.Number("weight_decay", otherwise);
    }

    static void Schedulers(GoldenFile g)
    {
        double baseRate = g.Number("base_lr", double.NaN);
        int steps = g.Shape("lr").Count;
        double[] rates = new double[steps];
        if (g.Kind == "ReduceLROnPlateau")
        {
            ReduceOnPlateau plateau = Plateau(g);
            double[] metrics = g.Values("metrics");
            double rate = baseRate;
            for (int k = 0; k < steps; k++)
            {
                rates[k] = rate;
                rate = plateau.Next(metrics[k], rate);
            }
        }
        else
        {
            Schedule schedule = ScheduleOf(g, steps);
            for (int k = 0; k < steps; k++) rates[k] = schedule.Rate(k, baseRate);
            double?[] momenta = [.. Enumerable.Range(0, steps).Select(schedule.Momentum)];
            if (g.Has("momentum")) g.Check("momentum", [.. momenta.Select(m => m!.Value)]);
            else Assert.All(momenta, m => Assert.Null(m));
        }
        g.Check("lr", rates);
    }

    static ReduceOnPlateau Plateau(GoldenFile g)
    {
        g.KnowsOnly("sched", "base_lr", "metrics", "mode", "patience", "factor", "threshold", "threshold_mode", "cooldown",
            "min_lr", "eps");
        (string mode, string threshold) = (g.Text("mode", "min"), g.Text("threshold_mode", "rel"));
        Assert.Contains(mode, (string[])["min", "max"]);
        Assert.Contains(threshold, (string[])["rel", "abs"]);
        return new ReduceOnPlateau(mode == "max")
        {
            Patience = (int)g.Number("patience", 10),
            Factor = g.Number("factor", 0.1),
            Threshold = g.Number("threshold", 1e-4),
            AbsoluteThreshold = threshold == "abs",
            Cooldown = (int)g.Number("cooldown", 0),
            Minimum = g.Number("min_lr", 0),
            Epsilon = g.Number("eps", 1e-8),
        };
    }

    static Schedule ScheduleOf(GoldenFile g, int steps)
    {
        int Whole(string key, int otherwise) => (int)g.Number(key, otherwise);
        double minimum = g.Number("eta_min", 0);
        switch (g.Kind)
        {
            case "StepLR": Knows("step_size", "gamma"); return Schedules.Step(g.Integer("step_size"), g.Number("gamma", 0.1));
            case "MultiStepLR":
                Knows("milestones", "gamma"); return Schedules.MultiStep(g.List("milestones").Select(m => (int)m), g.Number("gamma", 0.1));
            case "ExponentialLR": Knows("gamma"); return Schedules.Exponential(g.Number("gamma", double.NaN));
            case "ConstantLR":
                Knows("factor", "total_iters"); return Schedules.Constant(g.Number("factor", 1.0 / 3), Whole("total_iters", 5));
            case "LinearLR":
                Knows("start_factor", "end_factor", "total_iters");
                return Schedules.Linear(g.Number("start_factor", 1.0 / 3), g.Number("end_factor", 1), Whole("total_iters", 5));
            case "PolynomialLR": Knows("total_iters", "power"); return Schedules.Polynomial(Whole("total_iters", 5), g.Number("power", 1));
            case "CosineAnnealingLR": Knows("T_max", "eta_min"); return Schedules.Cosine(g.Integer("T_max"), minimum);
            case "CosineAnnealingWarmRestarts":
                Knows("T_0", "T_mult", "eta_min"); return Schedules.CosineWarmRestarts(g.Integer("T_0"), Whole("T_mult", 1), minimum);
            case "WarmupLinear": Knows("warmup"); return Schedules.Warmup(g.Integer("warmup"));
            case "WarmupCosine": Knows("warmup"); return Schedules.WarmupCosine(g.Integer("warmup"), steps);
            case "WarmupThenCosineSequential":
                Knows("warmup", "start_factor", "T_max", "eta_min");
                return Schedules.Sequence([Schedules.Linear(g.Number("start_factor", 1.0 / 3), 1, g.Integer("warmup")),
                    Schedules.Cosine(g.Integer("T_max"), minimum)], [g.Integer("warmup")]);
            case "OneCycleLR":
                Knows("max_lr", "total_steps", "pct_start", "anneal_strategy", "cycle_momentum", "base_momentum", "max_momentum",
                    "div_factor", "final_div_factor", "three_phase");
                string strategy = g.Text("anneal_strategy", "cos");
                Assert.Contains(strategy, (string[])["cos", "linear"]);
                return new OneCycle(g.Number("max_lr", double.NaN), g.Integer("total_steps"))
                {
                    RisingPart = g.Number("pct_start", 0.3),
                    Linear = strategy == "linear",
                    CycleMomentum = g.Flag("cycle_momentum", true),
                    LowMomentum = g.Number("base_momentum", 0.85),
                    HighMomentum = g.Number("max_momentum", 0.95),
                    Divisor = g.Number("div_factor", 25),
                    FinalDivisor = g.Number("final_div_factor", 1e4),
                    ThreePhases = g.Flag("three_phase", false),
                };
            default: throw new ArgumentException($"unknown kind '{g.Kind}'");
        }

        void Knows(params string[] keys) => g.KnowsOnly(["sched", "base_lr", .. keys]);
    }

    static void Clip(GoldenFile g)
    {
        KindIs(g, "clip_grad");
        g.KnowsOnly("how", "limit", "shapes", "norm_type");
        string[] names = [.. g.Names.Where(name => name.StartsWith("grad_in.", StringComparison.Ordinal)).Select(name => name[8..])
            .Order(StringComparer.Ordinal)];
        float[] gradients = [.. names.SelectMany(name => g.Floats("grad_in." + name))];
        (float limit, double p) = ((float)g.Number("limit", double.NaN), g.Number("norm_type", 2));
        double before = GradientClipping.Norm(gradients, p), coefficient = Math.Min(1, limit / (before + 1e-6));
        switch (g.Text("how", ""))
        {
            case "norm": Assert.Equal(before, GradientClipping.ByNorm(gradients, limit, p)); break;
            case "value": GradientClipping.ByValue(gradients, limit); break;
            case var how: Assert.Fail($"unknown way to clip '{how}'"); break;
        }
        g.Check("norm_before", [before]);
        if (g.Has("clip_coef")) g.Check("clip_coef", [coefficient]);
        g.Check("norm_after", [GradientClipping.Norm(gradients, p)]);
        int at = 0;
        foreach (string name in names) g.Check("y." + name, gradients.AsSpan(at, -at + (at += g.Shape("y." + name).Count)));
    }
}
