namespace NeuralCore.Models;

/// <summary>
/// v2, the baseline without training: a weighted average of the six signals' votes, fixed before any network ran (docs/week3.md).
/// <code>
/// momentum        sign                                   0.25
/// trend           sign                                   0.25
/// rsi             +1 under 30, -1 over 70, else 0        0.15
/// macd            sign                                   0.15
/// volatility      -sign(momentum) where the candle's range exceeds the window's mean range, else 0     0.10
/// volume change   sign(momentum) where volume rose, else 0                                             0.10
/// </code>
/// The score s in [-1, 1] becomes probabilities by softmax(-3s, 1, 3s) of DOWN, NEUTRAL, UP: a call needs |s| > 1/3. With two classes
/// (neutral_share 0) NEUTRAL has probability 0 and the others softmax(-3s, 3s).
/// </summary>
public sealed record V2 : DirectionModel
{
    /// <summary>Weights of momentum, trend, rsi, macd, volatility and volume change; they sum to 1.</summary>
    public static IReadOnlyList<double> Weights { get; } = [0.25, 0.25, 0.15, 0.15, 0.10, 0.10];

    /// <inheritdoc/>
    public override string Name => "v2";

    /// <summary>The six signals; v2 reads no others.</summary>
    /// <exception cref="ArgumentException">Another set was given.</exception>
    public override FeatureSet Features
    {
        get => FeatureSet.Named("week3");
        init => RequireOwn(value);
    }

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;

    /// <inheritdoc/>
    public override Predictor Create() => new UntrainedPredictor(this, window => Probabilities(Score(window)));

    /// <summary>The weighted vote for a window of raw signals (T, 6).</summary>
    public static double Score(ReadOnlySpan<float> window)
    {
        int width = Week3Signals.Names.Count, steps = window.Length / width;
        ReadOnlySpan<float> last = window[((steps - 1) * width)..];
        double meanRange = 0;
        for (int t = 0; t < steps; t++) meanRange += window[t * width + 4];
        meanRange /= steps;
        int momentum = Math.Sign(last[0]);
        ReadOnlySpan<double> votes =
        [
            momentum,
            Math.Sign(last[1]),
            last[2] < 30 ? 1 : last[2] > 70 ? -1 : 0,
            Math.Sign(last[3]),
            last[4] > meanRange ? -momentum : 0,
            last[5] > 0 ? momentum : 0,
        ];
        double score = 0;
        for (int i = 0; i < votes.Length; i++) score += Weights[i] * votes[i];
        return score;
    }

    /// <summary>The prediction of a score.</summary>
    Prediction Probabilities(double score)
    {
        float s = (float)score;
        Span<float> p = [-3 * s, NeutralShare > 0 ? 1 : float.NegativeInfinity, 3 * s];
        NeuralCore.Probabilities.Softmax(p, p);
        return new Prediction(p[0], p[1], p[2]);
    }
}
