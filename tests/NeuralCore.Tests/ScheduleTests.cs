namespace NeuralCore.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public void Cosine_rises_again_after_its_last_step_and_a_restart_jumps()
    {
        Schedule cosine = Schedules.Cosine(10, 0.1), restarts = Schedules.CosineWarmRestarts(10, 2, 0.1);
        Assert.Equal([1, 0.55, 0.1, 0.55, 1], [cosine.Rate(0, 1), cosine.Rate(5, 1), cosine.Rate(10, 1), cosine.Rate(15, 1),
            cosine.Rate(20, 1)], (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal([1, 1, 0.55, 1, 0.55], [restarts.Rate(0, 1), restarts.Rate(10, 1), restarts.Rate(20, 1), restarts.Rate(30, 1),
            restarts.Rate(50, 1)], (a, b) => Math.Abs(a - b) < 1e-15);
        for (int k = 0; k < 200; k++) Assert.Equal(cosine.Rate(k, 3), cosine.Rate(k + 20, 3));
        Assert.InRange(restarts.Rate(int.MaxValue, 1), 0.1, 1);
    }

    [Fact]
    public void Warm_up_reaches_the_base_rate_with_its_last_step_and_falls_to_the_minimum()
    {
        foreach (Schedule schedule in (Schedule[])[Schedules.WarmupCosine(4, 20, 0.2), Schedules.WarmupLinear(4, 20, 0.2)])
        {
            Assert.Equal([0.5, 1, 1.5, 2, 2], Enumerable.Range(0, 5).Select(k => schedule.Rate(k, 2)));
            Assert.Equal(1.1, schedule.Rate(12, 2), 1e-15);
            Assert.Equal([0.2, 0.2], [schedule.Rate(20, 2), schedule.Rate(1000, 2)], (a, b) => Math.Abs(a - b) < 1e-15);
        }
        Assert.Equal([0.25, 1, 1], ((int[])[0, 3, 1000]).Select(k => Schedules.Warmup(4).Rate(k, 1)));
    }

    [Fact]
    public void A_sequence_counts_from_the_start_of_each_part()
    {
        Schedule sequence = Schedules.Sequence([Schedules.Constant(0.5, 100), Schedules.Exponential(0.5), new OneCycle(8, 10)], [2, 4]);
        Assert.Equal([0.5, 0.5, 1, 0.5], Enumerable.Range(0, 4).Select(k => sequence.Rate(k, 1)));
        Assert.Equal(8.0 / 25, sequence.Rate(4, 1), 1e-15);
        Assert.Equal((null, 0.95), (sequence.Momentum(3), sequence.Momentum(4)));
    }

    [Fact]
    public void One_cycle_moves_rate_and_momentum_of_an_optimizer_and_stays_at_its_end()
    {
        var cycle = new OneCycle(1, 10) { Divisor = 10, FinalDivisor = 10, RisingPart = 0.5, Linear = true };
        var optimizer = new Sgd(0.3f, 0.9);
        cycle.Apply(optimizer, 4, 0.3);
        Assert.Equal((1f, 0.85), (optimizer.LearningRate, optimizer.Momentum));
        cycle.Apply(optimizer, 2, 0.3);
        Assert.Equal((0.55f, 0.9), (optimizer.LearningRate, optimizer.Momentum),
            ((float, double) a, (float, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-7 && Math.Abs(a.Item2 - b.Item2) < 1e-15);
        Assert.Equal(0.01, cycle.Rate(9, 0), 1e-15);
        Assert.Equal(cycle.Rate(9, 0), cycle.Rate(500, 0));
        Assert.Throws<InvalidOperationException>(() => cycle.Apply(new Sgd(0.1f), 0, 0.1));
        new OneCycle(1, 10) { CycleMomentum = false }.Apply(new Sgd(0.1f), 0, 0.1);
        Assert.Equal(4e-6, new OneCycle(1, 1).Rate(0, 0), 1e-18);
    }

    [Fact]
    public void A_plateau_that_is_saved_goes_on_where_it_was()
    {
        static ReduceOnPlateau Make() => new() { Patience = 1, Factor = 0.5, Cooldown = 2 };
        double[] metrics = [5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, double.NaN, double.NegativeInfinity, 2, 2, 2, 2];
        for (int at = 0; at <= metrics.Length; at++)
        {
            (ReduceOnPlateau whole, ReduceOnPlateau first, ReduceOnPlateau second) = (Make(), Make(), Make());
            double expected = 1, rate = 1;
            foreach (double metric in metrics) expected = whole.Next(metric, expected);
            foreach (double metric in metrics[..at]) rate = first.Next(metric, rate);
            Assert.All(first.State.Values, value => Assert.True(double.IsFinite(value)));
            second.State = first.State;
            foreach (double metric in metrics[at..]) rate = second.Next(metric, rate);
            Assert.Equal(expected, rate);
            Assert.Equal(whole.State, second.State);
        }
        // Cut after the metrics of index 3, 8, 12 and 17: two without a new best, not counting two after each cut.
        Assert.Equal(0.0625, metrics.Aggregate((Make(), 1.0), (s, metric) => (s.Item1, s.Item1.Next(metric, s.Item2))).Item2);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Func<object?>[] bad =
        [
            () => Schedules.Step(0), () => Schedules.Step(1, -1), () => Schedules.MultiStep([1], double.NaN),
            () => Schedules.Constant(steps: 0),
            () => Schedules.Linear(double.PositiveInfinity), () => Schedules.Polynomial(0), () => Schedules.Cosine(0),
            () => Schedules.CosineWarmRestarts(3, 0),
            () => Schedules.Warmup(0), () => Schedules.WarmupCosine(5, 5), () => Schedules.WarmupLinear(5, 4), () => new OneCycle(0, 5),
            () => new OneCycle(1, 0),
            () => new OneCycle(1, 5) { RisingPart = 1 }, () => new OneCycle(1, 5) { Divisor = 0 }, () => new ReduceOnPlateau { Factor = 1 },
            () => new ReduceOnPlateau { Patience = -1 }, () => new ReduceOnPlateau { Minimum = double.NaN },
            () => { Schedules.Cosine(5).Apply(new Adam(), -1, 1); return null; },
        ];
        Assert.All(bad, make => Assert.Throws<ArgumentOutOfRangeException>(make));
        Assert.Throws<ArgumentException>(() => Schedules.Sequence([Schedules.Warmup(3)], [3]));
        Assert.Throws<ArgumentException>(() => Schedules.Sequence([Schedules.Warmup(3), Schedules.Warmup(3), Schedules.Warmup(3)], [3, 3]));
        var plateau = new ReduceOnPlateau();
        foreach (Dictionary<string, double> state in (Dictionary<string, double>[])[[],
            new() { ["best"] = 1, ["num_bad_epochs"] = -1, ["cooldown_counter"] = 0 },
            new() { ["best"] = double.NaN, ["num_bad_epochs"] = 1, ["cooldown_counter"] = 0 }])
            Assert.Throws<ArgumentException>(() => plateau.State = state);
    }
}
