namespace NeuralCore.Models.Data;

/// <summary>One market's candles as columns, ascending in time, UTC. All columns have <see cref="Count"/> entries.</summary>
public sealed class Candles
{
    /// <summary>Exchange symbol, for example <c>BTCUSDT</c>.</summary>
    public required string Symbol { get; init; }

    /// <summary>Base asset, for example <c>BTC</c>.</summary>
    public required string Base { get; init; }

    /// <summary>Length of one candle.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>Open time of each candle in microseconds since 1970-01-01 UTC, strictly increasing.</summary>
    public required long[] OpenTime { get; init; }

    /// <summary>Price of the first trade.</summary>
    public required double[] Open { get; init; }

    /// <summary>Highest price.</summary>
    public required double[] High { get; init; }

    /// <summary>Lowest price.</summary>
    public required double[] Low { get; init; }

    /// <summary>Price of the last trade.</summary>
    public required double[] Close { get; init; }

    /// <summary>Traded volume in units of the base asset.</summary>
    public required double[] Volume { get; init; }

    /// <summary>Traded volume in units of the quote asset, where the file has it.</summary>
    public double[]? QuoteVolume { get; init; }

    /// <summary>Number of trades, where the file has it.</summary>
    public double[]? Trades { get; init; }

    /// <summary>Volume bought by takers in units of the base asset, where the file has it.</summary>
    public double[]? TakerBuyVolume { get; init; }

    /// <summary>Volume bought by takers in units of the quote asset, where the file has it.</summary>
    public double[]? TakerBuyQuoteVolume { get; init; }

    /// <summary>Number of candles.</summary>
    public int Count => OpenTime.Length;

    /// <summary>Whether candle <paramref name="t"/> directly follows candle t - 1, with no candle missing between them.</summary>
    public bool Follows(int t) => t > 0 && OpenTime[t] - OpenTime[t - 1] == Timeframe.Microseconds;

    /// <summary>Number of candles that open before <paramref name="time"/>, µs since 1970 UTC.</summary>
    public int CountBefore(long time) => Array.BinarySearch(OpenTime, time) is var at && at < 0 ? ~at : at;

    /// <summary>Some of the candles, in columns of their own.</summary>
    public Candles Part(Range range) => With(OpenTime[range], column => column[range]);

    /// <summary>The same market at other open times, each other column made from this one's.</summary>
    /// <param name="openTime">Open times.</param>
    /// <param name="column">Called with every column that is there; the new column has an entry an open time.</param>
    public Candles With(long[] openTime, Func<double[], double[]> column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return new()
        {
            Symbol = Symbol, Base = Base, Timeframe = Timeframe, OpenTime = openTime,
            Open = column(Open), High = column(High), Low = column(Low), Close = column(Close), Volume = column(Volume),
            QuoteVolume = QuoteVolume is null ? null : column(QuoteVolume), Trades = Trades is null ? null : column(Trades),
            TakerBuyVolume = TakerBuyVolume is null ? null : column(TakerBuyVolume),
            TakerBuyQuoteVolume = TakerBuyQuoteVolume is null ? null : column(TakerBuyQuoteVolume),
        };
    }
}
