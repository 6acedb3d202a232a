namespace NeuralCore.Backtest;

/// <summary>One thing that was tried: a model as it was trained and tested on some data.</summary>
/// <param name="Time">When.</param>
/// <param name="Data">Hash of the data.</param>
/// <param name="Options">Hash of all that the model's predictions depend on.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Score">What it was chosen by, for example the accuracy; NaN if it has none.</param>
/// <param name="Sharpe">Sharpe ratio per period (not per year); NaN if it has none.</param>
public sealed record Trial(DateTimeOffset Time, string Data, string Options, string Model, double Score, double Sharpe)
{
    /// <summary>Returns behind the ratio; 0 where the ledger does not say.</summary>
    public int Returns { get; init; }

    /// <summary>
    /// What the model is judged on, where that is not the next candle's direction, and its score is of that: a look at the test rows that
    /// is no strategy, so it has no Sharpe ratio. Null for direction.
    /// </summary>
    public string? Target { get; init; }

    /// <summary>Length of a candle; null where the ledger does not say.</summary>
    public string? Timeframe { get; init; }

    /// <summary>Protocol of the backtest; null where the ledger does not say.</summary>
    public string? Protocol { get; init; }
}

/// <summary>What the <see cref="SharpeRatio.Deflated"/> ratio needs to know about the trials.</summary>
/// <param name="Count">
/// Distinct trials of the direction, on whatever data: what predicts the same on the same data counts once, as it was last.
/// </param>
/// <param name="SharpeVariance">Variance (n - 1) of <see cref="Sharpes"/>; NaN for fewer than two.</param>
public sealed record TrialCount(int Count, double SharpeVariance)
{
    /// <summary>
    /// Fewest returns of a ratio that counts in the variance: the ratio of n returns strays by about 1 / √n around the true one, that of a
    /// few days by more than trials differ.
    /// </summary>
    public const int FewestReturns = 60;

    /// <summary>The Sharpe ratios of the comparable trials: on the same data, timeframe and protocol, of enough returns.</summary>
    public IReadOnlyList<double> Sharpes { get; init; } = [];

    /// <summary>
    /// Distinct trials of other targets. They are none of <see cref="Count"/>: the best of N ratios is sought among strategies, and these
    /// have no ratio that could be the best.
    /// </summary>
    public int OtherTargets { get; init; }

    /// <summary>Counts trials.</summary>
    /// <param name="trials">Trials in the order of the ledger.</param>
    /// <param name="data">Hash of the data of comparable trials.</param>
    /// <param name="timeframe">Their timeframe.</param>
    /// <param name="protocol">Their protocol.</param>
    public static TrialCount Of(IEnumerable<Trial> trials, string data, string timeframe, string protocol)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var last = new Dictionary<(string, string, string), Trial>();
        foreach (Trial trial in trials) last[(trial.Data, trial.Options, trial.Model)] = trial;
        double[] sharpes = [.. last.Values.Where(trial => (trial.Data, trial.Timeframe, trial.Protocol) == (data, timeframe, protocol)
            && trial.Target is null && trial.Returns >= FewestReturns && double.IsFinite(trial.Sharpe)).Select(trial => trial.Sharpe)];
        double deviation = Moments.Of(sharpes).Deviation;
        int others = last.Values.Count(trial => trial.Target is not null);
        return new TrialCount(last.Count - others, deviation * deviation) { Sharpes = sharpes, OtherTargets = others };
    }
}
