namespace NeuralCore.Backtest;

/// <summary>The model with the best direction accuracy beside one baseline, on the same rows.</summary>
/// <param name="Baseline">Name of the baseline: a rule that needs no model, or a plain model.</param>
/// <param name="Accuracy">The baseline's direction accuracy, all pairs pooled.</param>
/// <param name="Difference">Direction accuracy of the model less that of the baseline, all pairs pooled, by paired block bootstrap.</param>
/// <param name="Adjusted">p of the difference, adjusted for the baselines (<see cref="Holm"/>).</param>
public sealed record BaselineComparison(string Baseline, Rate Accuracy, Difference Difference, double Adjusted)
{
    /// <summary>The models that count as baselines, beside the rules.</summary>
    public static IReadOnlyList<string> Models { get; } = ["linear", "logistic", "boosting"];

    /// <summary>Whether the model is shown to be better.</summary>
    public bool IsBeaten => Difference.Value > 0 && Adjusted < PairTest.Level;

    /// <summary>The best model beside every baseline of the run but itself; empty without a model or a row with a direction.</summary>
    internal static IReadOnlyList<BaselineComparison> Of(BacktestResult result, Scope all, IReadOnlyList<ModelScores> models)
    {
        TestRows rows = result.Rows;
        if (models.Count == 0 || all.Count(Directed) == 0) return [];
        string best = models.MinBy(model => model.Rank.Combined)!.Model;
        (string Name, Func<int, int> Direction)[] baselines = [.. rows.Rules.Where(rule => rule.Name != best),
            .. result.Models.Where(model => model.Model != best && Models.Contains(model.Model))
                .Select(model => (model.Model, (Func<int, int>)(row => model.Direction(row))))];
        Func<int, double> bestHit = HitOf(row => result.Models.First(model => model.Model == best).Direction(row));
        Difference[] differences = [.. baselines.Select(other => all.Difference(Directed, bestHit, HitOf(other.Direction)))];
        double[] adjusted = Holm.Adjust([.. differences.Select(difference => difference.PValue)]);
        return [.. baselines.Select((other, i) =>
            new BaselineComparison(other.Name, all.Rate(Directed, HitOf(other.Direction)), differences[i], adjusted[i]))];

        bool Directed(int row) => rows.Return[row] != 0;
        Func<int, double> HitOf(Func<int, int> direction) => row => Evaluation.Hit(direction(row), rows.Return[row]);
    }
}

/// <summary>What may be said of the model with the best direction accuracy, in one line.</summary>
/// <param name="Words">The line.</param>
/// <param name="Sign">Whether that is good (1), bad (-1) or neither (0).</param>
public readonly record struct Verdict(string Words, int Sign)
{
    /// <summary>The verdict of a backtest; null without a model.</summary>
    public static Verdict? Of(EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return evaluation.Ranking is not [var best, ..] ? null
            : Of(best.Scores.Combined.Direction, evaluation.AgainstBaselines, evaluation.Alarms.Count > 0,
                best.Strategies is [var first, ..] ? first.Usual.Performance.TotalReturn > 0 : null);
    }

    /// <param name="best">Accuracy of the best model.</param>
    /// <param name="baselines">It beside the baselines.</param>
    /// <param name="alarm">Whether a figure is too good to be true.</param>
    /// <param name="pays">Whether its calls, traded long or flat, gain at the usual cost; null where they are not traded.</param>
    internal static Verdict Of(Rate best, IReadOnlyList<BaselineComparison> baselines, bool alarm, bool? pays = null)
    {
        if (alarm) return new("Too good to be true: look for a leak first", -1);
        if (best.N == 0 || !double.IsFinite(best.Interval.Low)) return new("Nothing can be said: no row has a direction", 0);
        if (best.Interval.High < 0.5) return new("Worse than a coin", -1);
        if (best.Interval.Low <= 0.5) return new("No edge shown: the best model cannot be told from a coin", 0);
        string[] unbeaten = [.. baselines.Where(baseline => !baseline.IsBeaten).Select(baseline => baseline.Baseline)];
        if (unbeaten.Length > 0) return new($"Better than a coin, but not shown to be better than {Listed(unbeaten)}", 0);
        return pays == false ? new("Better than a coin and than every baseline, but not by enough to pay its costs", 0)
            : new("Better than a coin and than every baseline", 1);
    }

    static string Listed(string[] names) =>
        names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
}
