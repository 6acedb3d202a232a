using System.CommandLine;
using System.Text;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;
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
        Text("last", "N", "Predict after each of the last N candles of each pair [1]"), Json("the predictions"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        string? onnx = s.Text("onnx");
        if (onnx is not null && s.Text("model") is not null) throw new UsageException("--onnx: expected either a file or --model, got both");
        string modelPath = onnx ?? s.Required("model"), path = s.Required("data");
        string[]? pairs = s.List("pairs");
        int last = s.Whole("last", 1, 1);
        TrainedModel model = onnx is null ? TrainedModel.Load(modelPath) : TrainedModel.LoadOnnx(modelPath);
        Timeframe timeframe = Models.Data.Timeframe.Parse(model.Timeframe);
        Windows rows = ModelCandles.Last(session, model, path, pairs, last);
        Prediction[] predictions = model.Predictor.Predict(rows);
        session.Cancellation.ThrowIfCancellationRequested();
        if (s.Flag("json")) session.Out.WriteLine(Render(model, timeframe, rows, predictions));
        else session.Out.Write(Table(rows, predictions).ToPlainText());
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
