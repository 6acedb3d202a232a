using System.CommandLine;
using System.Text;
using System.Text.Json;
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
        Prediction[] predictions = live is null ? model.Predictor.Predict(rows) : Served(live, rows, session);
        session.Cancellation.ThrowIfCancellationRequested();
        if (json) session.Out.WriteLine(Render(model, timeframe, rows, predictions));
        else session.Out.Write(Table(rows, predictions).ToPlainText());
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

    static TextTable Table(Windows rows, Prediction[] predictions)
    {
        var table = new TextTable("<time", "<pair", "down", "neutral", "up", "<call", "confidence");
        for (int i = 0; i < predictions.Length; i++)
        {
            (Candles candles, int end, Prediction p) = (rows.Series[rows.Rows[i].Pair].Candles, rows.Rows[i].End, predictions[i]);
            table.Add(Format.Iso(candles.OpenTime[end]), candles.Base, Format.Percent(p.Down), Format.Percent(p.Neutral),
                Format.Percent(p.Up),
                Name(p.Call), Format.Percent(p.Confidence));
        }
        return table;
    }

    static string Render(TrainedModel model, Timeframe timeframe, Windows rows, Prediction[] predictions)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Predictor.Model.Name);
            json.WriteString("timeframe", timeframe.ToString());
            json.WriteStartArray("predictions");
            for (int i = 0; i < predictions.Length; i++)
            {
                (Candles candles, int end, Prediction p) = (rows.Series[rows.Rows[i].Pair].Candles, rows.Rows[i].End, predictions[i]);
                json.WriteStartObject();
                json.WriteString("time", Format.Iso(candles.OpenTime[end]));
                json.WriteString("pair", candles.Base);
                json.WriteNumber("p_down", p.Down);
                json.WriteNumber("p_neutral", p.Neutral);
                json.WriteNumber("p_up", p.Up);
                json.WriteString("call", Name(p.Call));
                json.WriteNumber("confidence", p.Confidence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static string Name(Direction direction) => direction.ToString().ToUpperInvariant();
}
