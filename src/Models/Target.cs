using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// What a model is to say about what follows a candle: a signed number a candle, whose sign is the truth. 0 has no truth; NaN is not known.
/// </summary>
/// <param name="Name">Name in reports and in config.json.</param>
/// <param name="Of">The label of every candle of a pair, with the time at which it is known.</param>
public sealed record Target(string Name, Func<Candles, Label> Of)
{
    /// <summary>
    /// An untrained rule that is known at the candle's close: a number a candle whose sign is its guess, 0 none. It stands beside every
    /// model of the target.
    /// </summary>
    public Func<Candles, double[]>? Rule { get; init; }

    /// <summary>What a value over 0 says, in words for a reader, such as <c>range above its 7-day median</c>; else the name.</summary>
    public string Says { get => field ?? Name; init; }

    /// <summary>What has a truth, in the plural: candles, or where few of them do what they are, such as pivots.</summary>
    public string Unit { get; init; } = "candles";

    /// <summary>Whether only few candles have a value: all rows that have one train, whatever the stride of a backtest.</summary>
    public bool AtFewCandles { get; init; }

    /// <summary>
    /// Candles that a label spans: over 1 the truths of neighbouring candles overlap. Of pivots, where legs do not overlap, 1.
    /// </summary>
    public int Horizon { get; init; } = 1;

    /// <summary>What a value over 0 and one under 0 are called.</summary>
    public (string Above, string Below) Names { get; init; } = ("UP", "DOWN");

    /// <summary>
    /// What they are called at every candle, where that depends on it and nothing is said at some, which have null: a turning point is HH
    /// or LH at the top of a leg, HL or LL at its bottom. Only candles up to each one may be looked at. Null: <see cref="Names"/>
    /// everywhere.
    /// </summary>
    public Func<Candles, (string Above, string Below)?[]>? NamesAt { get; init; }

    /// <summary>The return from the close to the next close.</summary>
    public static Target Direction { get; } = new("direction", candles => Labels.Returns(candles, 1));

    /// <summary>The log return of who is filled at the next open and leaves at the next close.</summary>
    public static Target Fill { get; } = new("fill", candles => Labels.FillReturns(candles, 1));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
