namespace NeuralCore.Backtest;

/// <summary>A share of hits with its interval.</summary>
/// <param name="Hits">Hits; a tie between UP and DOWN is half a hit.</param>
/// <param name="N">Rows counted.</param>
/// <param name="Interval">95 % interval: Wilson for one pair, block bootstrap for anything pooled.</param>
public sealed record Rate(double Hits, long N, Interval Interval)
{
    /// <summary>Hits / N; NaN when N is 0.</summary>
    public double Accuracy => N == 0 ? double.NaN : Hits / N;
}

/// <summary>One bin of the confidence distribution.</summary>
/// <param name="From">Lower edge.</param>
/// <param name="To">Upper edge; the last bin includes it.</param>
/// <param name="N">Rows in the bin, of those with a return other than zero.</param>
/// <param name="Accuracy">Direction accuracy in the bin; NaN when it is empty.</param>
public sealed record ConfidenceBin(double From, double To, long N, double Accuracy);

/// <summary>Share of the possible edge, (accuracy - ½) / (best - ½), on a simulated market.</summary>
/// <param name="Value">The share; NaN where nothing is possible.</param>
/// <param name="Interval">95 % interval.</param>
public sealed record EdgeShare(double Value, Interval Interval);

/// <summary>How one model did on the rows of one scope: all, a pair, or a fold.</summary>
public sealed record Scores
{
    /// <summary>Rows of the scope.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows with a return of exactly zero: they have no direction and count in the three-class accuracy only.</summary>
    public required long ZeroReturns { get; init; }

    /// <summary>Rows, of those with a direction, on which UP and DOWN are equally probable; each counts as half a hit.</summary>
    public required long Ties { get; init; }

    /// <summary>sign(p_up - p_down) against the sign of the return, on every row with a direction.</summary>
    public required Rate Direction { get; init; }

    /// <summary>The same where the largest probability is not NEUTRAL.</summary>
    public required Rate Calls { get; init; }

    /// <summary>Calls as a share of the rows with a direction.</summary>
    public double Coverage => Share(Calls);

    /// <summary>Direction accuracy where the confidence reaches the threshold from the validation rows.</summary>
    public required Rate MostConfident { get; init; }

    /// <summary>Those rows as a share of the rows with a direction; 10 % if test rows were like validation rows.</summary>
    public double MostConfidentCoverage => Share(MostConfident);

    /// <summary>Class of the largest probability against the label, on every row.</summary>
    public required Rate ThreeClass { get; init; }

    /// <summary>Figures of the probability of a rise, p_up / (p_up + p_down), on every row with a direction.</summary>
    public required DirectionMetrics Metrics { get; init; }

    /// <summary>Share of the possible edge; null on real data.</summary>
    public EdgeShare? EdgeShare { get; init; }

    /// <summary>Rows by [true class][predicted class].</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Confusion { get; init; }

    /// <summary>Ten bins of equal width from the lowest to the highest confidence of the scope; empty when it has no rows.</summary>
    public required IReadOnlyList<ConfidenceBin> Confidence { get; init; }

    double Share(Rate part) => Direction.N == 0 ? double.NaN : (double)part.N / Direction.N;
}

/// <summary>Something measured in all scopes.</summary>
/// <param name="Combined">On all rows.</param>
/// <param name="Pairs">For every pair.</param>
/// <param name="Folds">For every fold.</param>
public sealed record ByScope<T>(T Combined, IReadOnlyList<T> Pairs, IReadOnlyList<T> Folds)
{
    /// <summary>Something else measured from it in all scopes.</summary>
    internal ByScope<TOut> Map<TOut>(Func<T, TOut> f) => new(f(Combined), [.. Pairs.Select(f)], [.. Folds.Select(f)]);
}

/// <summary>How one model did.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Scores">Its scores.</param>
/// <param name="MeanOverPairs">Mean of its direction accuracies over pairs, each pair weighing the same.</param>
/// <param name="Rank">Place by direction accuracy, from 1; equals share a place.</param>
public sealed record ModelScores(string Model, ByScope<Scores> Scores, double MeanOverPairs, ByScope<int> Rank)
{
    /// <summary>95 % interval of <see cref="MeanOverPairs"/>, by block bootstrap over whole timestamps.</summary>
    public required Interval MeanOverPairsInterval { get; init; }

    /// <summary>How it did from each seed, on all rows; none for a model without randomness.</summary>
    public IReadOnlyList<SeedScores> Seeds { get; init; } = [];

    /// <summary>Accuracy where it is most confident.</summary>
    public required ModelCoverage Coverage { get; init; }

    /// <summary>
    /// Accuracy by the size of the move, in quarters of the rows, the smallest moves first; empty without a row with a direction.
    /// </summary>
    public required IReadOnlyList<MoveQuarter> Moves { get; init; }

    /// <summary>Temperatures of the folds and what they mend; null where validation rows are not known.</summary>
    public required Recalibration? Recalibration { get; init; }

    /// <summary>On every pair: is it skill (<see cref="PesaranTimmermann"/>)?</summary>
    public required IReadOnlyList<PairTest> Skill { get; init; }

    /// <summary>
    /// Its calls traded: long or flat and long or short, each with all calls and with the confident ones; empty without candles.
    /// </summary>
    public required IReadOnlyList<Strategy> Strategies { get; init; }
}

/// <summary>Direction accuracy of a rule that needs no model, on the same rows.</summary>
/// <param name="Name"><c>majority</c>, <c>persistence</c>, <c>momentum</c> or <c>rule3</c>.</param>
/// <param name="Rates">Its accuracy.</param>
public sealed record Baseline(string Name, ByScope<Rate> Rates);

/// <summary>What is possible on a simulated market on the same rows.</summary>
/// <param name="BestAccuracy">Mean of max(p, 1 - p): expected accuracy of whoever knows p.</param>
/// <param name="Oracle">Hits that knowing p realised.</param>
public sealed record MarketBound(double BestAccuracy, Rate Oracle);

/// <summary>All that is computed from a <see cref="BacktestResult"/>; the reports only render it.</summary>
public sealed record EvaluationResult
{
    /// <summary>The models that are judged on the next candle's direction, in the order of the result.</summary>
    public required IReadOnlyList<ModelScores> Models { get; init; }

    /// <summary>The models that are judged on another target, in the order of the result; nowhere else are they among the models.</summary>
    public IReadOnlyList<TargetScores> Others { get; init; } = [];

    /// <summary>The models that forecast returns as numbers, whatever they are judged on.</summary>
    public IReadOnlyList<ForecastScores> Forecasts { get; init; } = [];

    /// <summary>The baselines on the same rows.</summary>
    public required IReadOnlyList<Baseline> Baselines { get; init; }

    /// <summary>The baselines that are not among the models too, as rule3 may be: those that tables and charts show beside them.</summary>
    public IEnumerable<Baseline> OtherBaselines => Baselines.Where(baseline => Models.All(model => model.Model != baseline.Name));

    /// <summary>The best model beside these and the plain models; empty without a model or a row with a direction.</summary>
    public IReadOnlyList<BaselineComparison> AgainstBaselines { get; init; } = [];

    /// <summary>What is possible; null on real data.</summary>
    public ByScope<MarketBound>? Market { get; init; }

    /// <summary>Every model against <c>linear</c>, in a run without it against the first that is not <c>v2</c>.</summary>
    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    /// <summary>The network of least validation log-loss in each fold beside the classical models; null without one of them.</summary>
    public NetworkComparison? Network { get; init; }

    /// <summary>
    /// All pairs bought and held, with equal capital, at each of <see cref="TradingSimulation.SweepCosts"/>; empty without candles.
    /// </summary>
    public required IReadOnlyList<PortfolioResult> Hold { get; init; }

    /// <summary>
    /// Time of the first candle traded, µs since 1970 UTC: the first daily return of holding and of all strategies is of its day.
    /// </summary>
    public long TradedFrom { get; init; }

    /// <summary>What else was ever tried; null where no ledger of trials is kept.</summary>
    public TrialFacts? Trials { get; init; }

    /// <summary>Figures too good to be true, one sentence each.</summary>
    public required IReadOnlyList<string> Alarms { get; init; }

    /// <summary>Distinct timestamps in a bootstrap block of the combined rows.</summary>
    public required int BlockLength { get; init; }

    /// <summary>What so few predictions can and cannot show (protocol week3); else null.</summary>
    public string? Remark { get; init; }

    /// <summary>The models, best first by combined direction accuracy.</summary>
    public IReadOnlyList<ModelScores> Ranking => [.. Models.OrderBy(model => model.Rank.Combined)];

    /// <summary>Models that have pictures and long tables of their own in a report that is to be read.</summary>
    public const int MostDrawn = 12;

    /// <summary>The best models, of which there are pictures; of the others there are figures.</summary>
    public IReadOnlyList<ModelScores> Drawn => [.. Ranking.Take(MostDrawn)];
}
