using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// The same strategy without knowledge of time: its positions are turned by a random share of their length, the end joined to the
/// beginning. So it enters at random with the same number, order, length, side and size of positions, hence the same turnover and exposure
/// (but for the joint, and for decisions that now lapse at a gap). What the strategy makes beyond these it makes by timing.
/// <para>Source: the permutation of positions against their market in Aronson, "Evidence-Based Technical Analysis" (2007), chapter 6;
/// turned instead of shuffled they keep their runs, and with them the costs.</para>
/// </summary>
/// <param name="Draws">Number of random strategies.</param>
/// <param name="MeanReturn">Mean of their total returns.</param>
/// <param name="Return">2.5 % and 97.5 % quantiles of their total returns.</param>
/// <param name="Sharpe">The same of their yearly Sharpe ratios; <see cref="Interval.None"/> where none has one.</param>
/// <param name="Turnover">The same of their turnovers.</param>
/// <param name="PValue">Share of them that made at least as much as the strategy, the strategy itself counted among them.</param>
public sealed record RandomEntries(int Draws, double MeanReturn, Interval Return, Interval Sharpe, Interval Turnover, double PValue)
{
    const ulong Stream = 0x726F7461;

    /// <summary>Simulates the random strategies.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="positions">The strategy's positions, as in <see cref="TradingSimulation.Run"/>; at least two.</param>
    /// <param name="mode">Whether negative positions are sold short.</param>
    /// <param name="costs">What fills cost.</param>
    /// <param name="seed">Seed of the turns.</param>
    /// <param name="first">Index of the first candle.</param>
    /// <param name="draws">Number of random strategies.</param>
    public static RandomEntries Of(Candles candles, ReadOnlySpan<double> positions, TradingMode mode, TradingCosts costs, ulong seed,
        int first = 0, int draws = 200) =>
        Of(new Portfolio([new MarketPart(candles, first, positions.Length)]), [positions.ToArray()], mode, costs, seed, draws);

    /// <summary>
    /// The same for several markets, all turned by the same share of their length: what their positions have in common they keep.
    /// </summary>
    /// <param name="portfolio">The markets.</param>
    /// <param name="positions">The strategy's positions in every market; at least two in one of them.</param>
    /// <param name="mode">Whether negative positions are sold short.</param>
    /// <param name="costs">What fills cost.</param>
    /// <param name="seed">Seed of the turns.</param>
    /// <param name="draws">Number of random strategies.</param>
    public static RandomEntries Of(Portfolio portfolio, IReadOnlyList<double[]> positions, TradingMode mode, TradingCosts costs, ulong seed,
        int draws = 200)
    {
        ArgumentNullException.ThrowIfNull(portfolio);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
        double made = portfolio.Run(positions, mode, costs).Performance.TotalReturn;
        double[][] decided = [.. positions.Select(market => Decided(market))],
            turned = [.. decided.Select(market => new double[market.Length])];
        int longest = decided.Max(market => market.Length);
        if (longest < 2) throw new ArgumentException($"RandomEntries: expected at least 2 positions, got {longest}");
        var random = new CounterRandom(seed, Stream);
        var (returns, sharpes, turnovers) = (new double[draws], new List<double>(), new double[draws]);
        for (int draw = 0; draw < draws; draw++)
        {
            int by = random.NextInt32(longest - 1);
            for (int i = 0; i < decided.Length; i++) Turn(decided[i], turned[i], by, longest);
            PortfolioResult result = portfolio.Run(turned, mode, costs);
            (returns[draw], turnovers[draw]) = (result.Performance.TotalReturn, result.Turnover);
            if (double.IsFinite(result.Performance.Sharpe)) sharpes.Add(result.Performance.Sharpe);
        }
        double p = (1.0 + returns.Count(r => r >= made)) / (1 + draws);
        return new RandomEntries(draws, returns.Average(), Middle(returns), Middle([.. sharpes]), Middle(turnovers), p);
    }

    // By 1 + by candles of the longest market and the same share of the length of another: at least 1 candle, and not all the way round.
    static void Turn(double[] positions, double[] turned, int by, int longest)
    {
        int n = positions.Length, cut = n < 2 ? 0 : 1 + (int)((long)by * (n - 1) / (longest - 1));
        positions.AsSpan(cut).CopyTo(turned);
        positions.AsSpan(0, cut).CopyTo(turned.AsSpan(n - cut));
    }

    // What is held where nothing is decided, which turning would otherwise change.
    static double[] Decided(ReadOnlySpan<double> positions)
    {
        var decided = new double[positions.Length];
        for (int i = 0; i < decided.Length; i++)
            decided[i] = !double.IsNaN(positions[i]) ? positions[i] : i > 0 ? decided[i - 1] : 0;
        return decided;
    }

    static Interval Middle(double[] values)
    {
        Array.Sort(values);
        return values.Length == 0 ? Interval.None
            : new Interval(BlockBootstrap.Quantile(values, 0.025), BlockBootstrap.Quantile(values, 0.975));
    }
}
