using NeuralCore.Models.Data;

namespace NeuralCore.Models.Live;

/// <summary>
/// The last candles of several pairs, taken one at a time, with their features. A candle's features are computed once, from as many candles
/// as they need (<see cref="Feature.Span"/>) and the states of what never forgets (<see cref="Recursion"/>), and again where they look
/// across pairs and another pair's candle of that time or before arrives after it. They have the bits of those of all candles at once, if
/// every feature says how many candles it needs; one that does not forgets what is not held as an average does.
/// <para>
/// A gap is taken as a file with it would be: features count candles across it, and no window reaches over it. From any thread.
/// </para>
/// </summary>
public sealed class LiveMarket
{
    /// <summary>Candles by which a pair may be behind the others where features look across pairs.</summary>
    public const int Lag = 8;

    /// <summary>Most candles of a window.</summary>
    public const int MaxWindow = 1 << 22;

    readonly Lock gate = new();
    readonly Dictionary<string, LivePair> pairs;
    readonly TimeProvider clock;
    readonly Market market;
    readonly FeatureSet[] sets;
    readonly bool across;
    long latest;

    /// <summary>The market after these candles.</summary>
    /// <param name="history">All pairs, with all their candles so far: the longer, the nearer are averages to what they were in
    /// training.</param>
    /// <param name="sets">The feature sets that are asked for.</param>
    /// <param name="window">Candles that are read of each pair, of the longest window at least: 1 to <see cref="MaxWindow"/>.</param>
    /// <param name="clock">Tells whether a candle has closed; null: the system's.</param>
    /// <exception cref="InvalidDataException">A pair lacks a column that a set needs.</exception>
    /// <exception cref="ArgumentException">There is no pair, one is there twice, timeframes differ, or the window is out of
    /// range.</exception>
    public LiveMarket(IReadOnlyList<Candles> history, IReadOnlyList<FeatureSet> sets, int window, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(sets);
        if (window is < 1 or > MaxWindow)
            throw new ArgumentOutOfRangeException(nameof(window), window, $"live market: expected a window of 1 to {MaxWindow} candles");
        if (history.Count == 0) throw new ArgumentException("live market: expected at least one pair, got none");
        if (history.FirstOrDefault(p => p.Timeframe != history[0].Timeframe) is { } odd)
            throw new ArgumentException($"live market: expected candles of {history[0].Timeframe}, got {odd.Timeframe} of {odd.Symbol}");
        if (history.GroupBy(p => p.Symbol).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"live market: expected each pair once, got {twice.Key} {twice.Count()} times");
        this.clock = clock ?? TimeProvider.System;
        this.sets = [.. sets.Distinct()];
        Feature[][] features = [.. this.sets.Select(set => set.For(history, leaveOut: false).Definitions.ToArray())];
        across = this.sets.Any(set => set.NeedsAllPairs);
        int length = window + 1;
        market = new Market(history);
        latest = history.Max(p => p.Count > 0 ? p.OpenTime[^1] : 0);
        pairs = market.Pairs.ToDictionary(p => p.Candles.Symbol, p => new LivePair(p, this.sets, features, length));   // feeds recursions
        // Up to Lag + 1 candles are computed at once (Push), and two more are for the longer candles that these begin and end in. Where
        // features look across pairs, those of all candles since a pair was behind are computed once more: with up to length candles more
        // what is seen of a pair at most Lag behind is all there.
        market.Hold(features.Max(set => set.Max(f => f.SpanOf(history[0].Timeframe))) + Lag + 3, across ? length : 0, Since());
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
            LivePair pair = Pair(candle.Symbol);
            long now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            candle.Check(pair.Source.Candles, now);
            if (pair.Missing > Lag) pair.Compute();     // nobody asks for it, and the market is to let go of what that needs
            market.Continue(pair.Source, candle, Since());
            pair.Add(candle);
            foreach (LivePair other in pairs.Values)
                if (across || other == pair) other.Change(candle.OpenTime);
            latest = Math.Max(latest, candle.OpenTime);
        }
    }

    /// <summary>The last candles of a pair with all features, those that all candles give. It stays as it is when the market goes
    /// on.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair.</exception>
    /// <exception cref="InvalidOperationException">Features look across pairs and the pair is too far behind the others.</exception>
    public MarketSeries Series(string symbol) => Series(symbol, sets);

    /// <summary>The same with some of the feature sets.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair, or one of the sets.</exception>
    /// <exception cref="InvalidOperationException">Features look across pairs and the pair is too far behind the others.</exception>
    public MarketSeries Series(string symbol, IReadOnlyList<FeatureSet> sets)
    {
        ArgumentNullException.ThrowIfNull(sets);
        lock (gate)
        {
            LivePair pair = Pair(symbol);
            Candles candles = pair.Source.Candles;
            if (across && candles.Count > 0 && latest - candles.OpenTime[^1] > Lag * candles.Timeframe.Microseconds
                && sets.Any(set => set.NeedsAllPairs))
                throw new InvalidOperationException($"{symbol}: features look across pairs: expected a candle within {Lag} candles of the "
                    + $"latest of all pairs, {TimeText.ToIso(latest)}, got {TimeText.ToIso(candles.OpenTime[^1])}");
            return pair.Series(sets);
        }
    }

    /// <summary>Open time from which on features of some pair are missing, have changed, or may change when the slowest goes on.</summary>
    long Since()
    {
        long since = long.MaxValue;
        foreach (LivePair pair in pairs.Values) since = Math.Min(since, pair.Since);
        return since;
    }

    LivePair Pair(string symbol) => pairs.TryGetValue(symbol ?? "", out LivePair? pair) ? pair
        : throw new ArgumentException($"live market: expected one of {string.Join(", ", pairs.Keys)}, got '{symbol}'");
}
