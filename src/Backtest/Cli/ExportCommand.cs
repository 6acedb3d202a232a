using System.CommandLine;
using NeuralCore.Models;
using NeuralCore.Onnx;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>export</c>: a trained network as an ONNX file.</summary>
static class ExportCommand
{
    public static Command Create(Session session)
        => new Command("export", "Writes a trained network as an ONNX file, which is enough to predict")
    {
        Text("model", "DIR", "Folder of a trained network; of an ensemble, that of a member"), Text("onnx", "FILE", "The file to write"),
        Flag("fold-scaler", "Let the graph scale the features: its input is then raw"),
        Flag("lengths", "Add an input 'lengths' for windows with fewer candles"),
        Text("opset", "N", "Version of the operators, 17 to 23 [17]"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        (string folder, string file) = (s.Required("model"), s.Required("onnx"));
        int opset = s.Whole("opset", OnnxExportOptions.OldestOpset, OnnxExportOptions.OldestOpset, OnnxExportOptions.NewestOpset);
        bool fold = s.Flag("fold-scaler"), lengths = s.Flag("lengths");
        TrainedModel model = TrainedModel.Load(folder);
        if (model.Predictor is not NetworkPredictor)
            throw new UsageException($"--model: expected a trained network, got {model.Predictor.Model.Name} in {model.Folder}"
                + (model.Predictor is CombinedPredictor ensemble ? $"; its members are in {string.Join(", ", ensemble.Folders.Select(Member))}"
                    : ", which has no layers"));
        OnnxPredictor.Export(model.Predictor, file,
            new OnnxPredictorOptions { Opset = opset, FoldScaler = fold, Lengths = lengths, Training = model.Metadata });
        session.Out.WriteLine($"{model.Predictor.Model.Name}: {file}");

        string Member(string member) => Path.Combine(model.Folder, member);
    }
}
