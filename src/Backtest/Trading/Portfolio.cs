using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Backtest;

/// <summary>A stretch of one market.</summary>
/// <param name="Candles">The candles.</param>
/// <param name="First">Index of the first candle traded.</param>
/// <param name="Count">Number of candles.</param>
public readonly record struct MarketPart(Candles Candles, int First, int Count);

/// <summary>
/// Several markets that share the capital: each gets an equal part at the beginning and is simulated by itself
/// (<see cref="TradingSimulation"/>); nothing is moved from one part to another, so nothing is paid for it. The equity of the whole is the
/// mean of the parts' at every time at which any market has a candle. A part is worth 1 before its market's first candle, and what it
/// was worth last where its market has no candle.
/// </summary>
public sealed class Portfolio
{
    readonly long[] times;

    /// <summary>Prepares the common times.</summary>
    public Portfolio(IReadOnlyList<MarketPart> markets)
    {
        ArgumentNullException.ThrowIfNull(markets);
        if (markets.Count == 0) throw new ArgumentException("portfolio: expected at least one market, got none");
        Markets = markets;
        times = [.. markets.SelectMany(market => market.Candles.OpenTime.AsSpan(market.First, market.Count).ToArray()).Distinct().Order()];
    }

    /// <summary>The markets.</summary>
    public IReadOnlyList<MarketPart> Markets { get; }

    /// <summary>Open time of the first candle of any market, µs since 1970 UTC; the first daily return is of its day.</summary>
    public long From => times.Length == 0 ? 0 : times[0];

    /// <summary>Simulates positions.</summary>
    /// <param name="positions">Of every market, as in <see cref="TradingSimulation.Run"/>.</param>
    /// <param name="mode">Whether negative positions are sold short.</param>
    /// <param name="costs">What fills cost.</param>
    public PortfolioResult Run(IReadOnlyList<double[]> positions, TradingMode mode, TradingCosts costs)
    {
        Check(positions);
        int m = Markets.Count;
        TradingResult[] parts =
            [.. Markets.Select((market, i) => TradingSimulation.Run(market.Candles, positions[i], mode, costs, market.First))];
        var equity = new double[times.Length];
        for (int i = 0; i < m; i++)
        {
            long[] own = Markets[i].Candles.OpenTime;
            double worth = 1;
            for (int t = 0, k = 0; t < equity.Length; t++)
            {
                if (k < Markets[i].Count && own[Markets[i].First + k] == times[t]) worth = parts[i].Equity[k++];
                equity[t] += worth;
            }
        }
        for (int t = 0; t < equity.Length; t++) equity[t] /= m;
        double[] daily = Performance.DailyReturns(times, equity);
        return new PortfolioResult
        {
            Rates = costs, Performance = Performance.Of(equity, daily), DailyReturns = daily,
            Turnover = parts.Average(part => part.Turnover), Exposure = parts.Average(part => part.Exposure),
            Costs = parts.Average(part => part.Costs), Movement = parts.Average(part => part.Movement),
            Trades = parts.Sum(part => part.Trades.Count), Ruined = parts.Count(part => part.Ruined),
        };
    }

    /// <summary>Buying all markets at the first open at which a decision can be filled, and holding them to the end.</summary>
    public PortfolioResult Hold(TradingCosts costs) => Run([.. Markets.Select(market =>
    {
        var always = new double[market.Count];
        Array.Fill(always, 1);
        return always;
    })], TradingMode.LongFlat, costs);

    /// <summary>
    /// The costs of one side, in basis points, at which the last equity is 1, by bisection down to a thousandth. NaN where there is no
    /// gain without costs; ∞ where there is still one at 5,000.
    /// </summary>
    /// <param name="positions">Of every market.</param>
    /// <param name="mode">Whether negative positions are sold short.</param>
    public double BreakEvenCost(IReadOnlyList<double[]> positions, TradingMode mode)
    {
        Check(positions);
        double low = 0, high = 5_000;
        if (!(Gain(low) > 0)) return double.NaN;
        if (Gain(high) > 0) return double.PositiveInfinity;
        while (high - low > 1e-3)
        {
            double middle = (low + high) / 2;
            if (Gain(middle) > 0) low = middle;
            else high = middle;
        }
        return (low + high) / 2;

        double Gain(double cost) => Markets.Select((market, i) =>
            TradingSimulation.Run(market.Candles, positions[i], mode, new TradingCosts(cost), market.First)
                .Performance.TotalReturn).Average();
    }

    void Check(IReadOnlyList<double[]> positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (positions.Count != Markets.Count)
            throw new ArgumentException($"portfolio: expected positions of {Markets.Count} markets, got {positions.Count}");
        for (int i = 0; i < positions.Count; i++)
            if (positions[i].Length != Markets[i].Count)
                throw new ArgumentException(
                    $"portfolio '{Markets[i].Candles.Symbol}': expected {Markets[i].Count} positions, got {positions[i].Length}");
    }
}

/// <summary>What came of a <see cref="Portfolio"/>'s positions at given costs. Figures of the parts are means over the markets.</summary>
public sealed record PortfolioResult
{
    /// <summary>What fills cost.</summary>
    public required TradingCosts Rates { get; init; }

    /// <summary>The fee of one side in basis points, without half-spread and slippage: what results are told apart by.</summary>
    public double Fee => Rates.Fee;

    /// <summary>The figures of the common equity curve.</summary>
    public required Performance Performance { get; init; }

    /// <summary>Daily returns of the common equity, from the day of <see cref="Portfolio.From"/> on.</summary>
    public required double[] DailyReturns { get; init; }

    /// <summary>Amounts traded, each over the equity of its part at that time.</summary>
    public required double Turnover { get; init; }

    /// <summary>Mean size of the position over candles.</summary>
    public required double Exposure { get; init; }

    /// <summary>Costs paid, where each part begins with 1.</summary>
    public required double Costs { get; init; }

    /// <summary>Sum of |position · return| over candles (<see cref="TradingResult.Movement"/>).</summary>
    public required double Movement { get; init; }

    /// <summary>Trades of all markets.</summary>
    public required int Trades { get; init; }

    /// <summary>Markets in which a short position lost its whole part.</summary>
    public required int Ruined { get; init; }

    /// <summary>
    /// Share a of right calls at which the gain pays the costs: (2a - 1) movement = c turnover, so a = ½ + c turnover / (2 movement), to
    /// first order and if right and wrong calls meet equal movements. Over 1 no accuracy is enough; NaN where nothing moved while held.
    /// With a trade in and out at every candle it is ½ + c / m, m the mean |return| of a candle.
    /// </summary>
    public double BreakEvenAccuracy => Movement > 0 ? 0.5 + Rates.PerSide * Turnover / (2 * Movement) : double.NaN;

    /// <summary>A sentence if the Sharpe ratio is too good to be true, else null.</summary>
    public string? Alarm => !Performance.IsImplausible ? null
        : Invariant(
            $"A Sharpe ratio of {Performance.Sharpe:F1} over {Format.Count(Performance.Days)} days at {Rates.BasisPoints:0.##} basis ")
            + Invariant($"points a side is over {Performance.PlausibleSharpe:F0}: a leak of the future is likelier than skill.");
}
