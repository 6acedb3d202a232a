using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>A candle whose direction a model called, at the close of the one before.</summary>
/// <param name="Candle">Index of the candle that was called.</param>
/// <param name="Row">Index of the test row.</param>
/// <param name="Confident">Whether the confidence reaches the fold's threshold, chosen on validation rows.</param>
/// <param name="Confidence">The confidence.</param>
readonly record struct CalledCandle(int Candle, int Row, bool Confident, double Confidence);

/// <summary>
/// One pair as a model called it and as its calls are traded long or flat at the usual cost, candle by candle. What is decided at the close
/// of a candle is called, filled and held on the next, which is the one that counts here.
/// </summary>
sealed class CalledPair
{
    readonly MarketPart market;

    CalledPair(MarketPart market, CalledCandle[] called, TradingResult all, TradingResult confident) =>
        (this.market, Called, All, Confident) = (market, called, all, confident);

    public Candles Candles => market.Candles;

    /// <summary>The candles that were called, in order of time.</summary>
    public IReadOnlyList<CalledCandle> Called { get; }

    /// <summary>All calls traded.</summary>
    public TradingResult All { get; }

    /// <summary>The confident calls traded.</summary>
    public TradingResult Confident { get; }

    /// <summary>The first pair that has test rows; null where candles are not known, or no called candle is.</summary>
    public static CalledPair? Of(BacktestResult result, ModelPredictions model)
    {
        if (TradedMarket.Of(result) is not { } traded) return null;
        (TestRows rows, MarketPart market) = (result.Rows, traded.Portfolio.Markets[0]);
        bool Sure(int row) => model.IsConfident(row, rows.Fold[row]);
        CalledCandle[] called = [.. traded.RowsOf(0).Select(at => new CalledCandle(market.First + at.Candle + 1, at.Row, Sure(at.Row),
            ModelPredictions.Confidence(model.Down[at.Row], model.Up[at.Row]))).Where(call => market.Candles.Follows(call.Candle))
                .OrderBy(call => call.Candle)];
        return called.Length == 0 ? null
            : new CalledPair(market, called, Trade(row => model.Direction(row)), Trade(row => Sure(row) ? model.Direction(row) : 0));

        TradingResult Trade(Func<int, int> side) => TradingSimulation.Run(market.Candles,
            traded.Positions(row => side(row) * result.Trading.Position)[0],
            TradingMode.LongFlat, result.Trading.Costs(Strategy.UsualCost), market.First);
    }

    /// <summary>Position held during a candle.</summary>
    public double Held(TradingResult trading, int candle) => trading.Position[candle - market.First];

    /// <summary>The last candles of the test, from index to index (exclusive).</summary>
    public Range Last(int count) => Math.Max(Called[0].Candle, Called[^1].Candle + 1 - count)..(Called[^1].Candle + 1);

    /// <summary>The unbroken stretch of called candles with the largest mean confidence; null where there is none of this length.</summary>
    public Range? MostConfident(int count)
    {
        (int best, double most, double sum) = (-1, double.NegativeInfinity, 0);
        for (int i = 0; i < Called.Count; i++)
        {
            sum += Called[i].Confidence - (i >= count ? Called[i - count].Confidence : 0);
            if (i + 1 < count || Called[i].Candle - Called[i + 1 - count].Candle != count - 1 || sum <= most + 1e-9) continue;
            (best, most) = (i + 1 - count, sum);
        }
        return best < 0 ? null : Called[best].Candle..(Called[best].Candle + count);
    }
}
