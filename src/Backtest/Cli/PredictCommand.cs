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
        if (onnx is not null && s.Text("model") is not null) throw new UsageException("--onnx: expected either a file or --model, got both");
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
        TrainedModel model = live is not null ? TrainedModel.Of(live.Folder, live.Predictor) with { Others = live.Models }
            : onnx is null ? TrainedModel.Load(modelPath) : TrainedModel.LoadOnnx(modelPath);
        Timeframe timeframe = Models.Data.Timeframe.Parse(model.Timeframe);
        Windows rows = ModelCandles.Last(session, model, path, pairs, last);
        PredictionOutput said = PredictionOutput.Of(model.Predictor, rows);
        if (live is not null) said = said with { Predictions = Served(live, rows, session) };
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

    /// <summary>Row by row behind the service; what another model answers is said.</summary>
    static Prediction[] Served(LivePredictor live, Windows rows, Session session)
    {
        try
        {
            LivePrediction[] answers = [.. rows.Rows.Select(row => live.Predict(rows.Series[row.Pair], row.End))];
            foreach (LivePrediction[] other in answers.Where(a => a.Model != live.Predictor.Model.Name).GroupBy(a => a.Fallback).Select(g => g.ToArray()))
                session.Note($"{other.Length} predictions are those of {other[0].Model}: {other[0].Fallback}");
            return [.. answers.Select(a => a.Prediction)];
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
