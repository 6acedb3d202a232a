using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Audit;

/// <summary>
/// The two tests on markets of coins raise an alarm about a pipeline without a leak as rarely as they say, and see small leaks.
/// </summary>
public class FalseAlarmTests
{
    static readonly FeatureSet Set = new("planted", 1, ["z0"]);
    static readonly Candles[] Pairs = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 300, Seed = 3 }).Candles;

    /// <summary>
    /// Trains in no time: the direction follows the last candle's, or is its opposite, whichever held more often in training; what is
    /// called is that, or the true direction in a share of the rows.
    /// </summary>
    static Pipeline Cheap(double peeked) => new()
    {
        Model = new LinearModel().With("window", 1).WithFeatures(Set),
        Features = [],
        Series = (pairs,
            _) => [.. pairs.Select(c => new MarketSeries(c,
                [[.. c.Close.Select((x, t) => t == 0 ? double.NaN : x / c.Close[t - 1] - 1)]], Set))],
        Label = c => Labels.Returns(c, 1),
        Rows = (series, fold) => new FoldRows(series, fold, -1, 1, []) is var rows ? new(rows.Training, rows.Validation, rows.Test) : null!,
        Fit = (parts, context) =>
        {
            int follows = Enumerable.Range(0, parts.Training.Count)
                .Sum(row => Sign(parts.Training, row) * Math.Sign(parts.Training.NextReturn(row)));
            return new Fitted(rows =>
            {
                var random = new CounterRandom(context.Seed, 5);
                return [.. Enumerable.Range(0, rows.Count).Select(row =>
                    (random.NextDouble() < peeked ? Math.Sign(rows.NextReturn(row)) : Math.Sign(follows) * Sign(rows, row)) switch
                    {
                        > 0 => new Prediction(0, 0, 1),
                        < 0 => new Prediction(1, 0, 0),
                        _ => new Prediction(0.5f, 0, 0.5f),
                    })];
            }, [], LabelRule.Fit(parts.Training), 1);
        },
    };

    static int Sign(Windows rows, int row) => Math.Sign(rows.Window(row)[^1]);

    static int Alarms(Pipeline pipeline, int audits, int seeds) => Enumerable.Range(0, audits).Count(audit =>
    {
        var options = new AuditOptions { Seeds = seeds, Seed = 1 + (ulong)(audit * seeds) };
        return ChanceMarkets.ShuffledLabels(pipeline, Pairs, options).Outcome == AuditOutcome.Fail
            || ChanceMarkets.RandomWalk(pipeline, Pairs, options).Outcome == AuditOutcome.Fail;
    });

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void At_most_one_audit_in_a_hundred_raises_a_false_alarm(int seeds)
    {
        const int audits = 1_000;
        double expected = audits * ChanceMarkets.FalseAlarms, deviation = Math.Sqrt(expected);
        // 6 and 7 were seen: the tests are a little more careful than they say.
        Assert.InRange(Alarms(Cheap(0), audits, seeds), 1, expected + 3.5 * deviation);
    }

    [Fact]
    public void Too_few_rows_to_see_anything_are_a_warning()
    {
        Candles[] few = [.. Pairs.Select(p => p.Part(..100))];
        AuditResult result = ChanceMarkets.ShuffledLabels(Cheap(0), few, new AuditOptions { Seed = 11 });
        Assert.Equal(AuditOutcome.Warning, result.Outcome);
        Assert.Contains("only a leak of more than", result.Sentence);
        Assert.Equal(AuditOutcome.Fail, ChanceMarkets.ShuffledLabels(Cheap(1), few, new AuditOptions()).Outcome);
    }

    [Fact]
    public void A_row_in_three_that_peeks_is_seen() => Assert.Equal(20, Alarms(Cheap(0.35), 20, 5));
}
