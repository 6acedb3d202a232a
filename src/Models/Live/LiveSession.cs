namespace NeuralCore.Models.Live;

/// <summary>
/// A served model beside a market that goes on: <see cref="Push"/> takes a finished candle, <see cref="Predict"/> says what the model
/// expects after the pair's last one. Features, forward pass and call give what the whole history at once would give (<see cref="LiveMarket"/>).
/// From any thread; models may be shared by any number of sessions.
/// </summary>
public sealed class LiveSession
{
    readonly LivePredictor predictor;

    internal LiveSession(LivePredictor predictor, LiveMarket market) => (this.predictor, Market) = (predictor, market);

    /// <summary>The candles.</summary>
    public LiveMarket Market { get; }

    /// <inheritdoc cref="LiveMarket.Push"/>
    public void Push(LiveCandle candle) => Market.Push(candle);

    /// <summary>What the model says of the candle after the pair's last one.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair.</exception>
    /// <exception cref="InvalidOperationException">Neither the model nor the fallback can answer, for example since there was a gap.</exception>
    public LivePrediction Predict(string symbol)
    {
        if (!Market.Symbols.Contains(symbol))
            throw new ArgumentException($"live market: expected one of {string.Join(", ", Market.Symbols)}, got '{symbol}'");
        return predictor.Predict(symbol, model =>
        {
            MarketSeries series = Market.Series(symbol, model.Model.FeatureSets);
            return (series, series.Candles.Count - 1);
        });
    }
}
