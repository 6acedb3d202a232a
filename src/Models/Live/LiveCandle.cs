using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Models.Live;

/// <summary>One finished candle of one pair.</summary>
/// <param name="Symbol">Exchange symbol, for example <c>BTCUSDT</c>.</param>
/// <param name="OpenTime">Microseconds since 1970-01-01 UTC.</param>
/// <param name="Open">Price of the first trade.</param>
/// <param name="High">Highest price.</param>
/// <param name="Low">Lowest price.</param>
/// <param name="Close">Price of the last trade.</param>
/// <param name="Volume">Traded volume in units of the base asset.</param>
public readonly record struct LiveCandle(string Symbol, long OpenTime, double Open, double High, double Low, double Close, double Volume)
{
    /// <summary>Traded volume in units of the quote asset; NaN where not known.</summary>
    public double QuoteVolume { get; init; } = double.NaN;

    /// <summary>Number of trades; NaN where not known.</summary>
    public double Trades { get; init; } = double.NaN;

    /// <summary>Volume bought by takers in units of the base asset; NaN where not known.</summary>
    public double TakerBuyVolume { get; init; } = double.NaN;

    /// <summary>Volume bought by takers in units of the quote asset; NaN where not known.</summary>
    public double TakerBuyQuoteVolume { get; init; } = double.NaN;

    /// <summary>Candle <paramref name="t"/> of a pair.</summary>
    public static LiveCandle Of(Candles candles, int t)
    {
        ArgumentNullException.ThrowIfNull(candles);
        return new(
            candles.Symbol, candles.OpenTime[t], candles.Open[t], candles.High[t], candles.Low[t], candles.Close[t], candles.Volume[t])
        {
            QuoteVolume = candles.QuoteVolume?[t] ?? double.NaN,
            Trades = candles.Trades?[t] ?? double.NaN,
            TakerBuyVolume = candles.TakerBuyVolume?[t] ?? double.NaN,
            TakerBuyQuoteVolume = candles.TakerBuyQuoteVolume?[t] ?? double.NaN,
        };
    }

    /// <summary>The candles without the first <paramref name="dropped"/>, and this one after them.</summary>
    internal Candles After(Candles candles, int dropped)
    {
        return new()
        {
            Symbol = candles.Symbol, Base = candles.Base, Timeframe = candles.Timeframe,
            OpenTime = [.. candles.OpenTime.AsSpan(dropped), OpenTime],
            Open = Joined(candles.Open, Open)!, High = Joined(candles.High, High)!, Low = Joined(candles.Low, Low)!,
            Close = Joined(candles.Close, Close)!, Volume = Joined(candles.Volume, Volume)!,
            QuoteVolume = Joined(candles.QuoteVolume, QuoteVolume), Trades = Joined(candles.Trades, Trades),
            TakerBuyVolume = Joined(candles.TakerBuyVolume, TakerBuyVolume),
            TakerBuyQuoteVolume = Joined(candles.TakerBuyQuoteVolume, TakerBuyQuoteVolume),
        };

        double[]? Joined(double[]? column, double value) => column is null ? null : [.. column.AsSpan(dropped), value];
    }

    /// <summary>Becomes candle <paramref name="t"/> of these.</summary>
    internal void WriteTo(Candles candles, int t)
    {
        candles.OpenTime[t] = OpenTime;
        (candles.Open[t], candles.High[t], candles.Low[t], candles.Close[t], candles.Volume[t]) = (Open, High, Low, Close, Volume);
        if (candles.QuoteVolume is { } quoteVolume) quoteVolume[t] = QuoteVolume;
        if (candles.Trades is { } trades) trades[t] = Trades;
        if (candles.TakerBuyVolume is { } takers) takers[t] = TakerBuyVolume;
        if (candles.TakerBuyQuoteVolume is { } takersQuote) takersQuote[t] = TakerBuyQuoteVolume;
    }

    /// <summary>Requires that the candle can follow these: later, on the grid of the timeframe, finished, with possible numbers.</summary>
    /// <param name="candles">The pair so far.</param>
    /// <param name="now">The present time, µs since 1970 UTC.</param>
    /// <exception cref="ArgumentException">It cannot.</exception>
    internal void Check(Candles candles, long now)
    {
        long length = candles.Timeframe.Microseconds;
        if (candles.Count > 0 && OpenTime <= candles.OpenTime[^1])
            throw Wrong($"later than the last one, {TimeText.ToIso(candles.OpenTime[^1])}",
                OpenTime == candles.OpenTime[^1] ? "it again" : "an earlier one");
        if (candles.Count > 0 && (OpenTime - candles.OpenTime[^1]) % length != 0)
            throw Wrong($"whole candles of {candles.Timeframe} after {TimeText.ToIso(candles.OpenTime[^1])}", "a time between them");
        if (OpenTime > now - length)
            throw Wrong("that has closed", $"one that closes at {TimeText.ToIso(OpenTime + length)}, now is {TimeText.ToIso(now)}");
        foreach ((string name, double price) in
            (ReadOnlySpan<(string, double)>)[("open", Open), ("high", High), ("low", Low), ("close", Close)])
            if (!double.IsFinite(price) || price <= 0) throw Wrong("with positive prices", Invariant($"{name} {price}"));
        if (High < Math.Max(Open, Close) || Low > Math.Min(Open, Close))
            throw Wrong("whose open and close lie between low and high", Invariant($"{Open}, {High}, {Low}, {Close}"));
        foreach ((string name, double amount, bool asked) in (ReadOnlySpan<(string, double, bool)>)
        [
            ("volume", Volume, true), ("quote volume", QuoteVolume, candles.QuoteVolume is not null),
            ("trades", Trades, candles.Trades is not null),
            ("taker-buy volume", TakerBuyVolume, candles.TakerBuyVolume is not null),
            ("taker-buy quote volume", TakerBuyQuoteVolume, candles.TakerBuyQuoteVolume is not null),
        ])
            if (asked && !(amount >= 0 && double.IsFinite(amount)))
                throw Wrong("with all columns that the history has, each at least 0", Invariant($"{name} {amount}"));
    }

    ArgumentException Wrong(string expected, string got)
        => new($"candle {Symbol} {TimeText.ToIso(OpenTime)}: expected one {expected}, got {got}");
}
