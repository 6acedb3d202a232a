using System.Globalization;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>The tables of probabilities, coverage, significance, trading and trials.</summary>
static partial class ReportTables
{
    /// <summary>What the table of trading shows.</summary>
    public static string TradingLead { get; } = Invariant($"""
        Decided at the close, filled at the next open, equal capital in every pair; confident: only calls that reach
        the threshold of the most confident tenth. Costs are a side, in basis points (bp); what follows the Sharpe ratios (daily,
        365 days a year) holds at {Strategy.UsualCost} bp: turnover counts amounts traded over equity; random return is the middle 95 % of
        {Strategy.Draws} strategies with the same positions at random times, p the share that made as much, counting the strategy itself.
        """);

    /// <summary>How good the probabilities of a rise are, and what one temperature a fold mends.</summary>
    public static TextTable Probabilities(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Balanced accuracy", "MCC", "Macro-F1", "AUC", "Log-loss", "Brier",
            "Reliability", "Resolution", "Uncertainty", "Within", "Calibration error", "Temperatures", "Log-loss scaled",
            "Validation log-loss");
        foreach (ModelScores model in evaluation.Ranking)
        {
            DirectionMetrics m = model.Scores.Combined.Metrics;
            (BrierParts brier, Recalibration? scaled) = (m.Reliability.Brier, model.Recalibration);
            table.Add(model.Model, Format.Percent(m.BalancedAccuracy), Decimals(m.MatthewsCorrelation), Decimals(m.MacroF1),
                Decimals(m.Auc), Decimals(m.LogLoss), Decimals(m.Brier), Decimals(brier.Reliability, 5), Decimals(brier.Resolution, 5),
                Decimals(brier.Uncertainty), Decimals(brier.Within, 5), Decimals(m.CalibrationError),
                scaled is null ? Format.Missing : Span(scaled.Temperatures),
                Decimals(scaled?.Test.After ?? double.NaN), Decimals(scaled?.Validation.Before ?? double.NaN));
        }
        return table;

        static string Span(IReadOnlyList<double> values) => values.Count == 0 ? Format.Missing
            : Math.Round(values.Min(), 2) == Math.Round(values.Max(), 2) ? Decimals(values[0], 2)
            : $"{Decimals(values.Min(), 2)} – {Decimals(values.Max(), 2)}";
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
        var table = new TextTable("<Model", "Pairs better (McNemar)", "Pairs worse", "Log-loss difference", "DM", "p (DM)",
            "Rows differing", "Rows to see the difference", "Rows to see half a point");
        foreach (Comparison comparison in evaluation.Comparisons.OrderByDescending(c => c.Difference.Value))
        {
            McNemar[] found = [.. comparison.McNemar.Where((_, pair) => comparison.McNemarTests[pair].IsFound)];
            Significance test = comparison.LogLoss.Test;
            RowsNeeded needed = comparison.Needed;
            table.Add(comparison.Model,
                Format.Count(found.Count(m => m.OnlyFirst > m.OnlySecond)), Format.Count(found.Count(m => m.OnlyFirst < m.OnlySecond)),
                Decimals(comparison.LogLoss.MeanDifference, 5), Decimals(test.Statistic, 2), Format.Chance(test.PValue),
                Format.Percent(needed.Differing, 1), Rows(needed.Difference * needed.DesignEffect),
                Rows(needed.HalfPoint * needed.DesignEffect));
        }
        return table;
    }

    static string Rows(double rows) => rows < 1e12 ? Format.Count((long)Math.Ceiling(rows)) : Format.Missing;

    /// <summary>Every model's strategies, then buying and holding.</summary>
    public static TextTable Trading(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", "<Strategy",
            .. TradingSimulation.SweepCosts.Select(cost => Invariant($"Sharpe, {cost:0.##} bp")), "Return", "Drawdown",
            "Turnover", "Exposure", "Trades", "Break-even cost, bp", "Break-even accuracy", "Random return", "p"]);
        foreach (ModelScores model in evaluation.Ranking)
            foreach (Strategy strategy in model.Strategies)
                Add(model.Model, Name(strategy), strategy.Results, Decimals(strategy.BreakEvenCost, 2), strategy.Random);
        if (evaluation.Hold.Count > 0) Add("hold", "buy and hold", evaluation.Hold, "", null);
        return table;

        void Add(string model, string strategy, IReadOnlyList<PortfolioResult> results, string breakEven, RandomEntries? random)
        {
            PortfolioResult usual = results.First(result => result.Fee == Strategy.UsualCost);
            table.Add([model, strategy, .. results.Select(result => Decimals(result.Performance.Sharpe, 2)),
                Format.Percent(usual.Performance.TotalReturn, 1), Format.Percent(usual.Performance.MaximumDrawdown, 1),
                Decimals(usual.Turnover, 0), Format.Percent(usual.Exposure, 0), Format.Count(usual.Trades), breakEven,
                breakEven.Length == 0 ? "" : Format.Percent(usual.BreakEvenAccuracy),
                random is null ? "" : Format.Range(random.Return, 1), random is null ? "" : Format.Chance(random.PValue)]);
        }
    }

    /// <summary>A strategy's name.</summary>
    public static string Name(Strategy strategy) =>
        (strategy.Mode == TradingMode.LongFlat ? "long/flat" : "long/short") + (strategy.ConfidentOnly ? ", confident" : "");

    /// <summary>All figures of a model's strategies and of holding, at each cost.</summary>
    public static TextTable EveryCost(EvaluationResult evaluation, ModelScores model)
    {
        var table = new TextTable("<Strategy", "Cost, bp", "Return", "Return a year", "Sharpe", "Sortino", "Calmar", "Drawdown", "Turnover",
            "Exposure", "Trades", "Costs paid", "Break-even accuracy");
        foreach (Strategy strategy in model.Strategies)
            foreach (PortfolioResult result in strategy.Results) Add(Name(strategy), result, Format.Percent(result.BreakEvenAccuracy));
        foreach (PortfolioResult result in evaluation.Hold) Add("buy and hold", result, "");
        return table;

        void Add(string name, PortfolioResult result, string breakEven)
        {
            Performance p = result.Performance;
            table.Add(name, Decimals(result.Fee, 0), Format.Percent(p.TotalReturn, 1), Format.Percent(p.YearlyReturn, 1),
                Decimals(p.Sharpe, 2), Decimals(p.Sortino, 2), Decimals(p.Calmar, 2), Format.Percent(p.MaximumDrawdown, 1),
                Decimals(result.Turnover, 0), Format.Percent(result.Exposure, 0), Format.Count(result.Trades),
                Decimals(result.Costs), breakEven);
        }
    }

    /// <summary>Years by months at the usual cost, in per cent, for every strategy of a model and for holding.</summary>
    public static TextTable Monthly(EvaluationResult evaluation, ModelScores model)
    {
        var table =
            new TextTable(["<Year", "<Strategy", .. CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[..12], "Year"]);
        (string Name, IReadOnlyList<MonthlyReturn> Months)[] rows =
            [.. model.Strategies.Select(strategy => (Name(strategy), Months(strategy.Usual))),
            .. evaluation.Hold.Where(result => result.Fee == Strategy.UsualCost).Select(result => ("hold", Months(result)))];
        foreach (int year in rows.SelectMany(row => row.Months).Select(month => month.Year).Distinct())
            foreach ((string name, IReadOnlyList<MonthlyReturn> all) in rows)
            {
                MonthlyReturn[] months = [.. all.Where(month => month.Year == year)];
                table.Add([year.ToString(CultureInfo.InvariantCulture), name,
                    .. Enumerable.Range(1, 12).Select(m =>
                        PerCent(months.Where(month => month.Month == m).Select(month => month.Return).DefaultIfEmpty(double.NaN).First())),
                    PerCent(months.Aggregate(1.0, (worth, month) => worth * (1 + month.Return)) - 1)]);
            }
        return table;

        IReadOnlyList<MonthlyReturn> Months(PortfolioResult result) => EquityCurve.Of(evaluation.TradedFrom, result.DailyReturns).Months;
        static string PerCent(double share) =>
            double.IsFinite(share) ? (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : Format.Missing;
    }

    /// <summary>What the table of networks and classical models shows.</summary>
    public const string NetworkLead = "In each fold the network with the least log-loss on the fold's own validation rows, "
        + "beside the classical models on the same rows. Differences are the network's less the other's: in accuracy, in points, "
        + "by paired block bootstrap; in log-loss by the Diebold-Mariano test, less than 0 in favour of the network. p-values are "
        + "two-sided and adjusted for the classical models by Holm's method; McNemar's test counts pairs (5 %, Holm over the pairs); "
        + "a test would need that many rows like these to see the difference with 80 % power.";

    /// <summary>Why there is no such table.</summary>
    public const string NoNetwork = "it takes a network and one of linear, logistic, forest and boosting, with validation rows that "
        + "are known";

    /// <summary>The network beside the classical models.</summary>
    public static TextTable Network(EvaluationResult evaluation, NetworkComparison network)
    {
        var table = new TextTable("<Model", "Direction accuracy", "Log-loss", "Validation log-loss", "Difference, points",
            "95 % interval", "p",
            "Log-loss difference", "DM", "p (DM)", "Pairs better (McNemar)", "Pairs worse", "Rows to see the difference");
        table.Add([network.Network, Format.Percent(network.Metrics.Accuracy), Decimals(network.Metrics.LogLoss),
            Decimals(network.ValidationLogLoss), .. Enumerable.Repeat("", 9)]);
        foreach ((Comparison c, double accuracy, double logLoss) in network.Against)
        {
            McNemar[] found = [.. c.McNemar.Where((_, pair) => c.McNemarTests[pair].IsFound)];
            table.Add([.. Own(c.Against), Format.Points(c.Difference.Value), Format.Range(c.Difference.Interval), Format.Chance(accuracy),
                Decimals(c.LogLoss.MeanDifference, 5), Decimals(c.LogLoss.Test.Statistic, 2), Format.Chance(logLoss),
                Format.Count(found.Count(m => m.OnlyFirst > m.OnlySecond)), Format.Count(found.Count(m => m.OnlyFirst < m.OnlySecond)),
                Rows(c.Needed.Difference * c.Needed.DesignEffect)]);
        }
        return table;

        string[] Own(string name)
        {
            ModelScores model = evaluation.Models.First(m => m.Model == name);
            return [name, Format.Percent(model.Scores.Combined.Direction.Accuracy), Decimals(model.Scores.Combined.Metrics.LogLoss),
                Decimals(model.Recalibration?.Validation.Before ?? double.NaN)];
        }
    }

    /// <summary>What the table of trials shows.</summary>
    public static string TrialsLead(TrialFacts facts) => Invariant($"""
        {Format.Count(facts.Trials.Count)} trials stand in {facts.Ledger}{OtherTrials(facts.Trials.OtherTargets)}. Were all of
        them worthless, with the variance of the
        {Format.Count(facts.Trials.Sharpes.Count)} on the same data, timeframe and protocol that have at least
        {TrialCount.FewestReturns} days, the best would show a daily Sharpe ratio of {Decimals(facts.ExpectedMaximum)}.
        Probabilities that a model's true ratio (long/flat, all calls, {Strategy.UsualCost} bp) is over 0, and over that.
        """);

    static string OtherTrials(int count) =>
        count == 0 ? "" : $", and beside them {Format.Count(count)} on other targets, which have no ratio";

    /// <summary>What the trials leave of the Sharpe ratios.</summary>
    public static TextTable Trials(TrialFacts facts)
    {
        var table = new TextTable("<Model", "Daily Sharpe ratio", "Over 0", "Over the best of worthless trials");
        foreach (DeflatedModel model in facts.Models)
            table.Add(model.Model, Decimals(model.Sharpe), Format.Percent(model.AgainstZero, 1), Format.Percent(model.Deflated, 1));
        return table;
    }

    /// <summary>A number with four digits that count.</summary>
    public static string Digits(double x) => double.IsFinite(x) ? x.ToString("G4", CultureInfo.InvariantCulture) : Format.Missing;

    /// <summary>A number with few decimals; a dash where there is none.</summary>
    public static string Decimals(double x, int decimals = 4) =>
        double.IsFinite(x) ? x.ToString("F" + decimals, CultureInfo.InvariantCulture) : Format.Missing;
}
