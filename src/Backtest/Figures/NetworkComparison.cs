using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The network beside one classical model, on the same rows.</summary>
/// <param name="Comparison">The network less the classical model.</param>
/// <param name="Accuracy">Bootstrapped p-value of the difference in accuracy, adjusted for the classical models
/// (<see cref="Holm"/>).</param>
/// <param name="LogLoss">p-value of the Diebold-Mariano test of the log-losses, adjusted likewise.</param>
public sealed record ClassicalComparison(Comparison Comparison, double Accuracy, double LogLoss);

/// <summary>The network that a fold's validation rows choose.</summary>
/// <param name="Fold">Index of the fold.</param>
/// <param name="Model">The network with the least log-loss on these rows.</param>
/// <param name="Validation">That log-loss.</param>
public sealed record ChosenNetwork(int Fold, string Model, FoldLoss Validation);

/// <summary>
/// Does the network beat the classical models? On the test rows of each fold the network is the one with the least log-loss on the
/// validation rows of that fold. A choice by the validation rows of all folds would look at test rows: in a walk-forward the validation
/// part of a fold is in part the test of the fold before.
/// </summary>
/// <param name="Chosen">The network of every fold with test rows.</param>
/// <param name="Candidates">Every network with its log-loss on the validation rows of all folds, least first.</param>
/// <param name="Against">The network beside every classical model.</param>
public sealed record NetworkComparison(IReadOnlyList<ChosenNetwork> Chosen, IReadOnlyList<(string Model, double LogLoss)> Candidates,
    IReadOnlyList<ClassicalComparison> Against)
{
    /// <summary>Figures of the network on the test rows of all folds.</summary>
    public required DirectionMetrics Metrics { get; init; }

    /// <summary>Log-loss on the validation rows that chose.</summary>
    public double ValidationLogLoss => Chosen.Sum(c => c.Validation.Rows * c.Validation.LogLoss) / Chosen.Sum(c => c.Validation.Rows);

    /// <summary><c>v3.1</c>, or where folds differ <c>v3.1 in folds 1, 3; v3 in fold 2</c>.</summary>
    public string Network => Name(Chosen);

    /// <summary>
    /// The models that are not counted as networks: <c>linear</c>, a single layer, is a logistic regression trained by steps.
    /// </summary>
    public static IReadOnlyList<string> Classical { get; } = ["linear", "logistic", "forest", "boosting"];

    /// <summary>The answer in words, of which every part is a test at the 5 % level.</summary>
    public string Answer
        => Invariant($"The network with the least log-loss on each fold's validation rows is {Network} ({ValidationLogLoss:F4}). ")
        + $"{Findings("In accuracy it", against => (against.Accuracy, against.Comparison.Difference.Value))}; "
        + $"{Findings("by log-loss it", against => (against.LogLoss, -against.Comparison.LogLoss.MeanDifference))}.";

    /// <summary>The same in one line: whether it is shown to be better than every classical model.</summary>
    public string Short
    {
        get
        {
            string[] beaten = [.. Against.Where(against => against.Accuracy < PairTest.Level && against.Comparison.Difference.Value > 0)
                .Select(against => against.Comparison.Against)];
            return $"The network chosen on each fold's validation rows ({Network}) is "
                + (beaten.Length == Against.Count ? $"more often right than {List(beaten)}."
                    : beaten.Length == 0 ? $"not shown to be more often right than {List(Names, "or")}."
                    : $"more often right than {List(beaten)}, but not shown to be so than {List([.. Names.Except(beaten)], "or")}.");
        }
    }

    IReadOnlyList<string> Names => [.. Against.Select(against => against.Comparison.Against)];

    /// <summary>Compares; null where the run has no network, no classical model, or a fold whose validation rows are not known.</summary>
    internal static NetworkComparison? Of(BacktestResult result, ByScope<Scope> scopes, IReadOnlyList<ModelScores> models)
    {
        ModelPredictions Predictions(string name) => result.Models.First(model => model.Model == name);
        (string Model, Recalibration Scaled)[] networks = [.. models
            .Where(model => IsNetwork(Predictions(model.Model)) && model.Recalibration is not null)
            .Select(model => (model.Model, model.Recalibration!))];
        int[] tested = [.. result.Rows.Fold.Distinct().Order()];
        ChosenNetwork[] chosen = [.. tested.Select(fold => networks
            .Select(network => new ChosenNetwork(fold, network.Model, network.Scaled.ValidationFolds[fold]))
            .Where(network => network.Validation.Rows > 0).MinBy(network => network.Validation.LogLoss)).OfType<ChosenNetwork>()];
        ModelPredictions[] classical = [.. result.Models.Where(model => Classical.Contains(model.Model))];
        if (chosen.Length == 0 || chosen.Length < tested.Length || classical.Length == 0) return null;
        ModelPredictions network = Joined(result.Rows, chosen, Predictions);
        Comparison[] comparisons = [.. classical.Select(other => Comparison.Of(scopes, result.Rows, network, other))];
        double[] accuracy = Holm.Adjust([.. comparisons.Select(c => c.Difference.PValue)]);
        double[] logLoss = Holm.Adjust([.. comparisons.Select(c => c.LogLoss.Test.PValue)]);
        DirectionCalls calls = DirectionCalls.Of(result.Rows, network);
        return new NetworkComparison(chosen, [.. networks.Select(n => (n.Model, n.Scaled.Validation.Before)).OrderBy(n => n.Before)],
            [.. comparisons.Select((c, i) => new ClassicalComparison(c, accuracy[i], logLoss[i]))])
        {
            Metrics = DirectionMetrics.Of(calls.Truth, calls.Rise),
        };
    }

    /// <summary>What the network of its fold says about each row.</summary>
    static ModelPredictions Joined(TestRows rows, ChosenNetwork[] chosen, Func<string, ModelPredictions> predictions)
    {
        var byFold = chosen.ToDictionary(c => c.Fold, c => predictions(c.Model));
        return new ModelPredictions
        {
            Model = Name(chosen), Down = Column(m => m.Down), Neutral = Column(m => m.Neutral), Up = Column(m => m.Up),
            ConfidenceThreshold = [], Epochs = [],
        };

        float[] Column(Func<ModelPredictions, float[]> column) => [.. rows.Fold.Select((fold, row) => column(byFold[fold])[row])];
    }

    static string Name(IReadOnlyList<ChosenNetwork> chosen)
    {
        IGrouping<string, int>[] networks = [.. chosen.GroupBy(c => c.Model, c => c.Fold + 1)];
        return networks.Length == 1 ? networks[0].Key
            : string.Join("; ", networks.Select(n => $"{n.Key} in {(n.Count() == 1 ? "fold" : "folds")} {string.Join(", ", n)}"));
    }

    static bool IsNetwork(ModelPredictions model) =>
        model.IsNetwork && !Classical.Contains(model.Model);

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
