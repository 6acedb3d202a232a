using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>How a model did that is judged on another target than the next candle's direction, on the rows of one scope.</summary>
/// <param name="Scores">
/// Its scores as those of a direction model, the sign of the target's value being the truth; rows without a truth count as those with zero
/// return, and the three classes say nothing.
/// </param>
/// <param name="Base">Always saying what was more frequent among the training truths of the row's fold.</param>
/// <param name="Rule">The target's untrained rule; null where it has none.</param>
/// <param name="Gain">Accuracy of the model less the best of the two and of a coin (<see cref="Best"/>), paired; null for one pair.</param>
public sealed record TargetPart(Scores Scores, Rate Base, Rate? Rule, Difference? Gain)
{
    /// <summary>Share of right calls on the rows with a truth.</summary>
    public Rate Accuracy => Scores.Direction;

    /// <summary>What is most often right of those that know less than the model; a coin where both are right on less than half.</summary>
    public TargetBaseline Best => Math.Max(Base.Accuracy, Rule?.Accuracy ?? 0) < 0.5 ? TargetBaseline.Coin
        : Rule?.Accuracy > Base.Accuracy ? TargetBaseline.Rule : TargetBaseline.BaseRate;
}

/// <summary>What a model of another target is compared with.</summary>
public enum TargetBaseline
{
    /// <summary>Always what was more frequent among the training truths.</summary>
    BaseRate,

    /// <summary>The target's untrained rule.</summary>
    Rule,

    /// <summary>Half of the rows.</summary>
    Coin,
}

/// <summary>The most confident calls on another target, and what knows less says on the same rows.</summary>
/// <param name="Point">The rows that reach the thresholds, with an interval by block bootstrap.</param>
/// <param name="Hours">Distinct clock hours with such a row: the size of the sample, since pairs move together.</param>
/// <param name="AlwaysAbove">Share of them whose value is over 0: accuracy of always saying so.</param>
/// <param name="Base">Accuracy of the base rate on them.</param>
/// <param name="Rule">Accuracy of the rule on them; NaN where there is none.</param>
public sealed record TargetCoverage(CoveragePoint Point, int Hours, double AlwaysAbove, double Base, double Rule);

/// <summary>A model that is judged on another target than the next candle's direction, beside base rate and rule of the target.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Target">Name of the target.</param>
/// <param name="Says">What a value over 0 says, in words.</param>
/// <param name="Unit">What rows with a truth are, in the plural: candles, pivots.</param>
/// <param name="Parts">Its scores.</param>
public sealed record TargetScores(string Model, string Target, string Says, string Unit, ByScope<TargetPart> Parts)
{
    /// <summary>Accuracy against coverage: the most confident tenth first, then from all rows down.</summary>
    public required IReadOnlyList<TargetCoverage> Coverage { get; init; }

    /// <summary>Whether test rows had to set the thresholds, as validation rows are not known.</summary>
    public required bool FromTest { get; init; }

    /// <summary>How it did from each seed on its own target, on all rows; none for a model without randomness.</summary>
    public IReadOnlyList<SeedScores> Seeds { get; init; } = [];

    /// <summary>The model and what it is judged on, where other models stand beside it.</summary>
    public string Title => $"{Model} ({Target})";

    const double Tenth = 0.1;

    /// <summary>The most confident tenth.</summary>
    public TargetCoverage Confident => Coverage[0];

    internal static TargetScores Of(BacktestResult result, ByScope<Scope> scopes, ModelPredictions model)
    {
        (TestRows rows, ModelPredictions said) = (RowsOf(result.Rows, model), WithTruth(model));
        if (model.TargetHorizon > 1) scopes = scopes.Map(scope => scope.Over(model.TargetHorizon, rows, result.Seed));
        var calls = DirectionCalls.Of(rows, said);
        CoverageCurve curve = calls.Coverage(said, out bool fromTest).With(point => scopes.Combined.Rate(row => Kept(row, point),
            row => Evaluation.Hit(said.Direction(row), rows.Return[row])));
        ByScope<TargetPart> parts = scopes.Map(scope => Part(scope, rows, said));
        return new TargetScores(model.Model, model.Target, model.Says, model.Unit, parts)
        {
            Seeds = [.. model.Seeds.Select((seed, i) => new SeedScores(seed.Seed,
                i == 0 ? parts.Combined.Scores : Evaluation.Score(scopes.Combined, rows, model.From(seed))))],
            Coverage = [.. curve.Points.OrderBy(point => point.Asked == Tenth ? 0 : 1).Select(Cover)],
            FromTest = fromTest,
        };

        bool Kept(int row, CoveragePoint point) => rows.Return[row] != 0
            && ModelPredictions.Confidence(said.Down[row], said.Up[row]) >= point.Thresholds[rows.Fold[row]];

        TargetCoverage Cover(CoveragePoint point)
        {
            int[] kept = [.. Enumerable.Range(0, rows.Count).Where(row => Kept(row, point))];
            double Share(Func<int, double> hit) => kept.Length == 0 ? double.NaN : kept.Average(hit);
            return new TargetCoverage(point, KeptRows.HoursOf(rows, kept), Share(row => rows.Return[row] > 0 ? 1 : 0),
                Share(row => BaseHit(rows, row)), model.Rule is { } rule ? Share(row => RuleHit(rows, rule, row)) : double.NaN);
        }
    }

    static TargetPart Part(Scope scope, TestRows rows, ModelPredictions model)
    {
        Func<int, bool> known = row => rows.Return[row] != 0;
        Rate always = scope.Rate(known, row => BaseHit(rows, row));
        Rate? rule = model.Rule is { } numbers ? scope.Rate(known, row => RuleHit(rows, numbers, row)) : null;
        var part = new TargetPart(Evaluation.Score(scope, rows, model), always, rule, null);
        return !scope.IsPooled ? part : part with
        {
            Gain = scope.Difference(known, row => Evaluation.Hit(model.Direction(row), rows.Return[row]),
                row => part.Best switch
                {
                    TargetBaseline.Coin => 0.5,
                    TargetBaseline.Rule => RuleHit(rows, model.Rule!, row),
                    _ => BaseHit(rows, row),
                }),
        };
    }

    static double BaseHit(TestRows rows, int row) => Evaluation.Hit(rows.Majority[row] - TestRows.Neutral, rows.Return[row]);

    // A rule that is not known yet guesses nothing.
    static double RuleHit(TestRows rows, double[] rule, int row) =>
        Evaluation.Hit(double.IsNaN(rule[row]) ? 0 : Math.Sign(rule[row]), rows.Return[row]);

    /// <summary>The test rows with the target's value in place of the return, and 0 where it is not known.</summary>
    static TestRows RowsOf(TestRows rows, ModelPredictions model) => new()
    {
        Pair = rows.Pair, Time = rows.Time, Fold = rows.Fold, Label = rows.Label, LastReturn = rows.LastReturn, Momentum = rows.Momentum,
        Return = Array.ConvertAll(model.Truth!, Known),
        Majority = Array.ConvertAll(model.MajorityUp, up => up ? TestRows.Up : TestRows.Down),
    };

    static double Known(double value) => double.IsNaN(value) ? 0 : value;

    /// <summary>The model with those of its validation rows that have a truth: thresholds are of rows like those that are judged.</summary>
    static ModelPredictions WithTruth(ModelPredictions model)
    {
        Prediction[][] validation = [.. model.Validation.Select((said, fold) =>
            said.Where((_, row) => Known(model.ValidationTruth[fold][row]) != 0).ToArray())];
        return new ModelPredictions
        {
            Model = model.Model, Down = model.Down, Neutral = model.Neutral, Up = model.Up, Epochs = model.Epochs, Rule = model.Rule,
            Validation = validation,
            ConfidenceThreshold = validation.Length == 0 ? model.ConfidenceThreshold
                : [.. validation.Select(said => ModelPredictions.TopTenth([.. said.Select(p => p.Down)], [.. said.Select(p => p.Up)]))],
        };
    }
}
