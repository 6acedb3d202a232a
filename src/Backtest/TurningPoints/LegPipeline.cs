using System.Globalization;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>What the pipeline is asked for, for every pair and timeframe alike.</summary>
/// <param name="Model">The model with its settings.</param>
/// <param name="TrainTo">End of training, exclusive, microseconds UTC; null: three fifths of the pair's time.</param>
/// <param name="ValidateTo">End of validation; null: four fifths.</param>
/// <param name="Seed">Seed of training and intervals.</param>
sealed record LegOptions(ZigZagModel Model, long? TrainTo, long? ValidateTo, ulong Seed);

/// <summary>
/// The zigzag of one pair and timeframe: which legs train, validate and are scored, and what is made of them. A leg belongs to the part of
/// time in which it is decided; one that trains or validates must also end there, confirmation included, and is left out otherwise. The
/// test scores every leg that is decided in it and ends by its end, each once.
/// </summary>
static class LegPipeline
{
    /// <summary>A model that was trained, with what config.json and metrics.json say of it.</summary>
    /// <param name="Predictor">The model.</param>
    /// <param name="Fit">How it was trained.</param>
    /// <param name="TrainingLegs">Legs that it was trained on.</param>
    /// <param name="Validation">Its figures on the validation legs, which decided when training ended.</param>
    /// <param name="Metadata">Facts of the training by name.</param>
    internal sealed record Trained(Predictor Predictor, FitResult Fit, int TrainingLegs, LegScores Validation,
        IReadOnlyDictionary<string, string> Metadata);

    /// <summary>Trains on the legs of a pair.</summary>
    /// <exception cref="InvalidDataException">There are no candles of a part, or no legs to train or to validate.</exception>
    public static Trained Train(Candles candles, LegOptions options, Action<Epoch> progress, CancellationToken cancellation)
    {
        Fold fold = Parts(candles, options);
        MarketSeries series = MarketSeries.Of([candles], options.Model.FeatureSets, cancellation)[0];
        Windows training = Rows(series, options.Model, fold.TrainFrom, fold.TrainTo);
        Windows validation = Rows(series, options.Model, fold.ValidateFrom, fold.ValidateTo);
        if (training.Count == 0 || validation.Count == 0)
            throw new InvalidDataException($"{candles.Symbol} {candles.Timeframe}: expected legs to train and to validate before "
                + $"{Format.Time(fold.ValidateTo)}, got {training.Count} and {validation.Count} among {candles.Count} candles");
        Predictor predictor = options.Model.Create();
        FitResult fit = predictor.Fit(training, validation, new FitContext(options.Seed, progress, Cancellation: cancellation));
        cancellation.ThrowIfCancellationRequested();

        bool majority = Enumerable.Range(0, training.Count).Sum(training.Value) >= 0;
        ScoredLeg[] validated = ScoredLeg.Of(predictor, validation);
        float threshold = ModelPredictions.TopTenth([.. validated.Select(leg => 1 - leg.Probability)],
            [.. validated.Select(leg => leg.Probability)]);
        return new Trained(predictor, fit, training.Count, LegScores.Of(validated, majority, options.Seed), new Dictionary<string, string>
        {
            ["timeframe"] = candles.Timeframe.ToString(), ["pairs"] = candles.Base, ["data_hash"] = CandleSet.Hash([candles]),
            ["target"] = LegEnds.Target.Name, ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["trained_from"] = Format.Iso(fold.TrainFrom), ["validated_from"] = Format.Iso(fold.ValidateFrom),
            ["trained_until"] = Format.Iso(fold.ValidateTo),
            ["training_rows"] = Whole(training.Count), ["validation_rows"] = Whole(validation.Count),
            ["epochs_trained"] = Whole(fit.History?.Epochs.Count ?? 0),
            ["majority"] = majority ? "UP" : "DOWN", ["confidence_threshold"] = Format.Number(threshold),
        });
    }

    /// <summary>Lets a trained model say how the legs of a pair end that are decided from one time on and end by another.</summary>
    public static ScoredLeg[] Score(Predictor predictor, Candles candles, long from, long to, CancellationToken cancellation)
    {
        MarketSeries series = MarketSeries.Of([candles], predictor.Model.FeatureSets, cancellation)[0];
        return ScoredLeg.Of(predictor, Rows(series, predictor.Model, from, to));
    }

    /// <summary>What a trained model says of the leg that now runs: at its decision point, and with what is known since then.</summary>
    /// <returns>Null where no leg runs whose side has an earlier turning point, or too few candles lie before its decision point.</returns>
    public static RunningLeg? Running(Predictor predictor, Candles candles, CancellationToken cancellation)
    {
        ZigZag zigzag = ZigZag.Of(candles, LegEnds.Reversal);
        Leg now = Leg.Of(candles).LastOrDefault();
        if (now.Side == 0 || double.IsNaN(now.Left)) return null;
        int decision = zigzag.Pivots[^1].ConfirmedIndex;
        MarketSeries series = MarketSeries.Of([candles], predictor.Model.FeatureSets, cancellation)[0];
        if (!series.HasWindow(decision, predictor.Model.Window)) return null;
        float probability = predictor.Predict(series, decision).Up;
        return new RunningLeg(now.Side, zigzag.Pivots[^1].ConfirmedAt, zigzag.Pivots[^2].Price, probability, now.Passed);
    }

    static Windows Rows(MarketSeries series, DirectionModel model, long from, long to) =>
        Windows.Select([series], model.Window, (_, time) => time >= from && time < to, labelled: false, knownBy: to).For(LegEnds.Target);

    /// <summary>The parts of a pair's time: those asked for, else three, one and one fifth of it.</summary>
    static Fold Parts(Candles candles, LegOptions options)
    {
        if (candles.Count < 3)      // a part of time each
            throw new InvalidDataException($"{candles.Symbol} {candles.Timeframe}: expected at least 3 candles, got {candles.Count}");
        long first = candles.OpenTime[0], unit = candles.Timeframe.Microseconds, count = (candles.OpenTime[^1] - first) / unit + 1;
        return Folds.Split([candles], options.TrainTo ?? first + count * 3 / 5 * unit, options.ValidateTo ?? first + count * 4 / 5 * unit,
            null, new FoldOptions())[0];
    }

    static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The leg that runs at the last candle, as a model sees it.</summary>
/// <param name="Side">1 up, -1 down.</param>
/// <param name="DecidedAt">Close of the candle at which its begin was confirmed.</param>
/// <param name="Previous">Price of the last turning point of its side.</param>
/// <param name="Probability">That it ends beyond that price, as the model said at <paramref name="DecidedAt"/>.</param>
/// <param name="Passed">Whether it has passed that price by now.</param>
sealed record RunningLeg(int Side, long DecidedAt, double Previous, float Probability, bool Passed)
{
    /// <summary>The turning point that the model expects.</summary>
    public Swing Expected => ScoredLeg.End(Side, Probability > 0.5f);
}
