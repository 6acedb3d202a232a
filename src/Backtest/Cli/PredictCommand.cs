using System.CommandLine;
using NeuralCore.Models;
using NeuralCore.Models.Data;
using NeuralCore.Models.Live;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>predict</c>: what a trained model says of the candle after each of the last ones.</summary>
static class PredictCommand
{
    public static Command Create(Session session)
        => new Command("predict", "Says what a trained model expects of the candle after the last one")
    {
        Text("model", "DIR", "Folder of a trained model"), Text("onnx", "FILE", "Instead, a file that 'export' wrote"),
        Data("Folder of candles, or a single file of them"), Pairs(),
        Text("last", "N", "Predict after each of the last N candles of each pair [1]"),
        Text("fallback", "DIR", "Folder of the model that answers where the first one is missing, damaged or fails"),
        Text("shadow", "DIR", "Folder of a model that is asked too, for the log alone"),
        Text("log", "FILE", "Gets a JSON line for each prediction; FILE.1, FILE.2, ... are former ones"), Json("the predictions"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string? onnx = s.Text("onnx");
        if (onnx is not null && s.Text("model") is not null)
            throw new UsageException("--onnx: expected either a file or --model, got both");
        string modelPath = onnx ?? s.Required("model"), path = s.Required("data");
        string[]? pairs = s.List("pairs");
        int last = s.Whole("last", 1, 1);
        var (fallback, shadow, log, json) = (s.Text("fallback"), s.Text("shadow"), s.Text("log"), s.Flag("json"));
        bool served = (fallback ?? shadow ?? log) is not null;
        if (served && onnx is not null) throw new UsageException("--onnx: expected without --fallback, --shadow and --log");
        LivePredictor? live = served ? LivePredictor.Open(FolderOf(modelPath), new LiveOptions
        {
            Fallback = fallback is null ? null : FolderOf(fallback), Shadow = shadow is null ? null : FolderOf(shadow),
            Log = log is null ? null : new JsonLog(log), Note = session.Note,
        }) : null;
        TrainedModel model = live is not null ? new TrainedModel(live.Folder, live.Predictor, live.Predictor.Training)
            : onnx is null ? TrainedModel.Load(modelPath) : TrainedModel.LoadOnnx(modelPath);
        Timeframe timeframe = Models.Data.Timeframe.Parse(model.Timeframe);
        Windows rows = ModelCandles.Last(session, model, path, pairs, last);
        PredictionOutput said = live is null ? PredictionOutput.Of(model.Predictor, rows)
            : Served(live, rows, path, session, standsIn: live.Folder != FolderOf(modelPath));
        session.Cancellation.ThrowIfCancellationRequested();
        if (json) session.Out.WriteLine(said.Json(timeframe));
        else session.Out.Write(said.Table().ToPlainText());
    }

    /// <summary>The folder of the one model at a path; the path itself where there is none, so that reading it gives the error.</summary>
    static string FolderOf(string path)
    {
        try
        {
            return TrainedModel.Find(path);
        }
        catch (InvalidDataException)
        {
            return path;
        }
    }

    /// <summary>
    /// Row by row behind the service; what the fallback answers is said, and has no forecasts. The rows are those of the model that
    /// answers; the others see series of their own, and what they lack is their problem.
    /// </summary>
    /// <param name="live">The models.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="path">Where their candles are from.</param>
    /// <param name="session">Gets the notes.</param>
    /// <param name="standsIn">Whether the fallback answers all, since the model cannot be read.</param>
    static PredictionOutput Served(LivePredictor live, Windows rows, string path, Session session, bool standsIn)
    {
        var others = live.Models.Where(m => m.Predictor != live.Predictor).ToDictionary(m => m.Predictor,
            m => new Lazy<Dictionary<string, MarketSeries>>(
                () => ModelCandles.Beside(session, new TrainedModel(m.Folder, m.Predictor, m.Predictor.Training), path, rows)));
        LivePrediction[] answers;
        try
        {
            answers = [.. rows.Rows.Select(Ask)];
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
        int[] own = [.. Enumerable.Range(0, answers.Length).Where(i => standsIn || answers[i].Fallback is null)];
        foreach (var fallen in answers.Where(a => !standsIn && a.Fallback is not null).GroupBy(a => (a.Model, a.Fallback)))
            session.Note($"{fallen.Count()} predictions are those of {fallen.Key.Model}: {fallen.Key.Fallback}");
        foreach (var dark in answers.Where(a => a.Shadow?.Problem is not null).GroupBy(a => (a.Shadow!.Model, a.Shadow.Problem)))
            session.Note($"{dark.Count()} predictions have none of {dark.Key.Model} in shadow: {dark.Key.Problem}");
        return new(live.Predictor.Model, rows, [.. answers.Select(a => a.Prediction)], Forecasts(live.Predictor, rows, own));

        LivePrediction Ask((int Pair, int End) row)
        {
            Candles candles = rows.Series[row.Pair].Candles;
            return live.Predict(candles.Symbol, model =>
            {
                if (!others.TryGetValue(model, out Lazy<Dictionary<string, MarketSeries>>? series)) return (rows.Series[row.Pair], row.End);
                return series.Value.TryGetValue(candles.Symbol, out MarketSeries? seen)
                    ? (seen, Array.BinarySearch(seen.Candles.OpenTime, candles.OpenTime[row.End]))
                    : throw new InvalidDataException($"{model.Model.Name}: expected one of the pairs that it was trained on "
                        + $"({string.Join(", ", model.TrainedPairs)}), got {candles.Base}");
            });
        }
    }

    /// <summary>Forecasts (rows, horizons) of some of the rows; the others have NaN.</summary>
    static float[] Forecasts(Predictor predictor, Windows rows, int[] own)
    {
        int horizons = predictor.Model.Horizons.Count;
        var forecasts = new float[rows.Count * horizons];
        Array.Fill(forecasts, float.NaN);
        if (horizons == 0 || own.Length == 0) return forecasts;
        float[] known = predictor.Forecast(rows.Take(own));
        for (int i = 0; i < own.Length; i++)
            known.AsSpan(i * horizons, horizons).CopyTo(forecasts.AsSpan(own[i] * horizons));
        return forecasts;
    }
}
