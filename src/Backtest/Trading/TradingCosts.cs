namespace NeuralCore.Backtest;

/// <summary>
/// What a fill costs, in basis points (1/10,000) of the amount traded, on each side: once to enter and once to leave. A reversal trades
/// twice the amount and pays for it.
/// </summary>
/// <param name="Fee">Fee of the exchange; 10 is what takers pay on Binance's spot market.</param>
/// <param name="HalfSpread">From the middle to the price at which others buy or sell.</param>
/// <param name="Slippage">What the order itself moves the price, and what it moves before the order arrives.</param>
public sealed record TradingCosts(double Fee = 10, double HalfSpread = 0, double Slippage = 0)
{
    /// <summary>The costs of one side in basis points.</summary>
    public double BasisPoints => Fee + HalfSpread + Slippage;

    /// <summary>The costs of one side as a share of the amount.</summary>
    public double PerSide => BasisPoints / 10_000;

    internal void Validate()
    {
        Require(nameof(Fee), Fee);
        Require(nameof(HalfSpread), HalfSpread);
        Require(nameof(Slippage), Slippage);
        if (PerSide >= 1)
            throw new ArgumentException($"TradingCosts: expected less than 10000 basis points a side, got {Format.Number(BasisPoints)}");
    }

    static void Require(string name, double value)
    {
        if (!(value >= 0))
            throw new ArgumentException($"TradingCosts '{name}': expected at least 0 basis points, got {Format.Number(value)}");
    }
}
