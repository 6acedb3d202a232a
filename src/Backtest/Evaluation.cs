using System.Runtime.ExceptionServices;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>
/// Judges predictions. The direction called is sign(p_up - p_down) on every row, the truth is the sign of the next close-to-close
/// return; rows with zero return have no direction, are left out of direction accuracies and counted. A tie is half a hit, the
/// expectation of a coin, so that a model without an opinion has 50 % and not less.
/// </summary>
public static class Evaluation
{
    /// <summary>Direction accuracy on real data above which a leak is likelier than skill.</summary>
    public const double PlausibleAccuracy = 0.57;

    // The model that others are compared with, where a run has it, and the one that never takes its place.
    const string Reference = "linear", NeverReference = "v2";

    const int Bins = 10;

    /// <summary>Computes everything that the reports show.</summary>
    /// <exception cref="ArgumentException">The parts of the result do not fit together.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, which is looked at before every model.</exception>
    public static EvaluationResult Evaluate(BacktestResult result, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        result.Validate();
        BacktestResult whole = result;
        result = result.OfDirection;
        TestRows rows = result.Rows;
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var scopes = new ByScope<Scope>(
            Scope.Pooled(all, rows, result.Seed),
            [.. result.Pairs.Select((_, pair) => Scope.OfPair([.. all.Where(row => rows.Pair[row] == pair)]))],
            [.. result.Folds.Select((_, fold) => Scope.Pooled([.. all.Where(row => rows.Fold[row] == fold)], rows, result.Seed))]);

        ByScope<MarketBound>? market = rows.BestProbability is { } p ? scopes.Map(scope => Bound(scope, rows, p)) : null;
        TradedMarket? traded = TradedMarket.Of(result);
        double[] filled = result.Candles.Count == 0 ? [] : result.OfLabel(candles => Labels.FillReturns(candles, 1));
        ModelScores[] models = Ranked(EachModel(result, model => Judge(result, scopes, traded, filled, model), cancellation));
        return new EvaluationResult
        {
            Models = models,
            Others = EachModel(whole with { Models = [.. whole.Models.Where(model => model.Truth is not null)] },
                model => TargetScores.Of(whole, scopes, model), cancellation),
            Forecasts = EachModel(whole with { Models = [.. whole.Models.Where(model => model.Horizons.Count > 0)] },
                model => ForecastScores.Of(whole, scopes, model), cancellation),
            Baselines = [.. rows.Rules.Select(rule => Rule(rule.Name, rule.Direction))],
            AgainstBaselines = BaselineComparison.Of(result, scopes.Combined, models),
            Market = market,
            Comparisons = ReferenceOf(result) is not { } reference ? []
                : [.. result.Models.Where(model => model != reference).Select(model => Comparison.Of(scopes, rows, model, reference))],
            Network = NetworkComparison.Of(result, scopes, models),
            Hold = traded is null ? [] : [.. TradingSimulation.SweepCosts.Select(fee => traded.Portfolio.Hold(result.Trading.Costs(fee)))],
            TradedFrom = traded?.Portfolio.From ?? 0,
            Alarms = [.. models.SelectMany(model => (string?[])
                [Alarm(model, market?.Combined, result.Timeframe), TradingAlarm(model, market is not null)]).OfType<string>()],
            BlockLength = scopes.Combined.BlockLength,
            Remark = result.Protocol == "week3" ? Week3Remark(scopes.Combined.Count(HasDirection(rows))) : null,
        };

        Baseline Rule(string name, Func<int, int> direction) =>
            new(name, scopes.Map(scope => scope.Rate(HasDirection(rows), row => Hit(direction(row), rows.Return[row]))));
    }

    /// <summary>The model that others are compared with: linear, in a run without it the first that is not v2.</summary>
    static ModelPredictions? ReferenceOf(BacktestResult result) =>
        result.Models.FirstOrDefault(model => model.Model == Reference)
            ?? result.Models.FirstOrDefault(model => model.Model != NeverReference);

    /// <summary>All about one model but its rank, which the others decide.</summary>
    static ModelScores Judge(
        BacktestResult result, ByScope<Scope> scopes, TradedMarket? traded, double[] filled, ModelPredictions model)
    {
        ByScope<Scores> scores = scopes.Map(scope => Score(scope, result.Rows, model));
        double mean = scores.Pairs.Where(pair => pair.Direction.N > 0).Select(pair => pair.Direction.Accuracy)
            .DefaultIfEmpty(double.NaN).Average();
        return new ModelScores(model.Model, scores, mean, scores.Map(_ => 0))
        {
            MeanOverPairsInterval = OverPairs(scopes, result.Rows, model),
            Seeds = [.. model.Seeds.Select((seed, i) => new SeedScores(seed.Seed,
                i == 0 ? scores.Combined : Score(scopes.Combined, result.Rows, model.From(seed))))],
            Coverage = ModelCoverage.Of(scopes.Combined, result, model, filled),
            Moves = MoveQuarter.Of(scopes.Combined, result.Rows, model),
            Recalibration = Recalibration.Of(result, model),
            Skill = PairTest.Skill(scopes.Pairs, result.Rows, model),
            Strategies = traded is null ? [] : Strategy.Of(traded, result, model),
        };
    }

    // Σ h / n over rows with weights 1 / n, n the rows of a row's pair, is the sum of the pairs' accuracies; Σ 1 / n is the number of
    // pairs.
    static Interval OverPairs(ByScope<Scope> scopes, TestRows rows, ModelPredictions model)
    {
        Func<int, bool> directed = HasDirection(rows);
        double[] weights = [.. scopes.Pairs.Select(pair => 1.0 / pair.Count(directed))];
        return scopes.Combined.Mean(row => directed(row) ? weights[rows.Pair[row]] : 0, row => Hit(model.Direction(row), rows.Return[row]));
    }

    static ModelScores[] Ranked(ModelScores[] models) => [.. models.Select(model => model with
    {
        Rank = Map(model.Scores, (score, select) =>
            1 + models.Count(other => select(other.Scores).Direction.Accuracy > score.Direction.Accuracy)),
    })];

    // Models are judged side by side; none depends on another.
    static T[] EachModel<T>(BacktestResult result, Func<ModelPredictions, T> judge, CancellationToken cancellation)
    {
        var judged = new T[result.Models.Count];
        var side = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, result.Run.Threads), CancellationToken = cancellation };
        try
        {
            Parallel.For(0, judged.Length, side, m => judged[m] = judge(result.Models[m]));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions[0]);
        }
        return judged;
    }

    static Func<int, bool> HasDirection(TestRows rows) => row => rows.Return[row] != 0;

    /// <summary>1 for a direction that came, 0 for one that did not, ½ for none.</summary>
    internal static double Hit(int direction, double @return) => direction == 0 ? 0.5 : direction == Math.Sign(@return) ? 1 : 0;

    static double Best(double p) => Math.Max(p, 1 - p);

    static MarketBound Bound(Scope scope, TestRows rows, double[] p) => new(
        scope.Mean(HasDirection(rows), row => Best(p[row])),
        scope.Rate(HasDirection(rows), row => Hit(Math.Sign(p[row] - 0.5), rows.Return[row])));

    /// <summary>How a model did on the rows of a scope.</summary>
    internal static Scores Score(Scope scope, TestRows rows, ModelPredictions model)
    {
        Func<int, bool> directed = HasDirection(rows);
        double DirectionHit(int row) => Hit(model.Direction(row), rows.Return[row]);
        double Confidence(int row) => ModelPredictions.Confidence(model.Down[row], model.Up[row]);
        Rate direction = scope.Rate(directed, DirectionHit);

        var confusion = new long[3][] { new long[3], new long[3], new long[3] };
        foreach (int row in scope.Rows) confusion[rows.Label[row]][model.Class(row)]++;
        int[] moved = [.. scope.Rows.ToArray().Where(directed)];
        return new Scores
        {
            Rows = scope.Rows.Length,
            ZeroReturns = scope.Rows.Length - direction.N,
            Ties = scope.Count(row => directed(row) && model.Direction(row) == 0),
            Direction = direction,
            Calls = scope.Rate(row => directed(row) && model.Class(row) != TestRows.Neutral, DirectionHit),
            MostConfident = scope.Rate(row => directed(row) && model.IsConfident(row, rows.Fold[row]), DirectionHit),
            Metrics = DirectionMetrics.Of(Array.ConvertAll(moved, row => rows.Return[row] > 0 ? 1 : 0),
                Array.ConvertAll(moved, row => ModelPredictions.Rise(model.Down[row], model.Up[row]))),
            ThreeClass = scope.Rate(_ => true, row => model.Class(row) == rows.Label[row] ? 1 : 0),
            EdgeShare = rows.BestProbability is not { } p ? null
                : scope.EdgeShare(direction, scope.Mean(directed, row => Best(p[row])), directed, DirectionHit, row => Best(p[row])),
            Confusion = confusion,
            Confidence = ConfidenceBins(scope, directed, Confidence, DirectionHit),
        };
    }

    static ConfidenceBin[] ConfidenceBins(Scope scope, Func<int, bool> counts, Func<int, double> confidence, Func<int, double> hit)
    {
        (double lowest, double highest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (int row in scope.Rows)
            if (counts(row)) (lowest, highest) = (Math.Min(lowest, confidence(row)), Math.Max(highest, confidence(row)));
        if (lowest > highest) return [];
        double width = (highest - lowest) / Bins;
        var n = new long[Bins];
        var hits = new double[Bins];
        foreach (int row in scope.Rows)
        {
            if (!counts(row)) continue;
            int bin = width > 0 ? Math.Min(Bins - 1, (int)((confidence(row) - lowest) / width)) : 0;
            n[bin]++;
            hits[bin] += hit(row);
        }
        return [.. Enumerable.Range(0, Bins).Select(bin => new ConfidenceBin(
            lowest + bin * width, bin == Bins - 1 ? highest : lowest + (bin + 1) * width, n[bin],
            n[bin] == 0 ? double.NaN : hits[bin] / n[bin]))];
    }

    static string? Alarm(ModelScores model, MarketBound? market, Timeframe timeframe)
    {
        Rate rate = model.Scores.Combined.Direction;
        if (market is null && rate.Accuracy > PlausibleAccuracy && timeframe.Microseconds <= Timeframe.Parse("1h").Microseconds)
            return Invariant($"{model.Model}: {Format.Percent(rate.Accuracy)} of {Format.Count(rate.N)} directions right is over ")
                + Invariant($"{Format.Percent(PlausibleAccuracy, 0)}: on real candles of an hour or less a leak of the future into the ")
                + "features is likelier than skill, and in a small sample so is chance.";
        if (market is not null && rate.Interval.Low > market.Oracle.Accuracy)
            return Invariant(
                $"{model.Model}: {Format.Percent(rate.Accuracy)} {Format.Range(rate.Interval)} of directions right is over the ")
                + Invariant($"{Format.Percent(market.Oracle.Accuracy)} of the oracle that knows the true probabilities, by more than the ")
                + "interval: a leak of the future is likelier than luck.";
        return null;
    }

    // On a simulated market calls may be as good as it was made; there the oracle is the measure.
    static string? TradingAlarm(ModelScores model, bool simulated) =>
        !simulated && Strategy.Alarm(model.Strategies) is { } alarm ? $"{model.Model}: {alarm}" : null;

    /// <summary>
    /// What n predictions can show. The 95 % half-width at ½ is 1.96 / (2 √n); a model with 52 % is told from a coin with 80 % power
    /// from n = ((1.96 + 0.84) / (2 · 0.02))² on.
    /// </summary>
    static string? Week3Remark(long n)
    {
        if (n == 0) return null;
        double half = 1.96 / (2 * Math.Sqrt(n)), shown = Math.Min(1, 0.5 + 2 * half);
        return Invariant($"{Format.Count(n)} predictions: even if they were independent, the 95 % interval around 50 % would be ")
            + Invariant($"±{100 * half:F1} points, and pairs that move together make it wider. This can tell a model that is right ")
            + Invariant($"{Format.Percent(shown, 0)} of the time from a coin. It cannot tell 52 % from 50 % (about 4,900 independent ")
            + "predictions could), nor rank models that lie within a few points of each other.";
    }

    // f also gets the way from the whole to the part it stands in.
    static ByScope<TOut> Map<TIn, TOut>(ByScope<TIn> by, Func<TIn, Func<ByScope<TIn>, TIn>, TOut> f) => new(
        f(by.Combined, whole => whole.Combined),
        [.. by.Pairs.Select((part, i) => f(part, whole => whole.Pairs[i]))],
        [.. by.Folds.Select((part, i) => f(part, whole => whole.Folds[i]))]);
}
