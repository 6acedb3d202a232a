namespace NeuralCore.Backtest;

/// <summary>A test on one pair, which is one of several.</summary>
/// <param name="Test">Its statistic and p-value.</param>
/// <param name="Adjusted">The p-value adjusted for all pairs (<see cref="Holm"/>); NaN where there is none.</param>
public sealed record PairTest(Significance Test, double Adjusted)
{
    /// <summary>Level at which reports count a finding.</summary>
    public const double Level = 0.05;

    /// <summary>Whether it stands after the adjustment.</summary>
    public bool IsFound => Adjusted < Level;

    internal static PairTest[] Of(IReadOnlyList<Significance> tests)
    {
        double[] adjusted = Holm.Adjust([.. tests.Select(test => test.PValue)]);
        return [.. tests.Select((test, i) => new PairTest(test, adjusted[i]))];
    }

    /// <summary>
    /// On every pair: are directions called right more often than by calls that know nothing (<see cref="PesaranTimmermann"/>)?
    /// </summary>
    internal static PairTest[] Skill(IReadOnlyList<Scope> pairs, TestRows rows, ModelPredictions model) => Of([.. pairs.Select(pair =>
        PesaranTimmermann.Test(pair.Of(model.Direction), pair.Of(row => Math.Sign(rows.Return[row]))))]);
}
