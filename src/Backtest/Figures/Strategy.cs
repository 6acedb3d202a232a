using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>
/// A model's calls traded on all pairs with equal capital (<see cref="Portfolio"/>): a call of a rise holds the whole part of the pair,
/// one of a fall nothing or a short position of the same size, or the share of it that the run's <see cref="TradingOptions"/> say. Where
/// the model says nothing, nothing is held.
/// </summary>
/// <param name="Mode">What a call of a fall leads to.</param>
/// <param name="ConfidentOnly">Whether only calls count whose confidence reaches the fold's threshold, chosen on validation rows.</param>
public sealed record Strategy(TradingMode Mode, bool ConfidentOnly)
{
    /// <summary>
    /// Fee of one side, in basis points, where there is room for one figure: what takers pay on Binance's spot market.
    /// </summary>
    public const double UsualCost = 10;

    /// <summary>Random strategies beside each.</summary>
    public const int Draws = 100;

    /// <summary>What came of it at each of <see cref="TradingSimulation.SweepCosts"/>.</summary>
    public required IReadOnlyList<PortfolioResult> Results { get; init; }

    /// <summary>
    /// All costs of one side, in basis points, at which nothing is left of the gain (<see cref="Portfolio.BreakEvenCost"/>).
    /// </summary>
    public required double BreakEvenCost { get; init; }

    /// <summary>Random entries with the same turnover at the usual cost; null where nothing was ever traded.</summary>
    public RandomEntries? Random { get; init; }

    /// <summary>The result at the usual cost.</summary>
    public PortfolioResult Usual => Results.First(result => result.Fee == UsualCost);

    /// <summary>Long or flat and long or short, each with all calls and with the confident ones.</summary>
    internal static Strategy[] Of(TradedMarket market, BacktestResult result, ModelPredictions model) =>
        [.. from mode in (TradingMode[])[TradingMode.LongFlat, TradingMode.LongShort]
            from confidentOnly in (bool[])[false, true]
            select Of(market, result, model, mode, confidentOnly)];

    static Strategy Of(TradedMarket market, BacktestResult result, ModelPredictions model, TradingMode mode, bool confidentOnly)
    {
        IReadOnlyList<double[]> positions = market.Positions(
            row => !confidentOnly || model.IsConfident(row, result.Rows.Fold[row]) ? model.Direction(row) * result.Trading.Position : 0);
        Portfolio portfolio = market.Portfolio;
        PortfolioResult[] results =
            [.. TradingSimulation.SweepCosts.Select(fee => portfolio.Run(positions, mode, result.Trading.Costs(fee)))];
        return new Strategy(mode, confidentOnly)
        {
            Results = results,
            BreakEvenCost = portfolio.BreakEvenCost(positions, mode),
            Random = results[0].Turnover == 0 ? null
                : RandomEntries.Of(portfolio, positions, mode, result.Trading.Costs(UsualCost), result.Seed, Draws),
        };
    }

    /// <summary>A sentence about the model's best Sharpe ratio after the usual cost, if it is too good to be true.</summary>
    internal static string? Alarm(IReadOnlyList<Strategy> strategies) =>
        strategies.MaxBy(strategy => strategy.Usual.Performance.Sharpe)?.Usual.Alarm;
}

/// <summary>The candles of the test rows, from the first row of a pair to the candle after its last.</summary>
sealed class TradedMarket
{
    readonly List<(int Row, int Candle)[]> rowsOf = [];

    TradedMarket(TestRows rows, IReadOnlyList<Candles> candles)
    {
        var markets = new List<MarketPart>();
        ILookup<int, int> byPair = Enumerable.Range(0, rows.Count).ToLookup(row => rows.Pair[row]);
        for (int pair = 0; pair < candles.Count; pair++)
        {
            if (!byPair.Contains(pair)) continue;
            (int Row, int Candle)[] at = [.. byPair[pair].Select(row => (row, Index(candles[pair], rows.Time[row])))];
            int first = at.Min(a => a.Candle), last = Math.Min(at.Max(a => a.Candle) + 1, candles[pair].Count - 1);
            markets.Add(new MarketPart(candles[pair], first, last - first + 1));
            rowsOf.Add(Array.ConvertAll(at, a => (a.Row, a.Candle - first)));
        }
        Portfolio = new Portfolio(markets);
    }

    /// <summary>The pairs that have test rows.</summary>
    public Portfolio Portfolio { get; }

    /// <summary>The market of a result; null where its candles are not known or there are no rows.</summary>
    public static TradedMarket? Of(BacktestResult result) =>
        result.Candles.Count == 0 || result.Rows.Count == 0 ? null : new TradedMarket(result.Rows, result.Candles);

    /// <summary>The test rows of a market and where they stand in its positions.</summary>
    public IReadOnlyList<(int Row, int Candle)> RowsOf(int market) => rowsOf[market];

    /// <summary>Positions of every market from that of each test row; 0 where there is no row.</summary>
    public IReadOnlyList<double[]> Positions(Func<int, double> position) => [.. Portfolio.Markets.Select((market, m) =>
    {
        var positions = new double[market.Count];
        foreach ((int row, int candle) in rowsOf[m]) positions[candle] = position(row);
        return positions;
    })];

    static int Index(Candles candles, long time)
    {
        int index = Array.BinarySearch(candles.OpenTime, time);
        return index >= 0 ? index
            : throw new ArgumentException(
                $"backtest result: expected a candle of {candles.Base} for every test row, got none at {Format.Time(time)}");
    }
}
