using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>The figures of report.json beside accuracies: probabilities, coverage, tests, trading and trials.</summary>
static class JsonFigures
{
    public static void Metrics(Utf8JsonWriter json, DirectionMetrics metrics)
    {
        json.WriteStartObject("probabilities");
        json.WriteNumber("n", metrics.N);
        Number(json, "balanced_accuracy", metrics.BalancedAccuracy);
        Number(json, "mcc", metrics.MatthewsCorrelation);
        Number(json, "macro_f1", metrics.MacroF1);
        Number(json, "auc", metrics.Auc);
        Number(json, "log_loss", metrics.LogLoss);
        Number(json, "brier", metrics.Brier);
        Number(json, "brier_reliability", metrics.Reliability.Brier.Reliability);
        Number(json, "brier_resolution", metrics.Reliability.Brier.Resolution);
        Number(json, "brier_uncertainty", metrics.Reliability.Brier.Uncertainty);
        Number(json, "brier_within", metrics.Reliability.Brier.Within);
        Number(json, "calibration_error", metrics.CalibrationError);
        json.WriteEndObject();
    }

    public static void Model(Utf8JsonWriter json, BacktestResult result, EvaluationResult evaluation, ModelScores model)
    {
        Each(json, "reliability", model.Scores.Combined.Metrics.Reliability.Bins, bin =>
        {
            Number(json, "from", bin.From);
            Number(json, "to", bin.To);
            json.WriteNumber("n", bin.N);
            Number(json, "predicted", bin.MeanPredicted);
            Number(json, "observed", bin.Observed);
            JsonScores.Interval(json, bin.Interval);
        });
        if (model.Recalibration is { } recalibration) Temperature(json, recalibration);
        else json.WriteNull("temperature");
        Coverage(json, model.Coverage);
        Each(json, "move_sizes", model.Moves, quarter =>
        {
            Number(json, "mean_move", quarter.MeanMove);
            JsonScores.Rate(json, "direction", quarter.Rate);
        });
        Each(json, "pesaran_timmermann", model.Skill.Index(), test =>
        {
            json.WriteString("pair", result.Pairs[test.Index].Name);
            Test(json, test.Item);
        });
        Each(json, "trading", model.Strategies, strategy => Trading(json, evaluation, strategy));
    }

    public static void Comparison(Utf8JsonWriter json, BacktestResult result, Comparison comparison)
    {
        json.WriteString("model", comparison.Model);
        json.WriteString("against", comparison.Against);
        Number(json, "difference", comparison.Difference.Value);
        JsonScores.Interval(json, comparison.Difference.Interval);
        Number(json, "p", comparison.Difference.PValue);
        Each(json, "mcnemar", comparison.McNemar.Zip(comparison.McNemarTests).Index(), test =>
        {
            json.WriteString("pair", result.Pairs[test.Index].Name);
            json.WriteNumber("only_model", test.Item.First.OnlyFirst);
            json.WriteNumber("only_against", test.Item.First.OnlySecond);
            Test(json, test.Item.Second);
        });
        json.WriteStartObject("diebold_mariano");
        Number(json, "difference", comparison.LogLoss.MeanDifference);
        Number(json, "statistic", comparison.LogLoss.Test.Statistic);
        Number(json, "p", comparison.LogLoss.Test.PValue);
        json.WriteEndObject();
        json.WriteStartObject("rows_needed");
        Number(json, "differing", comparison.Needed.Differing);
        Number(json, "difference", comparison.Needed.Difference);
        Number(json, "half_point", comparison.Needed.HalfPoint);
        Number(json, "design_effect", comparison.Needed.DesignEffect);
        json.WriteEndObject();
    }

    public static void Network(Utf8JsonWriter json, BacktestResult result, NetworkComparison? network)
    {
        if (network is null)
        {
            json.WriteNull("network");
            return;
        }
        json.WriteStartObject("network");
        json.WriteString("model", network.Network);
        json.WriteString("answer", network.Answer);
        Each(json, "chosen", network.Chosen, chosen =>
        {
            json.WriteNumber("fold", chosen.Fold + 1);
            json.WriteString("model", chosen.Model);
            Number(json, "validation_log_loss", chosen.Validation.LogLoss);
        });
        Each(json, "candidates", network.Candidates, candidate =>
        {
            json.WriteString("model", candidate.Model);
            Number(json, "validation_log_loss", candidate.LogLoss);
        });
        Each(json, "classical", network.Against, against =>
        {
            Comparison(json, result, against.Comparison);
            Number(json, "p_holm", against.Accuracy);
            Number(json, "log_loss_p_holm", against.LogLoss);
        });
        json.WriteEndObject();
    }

    public static void Hold(Utf8JsonWriter json, EvaluationResult evaluation)
    {
        json.WriteString("traded_from", evaluation.Hold.Count > 0 ? Format.Iso(evaluation.TradedFrom) : null);
        Each(json, "hold", evaluation.Hold, result => Result(json, evaluation, result));
    }

    public static void Trials(Utf8JsonWriter json, TrialFacts? facts)
    {
        if (facts is null)
        {
            json.WriteNull("trials");
            return;
        }
        json.WriteStartObject("trials");
        json.WriteString("ledger", facts.Ledger);
        json.WriteNumber("count", facts.Trials.Count);
        json.WriteNumber("other_targets", facts.Trials.OtherTargets);
        json.WriteNumber("comparable", facts.Trials.Sharpes.Count);
        Number(json, "sharpe_variance", facts.Trials.SharpeVariance);
        Number(json, "expected_maximum", facts.ExpectedMaximum);
        Each(json, "models", facts.Models, model =>
        {
            json.WriteString("model", model.Model);
            Number(json, "daily_sharpe", model.Sharpe);
            Number(json, "probabilistic_sharpe", model.AgainstZero);
            Number(json, "deflated_sharpe", model.Deflated);
        });
        json.WriteEndObject();
    }

    static void Temperature(Utf8JsonWriter json, Recalibration recalibration)
    {
        json.WriteStartObject("temperature");
        JsonScores.Numbers(json, "folds", [.. recalibration.Temperatures]);
        Number(json, "log_loss", recalibration.Test.Before);
        Number(json, "scaled_log_loss", recalibration.Test.After);
        Number(json, "validation_log_loss", recalibration.Validation.Before);
        Number(json, "scaled_validation_log_loss", recalibration.Validation.After);
        json.WriteEndObject();
    }

    static void Coverage(Utf8JsonWriter json, ModelCoverage coverage)
    {
        json.WriteStartObject("coverage_curve");
        json.WriteString("thresholds_from", coverage.FromTest ? "test" : "validation");
        Each(json, "points", coverage.Curve.Points.Index(), point =>
        {
            Point(json, point.Item);
            Number(json, "validation_accuracy", coverage.Validation.Count > 0 ? coverage.Validation[point.Index].Accuracy : double.NaN);
            KeptRows kept = coverage.Rows[point.Index];
            json.WriteNumber("hours", kept.Hours);
            Number(json, "always_up", kept.AlwaysUp);
            Number(json, "mean_return", kept.MeanReturn);
            Number(json, "next_open", kept.NextOpen);
        });
        Each(json, "reached", ModelCoverage.Targets.Zip(coverage.Chosen), reached =>
        {
            Number(json, "target", reached.First);
            Named("point", coverage.Curve.Reaching(reached.First), null);
            Named("chosen_on_validation", reached.Second?.Point, reached.Second?.Coverages);
        });
        json.WriteEndObject();

        void Named(string name, CoveragePoint? point, IReadOnlyList<double>? coverages)
        {
            json.WritePropertyName(name);
            if (point is null) json.WriteNullValue();
            else
            {
                json.WriteStartObject();
                Point(json, point);
                if (coverages is not null) JsonScores.Numbers(json, "coverages", [.. coverages]);
                json.WriteEndObject();
            }
        }
    }

    static void Point(Utf8JsonWriter json, CoveragePoint point)
    {
        Number(json, "asked", point.Asked);
        JsonScores.Numbers(json, "thresholds", [.. point.Thresholds]);
        json.WriteNumber("days", point.Days);
        JsonScores.Rate(json, "direction", point.Rate, point.Realised);
    }

    static void Trading(Utf8JsonWriter json, EvaluationResult evaluation, Strategy strategy)
    {
        json.WriteString("mode", strategy.Mode == TradingMode.LongFlat ? "long_flat" : "long_short");
        json.WriteString("calls", strategy.ConfidentOnly ? "confident" : "all");
        Number(json, "break_even_cost", strategy.BreakEvenCost);
        Each(json, "results", strategy.Results, result => Result(json, evaluation, result));
        if (strategy.Random is { } random)
        {
            json.WriteStartObject("random_entries");
            Number(json, "cost", Strategy.UsualCost);
            json.WriteNumber("draws", random.Draws);
            Number(json, "mean_return", random.MeanReturn);
            JsonScores.Numbers(json, "return", [random.Return.Low, random.Return.High]);
            JsonScores.Numbers(json, "sharpe", [random.Sharpe.Low, random.Sharpe.High]);
            JsonScores.Numbers(json, "turnover", [random.Turnover.Low, random.Turnover.High]);
            Number(json, "p", random.PValue);
            json.WriteEndObject();
        }
        else json.WriteNull("random_entries");
    }

    static void Result(Utf8JsonWriter json, EvaluationResult evaluation, PortfolioResult result)
    {
        Performance figures = result.Performance;
        Number(json, "cost", result.Fee);
        Number(json, "total_return", figures.TotalReturn);
        Number(json, "yearly_return", figures.YearlyReturn);
        Number(json, "sharpe", figures.Sharpe);
        Number(json, "sortino", figures.Sortino);
        Number(json, "calmar", figures.Calmar);
        Number(json, "drawdown", figures.MaximumDrawdown);
        json.WriteNumber("days", figures.Days);
        Number(json, "turnover", result.Turnover);
        Number(json, "exposure", result.Exposure);
        json.WriteNumber("trades", result.Trades);
        Number(json, "costs_paid", result.Costs);
        Number(json, "break_even_accuracy", result.BreakEvenAccuracy);
        json.WriteNumber("ruined", result.Ruined);
        JsonScores.Numbers(json, "monthly_returns",
            [.. EquityCurve.Of(evaluation.TradedFrom, result.DailyReturns).Months.Select(month => month.Return)]);
    }

    static void Test(Utf8JsonWriter json, PairTest test)
    {
        Number(json, "statistic", test.Test.Statistic);
        Number(json, "p", test.Test.PValue);
        Number(json, "p_holm", test.Adjusted);
    }

    static void Each<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write) =>
        JsonScores.Each(json, name, items, write);

    static void Number(Utf8JsonWriter json, string name, double value) => JsonScores.Number(json, name, value);
}
