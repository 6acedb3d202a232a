using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// Follows positions through candles. The rules, each with its reason:
/// <list type="bullet">
/// <item>A position is decided at the close of candle t and filled at the open of t + 1: who has seen a close can no longer trade at
/// it.</item>
/// <item>A decision whose next candle is missing is not filled, as nobody knows when and at what price trading went on. It lapses; what is
/// held is held through the gap, whatever it does; the first candle after the gap decides anew.</item>
/// <item>The last candle's decision is not filled. What is held then is valued at the last close, without the costs of leaving.</item>
/// <item>Nothing is traded while the position decided is the one filled last, so prices may move the share held away from it.</item>
/// <item>Every fill pays its costs in both directions, in proportion to the amount (<see cref="TradingCosts"/>).</item>
/// <item>Equity of a short position that falls to 0 at an open or a close is the end.</item>
/// </list>
/// </summary>
public static class TradingSimulation
{
    /// <summary>Fees of one side, in basis points, at which strategies are compared.</summary>
    public static IReadOnlyList<double> SweepCosts { get; } = [0, 5, 10, 20];

    /// <summary>Simulates one market.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="positions">
    /// Position decided at the close of each candle from <paramref name="first"/> on, as a share of equity from -1 to 1; NaN where nothing
    /// is decided, and what is held is kept.
    /// </param>
    /// <param name="mode">Whether negative positions are sold short.</param>
    /// <param name="costs">What fills cost.</param>
    /// <param name="first">Index of the first candle.</param>
    /// <exception cref="ArgumentException">More positions than candles, one outside of [-1, 1], or a price that is not over 0.</exception>
    public static TradingResult Run(Candles candles, ReadOnlySpan<double> positions, TradingMode mode, TradingCosts costs, int first = 0)
    {
        Validate(candles, positions, costs, first);
        int n = positions.Length, last = first + n - 1;
        var account = new Account(costs.PerSide);
        var (equity, held) = (new double[n], new double[n]);
        double decided = double.NaN, exposure = 0, movement = 0;
        for (int t = first; t <= last; t++)
        {
            int i = t - first;
            if (i > 0 && candles.Follows(t) && !double.IsNaN(decided) && decided != account.Position)
                account.Fill(candles.OpenTime[t], candles.Open[t], decided);
            held[i] = account.Position;
            exposure += Math.Abs(held[i]) / n;
            movement += Math.Abs(held[i] * ((t < last ? candles.Open[t + 1] : candles.Close[t]) / candles.Open[t] - 1));
            equity[i] = account.Equity(CloseTime(candles, t), candles.Close[t]);
            decided = mode == TradingMode.LongFlat ? Math.Max(0, positions[i]) : positions[i];
        }
        double[] daily = Performance.DailyReturns(candles.OpenTime.AsSpan(first, n), equity);
        return new TradingResult
        {
            CostPerSide = costs.BasisPoints, Equity = equity, Position = held, DailyReturns = daily,
            Trades = n == 0 ? [] : account.Trades(CloseTime(candles, last), candles.Close[last]),
            Turnover = account.Turnover, Exposure = exposure, Costs = account.Costs, Ruined = account.Ruined, Movement = movement,
            Performance = Performance.Of(equity, daily),
        };
    }

    static long CloseTime(Candles candles, int t) => candles.OpenTime[t] + candles.Timeframe.Microseconds;

    static void Validate(Candles candles, ReadOnlySpan<double> positions, TradingCosts costs, int first)
    {
        ArgumentNullException.ThrowIfNull(candles);
        ArgumentNullException.ThrowIfNull(costs);
        costs.Validate();
        string who = $"TradingSimulation '{candles.Symbol}'";
        if (first < 0 || first > candles.Count || positions.Length > candles.Count - first)
            throw new ArgumentException($"{who}: expected at most {candles.Count} candles, got {positions.Length} positions from "
                + $"candle {first}");
        for (int i = 0; i < positions.Length; i++)
        {
            int t = first + i;
            Require(positions[i] is not (< -1 or > 1), "positions from -1 to 1", "", positions[i], t);
            Require(candles.Open[t] is > 0 and < double.PositiveInfinity, "prices over 0", "Open ", candles.Open[t], t);
            Require(candles.Close[t] is > 0 and < double.PositiveInfinity, "prices over 0", "Close ", candles.Close[t], t);
        }

        void Require(bool holds, string expected, string column, double actual, int t)
        {
            if (!holds)
                throw new ArgumentException($"{who}: expected {expected}, got {column}{Format.Number(actual)} "
                    + $"at {Format.Time(candles.OpenTime[t])}");
        }
    }
}
