namespace NeuralCore.Models.Live;

/// <summary>
/// A served model beside a market that goes on: <see cref="Push"/> takes a finished candle, <see cref="Predict"/> says what the model
/// expects after the pair's last one. Features, forward pass and call give what the whole history at once would give
/// (<see cref="LiveMarket"/>). Each model has a market of its own. From any thread; models may be shared by any number of sessions.
/// </summary>
public sealed class LiveSession
{
    readonly Lock gate = new();
    readonly LivePredictor predictor;
    readonly Dictionary<Predictor, LiveMarket> markets;
    readonly Dictionary<Predictor, string> problems;

    internal LiveSession(
        LivePredictor predictor, string[] symbols, Dictionary<Predictor, LiveMarket> markets, Dictionary<Predictor, string> problems)
        => (this.predictor, Symbols, this.markets, this.problems) = (predictor, symbols, markets, problems);

    /// <summary>The pairs.</summary>
    public IReadOnlyCollection<string> Symbols { get; }

    /// <inheritdoc cref="LiveMarket.Push"/>
    public void Push(LiveCandle candle)
    {
        RequirePair(candle.Symbol);
        // All markets hold the same last candle of a pair: what the first refuses reaches none.
        lock (gate)
            foreach (LiveMarket market in markets.Values)
                if (market.Symbols.Contains(candle.Symbol)) market.Push(candle);
    }

    /// <summary>What the model says of the candle after the pair's last one.</summary>
    /// <exception cref="ArgumentException">The market does not hold the pair.</exception>
    /// <exception cref="InvalidOperationException">Neither the model nor the fallback can answer, for example since there was a
    /// gap.</exception>
    public LivePrediction Predict(string symbol)
    {
        RequirePair(symbol);
        return predictor.Predict(symbol, model =>
        {
            if (problems.TryGetValue(model, out string? problem)) throw new InvalidOperationException(problem);
            MarketSeries series = markets[model].Series(symbol);
            return (series, series.Candles.Count - 1);
        });
    }

    void RequirePair(string symbol)
    {
        if (!Symbols.Contains(symbol))
            throw new ArgumentException($"live market: expected one of {string.Join(", ", Symbols)}, got '{symbol}'");
    }
}
