using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>Lets one trained model predict rows and makes of it what the reports are made of.</summary>
/// <param name="Predictor">The model.</param>
/// <param name="Fold">Its training and the rows' time.</param>
/// <param name="MajorityUp">Whether at least half of the training rows have a truth over 0: for a direction model, rose.</param>
/// <param name="ConfidenceThreshold">Confidence that a tenth of its validation rows reached; NaN where unknown.</param>
sealed record ModelJudge(Predictor Predictor, Fold Fold, bool MajorityUp, float ConfidenceThreshold)
{
    /// <summary>Training and validation rows.</summary>
    public (long Training, long Validation) TrainedRows { get; init; }

    /// <summary>Epochs of the training.</summary>
    public int Epochs { get; init; }

    /// <summary>The training epoch by epoch; null where it is not known.</summary>
    public History? History { get; init; }

    /// <summary>A phrase about the model for the report.</summary>
    public string? Description { get; init; }

    /// <summary>What strategies pay on top of fees, and how much they hold.</summary>
    public TradingOptions Trading { get; init; } = new();

    /// <summary>Predicts the rows.</summary>
    public BacktestResult Judge(Windows rows, BacktestData data, RunHeader header, ulong seed, IReadOnlyList<string> notes)
    {
        Prediction[] predictions = Predictor.Predict(rows);
        (DirectionModel model, Target target) = (Predictor.Model, Predictor.Model.Judged);
        bool other = target != Target.Direction;
        return new BacktestResult
        {
            Version = header.Version,
            Protocol = "evaluate",
            Data = data.Description,
            Timeframe = data.Pairs[0].Timeframe,
            Seed = seed,
            Options = header.Options,
            Pairs = [.. rows.Series.Select((s, i) => PairFacts.Of(s, data.PairNotes[i]))],
            Folds = [new FoldFacts(Fold, TrainedRows.Training, TrainedRows.Validation)],
            Rows = RowsOf(rows, data.Market),
            Candles = data.Pairs,
            Trading = Trading,
            Models =
            [
                new ModelPredictions
                {
                    Model = model.Name,
                    Features = model.FeatureSets,
                    Description = Description,
                    Down = [.. predictions.Select(p => p.Down)],
                    Neutral = [.. predictions.Select(p => p.Neutral)],
                    Up = [.. predictions.Select(p => p.Up)],
                    ConfidenceThreshold = [ConfidenceThreshold],
                    Epochs = [Epochs],
                    IsNetwork = model is NetworkModel,
                    Target = target.Name,
                    Says = target.Says,
                    Unit = target.Unit,
                    TargetHorizon = target.Horizon,
                    Truth = other ? [.. rows.Rows.Select(row => rows.Series[row.Pair].Label(target).Values[row.End])] : null,
                    Rule = other && target.Rule is { } rule ? Column(rows, rule) : null,
                    MajorityUp = other ? [.. Enumerable.Repeat(MajorityUp, rows.Count)] : [],
                    Horizons = model.Horizons,
                    Forecast = model.Horizons.Count == 0 ? [] : Predictor.Forecast(rows),
                    Trainings = History is null ? [] : [new TrainingRun(0, -1, History)],
                },
            ],
            Notes = [.. data.Notes, .. notes],
            Run = new RunFacts(header.Started, (DateTimeOffset.UtcNow - header.Started).TotalSeconds, 1, header.Out)
            {
                Command = header.Command,
            },
        };
    }

    static double[] Column(Windows rows, Func<Candles, double[]> of)
    {
        double[][] columns = [.. rows.Series.Select(series => of(series.Candles))];
        return [.. rows.Rows.Select(row => columns[row.Pair][row.End])];
    }

    TestRows RowsOf(Windows rows, IReadOnlyList<Candles> market)
    {
        LabelRule labels = Predictor.Labels!;
        // The rule looks across pairs: its scores are of all of them, like the features.
        Dictionary<string, double[]>? rule3 = market.Count == 0 || new Rule3().Features.Lacking(market).Length > 0 ? null
            : market.Zip(Rule3.Scores(market)).ToDictionary(pair => pair.First.Base, pair => pair.Second);
        double[] next = [.. Enumerable.Range(0, rows.Count).Select(rows.NextReturn)];
        return new TestRows
        {
            Pair = [.. rows.Rows.Select(r => r.Pair)],
            Time = [.. rows.Rows.Select(r => rows.Series[r.Pair].Candles.OpenTime[r.End])],
            Fold = new int[rows.Count],
            Return = next,
            Label = [.. next.Select(r => (byte)labels.Class(r))],
            LastReturn = [.. rows.Rows.Select(r => rows.Series[r.Pair].Candles.Close is var close
                ? close[r.End] / close[r.End - 1] - 1 : 0)],
            Momentum = [.. rows.Rows.Select(r => TestRows.MomentumAt(rows.Series[r.Pair].Candles, r.End))],
            Rule3 = rule3 is null ? null : [.. rows.Rows.Select(r => rule3[rows.Series[r.Pair].Candles.Base][r.End])],
            Majority = [.. next.Select(_ => MajorityUp ? TestRows.Up : TestRows.Down)],
        };
    }
}
