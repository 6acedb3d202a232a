using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The network beside one classical model, on the same rows.</summary>
/// <param name="Comparison">The network less the classical model.</param>
/// <param name="Accuracy">Bootstrapped p-value of the difference in accuracy, adjusted for the classical models (<see cref="Holm"/>).</param>
/// <param name="LogLoss">p-value of the Diebold-Mariano test of the log-losses, adjusted likewise.</param>
public sealed record ClassicalComparison(Comparison Comparison, double Accuracy, double LogLoss);

/// <summary>
/// Does the network beat the classical models? The network is the one with the least log-loss on the validation rows of all folds, so no
/// test row has a say in which one is compared.
/// </summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Candidates">Every network with its validation log-loss, least first.</param>
/// <param name="Against">The network beside every classical model.</param>
public sealed record NetworkComparison(string Network, IReadOnlyList<(string Model, double LogLoss)> Candidates,
    IReadOnlyList<ClassicalComparison> Against)
{
    /// <summary>The models that are not counted as networks: <c>linear</c>, a single layer, is a logistic regression trained by steps.</summary>
    public static IReadOnlyList<string> Classical { get; } = ["linear", "logistic", "forest", "boosting"];

    /// <summary>The answer in words, of which every part is a test at the 5 % level.</summary>
    public string Answer => Invariant($"{Network} is the network with the least validation log-loss ({Candidates[0].LogLoss:F4}). ")
        + $"{Findings("In accuracy it", against => (against.Accuracy, against.Comparison.Difference.Value))}; "
        + $"{Findings("by log-loss it", against => (against.LogLoss, -against.Comparison.LogLoss.MeanDifference))}.";

    /// <summary>The same in one line: whether it is shown to be better than every classical model.</summary>
    public string Short
    {
        get
        {
            string[] beaten = [.. Against.Where(a => a.Accuracy < PairTest.Level && a.Comparison.Difference.Value > 0).Select(a => a.Comparison.Against)];
            return beaten.Length == Against.Count ? $"The network {Network} is more often right than {List(beaten)}."
                : beaten.Length == 0 ? $"The network {Network} is not shown to be more often right than {List(Names, "or")}."
                : $"The network {Network} is more often right than {List(beaten)}, but not shown to be so than {List([.. Names.Except(beaten)], "or")}.";
        }
    }

    IReadOnlyList<string> Names => [.. Against.Select(against => against.Comparison.Against)];

    /// <summary>Compares; null where the run has no network, no classical model, or no validation rows that are known.</summary>
    internal static NetworkComparison? Of(BacktestResult result, ByScope<Scope> scopes, IReadOnlyList<ModelScores> models)
    {
        ModelPredictions Predictions(string name) => result.Models.First(model => model.Model == name);
        (string Model, double LogLoss)[] networks = [.. models.Where(model => IsNetwork(Predictions(model.Model)))
            .Select(model => (model.Model, model.Recalibration?.Validation.Before ?? double.NaN))
            .Where(network => double.IsFinite(network.Item2)).OrderBy(network => network.Item2)];
        ModelPredictions[] classical = [.. result.Models.Where(model => Classical.Contains(model.Model))];
        if (networks.Length == 0 || classical.Length == 0) return null;
        Comparison[] comparisons = [.. classical.Select(other => Comparison.Of(scopes, result.Rows, Predictions(networks[0].Model), other))];
        double[] accuracy = Holm.Adjust([.. comparisons.Select(c => c.Difference.PValue)]);
        double[] logLoss = Holm.Adjust([.. comparisons.Select(c => c.LogLoss.Test.PValue)]);
        return new NetworkComparison(networks[0].Model, networks, [.. comparisons.Select((c, i) => new ClassicalComparison(c, accuracy[i], logLoss[i]))]);
    }

    // What trains by epochs; the ensemble is a network and rules together, and chooses its weight on the validation rows.
    static bool IsNetwork(ModelPredictions model) =>
        model.Epochs.Any(epochs => epochs > 0) && !Classical.Contains(model.Model) && model.Model != "ensemble";

    // "in accuracy it is better than a, worse than b and cannot be told from c"
    string Findings(string measure, Func<ClassicalComparison, (double P, double Gain)> of)
    {
        ILookup<int, string> found = Against.ToLookup(
            against => of(against) is var (p, gain) && p < PairTest.Level ? Math.Sign(gain) : 0, against => against.Comparison.Against);
        var parts = new List<string>();
        if (found.Contains(1)) parts.Add($"is better than {List([.. found[1]])}");
        if (found.Contains(-1)) parts.Add($"is worse than {List([.. found[-1]])}");
        if (found.Contains(0)) parts.Add($"cannot be told from {List([.. found[0]], "or")}");
        return $"{measure} {List(parts)}";
    }

    static string List(IReadOnlyList<string> names, string word = "and") =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.Take(names.Count - 1))} {word} {names[^1]}";
}
