using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The tables of probabilities, coverage, significance, trading and trials.</summary>
static partial class ReportTables
{
    /// <summary>What the table of trading shows.</summary>
    public static string TradingLead { get; } = Invariant($"""
        Decided at the close, filled at the next open, equal capital in every pair, position size 1; confident: only calls that reach
        the threshold of the most confident tenth. Costs are a side, in basis points (bp); what follows the Sharpe ratios (daily,
        365 days a year) holds at {Strategy.UsualCost} bp: turnover counts amounts traded over equity; random return is the middle 95 % of
        {Strategy.Draws} strategies with the same positions at random times, p the share of them that made as much.
        """);

    static readonly double[] ShownCoverages = [0.5, 0.2, 0.1, 0.05, 0.01];

    /// <summary>How good the probabilities of a rise are, and what one temperature a fold mends.</summary>
    public static TextTable Probabilities(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Balanced accuracy", "MCC", "Macro-F1", "AUC", "Log-loss", "Brier", "Calibration error",
            "Temperatures", "Log-loss scaled", "Validation log-loss");
        foreach (ModelScores model in evaluation.Ranking)
        {
            DirectionMetrics m = model.Scores.Combined.Metrics;
            Recalibration? scaled = model.Recalibration;
            table.Add(model.Model, Format.Percent(m.BalancedAccuracy), Decimals(m.MatthewsCorrelation), Decimals(m.MacroF1),
                Decimals(m.Auc), Decimals(m.LogLoss), Decimals(m.Brier), Decimals(m.CalibrationError), scaled is null ? Format.Missing : Span(scaled.Temperatures),
                Decimals(scaled?.Test.After ?? double.NaN), Decimals(scaled?.Validation.Before ?? double.NaN));
        }
        return table;

        static string Span(IReadOnlyList<double> values) => values.Count == 0 ? Format.Missing
            : Math.Round(values.Min(), 2) == Math.Round(values.Max(), 2) ? Decimals(values[0], 2)
            : $"{Decimals(values.Min(), 2)} – {Decimals(values.Max(), 2)}";
    }

    /// <summary>Accuracy at a few coverages, and where targets are reached.</summary>
    public static TextTable Coverage(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", .. ShownCoverages.Select(share => Format.Percent(share, 0)),
            .. ModelCoverage.Targets.Select(target => $"<{Format.Percent(target, 0)} right at")]);
        foreach (ModelScores model in evaluation.Ranking)
        {
            CoverageCurve curve = model.Coverage.Curve;
            table.Add([model.Model,
                .. ShownCoverages.Select(share => Format.Percent(curve.Points.First(point => point.Asked == share).Rate.Accuracy)),
                .. ModelCoverage.Targets.Select(target => curve.Reaching(target) is { } point
                    ? $"{Format.Percent(point.Realised, 1)}: {Format.Count(point.Rate.N)} on {Format.Count(point.Days)} days" : Format.Missing)]);
        }
        return table;
    }

    /// <summary>On how many pairs a model's calls are skill.</summary>
    public static TextTable Skill(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Pairs with skill", "of", "Least p after Holm");
        foreach (ModelScores model in evaluation.Ranking)
        {
            double[] adjusted = [.. model.Skill.Select(test => test.Adjusted).Where(double.IsFinite)];
            table.Add(model.Model, Format.Count(model.Skill.Count(test => test.IsFound)), Format.Count(adjusted.Length),
                Format.Chance(adjusted.DefaultIfEmpty(double.NaN).Min()));
        }
        return table;
    }

    /// <summary>Tests of every model against the reference beside the bootstrapped difference.</summary>
    public static TextTable ComparisonTests(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Pairs better (McNemar)", "Pairs worse", "Log-loss difference", "DM", "p (DM)", "Rows differing",
            "Rows to see the difference", "Rows to see half a point");
        foreach (Comparison comparison in evaluation.Comparisons)
        {
            McNemar[] found = [.. comparison.McNemar.Where((_, pair) => comparison.McNemarTests[pair].IsFound)];
            Significance test = comparison.LogLoss.Test;
            RowsNeeded needed = comparison.Needed;
            table.Add(comparison.Model,
                Format.Count(found.Count(m => m.OnlyFirst > m.OnlySecond)), Format.Count(found.Count(m => m.OnlyFirst < m.OnlySecond)),
                Decimals(comparison.LogLoss.MeanDifference, 5), Decimals(test.Statistic, 2), Format.Chance(test.PValue),
                Format.Percent(needed.Differing, 1), Rows(needed.Difference * needed.DesignEffect), Rows(needed.HalfPoint * needed.DesignEffect));
        }
        return table;

        static string Rows(double rows) => rows < 1e12 ? Format.Count((long)Math.Ceiling(rows)) : Format.Missing;
    }

    /// <summary>Every model's strategies, then buying and holding.</summary>
    public static TextTable Trading(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", "<Strategy",
            .. TradingSimulation.SweepCosts.Select(cost => Invariant($"Sharpe, {cost:0.##} bp")), "Return", "Drawdown", "Turnover", "Exposure", "Trades", "Break-even cost, bp", "Break-even accuracy", "Random return", "p"]);
        foreach (ModelScores model in evaluation.Ranking)
            foreach (Strategy strategy in model.Strategies)
                Add(model.Model, Name(strategy), strategy.Results, Decimals(strategy.BreakEvenCost, 2), strategy.Random);
        if (evaluation.Hold.Count > 0) Add("hold", "buy and hold", evaluation.Hold, "", null);
        return table;

        void Add(string model, string strategy, IReadOnlyList<PortfolioResult> results, string breakEven, RandomEntries? random)
        {
            PortfolioResult usual = results.First(result => result.CostPerSide == Strategy.UsualCost);
            table.Add([model, strategy, .. results.Select(result => Decimals(result.Performance.Sharpe, 2)),
                Format.Percent(usual.Performance.TotalReturn, 1), Format.Percent(usual.Performance.MaximumDrawdown, 1),
                Decimals(usual.Turnover, 0), Format.Percent(usual.Exposure, 0), Format.Count(usual.Trades), breakEven, breakEven.Length == 0 ? "" : Format.Percent(usual.BreakEvenAccuracy),
                random is null ? "" : Format.Range(random.Return, 1), random is null ? "" : Format.Chance(random.PValue)]);
        }

        static string Name(Strategy strategy) =>
            (strategy.Mode == TradingMode.LongFlat ? "long/flat" : "long/short") + (strategy.ConfidentOnly ? ", confident" : "");
    }

    /// <summary>What the table of trials shows.</summary>
    public static string TrialsLead(TrialFacts facts) => Invariant($"""
        {Format.Count(facts.Trials.Count)} trials stand in {facts.Ledger}. Were all of them worthless, the best would show a daily Sharpe ratio of
        {Decimals(facts.ExpectedMaximum)}. Probabilities that a model's true ratio (long/flat, all calls, {Strategy.UsualCost} bp) is over 0,
        and over that.
        """);

    /// <summary>What the trials leave of the Sharpe ratios.</summary>
    public static TextTable Trials(TrialFacts facts)
    {
        var table = new TextTable("<Model", "Daily Sharpe ratio", "Over 0", "Over the best of worthless trials");
        foreach (DeflatedModel model in facts.Models)
            table.Add(model.Model, Decimals(model.Sharpe), Format.Percent(model.AgainstZero, 1), Format.Percent(model.Deflated, 1));
        return table;
    }

    /// <summary>A number with few decimals; a dash where there is none.</summary>
    public static string Decimals(double x, int decimals = 4) =>
        double.IsFinite(x) ? x.ToString("F" + decimals, CultureInfo.InvariantCulture) : Format.Missing;
}
