using NeuralCore.Models.Data;

namespace NeuralCore.Models.Live;

/// <summary>
/// The last candles of several pairs, taken one at a time. It holds as many of each pair as a window of features needs, and the states of
/// what never forgets (<see cref="Recursion"/>), so that the features of its series have the bits of those of all candles at once, for
/// every feature that says how many candles it needs (<see cref="Feature.Span"/>); the others forget what is not held as an average does.
/// <para>
/// A gap is taken as a file with it would be: features count candles across it, and no window reaches over it. From any thread.
/// </para>
/// </summary>
public sealed class LiveMarket
{
    /// <summary>Candles by which a pair may be behind the others where features look across pairs.</summary>
    public const int Lag = 8;

    readonly Lock gate = new();
    readonly Dictionary<string, MarketPair> pairs;
    readonly TimeProvider clock;
    readonly Market market;
    long latest;

    /// <summary>The market after these candles.</summary>
    /// <param name="history">All pairs, with all their candles so far: the longer, the nearer are averages to what they were in
    /// training.</param>
    /// <param name="sets">The feature sets that are asked for.</param>
    /// <param name="window">Candles that are read of each pair, of the longest window at least.</param>
    /// <param name="clock">Tells whether a candle has closed; null: the system's.</param>
    /// <exception cref="InvalidDataException">A pair lacks a column that a set needs.</exception>
    /// <exception cref="ArgumentException">There is no pair, one is there twice, or timeframes differ.</exception>
    public LiveMarket(IReadOnlyList<Candles> history, IReadOnlyList<FeatureSet> sets, int window, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        if (history.Count == 0) throw new ArgumentException("live market: expected at least one pair, got none");
        if (history.FirstOrDefault(p => p.Timeframe != history[0].Timeframe) is { } odd)
            throw new ArgumentException($"live market: expected candles of {history[0].Timeframe}, got {odd.Timeframe} of {odd.Symbol}");
        if (history.GroupBy(p => p.Symbol).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"live market: expected each pair once, got {twice.Key} {twice.Count()} times");
        this.clock = clock ?? TimeProvider.System;
        Feature[] features = [.. sets.SelectMany(set => set.For(history, leaveOut: false).Definitions)];
        market = new Market(history);
        foreach (MarketPair pair in market.Pairs)
            foreach (Feature feature in features) pair.Of(feature.Column);     // feeds the recursions
        latest = history.Max(p => p.Count > 0 ? p.OpenTime[^1] : 0);
        // Three more for the longer candle that is open and those that a window begins and ends in.
        market.Hold(window + features.Max(f => f.SpanOf(history[0].Timeframe)) + 3 + (sets.Any(s => s.NeedsAllPairs) ? Lag : 0));
        pairs = market.Pairs.ToDictionary(p => p.Candles.Symbol);
    }

    /// <summary>The pairs.</summary>
    public IReadOnlyCollection<string> Symbols => pairs.Keys;

    /// <summary>Takes a finished candle.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair; or the candle is not later than its last one, not on the grid
    /// of the timeframe, not closed yet, or has numbers that no candle has. Nothing has changed then.</exception>
    public void Push(LiveCandle candle)
    {
        lock (gate)
        {
            MarketPair pair = Pair(candle.Symbol);
            long now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            candle.Check(pair.Candles, now);
            market.Continue(pair, candle);
            latest = Math.Max(latest, candle.OpenTime);
        }
    }

    /// <summary>The last candles of a pair with features; those of its last window, and mostly no others, are what all candles
    /// give.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair.</exception>
    /// <exception cref="InvalidOperationException">Features look across pairs and the pair is too far behind the others.</exception>
    public MarketSeries Series(string symbol, IReadOnlyList<FeatureSet> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        lock (gate)
        {
            MarketPair pair = Pair(symbol);
            long length = pair.Candles.Timeframe.Microseconds;
            if (pair.Count > 0 && latest - pair.Candles.OpenTime[^1] > Lag * length && sets.Any(s => s.NeedsAllPairs))
                throw new InvalidOperationException($"{symbol}: features look across pairs: expected a candle within {Lag} candles of the "
                    + $"latest of all pairs, {TimeText.ToIso(latest)}, got {TimeText.ToIso(pair.Candles.OpenTime[^1])}");
            return MarketSeries.Of(pair, sets);
        }
    }

    MarketPair Pair(string symbol) => pairs.TryGetValue(symbol ?? "", out MarketPair? pair) ? pair
        : throw new ArgumentException($"live market: expected one of {string.Join(", ", pairs.Keys)}, got '{symbol}'");
}
