using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// rule3, a baseline without training: the short-term reversal of three features (<see cref="Feature.All"/>), each over the size that it
/// usually has.
/// <code>
/// s = -(vwd / 0.473 + vwd24 / 0.449 + mtb4 / 0.290)          its sign is the direction called
/// p(up) = σ(0.05 s)                                          so that |s| is the confidence
/// </code>
/// A price over the one at which its volume was traded, after a market that was bought, falls back. The slope 0.05 is of the size that a
/// logistic regression on s finds; it changes no call and no order of confidences.
/// </summary>
public sealed record Rule3 : DirectionModel
{
    const double Slope = 0.05;

    static readonly (string Feature, double Size)[] Terms = [("vwd", 0.473), ("vwd24", 0.449), ("mtb4", 0.290)];

    /// <summary>Sets rule3's own window, one candle, and its two classes.</summary>
    public Rule3() => (Window, NeutralShare) = (1, 0);

    /// <inheritdoc/>
    public override string Name => "rule3";

    /// <summary>Its three features; it reads no others.</summary>
    /// <exception cref="ArgumentException">Another set was given.</exception>
    public override FeatureSet Features
    {
        get => FeatureSet.Named("rule3");
        init => RequireOwn(value);
    }

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;

    /// <inheritdoc/>
    public override Predictor Create() => new UntrainedPredictor(this, window => Probabilities(Score(window)));

    /// <summary>s of a candle from its values of vwd, vwd24 and mtb4, which stand last in <paramref name="window"/>.</summary>
    public static double Score(ReadOnlySpan<float> window)
    {
        ReadOnlySpan<float> last = window[^Terms.Length..];
        double sum = 0;
        for (int f = 0; f < Terms.Length; f++) sum += last[f] / Terms[f].Size;
        return -sum;
    }

    /// <summary>s of every candle of every pair, NaN where it is not known yet.</summary>
    /// <param name="pairs">All pairs of the market.</param>
    /// <param name="cancellation">Ends the computation.</param>
    /// <exception cref="InvalidDataException">A pair lacks quote volume or taker-buy volume.</exception>
    public static double[][] Scores(IReadOnlyList<Candles> pairs, CancellationToken cancellation = default)
        => [.. new Rule3().Features.Compute(pairs, cancellation).Select(columns => Enumerable.Range(0, columns[0].Length)
            .Select(t => Score([(float)columns[0][t], (float)columns[1][t], (float)columns[2][t]])).ToArray())];

    /// <summary>The prediction of a score.</summary>
    internal static Prediction Probabilities(double score)
    {
        float up = (float)(1 / (1 + ScalarMath.Exp(-Slope * score)));
        return new Prediction(1 - up, 0, up);
    }
}
