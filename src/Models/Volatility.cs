using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// volatility: will the range ln(H/L) of the next candle exceed the median of its pair's last seven days? Gradient boosting on ranges,
/// moves, volumes and the time of day, the features <c>volatility</c>; P(up) is the probability of the wider range. It says nothing about
/// the direction: it sizes positions and gates the calls of other models.
/// </summary>
public sealed record Volatility : ClassicalModel
{
    /// <summary>Sets volatility's own window, one candle, and its two classes.</summary>
    public Volatility() => (Window, NeutralShare) = (1, 0);

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

    /// <summary>Trees.</summary>
    public int MaxIter { get; init; } = 200;

    /// <summary>Share of each Newton step that is taken.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Most leaves of a tree.</summary>
    public int MaxLeafNodes { get; init; } = 31;

    /// <summary>Least number of training rows in a leaf; see <see cref="ClassicalModel.RowsOfLeaf"/>.</summary>
    public int MinSamplesLeaf { get; init; } = 500;

    /// <summary>Added to the sum of second derivatives of each leaf.</summary>
    public double L2 { get; init; } = 1;

    /// <inheritdoc/>
    public override DirectionModel WithFeatures(FeatureSet features) => this;

    /// <inheritdoc/>
    public override Type FittedType => typeof(BoostedTrees);

    /// <inheritdoc/>
    public override TabularModel Fit(LabelledRows training, LabelledRows? validation, FitContext context) => new HistogramGradientBoosting
    {
        MaxIterations = MaxIter, LearningRate = LearningRate, MaxLeafNodes = MaxLeafNodes, L2Regularization = L2,
        MinSamplesLeaf = RowsOfLeaf(MinSamplesLeaf, training.Count),
    }.Fit(training, null, context.Threads, context.Cancellation);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("max_iter", MaxIter),
        ("learning_rate", LearningRate), ("max_leaf_nodes", MaxLeafNodes), ("min_samples_leaf", MinSamplesLeaf), ("l2", L2)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "max_iter" => this with { MaxIter = Whole(name, value) },
        "learning_rate" => this with { LearningRate = Number(name, value) },
        "max_leaf_nodes" => this with { MaxLeafNodes = Whole(name, value, 2) },
        "min_samples_leaf" => this with { MinSamplesLeaf = Whole(name, value) },
        "l2" => this with { L2 = Number(name, value, orZero: true) },
        _ => base.With(name, value),
    };
}
