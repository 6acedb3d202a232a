namespace NeuralCore;

/// <summary>
/// Learning rates η of step k = 0, 1, ... from a base rate η₀, those of PyTorch's schedulers in closed form and in double; γ is a factor,
/// T a number of steps.
/// </summary>
public static class Schedules
{
    /// <summary>η₀·γ^⌊k / T⌋: PyTorch's StepLR.</summary>
    public static Schedule Step(int steps, double gamma = 0.1)
    {
        (steps, gamma) = (Count(steps, nameof(steps)), Number(gamma, nameof(gamma)));
        return new Formula((k, rate) => rate * ScalarMath.Pow(gamma, k / steps));
    }

    /// <summary>η₀·γ^(milestones at or before k): PyTorch's MultiStepLR.</summary>
    public static Schedule MultiStep(IEnumerable<int> milestones, double gamma = 0.1)
    {
        int[] at = [.. milestones];
        gamma = Number(gamma, nameof(gamma));
        return new Formula((k, rate) => rate * ScalarMath.Pow(gamma, at.Count(m => m <= k)));
    }

    /// <summary>η₀·γᵏ: PyTorch's ExponentialLR.</summary>
    public static Schedule Exponential(double gamma) => Step(1, gamma);

    /// <summary>η₀·factor for k under T, then η₀: PyTorch's ConstantLR.</summary>
    public static Schedule Constant(double factor = 1.0 / 3, int steps = 5)
    {
        (factor, steps) = (Number(factor, nameof(factor)), Count(steps, nameof(steps)));
        return new Formula((k, rate) => k < steps ? rate * factor : rate);
    }

    /// <summary>From η₀·start to η₀·end in equal parts over T steps: PyTorch's LinearLR.</summary>
    public static Schedule Linear(double start = 1.0 / 3, double end = 1, int steps = 5)
    {
        (start, end, steps) = (Number(start, nameof(start)), Number(end, nameof(end)), Count(steps, nameof(steps)));
        return new Formula((k, rate) => rate * (start + (end - start) * Part(k, steps)));
    }

    /// <summary>η₀·(1 - k / T)^power, 0 after T: PyTorch's PolynomialLR.</summary>
    public static Schedule Polynomial(int steps = 5, double power = 1)
    {
        (steps, power) = (Count(steps, nameof(steps)), Number(power, nameof(power)));
        return new Formula((k, rate) => rate * ScalarMath.Pow(1 - Part(k, steps), power));
    }

    /// <summary>
    /// η₁ + ½·(η₀ - η₁)·(1 + cos(π·k / T)), which rises again after T steps: PyTorch's CosineAnnealingLR.
    /// <para>Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.</para>
    /// </summary>
    public static Schedule Cosine(int steps, double minimum = 0)
    {
        (steps, minimum) = (Count(steps, nameof(steps)), Number(minimum, nameof(minimum)));
        return new Formula((k, rate) => HalfWave(rate, minimum, (double)(k % (2L * steps)) / steps));
    }

    /// <summary>
    /// The cosine from η₀ down to η₁ over T steps, then from η₀ again over T·<paramref name="factor"/> steps, and so on: PyTorch's
    /// CosineAnnealingWarmRestarts. <para>Source: as <see cref="Cosine"/>.</para>
    /// </summary>
    public static Schedule CosineWarmRestarts(int steps, int factor = 1, double minimum = 0)
    {
        (steps, factor, minimum) = (Count(steps, nameof(steps)), Count(factor, nameof(factor)), Number(minimum, nameof(minimum)));
        return new Formula((k, rate) =>
        {
            long since = factor == 1 ? k % steps : k, length = steps;
            while (since >= length)
            {
                since -= length;
                length *= factor;
            }
            return HalfWave(rate, minimum, (double)since / length);
        });
    }

    /// <summary>η₀·(k + 1) / T for the first T steps, then η₀.</summary>
    public static Schedule Warmup(int steps)
    {
        Count(steps, nameof(steps));
        return new Formula((k, rate) => rate * Part(k + 1L, steps));
    }

    /// <summary><see cref="Warmup"/> and then the cosine down to η₁ at step <paramref name="total"/>, where it stays.</summary>
    public static Schedule WarmupCosine(int steps, int total, double minimum = 0)
    {
        (steps, minimum) = (Count(steps, nameof(steps)), Number(minimum, nameof(minimum)));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(total, steps);
        return new Formula((k, rate) => k < steps ? rate * Part(k + 1, steps) : HalfWave(rate, minimum, Part(k - steps, total - steps)));
    }

    /// <summary><see cref="Warmup"/> and then in equal parts down to η₁ at step <paramref name="total"/>, where it stays.</summary>
    public static Schedule WarmupLinear(int steps, int total, double minimum = 0)
    {
        (steps, minimum) = (Count(steps, nameof(steps)), Number(minimum, nameof(minimum)));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(total, steps);
        return new Formula((k, rate) => k < steps ? rate * Part(k + 1, steps) : rate + (minimum - rate) * Part(k - steps, total - steps));
    }

    /// <summary>
    /// One schedule after another, each counting from 0: the second begins at the first milestone. PyTorch's SequentialLR.
    /// </summary>
    /// <exception cref="ArgumentException">There is not one milestone less than there are schedules, or they do not ascend.</exception>
    public static Schedule Sequence(IEnumerable<Schedule> schedules, IEnumerable<int> milestones)
    {
        Schedule[] parts = [.. schedules];
        int[] starts = [0, .. milestones];
        if (parts.Length != starts.Length || starts.Zip(starts.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new ArgumentException(
                $"Schedules.Sequence: expected {parts.Length - 1} ascending milestones over 0 for {parts.Length} schedules, "
                    + $"got ({string.Join(", ", starts[1..])})");
        return new Chain(parts, starts);
    }

    /// <summary>From <paramref name="from"/> at part 0 to <paramref name="to"/> at part 1 along a cosine.</summary>
    internal static double HalfWave(double from, double to, double part) => to + (from - to) * (0.5 * (1 + ScalarMath.Cos(Math.PI * part)));

    static double Part(long k, int steps) => Math.Min(k, steps) / (double)steps;

    static int Count(int value, string name) => value >= 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Schedules: expected {name} to be at least 1");

    static double Number(double value, string name) => value >= 0 && double.IsFinite(value) ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Schedules: expected {name} to be finite and at least 0");

    sealed class Formula(Func<int, double, double> rate) : Schedule
    {
        public override double Rate(int step, double baseRate) => rate(step, baseRate);
    }

    sealed class Chain(Schedule[] parts, int[] starts) : Schedule
    {
        public override double Rate(int step, double baseRate) => parts[At(step)].Rate(step - starts[At(step)], baseRate);

        public override double? Momentum(int step) => parts[At(step)].Momentum(step - starts[At(step)]);

        int At(int step) => Math.Max(0, Array.FindLastIndex(starts, start => start <= step));
    }
}
