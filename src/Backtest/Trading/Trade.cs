namespace NeuralCore.Backtest;

/// <summary>
/// From nothing held to nothing held again. A reversal in one step ends one trade and begins another; a change of size does neither.
/// </summary>
/// <param name="EntryTime">Time of the first fill, the open time of its candle, µs since 1970 UTC.</param>
/// <param name="ExitTime">Time of the last fill; of an open trade the close time of the last candle.</param>
/// <param name="Position">Position after the first fill, as a share of equity: over 0 bought, under 0 sold short.</param>
/// <param name="EntryPrice">Mean price of the fills that added to it, weighted by units, before costs.</param>
/// <param name="ExitPrice">Mean price of those that took from it; of an open trade the last close stands for what is left.</param>
/// <param name="Cost">Costs paid, where equity begins at 1.</param>
/// <param name="Return">Profit after costs over the equity just before the first fill.</param>
/// <param name="IsOpen">Whether the candles end first; it is then valued at the last close, and leaving has cost nothing yet.</param>
public sealed record Trade(long EntryTime, long ExitTime, double Position, double EntryPrice, double ExitPrice,
    double Cost, double Return, bool IsOpen);
