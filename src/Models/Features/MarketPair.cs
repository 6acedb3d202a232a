using NeuralCore.Models.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models;

/// <summary>
/// One pair seen within its market: what a <see cref="Feature"/> is computed from. Columns count candles, not hours: where candles are
/// missing, averages and returns go on across the gap as if the candles were neighbours. Windows are what never bridges a gap.
/// </summary>
public sealed class MarketPair
{
    readonly Dictionary<Delegate, object> own = [], across = [];     // without and with a look at the other pairs
    readonly Dictionary<Func<Recursion>, (Recursion State, double[][] Columns)> recursions = [];
    readonly Dictionary<int, int[]> lastClosed = [];
    bool looksAcross;                                                // set by what is being computed

    internal MarketPair(Market market, int index, Candles candles)
    {
        (Market, Index, Candles) = (market, index, candles);
        ReadOnlySpan<(string Name, double[]? Values)> columns =
        [
            ("open", candles.Open), ("high", candles.High), ("low", candles.Low), ("close", candles.Close), ("volume", candles.Volume),
            ("quote volume", candles.QuoteVolume), ("taker-buy volume", candles.TakerBuyVolume),
        ];
        foreach ((string name, double[]? values) in columns)
            if (values is not null && values.Length != candles.Count)
                throw new ArgumentException($"candles of {candles.Symbol}: expected {candles.Count} values of {name}, got {values.Length}");
    }

    /// <summary>The market.</summary>
    public Market Market { get; }

    /// <summary>The pair's place in <see cref="Market.Pairs"/>.</summary>
    public int Index { get; }

    /// <summary>The pair's candles.</summary>
    public Candles Candles { get; private set; }

    /// <summary>Number of candles.</summary>
    public int Count => Candles.Count;

    /// <summary>What a function gives for this pair, computed at the first request and kept. Nobody writes into it.</summary>
    public T Of<T>(Func<MarketPair, T> function) where T : class
    {
        if (own.TryGetValue(function, out object? value)) return (T)value;
        bool before = looksAcross;
        looksAcross = across.TryGetValue(function, out value);
        T made = (T?)value ?? function(this);
        if (value is null) (looksAcross ? across : own).Add(function, made);
        looksAcross |= before;
        return made;
    }

    /// <summary>Columns of a recursion, fed with all candles at the first request and kept.</summary>
    internal double[][] Of(Func<Recursion> recursion, int columns = 1)
    {
        if (recursions.TryGetValue(recursion, out var run)) return run.Columns;
        run = (recursion(), [.. Enumerable.Range(0, columns).Select(_ => new double[Count])]);
        for (int t = 0; t < Count; t++) run.State(this, t, run.Columns);
        recursions.Add(recursion, run);
        return run.Columns;
    }

    /// <summary>The pair with candles <paramref name="k"/> times as long.</summary>
    internal MarketPair OnLonger(int k) => Market.OnLonger(k).Pairs[Index];

    /// <summary><see cref="MultiTimeframe.LastClosed"/> of those, for all features of longer candles.</summary>
    internal int[] LastClosed(int k)
    {
        if (!lastClosed.TryGetValue(k, out int[]? last)) lastClosed.Add(k, last = MultiTimeframe.LastClosed(Candles, OnLonger(k).Candles));
        return last;
    }

    /// <summary>Goes on with a candle that follows: what was computed is forgotten, but recursions go on where they are.</summary>
    /// <param name="next">The candle; null: none.</param>
    /// <param name="held">Candles that are kept at most; the first ones go.</param>
    internal void Continue(LiveCandle? next, int held)
    {
        int dropped = Math.Max(0, Count + (next is null ? 0 : 1) - held), kept = Count - dropped;
        Candles = next is { } candle ? candle.After(Candles, dropped) : Candles.Part(dropped..);
        own.Clear();
        lastClosed.Clear();
        Market.Changed();
        foreach ((Func<Recursion> key, (Recursion state, double[][] columns)) in recursions.ToArray())
        {
            double[][] longer = [.. columns.Select(column => next is null ? column[dropped..] : [.. column.AsSpan(dropped), double.NaN])];
            recursions[key] = (state, longer);
            for (int t = kept; t < Count; t++) state(this, t, longer);
        }
    }

    /// <summary>What is being computed depends on other pairs.</summary>
    internal void LookAcross() => looksAcross = true;

    /// <summary>Forgets what was computed with a look at other pairs.</summary>
    internal void ForgetOthers() => across.Clear();

    /// <summary>One value a candle: <paramref name="value"/> of each index t.</summary>
    public double[] Map(Func<int, double> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var column = new double[Count];
        for (int t = 0; t < column.Length; t++) column[t] = value(t);
        return column;
    }

    /// <summary>
    /// The mean of a column over the pairs present: those that have a candle at the same open time and know the column there. NaN where
    /// there is none.
    /// </summary>
    public double[] MarketMean(Func<MarketPair, double[]> column)
    {
        LookAcross();
        return Market.Mean(column, this);
    }

    /// <summary>What this pair's column has over the <see cref="MarketMean"/>.</summary>
    public double[] OverMarket(Func<MarketPair, double[]> column)
    {
        double[] own = Of(column), mean = MarketMean(column);
        return Map(t => own[t] - mean[t]);
    }

    /// <summary>The column of the market's <see cref="Market.Leader"/> at the same open times; NaN where it has no candle.</summary>
    /// <exception cref="InvalidOperationException">The market has no leader.</exception>
    public double[] OfLeader(Func<MarketPair, double[]> column)
    {
        LookAcross();
        return Market.OfLeader(column, this);
    }
}
