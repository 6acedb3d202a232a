using System.Text.Json;
using NeuralCore;
using NeuralCore.Models;
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
            Assert.Equal((a.GetProperty("time").GetString(), a.GetProperty("pair").GetString()),
                (b.GetProperty("time").GetString(), b.GetProperty("pair").GetString()));
            foreach (string p in (string[])["p_down", "p_neutral", "p_up"])
                Assert.Equal(a.GetProperty(p).GetDouble(), b.GetProperty(p).GetDouble(), 4e-6);
        }
    }

    [Theory, InlineData("v3.1"), InlineData("v3.2", "--fold-scaler")]
    public void An_int8_folder_and_file_predict_the_same(string name, params string[] more)
    {
        string market = program.Market(), model = Train(market, name), file = program.Path("int8.onnx"), folder = program.Path("int8");
        Outcome export = Neuralcore.Run(["export", "--model", model, "--int8", "--onnx", file, "--out", folder, "--data", market, .. more]);
        Assert.Equal("", export.Code == 0 ? "" : export.Error);
        string[] lines = export.Out.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([$"{name}: {file}", $"{name}: {folder}"], lines[..2]);
        Assert.Matches(@"^weights: \d+ bytes, 0\.[23]\d\d of the \d+ bytes of float32 weights \(\d+ parameters\)$", lines[2]);
        Assert.Matches(@"^accuracy on \d+ rows: float32 [\d.]+ %, int8 [\d.]+ %; [\d.]+ % of the directions differ$", lines[4]);
        Assert.Matches(@"^one window: float32 [\d.]+ us, int8 [\d.]+ us$", lines[5]);

        Assert.Equal("int8", JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")))
            .RootElement.GetProperty("weights").GetString());
        JsonElement[] floats = Predictions("--model", model, market), int8 = Predictions("--model", folder, market),
            onnx = Predictions("--onnx", file, market);
        for (int i = 0; i < floats.Length; i++)
            foreach (string p in (string[])["p_down", "p_neutral", "p_up"])
            {
                Assert.Equal(floats[i].GetProperty(p).GetDouble(), int8[i].GetProperty(p).GetDouble(), 0.03);
                Assert.Equal(int8[i].GetProperty(p).GetDouble(), onnx[i].GetProperty(p).GetDouble(), 1e-3);
            }
        Assert.Equal(0, Neuralcore.Run("evaluate", "--model", folder, "--data", market).Code);
        Neuralcore.Run("export", "--model", folder, "--int8", "--onnx", file)
            .Fails(2, "--int8: expected a network of float32 in", "got one of int8");

        string weights = Path.Combine(folder, "model.safetensors");
        File.Copy(Path.Combine(model, "model.safetensors"), weights, overwrite: true);
        Neuralcore.Run("predict", "--model", folder, "--data", market)
            .Fails(1, $"{weights}: expected weights of int8, as config.json says, got float32");
    }

    /// <summary>A scaler of a kind that is no shift and division comes only from outside; the file then says how to scale.</summary>
    [Fact]
    public void A_scaler_of_ranks_is_not_folded()
    {
        string market = program.Market(), model = Train(market, "v3.1"), file = program.Path("model.onnx"),
            scaler = Path.Combine(model, "scaler.json");
        int width = JsonDocument.Parse(File.ReadAllBytes(scaler)).RootElement.GetProperty("mean").GetArrayLength();
        new RankScaler([.. Enumerable.Range(0, width).Select(f => new[] { -0.01 * f - 0.1, 0, 0.02, 50 })], Normal: true).Save(scaler);
        Neuralcore.Run("export", "--model", model, "--onnx", file, "--fold-scaler")
            .Fails(2, "expected a scaler that shifts and divides, got 'normal', which cannot be folded into a graph: "
                + "export without folding it");
        Assert.False(File.Exists(file));
        Assert.Equal(0, Neuralcore.Run("export", "--model", model, "--onnx", file).Code);
        foreach ((JsonElement a, JsonElement b) in Predictions("--model", model, market).Zip(Predictions("--onnx", file, market)))
            Assert.Equal(a.GetProperty("p_up").GetDouble(), b.GetProperty("p_up").GetDouble(), 4e-6);
    }

    [Fact]
    public void What_cannot_be_exported_or_asked_is_said()
    {
        string market = program.Market(), ensemble = Train(market, "ensemble"), file = program.Path("model.onnx");
        Neuralcore.Run("export", "--model", ensemble, "--onnx", file)
            .Fails(2, "expected a trained network, got ensemble", "its members are "
                + $"in {Path.Combine(ensemble, "v2")}, {Path.Combine(ensemble, "v3.1")}");
        Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v2"), "--onnx", file).Fails(2, "which has no layers");
        Neuralcore.Run("export", "--model", ensemble).Fails(2, "--onnx: is missing");
        Neuralcore.Run("export", "--model", ensemble, "--int8").Fails(2, "--int8: expected --onnx FILE, --out DIR or --data DIR beside it, "
            + "got none");
        Neuralcore.Run("export", "--model", ensemble, "--onnx", file, "--out", program.Path("int8"))
            .Fails(2, "--out: expected --int8 beside it, got none");
        Assert.False(File.Exists(file));
        Assert.Equal(0, Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v3.1"), "--onnx", file).Code);
        Neuralcore.Run("predict", "--onnx", file, "--model", ensemble, "--data", market)
            .Fails(2, "expected either a file or --model, got both");
        Neuralcore.Run("predict", "--onnx", program.Path("none.onnx"), "--data", market).Fails(1, "none.onnx");
        byte[] good = File.ReadAllBytes(file);
        Refused("no ONNX"u8.ToArray(), "not a readable ONNX file");
        Refused([], "expected a graph, got none");
        for (int part = 1; part < 8; part++) Refused(good[..(good.Length * part / 8)]);
        Refused(OnnxExport.ToBytes(new Model(new Dense(3, 2), seed: 1), new Shape(3)), "expected a direction model exported by NeuralCore, "
            + "with metadata 'config', got none");
        Refused(OnnxExport.ToBytes(new Model(new Sequential(new TakeLast(), new Dense(3, 3)), seed: 1), new Shape(7, 3),
            new OnnxExportOptions
            {
                Input = "features", Output = "probabilities", Metadata = OnnxModel.Read(good, file).Metadata,
            }), "expected 'features' Float (batch, ", "as its metadata say, got 'features' Float (batch, time, 3)");
        Neuralcore.Run("predict", "--onnx", program.Folder, "--data", market).Fails(1, "expected a file, got a folder");

        void Refused(byte[] bytes, params string[] reasons)
        {
            File.WriteAllBytes(file, bytes);
            Neuralcore.Run("predict", "--onnx", file, "--data", market).Fails(1, [file, .. reasons]);
        }
        Neuralcore.Run("export", "--model", Path.Combine(ensemble, "v3.1"), "--onnx", program.Path("none", "model.onnx"))
            .Fails(1, "there is no folder");
    }
}
