using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// The same strategy without knowledge of time: its positions are turned by random numbers of candles, the end joined to the beginning. So
/// it enters at random with the same number, order, length, side and size of positions, hence the same turnover and exposure (but for
/// the joint, and for decisions that now lapse at a gap). What the strategy makes beyond these it makes by timing.
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
        int first = 0, int draws = 200)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
        if (positions.Length < 2) throw new ArgumentException($"RandomEntries: expected at least 2 positions, got {positions.Length}");
        double made = TradingSimulation.Run(candles, positions, mode, costs, first).Performance.TotalReturn;
        double[] decided = Decided(positions), turned = new double[decided.Length];
        var random = new CounterRandom(seed, Stream);
        var (returns, sharpes, turnovers) = (new double[draws], new List<double>(), new double[draws]);
        for (int draw = 0; draw < draws; draw++)
        {
            int by = 1 + random.NextInt32(decided.Length - 1);
            decided.AsSpan(by).CopyTo(turned);
            decided.AsSpan(0, by).CopyTo(turned.AsSpan(decided.Length - by));
            TradingResult result = TradingSimulation.Run(candles, turned, mode, costs, first);
            (returns[draw], turnovers[draw]) = (result.Performance.TotalReturn, result.Turnover);
            if (double.IsFinite(result.Performance.Sharpe)) sharpes.Add(result.Performance.Sharpe);
        }
        double p = (1.0 + returns.Count(r => r >= made)) / (1 + draws);
        return new RandomEntries(draws, returns.Average(), Middle(returns), Middle([.. sharpes]), Middle(turnovers), p);
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
