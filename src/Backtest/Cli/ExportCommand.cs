using System.CommandLine;
using NeuralCore.Models;
using NeuralCore.Onnx;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>export</c>: a trained network as an ONNX file, or with int8 weights.</summary>
static class ExportCommand
{
    public static Command Create(Session session)
        => new Command("export", "Writes a trained network as an ONNX file, which is enough to predict, or with int8 weights")
    {
        Text("model", "DIR", "Folder of a trained network; of an ensemble, that of a member"),
        Text("onnx", "FILE", "The ONNX file to write"), Flag("int8", "With int8 weights: about a quarter of the size"),
        Text("out", "DIR", "With --int8: a folder to write, with a model that 'predict' and 'evaluate' read"),
        Data("With --int8: folder of candles on which both models are compared, in accuracy and in time"), Pairs(),
        Flag("fold-scaler", "Let the graph scale the features: its input is then raw"),
        Flag("lengths", "Add an input 'lengths' for windows with fewer candles"),
        Text("opset", "N", "Version of the operators, 17 to 23 [17]"), Config(),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        (string folder, string? file, string? target, string? data) = (s.Required("model"), s.Text("onnx"), s.Text("out"), s.Text("data"));
        int opset = s.Whole("opset", OnnxExportOptions.OldestOpset, OnnxExportOptions.OldestOpset, OnnxExportOptions.NewestOpset);
        bool fold = s.Flag("fold-scaler"), lengths = s.Flag("lengths"), int8 = s.Flag("int8");
        string[]? pairs = s.List("pairs");
        if (!int8 && (target ?? data) is not null)
            throw new UsageException($"--{(target is null ? "data" : "out")}: expected --int8 beside it, got none");
        if (file is null && !int8) throw new UsageException("--onnx: is missing");
        if (file is null && target is null && data is null)
            throw new UsageException("--int8: expected --onnx FILE, --out DIR or --data DIR beside it, got none");
        TrainedModel model = TrainedModel.Load(folder);
        if (model.Predictor is not NetworkPredictor network)
            throw new UsageException($"--model: expected a trained network, got {model.Predictor.Model.Name} in {model.Folder}"
                + (model.Predictor is CombinedPredictor ensemble ? "; its members are "
                    + $"in {string.Join(", ", ensemble.Folders.Select(Member))}"
                    : ", which has no layers"));
        if (int8 && network.Network.IsQuantized)
            throw new UsageException($"--int8: expected a network of float32 in {model.Folder}, got one of int8");
        NetworkPredictor written = int8 ? network.Quantize() : network;
        if (file is not null)
        {
            OnnxPredictor.Export(written, file,
                new OnnxPredictorOptions { Opset = opset, FoldScaler = fold, Lengths = lengths, Training = model.Metadata });
            session.Out.WriteLine($"{network.Model.Name}: {file}");
        }
        if (target is not null)
        {
            written.Save(target, model.Metadata);
            session.Out.WriteLine($"{network.Model.Name}: {target}");
        }
        if (int8) new Int8Comparison(session, model, network, written).Write(target, file, data, pairs);

        string Member(string member) => Path.Combine(model.Folder, member);
    }
}
