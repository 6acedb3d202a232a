namespace NeuralCore.Backtest;

/// <summary>
/// One train, validate, test division of time, common to all pairs. The parts are half-open intervals on the open time (µs since
/// 1970 UTC) of the candle at whose close the decision is made. A training or validation row also needs its label inside its own
/// part: what becomes known only after the part's end is purged, and what an embargo adds to that. Test rows train nothing, so they
/// are not purged at their end.
/// </summary>
/// <param name="Index">Position in the list of folds, from 0.</param>
/// <param name="TrainFrom">First training time.</param>
/// <param name="TrainTo">End of training, exclusive.</param>
/// <param name="ValidateFrom">First validation time.</param>
/// <param name="ValidateTo">End of validation, exclusive.</param>
/// <param name="TestFrom">First test time.</param>
/// <param name="TestTo">End of the test, exclusive.</param>
public sealed record Fold(int Index, long TrainFrom, long TrainTo, long ValidateFrom, long ValidateTo, long TestFrom, long TestTo)
{
    /// <summary>
    /// Time from a row's open time until its label is known: (horizon + 1) candles, since a label at t needs the close of t + horizon.
    /// </summary>
    public required long LabelTime { get; init; }

    /// <summary>Time at the end of the training and of the validation part that is left out beside the purge.</summary>
    public long Embargo { get; init; }

    /// <summary>Indices of the pairs that this fold tests; null for all of them.</summary>
    public IReadOnlyList<int>? TestPairs { get; init; }

    /// <summary>
    /// Whether the row at this open time trains: it is in the training part and its label is known an embargo before the part's end.
    /// </summary>
    public bool InTraining(long time) => time >= TrainFrom && time + LabelTime + Embargo <= TrainTo;

    /// <summary>
    /// Whether the row at this open time validates: it is in the validation part and its label is known an embargo before the part's end.
    /// </summary>
    public bool InValidation(long time) => time >= ValidateFrom && time + LabelTime + Embargo <= ValidateTo;

    /// <summary>Whether the row at this open time is tested.</summary>
    public bool InTest(long time) => time >= TestFrom && time < TestTo;

    /// <summary>Whether this fold tests the pair with this index.</summary>
    public bool Tests(int pair) => TestPairs is null || TestPairs.Contains(pair);

    /// <summary>Number of a pair's candles that train.</summary>
    /// <param name="openTimes">Open times of the pair's candles, ascending.</param>
    public int TrainingCandles(ReadOnlySpan<long> openTimes) =>
        Math.Max(0, CountBefore(openTimes, TrainTo - LabelTime - Embargo + 1) - CountBefore(openTimes, TrainFrom));

    static int CountBefore(ReadOnlySpan<long> ascending, long time)
    {
        int at = ascending.BinarySearch(time);
        return at < 0 ? ~at : at;
    }
}

/// <summary>How folds are cut.</summary>
public sealed record FoldOptions
{
    /// <summary>Number of expanding folds of the walk-forward protocol.</summary>
    public int Count { get; init; } = 5;

    /// <summary>Share of time, at its end, that the test parts of all walk-forward folds cover together.</summary>
    public double TestShare { get; init; } = 0.4;

    /// <summary>Share of each training span, at its end, that validates (walkforward and week3).</summary>
    public double ValidationShare { get; init; } = 0.15;

    /// <summary>Candles from a decision to the close that its label needs.</summary>
    public int Horizon { get; init; } = 1;

    /// <summary>
    /// Candles before a validation or test part that are left out of the parts before it, on top of the horizon. 0 is enough for labels of
    /// one candle, as training comes before the test; it is training after a test that needs more (<see cref="Models.Splits"/>).
    /// </summary>
    public int Embargo { get; init; }

    /// <summary>Every so many of each pair's training rows train; 1: all.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>A pair with fewer training candles in a fold is left out of it.</summary>
    public int MinimumTrainingCandles { get; init; } = 2_000;

    /// <summary>Test predictions a pair in the week3 protocol.</summary>
    public int Week3Candles { get; init; } = 40;
}
