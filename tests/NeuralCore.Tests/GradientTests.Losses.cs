namespace NeuralCore.Tests;

/// <summary>A loss with targets and predictions for which it is smooth within the steps of a gradient check.</summary>
public sealed record LossCase(string Name, Loss Loss, Tensor Target, Tensor Y);

public partial class GradientTests
{
    /// <summary>Every public loss, with and without its options.</summary>
    static readonly (string Name, Func<LossCase> Make)[] Losses =
    [
        Case("CrossEntropy", () => new CrossEntropy(), () => Classes(6)),
        Case("CrossEntropy, class weights", () => new CrossEntropy([0.5f, 1f, 2f, 0.1f]), () => Classes(6, 1)),
        Case("CrossEntropy, label smoothing", () => new CrossEntropy([0.5f, 1f, 2f, 0.1f], labelSmoothing: 0.1), () => Classes(6)),
        Case("CrossEntropy, ignored class", () => new CrossEntropy([0.5f, 1f, 2f, 0.1f], 0.1, ignoreIndex: 1), () => Classes(6)),
        Case("CrossEntropy, sequence", () => new CrossEntropy(), () => Classes(2, 3), 2, 3, 4),
        Case("CrossEntropy, lengths", () => new CrossEntropy(), () => Classes(2, 3).WithLengths(2, 3), 2, 3, 4),
        Case("CrossEntropy, probabilities", () => new CrossEntropy(classProbabilities: true), () => Shares(6, 4)),
        Case("CrossEntropy, probabilities, all", () => new CrossEntropy([0.5f, 1f, 2f, 0.1f], 0.1, classProbabilities: true),
            () => Shares(6, 4)),
        Case("Focal", () => new Focal(), () => Classes(6)),
        Case("Focal, gamma 0", () => new Focal(0), () => Classes(6)),
        Case("Focal, gamma 0.5, alpha", () => new Focal(0.5, [0.5f, 1f, 2f, 0.1f], ignoreIndex: 1), () => Classes(6)),
        Case("BinaryCrossEntropy", () => new BinaryCrossEntropy(), () => Shares(6, 4)),
        Case("BinaryCrossEntropy, one positive weight", () => new BinaryCrossEntropy([3f]), () => Shares(6, 4)),
        Case("BinaryCrossEntropy, all weights", () => new BinaryCrossEntropy([0.5f, 1f, 2f, 3f], elementWeights: true), () => Shares(6, 8)),
        Case("BinaryCrossEntropy, lengths", () => new BinaryCrossEntropy(), () => Shares(2, 3, 4).WithLengths(1, 3), 2, 3, 4),
        Case("Mse", () => new Mse(), () => Classes(6, 4)),
        Case("Mse, one column", () => new Mse(), () => Classes(6), 6, 1),
        Case("Mse, lengths", () => new Mse(), () => Classes(2, 3, 4).WithLengths(3, 1), 2, 3, 4),
        Case("Mae", () => new Mae(), () => Classes(6, 4)),
        Case("Huber", () => new Huber(), () => Classes(6, 4)),
        Case("Huber, delta 0.4", () => new Huber(0.4), () => Classes(6, 4)),
        Case("SmoothL1", () => new SmoothL1(), () => Classes(6, 4)),
        Case("SmoothL1, beta 0.4", () => new SmoothL1(0.4), () => Classes(6, 4)),
        Case("SmoothL1, beta 0", () => new SmoothL1(0), () => Classes(6, 4)),
        Case("Pinball", () => new Pinball(0.3), () => Classes(6, 4)),
        Case("Pinball, two quantiles", () => new Pinball(0.1, 0.8), () => Classes(6, 2)),
        Case("Pinball, four quantiles", () => new Pinball(0.1, 0.4, 0.5, 0.9), () => Classes(6)),
        Case("JointLoss", () => new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Mse(), 1, 1, 0.3f)), () => Classes(6, 2)),
        Case("JointLoss, four heads",
            () => new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Focal(), 3, 1, 0.5f), (new BinaryCrossEntropy([2f], true), 1, 2, 2f),
            (new Pinball(0.2, 0.8), 2, 1, 0.3f)), () => Heads(), 6, 9),
    ];

    /// <summary>Errors y - t in absolute value where a loss of the list, or the slope of one, has a corner.</summary>
    static readonly float[] Corners = [0, 0.4f, 1];

    public static TheoryData<string> LossNames => [.. Losses.Select(l => l.Name)];

    public static LossCase LossOf(string name) => Losses.Single(l => l.Name == name).Make();

    /// <summary>A line of the list; predictions are (6, 4) if no shape is given.</summary>
    static (string, Func<LossCase>) Case(string name, Func<Loss> loss, Func<Tensor> target, params int[] shape)
        => (name,
            () => new LossCase(name, loss(), target(), AwayFromCorners(Draw.Tensor(2, shape.Length == 0 ? [6, 4] : shape), target())));

    static Tensor AwayFromCorners(Tensor y, Tensor target)
    {
        for (int i = 0; i < y.Count; i++)
        {
            float t = target.Span[i * target.Count / y.Count];   // several predictions may share a target
            while (Corners.Any(corner => Math.Abs(Math.Abs(y.Span[i] - t) - corner) < 0.1f)) y.Span[i] += 0.11f;
        }
        return y;
    }

    /// <summary>Whole numbers 0, 1 and 2.</summary>
    static Tensor Classes(params int[] sizes)
    {
        var target = new Tensor(sizes);
        for (int i = 0; i < target.Count; i++) target.Span[i] = i * 7 % 3;
        return target;
    }

    /// <summary>Of six rows: a class, a class, a target from 0 to 1 and its weight, and a value far from the predictions.</summary>
    static Tensor Heads()
    {
        var target = new Tensor(6, 5);
        for (int row = 0; row < 6; row++)
            ((ReadOnlySpan<float>)[row % 3, row * 2 % 3, row % 2, 0.5f + row, 3 * (row % 2 * 2 - 1)]).CopyTo(target.Row(row));
        return target;
    }

    /// <summary>Numbers from 0 to 1.</summary>
    static Tensor Shares(params int[] sizes)
    {
        var target = new Tensor(sizes);
        for (int i = 0; i < target.Count; i++) target.Span[i] = i * 3 % 5 / 4f;
        return target;
    }

    [Theory]
    [MemberData(nameof(LossNames))]
    [Trait("Category", "Bits")]
    public void GradientsOfLossesMatchDifferences(string name)
    {
        (_, Loss loss, Tensor target, Tensor y) = LossOf(name);
        GradientCheck.Run(loss, y, target).ThrowIfFailed();
        GradientCheckResult wrong = GradientCheck.Run(new MutantLoss(loss, g => 1.01f * g), y, target);
        var error = Assert.Throws<InvalidOperationException>(wrong.ThrowIfFailed);
        Assert.Contains("MutantLoss: gradient of 'predictions' element", error.Message, StringComparison.Ordinal);
        Assert.False(GradientCheck.Run(new MutantLoss(loss, g => -g), y, target).Passed);
        Assert.False(GradientCheck.Run(new MutantLoss(loss, _ => 0), y, target).Passed);
    }

    /// <summary>A loss with a deliberate error in its gradient.</summary>
    sealed class MutantLoss(Loss inner, Func<float, float> change) : Loss
    {
        public override double Weight(Tensor target) => inner.Weight(target);

        public override double Sum(Tensor y, Tensor target, double scale, Tensor dY)
        {
            double sum = inner.Sum(y, target, scale, dY);
            foreach (ref float g in dY.Span) g = change(g);
            return sum;
        }
    }

    [Fact]
    public void EveryPublicLossIsListed()
    {
        var listed = Losses.Select(l => l.Make().Loss.GetType()).ToHashSet();
        foreach (Type type in typeof(Loss).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(Loss)) && !t.IsAbstract))
            Assert.True(listed.Contains(type), $"add {type.Name} to the list of losses");
    }
}
