using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// One pair seen within its market: what a <see cref="Feature"/> is computed from. Columns count candles, not hours: where candles are
/// missing, averages and returns go on across the gap as if the candles were neighbours. Windows are what never bridges a gap.
/// </summary>
public sealed class MarketPair
{
    readonly Dictionary<Delegate, object> known = [];

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
    public Candles Candles { get; }

    /// <summary>Number of candles.</summary>
    public int Count => Candles.Count;

    /// <summary>What a function gives for this pair, computed at the first request and kept. Nobody writes into it.</summary>
    public T Of<T>(Func<MarketPair, T> function) where T : class
    {
        if (known.TryGetValue(function, out object? value)) return (T)value;
        T made = function(this);
        known.Add(function, made);
        return made;
    }

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
    public double[] MarketMean(Func<MarketPair, double[]> column) => Market.Mean(column, this);

    /// <summary>What this pair's column has over the <see cref="MarketMean"/>.</summary>
    public double[] OverMarket(Func<MarketPair, double[]> column)
    {
        double[] own = Of(column), mean = MarketMean(column);
        return Map(t => own[t] - mean[t]);
    }

    /// <summary>The column of the market's <see cref="Market.Leader"/> at the same open times; NaN where it has no candle.</summary>
    /// <exception cref="InvalidOperationException">The market has no leader.</exception>
    public double[] OfLeader(Func<MarketPair, double[]> column) => Market.OfLeader(column, this);
}
