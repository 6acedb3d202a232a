using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// The rows on which all models are judged, as columns of equal length. A row is a decision at the close of candle t of one pair.
/// Classes are DOWN = 0, NEUTRAL = 1, UP = 2 everywhere.
/// </summary>
public sealed class TestRows
{
    /// <summary>Index of the pair.</summary>
    public required int[] Pair { get; init; }

    /// <summary>Open time of the decision candle t, µs since 1970 UTC.</summary>
    public required long[] Time { get; init; }

    /// <summary>Index of the fold.</summary>
    public required int[] Fold { get; init; }

    /// <summary>Close-to-close return from t to t + 1; its sign is the truth about direction.</summary>
    public required double[] Return { get; init; }

    /// <summary>Class with the fold's threshold.</summary>
    public required byte[] Label { get; init; }

    /// <summary>Return of candle t itself, whose sign the persistence baseline repeats.</summary>
    public required double[] LastReturn { get; init; }

    /// <summary>
    /// Return of the last <see cref="MomentumCandles"/> candles up to t, whose sign the momentum baseline calls; 0, no call, where there
    /// are not as many before.
    /// </summary>
    public required double[] Momentum { get; init; }

    /// <summary>
    /// Score of <see cref="Models.Rule3"/>, whose sign it calls; NaN, no call, where it is not known. Null where the candles lack the
    /// volumes that it needs.
    /// </summary>
    public double[]? Rule3 { get; init; }

    /// <summary>Direction (<see cref="Down"/> or <see cref="Up"/>) more frequent among the training rows of the row's fold.</summary>
    public required byte[] Majority { get; init; }

    /// <summary>True probability of a rise, which only a simulated market knows.</summary>
    public double[]? BestProbability { get; init; }

    /// <summary>Candles that <see cref="Momentum"/> looks back.</summary>
    public const int MomentumCandles = 20;

    /// <summary>Class of a fall.</summary>
    public const byte Down = 0;

    /// <summary>Class of a return within the threshold.</summary>
    public const byte Neutral = 1;

    /// <summary>Class of a rise.</summary>
    public const byte Up = 2;

    /// <summary>The baselines that need no model, by the direction that each calls on a row.</summary>
    internal IReadOnlyList<(string Name, Func<int, int> Direction)> Rules =>
    [
        ("majority", row => Majority[row] - Neutral),
        ("persistence", row => Math.Sign(LastReturn[row])),
        ("momentum", row => Math.Sign(Momentum[row])),
        .. Rule3 is { } score ? [("rule3", (Func<int, int>)(row => score[row] > 0 ? 1 : score[row] < 0 ? -1 : 0))]
            : Array.Empty<(string, Func<int, int>)>(),
    ];

    /// <summary>Number of rows.</summary>
    public int Count => Pair.Length;

    internal static double MomentumAt(Candles candles, int t) =>
        t < MomentumCandles ? 0 : candles.Close[t] / candles.Close[t - MomentumCandles] - 1;

    internal void Validate(int pairs, int folds)
    {
        Length(nameof(Time), Time.Length);
        Length(nameof(Fold), Fold.Length);
        Length(nameof(Return), Return.Length);
        Length(nameof(Label), Label.Length);
        Length(nameof(LastReturn), LastReturn.Length);
        Length(nameof(Momentum), Momentum.Length);
        Length(nameof(Majority), Majority.Length);
        if (Rule3 is not null) Length(nameof(Rule3), Rule3.Length);
        if (BestProbability is not null) Length(nameof(BestProbability), BestProbability.Length);
        for (int i = 0; i < Count; i++)
        {
            Require(i, nameof(Pair), Pair[i], Pair[i] >= 0 && Pair[i] < pairs, $"an index under {pairs}");
            Require(i, nameof(Fold), Fold[i], Fold[i] >= 0 && Fold[i] < folds, $"an index under {folds}");
            Require(i, nameof(Return), Return[i], double.IsFinite(Return[i]), "a finite number");
            Require(i, nameof(LastReturn), LastReturn[i], double.IsFinite(LastReturn[i]), "a finite number");
            Require(i, nameof(Momentum), Momentum[i], double.IsFinite(Momentum[i]), "a finite number");
            Require(i, nameof(Label), Label[i], Label[i] <= Up, "0, 1 or 2");
            Require(i, nameof(Majority), Majority[i], Majority[i] is Down or Up, "0 or 2");
            if (BestProbability is not null)
                Require(i, nameof(BestProbability), BestProbability[i], BestProbability[i] is >= 0 and <= 1, "a probability");
        }
    }

    void Length(string column, int length)
    {
        if (length != Count) throw new ArgumentException($"test rows: {column}: expected {Count} values, got {length}");
    }

    static void Require(int row, string column, double actual, bool holds, string expected)
    {
        if (!holds) throw new ArgumentException($"test rows: {column} of row {row}: expected {expected}, got {Format.Number(actual)}");
    }
}
