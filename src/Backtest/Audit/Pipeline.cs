using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>The rows of a fold.</summary>
/// <param name="Training">Rows that train.</param>
/// <param name="Validation">Rows that decide when training stops, confidence thresholds and the temperature.</param>
/// <param name="Test">Rows that are judged.</param>
public sealed record Parts(Windows Training, Windows Validation, Windows Test);

/// <summary>What a fit leaves behind: everything that must not depend on test rows.</summary>
/// <param name="Predict">Probabilities of rows.</param>
/// <param name="Scalers">Each scaler with the features that it scales; none for a model that sees them raw.</param>
/// <param name="Labels">How returns become classes.</param>
/// <param name="ConfidenceThreshold">Confidence of the most confident tenth of the validation rows.</param>
public sealed record Fitted(
    Func<Windows, Prediction[]> Predict, IReadOnlyList<(FeatureSet Features, Scaler Scaler)> Scalers, LabelRule Labels,
        float ConfidenceThreshold)
{
    /// <summary>
    /// Temperature of the <see cref="Recalibration"/>, fitted on the validation rows; 1 leaves probabilities as they are.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Thresholds of <see cref="CoverageCurve.Coverages"/>, in that order, chosen on the validation rows.</summary>
    public IReadOnlyList<double> CoverageThresholds { get; init; } = [];
}

/// <summary>
/// The way from candles to judged predictions, step by step, as a backtest goes it. The <see cref="Audit"/> runs the steps on candles
/// whose future was changed; a step can be replaced by another, such as one with a leak.
/// </summary>
public sealed record Pipeline
{
    /// <summary>The model.</summary>
    public required DirectionModel Model { get; init; }

    /// <summary>Definitions of the features that the model sees.</summary>
    public required IReadOnlyList<Feature> Features { get; init; }

    /// <summary>From candles to features and labels.</summary>
    public required Func<IReadOnlyList<Candles>, CancellationToken, IReadOnlyList<MarketSeries>> Series { get; init; }

    /// <summary>The label of every candle of a pair, with the time at which the folds take it to be known.</summary>
    public required Func<Candles, Label> Label { get; init; }

    /// <summary>From features to the rows of a fold.</summary>
    public required Func<IReadOnlyList<MarketSeries>, Fold, Parts> Rows { get; init; }

    /// <summary>From rows to a fitted model. Test rows are given, so that a test can plant their misuse.</summary>
    public required Func<Parts, FitContext, Fitted> Fit { get; init; }

    /// <summary>The pipeline of a model, as <see cref="BacktestRun"/> has it.</summary>
    public static Pipeline Of(DirectionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Pipeline
        {
            Model = model,
            Features = [.. model.FeatureSets.SelectMany(set => set.Definitions).DistinctBy(feature => feature.Name)],
            Series = (pairs, cancellation) => MarketSeries.Of(pairs, model.FeatureSets, cancellation),
            Label = NextReturns,
            Rows = (series, fold) => new FoldRows(series, fold, -1, model.Window, []) is var rows
                ? new(rows.Training, rows.Validation, rows.Test) : null!,
            Fit = (parts, context) => FitModel(model, parts, context),
        };
    }

    /// <summary>The returns that windows are labelled with, known when a fold with a horizon of one candle says so.</summary>
    static Label NextReturns(Candles candles)
    {
        double[] next = new MarketSeries(candles, []).NextReturn;
        long span = 2 * candles.Timeframe.Microseconds;
        return new Label(candles, next, [.. next.Select((r, t) => double.IsFinite(r) ? candles.OpenTime[t] + span : long.MaxValue)]);
    }

    static Fitted FitModel(DirectionModel model, Parts parts, FitContext context)
    {
        Predictor predictor = model.Create();
        predictor.Fit(parts.Training, parts.Validation, context);
        return EvaluationChoices.Of(model, parts, new Fitted(predictor.Predict,
            [.. predictor.Members.Where(m => m.Scaler is not null).Select(m => (m.Model.Inputs, m.Scaler!))], predictor.Labels!,
                float.NaN));
    }
}
