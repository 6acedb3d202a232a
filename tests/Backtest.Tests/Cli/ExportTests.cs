using System.Text.Json;
using NeuralCore.Onnx;

namespace Backtest.Tests.Cli;

public sealed class ExportTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    string Train(string market, string model)
    {
        Outcome outcome = Neuralcore.Run("train", "--data", market, "--model", model, "--epochs", "1", "--out", program.Path(model));
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return program.Path(model, "POOLED", "1h");
    }

    static JsonElement[] Predictions(string option, string model, string market)
    {
        Outcome outcome = Neuralcore.Run("predict", option, model, "--data", market, "--last", "5", "--json");
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return [.. outcome.Json.GetProperty("predictions").EnumerateArray()];
    }

    [Theory, InlineData("linear"), InlineData("v3.1", "--fold-scaler", "--opset", "20"), InlineData("v3.2", "--lengths")]
    public void A_file_predicts_what_the_folder_predicts(string name, params string[] more)
    {
        string market = program.Market(), model = Train(market, name), file = program.Path("model.onnx");
        Outcome export = Neuralcore.Run(["export", "--model", model, "--onnx", file, .. more]);
        Assert.Equal((0, $"{name}: {file}", ""), (export.Code, export.Out.Trim(), export.Error));
        Assert.Equal(more.Contains("--lengths"), OnnxModel.Load(file).Inputs.Any(port => port.Name == "lengths"));
        JsonElement[] expected = Predictions("--model", model, market), got = Predictions("--onnx", file, market);
        Assert.Equal(10, got.Length);
        foreach ((JsonElement a, JsonElement b) in expected.Zip(got))
        {
            Assert.Equal((a.GetProperty("time").GetString(), a.GetProperty("pair").GetString()), (b.GetProperty("time").GetString(), b.GetProperty("pair").GetString()));
            foreach (string p in (string[])["p_down", "p_neutral", "p_up"]) Assert.Equal(a.GetProperty(p).GetDouble(), b.GetProperty(p).GetDouble(), 4e-6);
        }
    }

    [Fact]
    public void What_cannot_be_exported_or_asked_is_said()
    {
        string market = program.Market(), ensemble = Train(market, "ensemble"), file = program.Path("model.onnx");
        Neuralcore.Run("export", "--model", ensemble, "--onnx", file)
            .Fails(2, "expected a trained network, got ensemble", $"its members are in {Path.Combine(ensemble, "v2")}, {Path.Combine(ensemble, "v3.1")}");
        Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v2"), "--onnx", file).Fails(2, "which has no layers");
        Assert.False(File.Exists(file));
        Assert.Equal(0, Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v3.1"), "--onnx", file).Code);
        Neuralcore.Run("predict", "--onnx", file, "--model", ensemble, "--data", market).Fails(2, "expected either a file or --model, got both");
        Neuralcore.Run("predict", "--onnx", program.Path("none.onnx"), "--data", market).Fails(1, "none.onnx");
        File.WriteAllText(file, "no ONNX");
        Neuralcore.Run("predict", "--onnx", file, "--data", market).Fails(1, file, "not a readable ONNX file");
        Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v3.1"), "--onnx", program.Path("none", "model.onnx")).Fails(1, "there is no folder");
    }
}
