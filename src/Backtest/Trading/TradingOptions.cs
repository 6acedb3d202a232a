using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>
/// What every strategy of a run pays on top of each fee of <see cref="TradingSimulation.SweepCosts"/>, and how much it holds.
/// </summary>
public sealed record TradingOptions
{
    /// <summary>Half-spread of one side in basis points.</summary>
    public double HalfSpread { get; init; }

    /// <summary>Slippage of one side in basis points.</summary>
    public double Slippage { get; init; }

    /// <summary>Size of a position as a share of the capital of its pair, over 0 and at most 1. Holding is always of all of it.</summary>
    public double Position { get; init; } = 1;

    /// <summary>What fills cost at a fee.</summary>
    /// <param name="fee">The fee of one side in basis points.</param>
    public TradingCosts Costs(double fee) => new(fee, HalfSpread, Slippage);

    /// <summary>
    /// What the reports add to what they say of trading; null where nothing but the fee is paid and positions have size 1.
    /// </summary>
    internal string? Remark => this == new TradingOptions() ? null
        : Invariant($"In this run a half-spread of {HalfSpread:0.##} bp and slippage of {Slippage:0.##} bp a side come on top of ")
            + Invariant($"each of these costs, and the position size is {Position:0.###}; ")
            + "hold pays them too and is of size 1. Break-even costs are in all.";

    internal void Validate()
    {
        if (!(Position is > 0 and <= 1))
            throw new ArgumentException($"trading: position: expected a share over 0 and at most 1, got {Format.Number(Position)}");
        Costs(0).Validate();
    }
}
