using NeuralCore.Backtest;

namespace Backtest.Tests;

public sealed class AccuracyOverTimeTests
{
    static readonly long[] times = [.. new[] { "2024-01-31T23:00", "2024-02-01T00:00", "2024-02-29T23:59", "2024-04-01T00:00",
        "2024-04-02T00:00" }
        .Select(text => (long)(DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - DateTime.UnixEpoch)
            .TotalMicroseconds)];

    static readonly TestRows rows = new()
    {
        Pair = new int[5], Time = times, Fold = [0, 0, 0, 1, 1], Return = [0.1, 0.1, -0.1, 0, -0.2], Label = new byte[5],
        LastReturn = new double[5], Momentum = new double[5], Majority = new byte[5],
    };

    static readonly ModelPredictions model = new()
    {
        Model = "m", Down = [0.1f, 0.1f, 0.2f, 0.3f, 0.4f], Up = [0.6f, 0.6f, 0.6f, 0.6f, 0.4f], Neutral = [0.3f, 0.3f, 0.2f, 0.1f, 0.2f],
        ConfidenceThreshold = [0.5f, 0.5f], Epochs = [0, 0],
        Validation = [[new(0.1f, 0.9f, 0), new(0.45f, 0, 0.55f)], [new(0.45f, 0.3f, 0.25f)]],
    };

    [Fact]
    public void MonthsAreThoseOfTheCalendarAndNoneIsMissing()
    {
        IReadOnlyList<MonthRate> months = Assert.Single(AccuracyOverTime.Months(rows, [model], 1));
        Assert.Equal(["2024-01", "2024-02", "2024-03", "2024-04"], months.Select(m => Format.Time(m.From)[..7]));
        Assert.Equal([1, 2, 0, 1], months.Select(m => m.Rate.N));          // the row without a direction does not count
        Assert.Equal([1, 1, 0, 0.5], months.Select(m => m.Rate.Hits));     // a tie is half a hit
        Assert.True(double.IsNaN(months[2].Rate.Accuracy) && double.IsNaN(months[2].Rate.Interval.Low));
        Assert.Empty(Assert.Single(AccuracyOverTime.Months(MadeUp.Result(candles: 0).Rows, [model], 1)));
    }

    [Fact]
    public void AMonthHoldsAllRowsOfAllPairs()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        IReadOnlyList<IReadOnlyList<MonthRate>> months = AccuracyOverTime.Months(result.Rows, result.Models, result.Seed);
        for (int m = 0; m < 2; m++)
        {
            Rate all = evaluation.Models[m].Scores.Combined.Direction;
            Assert.Equal((all.N, all.Hits), (months[m].Sum(x => x.Rate.N), months[m].Sum(x => x.Rate.Hits)));
            Assert.All(months[m], x => Assert.True(x.Rate.Interval.Contains(x.Rate.Accuracy)));
        }
    }

    [Fact]
    public void CallsAreThoseOfTheRowsWithADirection()
    {
        DirectionCalls calls = DirectionCalls.Of(rows, model);
        Assert.Equal([1, 1, 0, 0], calls.Truth);
        Assert.Equal([1, 1, 0, 0.5], calls.Hit);
        Assert.Equal([0, 0, 0, 1], calls.Fold);
        Assert.Equal([0.6f, 0.6f, 0.6f, 0.4f], calls.Confidence.Select(c => (float)c));
        Assert.Equal([6 / 7.0, 6 / 7.0, 0.75, 0.5], calls.Rise, (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(0.5, DirectionCalls.Of(rows, Nothing()).Rise[0]);

        static ModelPredictions Nothing() => new()
        {
            Model = "n", Down = new float[5], Up = new float[5], Neutral = [1, 1, 1, 1, 1], ConfidenceThreshold = [0, 0], Epochs = [0, 0],
        };
    }

    [Fact]
    public void CoverageTakesItsThresholdsFromEachFoldsValidationRows()
    {
        CoverageCurve curve = DirectionCalls.Of(rows, model).Coverage(model, out bool fromTest);
        Assert.False(fromTest);
        CoveragePoint tenth = curve.Points.Single(p => p.Asked == 0.1);
        Assert.Equal([0.505f, 0.45f], tenth.Thresholds.Select(t => (float)t));
        Assert.Equal((3L, 2.0), (tenth.Rate.N, tenth.Rate.Hits));
    }
}
