namespace NeuralCore.Backtest;

/// <summary>
/// What is left of a model's Sharpe ratio once all that was ever tried is allowed for. Ratios are of daily returns, not yearly ones, of the
/// calls of all pairs traded long or flat at the usual cost (<see cref="Strategy.UsualCost"/>).
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Sharpe">Its ratio; NaN where it never traded.</param>
/// <param name="AgainstZero">Probability that the true ratio is over 0 (<see cref="SharpeRatio.Probabilistic"/>).</param>
/// <param name="Deflated">
/// Probability that it is over what the best of so many worthless trials would show (<see cref="SharpeRatio.Deflated"/>).
/// </param>
public sealed record DeflatedModel(string Model, double Sharpe, double AgainstZero, double Deflated);

/// <summary>The ledger of trials after a run has added its own (<see cref="TrialLedger"/>).</summary>
/// <param name="Ledger">Path of the file.</param>
/// <param name="Trials">All that is in it.</param>
/// <param name="ExpectedMaximum">
/// Daily ratio that the best of so many worthless trials would show; NaN where there are none or the ratios' variance is not known.
/// </param>
/// <param name="Models">The models of the run.</param>
public sealed record TrialFacts(string Ledger, TrialCount Trials, double ExpectedMaximum, IReadOnlyList<DeflatedModel> Models)
{
    /// <summary>Adds every model of a run to the ledger, those of other targets without a ratio, and reads what it comes to.</summary>
    /// <param name="ledger">Path of the ledger.</param>
    /// <param name="result">The run, on real data.</param>
    /// <param name="evaluation">Its figures.</param>
    /// <param name="data">Hash of the data.</param>
    /// <exception cref="InvalidDataException">The file is no ledger.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static TrialFacts Record(string ledger, BacktestResult result, EvaluationResult evaluation, string data)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(evaluation);
        if (result.Simulated) throw new ArgumentException("trial ledger: expected a run on real data, got a simulated market");
        if (result.Models.FirstOrDefault(model => model.Id is null) is { } unknown)
            throw new ArgumentException($"trial ledger: expected the identity of {unknown.Model}'s jobs, got none");
        var (file, timeframe) = (new TrialLedger(ledger), result.Timeframe.ToString());
        var returns = evaluation.Models.ToDictionary(model => model.Model, model => Returns(model.Strategies));
        foreach (ModelScores model in evaluation.Models)
            file.Append(Trial(model.Model, model.Scores.Combined.Direction, SharpeRatio.Of(returns[model.Model])) with
            {
                Returns = returns[model.Model].Length,
            });
        foreach (TargetScores model in evaluation.Others)
            file.Append(Trial(model.Model, model.Parts.Combined.Accuracy, double.NaN) with { Target = model.Target });
        TrialCount trials = TrialCount.Of(file.Read(), data, timeframe, result.Protocol);
        double best = trials.Count == 0 ? double.NaN : SharpeRatio.ExpectedMaximum(trials.SharpeVariance, trials.Count);
        return new TrialFacts(ledger, trials, best,
            [.. evaluation.Models.Select(model => Deflate(model.Model, returns[model.Model], trials))]);

        Trial Trial(string model, Rate score, double sharpe) =>
            new(result.Run.Started, data, result.Models.First(m => m.Model == model).Id!, model, score.Accuracy, sharpe)
            {
                Timeframe = timeframe, Protocol = result.Protocol,
            };
    }

    static double[] Returns(IReadOnlyList<Strategy> strategies) =>
        strategies.FirstOrDefault(strategy => strategy is { Mode: TradingMode.LongFlat, ConfidentOnly: false })?.Usual.DailyReturns ?? [];

    static DeflatedModel Deflate(string model, double[] returns, TrialCount trials)
    {
        var moments = Moments.Of(returns);
        if (!(moments.Deviation > 0)) return new DeflatedModel(model, double.NaN, double.NaN, double.NaN);
        double sharpe = moments.Mean / moments.Deviation;
        return new DeflatedModel(model, sharpe, SharpeRatio.Probabilistic(sharpe, 0, moments.N, moments.Skewness, moments.Kurtosis),
            SharpeRatio.Deflated(sharpe, trials.SharpeVariance, trials.Count, moments.N, moments.Skewness, moments.Kurtosis));
    }
}
