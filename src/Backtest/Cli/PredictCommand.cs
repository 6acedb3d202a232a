using System.CommandLine;
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
        PredictionOutput said = PredictionOutput.Of(model.Predictor, rows);
        session.Cancellation.ThrowIfCancellationRequested();
        if (s.Flag("json")) session.Out.WriteLine(said.Json(timeframe));
        else session.Out.Write(said.Table().ToPlainText());
    }
}
