namespace NeuralCore.Backtest;

/// <summary>One thing that was tried: a model with its options on some data.</summary>
/// <param name="Time">When.</param>
/// <param name="Data">Hash of the data.</param>
/// <param name="Options">Hash of the options.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Score">What it was chosen by, for example the accuracy; NaN if it has none.</param>
/// <param name="Sharpe">Sharpe ratio per period (not per year); NaN if it has none.</param>
public sealed record Trial(DateTimeOffset Time, string Data, string Options, string Model, double Score, double Sharpe);

/// <summary>What the <see cref="SharpeRatio.Deflated"/> ratio needs to know about the trials.</summary>
/// <param name="Count">Distinct trials: the same model with the same options on the same data counts once, as it was last.</param>
/// <param name="SharpeVariance">Variance (n - 1) of the Sharpe ratios of those that have one; NaN for fewer than two.</param>
public sealed record TrialCount(int Count, double SharpeVariance)
{
    /// <summary>The Sharpe ratios of those that have one.</summary>
    public IReadOnlyList<double> Sharpes { get; init; } = [];

    /// <summary>Counts trials.</summary>
    /// <param name="trials">Trials in the order of the ledger.</param>
    /// <param name="data">Count those on the data of this hash only; null for all.</param>
    public static TrialCount Of(IEnumerable<Trial> trials, string? data = null)
    {
        var last = new Dictionary<(string, string, string), double>();
        foreach (Trial trial in trials)
            if (data is null || trial.Data == data) last[(trial.Data, trial.Options, trial.Model)] = trial.Sharpe;
        double[] sharpes = [.. last.Values.Where(double.IsFinite)];
        double deviation = Moments.Of(sharpes).Deviation;
        return new TrialCount(last.Count, deviation * deviation) { Sharpes = sharpes };
    }
}
