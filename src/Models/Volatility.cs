using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// volatility: will the range ln(H/L) of the next candle exceed the median of its pair's last seven days? Gradient boosting on ranges,
/// moves, volumes and the time of day, the features <c>volatility</c>; P(up) is the probability of the wider range. It says nothing about
/// the direction: it sizes positions and gates the calls of other models.
/// </summary>
public sealed record Volatility : BoostingModel
{
    /// <summary>Sets volatility's own window, one candle, its two classes, and its trees: learning rate 0.05, 31 leaves.</summary>
    public Volatility() => (Window, NeutralShare, LearningRate, MaxLeafNodes) = (1, 0, 0.05, 31);

    /// <summary>
    /// +1 where the next candle's range exceeds the median of the seven days before it (<see cref="Labels.RangeAboveMedian(Candles)"/>),
    /// -1 where it does not. The median and not the mean, which skewed ranges exceed on fewer than half of the candles. The rule beside it
    /// says that the next range is as this candle's own was: over its median or not.
    /// </summary>
    public static Target RangeAboveMedian { get; } = new("volatility", Signs)
    {
        Says = "range above its 7-day median",
        Names = ("wide", "narrow"),
        Rule = candles =>
        {
            Label own = Signs(candles);     // that of candle t - 1 is known at the close of t
            return [.. Enumerable.Range(0, candles.Count).Select(t => t > 0 && own.IsKnown(t - 1) ? own.Values[t - 1] : 0)];
        },
    };

    static Label Signs(Candles candles)
    {
        Label wide = Labels.RangeAboveMedian(candles);
        return wide.Map(t => 2 * wide.Values[t] - 1);
    }

    /// <inheritdoc/>
    public override string Name => "volatility";

    /// <inheritdoc/>
    public override Target Target => RangeAboveMedian;

    /// <inheritdoc/>
    public override Target Judged => RangeAboveMedian;

    /// <summary>The set <c>volatility</c>; it reads no others.</summary>
    /// <exception cref="ArgumentException">Another set was given.</exception>
    public override FeatureSet Features
    {
        get => FeatureSet.Named("volatility");
        init => RequireOwn(value);
    }

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;
}
