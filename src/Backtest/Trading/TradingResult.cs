namespace NeuralCore.Backtest;

/// <summary>What came of following positions at given costs.</summary>
public sealed record TradingResult
{
    /// <summary>Costs of one side in basis points, all together.</summary>
    public required double CostPerSide { get; init; }

    /// <summary>Equity at the close of every candle; it begins at 1 before the first.</summary>
    public required double[] Equity { get; init; }

    /// <summary>Position held during every candle, as it was filled.</summary>
    public required double[] Position { get; init; }

    /// <summary>The trades in order of time.</summary>
    public required IReadOnlyList<Trade> Trades { get; init; }

    /// <summary>Amounts traded, each over the equity at that time, added: in and out again is 2.</summary>
    public required double Turnover { get; init; }

    /// <summary>Mean size of the position over candles: 1 for always all in, whichever way.</summary>
    public required double Exposure { get; init; }

    /// <summary>Costs paid, where equity begins at 1.</summary>
    public required double Costs { get; init; }

    /// <summary>Whether a short position lost all there was; nothing is traded from then on.</summary>
    public required bool Ruined { get; init; }

    /// <summary>Sum of |position · return| over candles from open to next open: what calls that are always right would have made.</summary>
    public required double Movement { get; init; }

    /// <summary>Daily returns (<see cref="Performance.DailyReturns"/>).</summary>
    public required double[] DailyReturns { get; init; }

    /// <summary>The figures of the equity curve.</summary>
    public required Performance Performance { get; init; }
}
