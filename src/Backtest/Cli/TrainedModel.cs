using System.Globalization;
using NeuralCore.Models;
using NeuralCore.Onnx;

namespace NeuralCore.Backtest.Cli;

/// <summary>A trained model's folder: the predictor, and what config.json says about its training.</summary>
/// <param name="Folder">The folder, or the ONNX file.</param>
/// <param name="Predictor">The model.</param>
/// <param name="Metadata">Facts of the training by name.</param>
sealed record TrainedModel(string Folder, Predictor Predictor, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Reads the folder of a model, or the folder that <c>train</c> wrote to if it holds just one model.</summary>
    /// <exception cref="InvalidDataException">There is no model, there are several, or a file is damaged.</exception>
    public static TrainedModel Load(string path)
    {
        string folder = Find(path);
        Predictor predictor = Predictor.Load(folder);
        return new(folder, predictor, predictor.Training);
    }

    /// <summary>Reads a model from an ONNX file that <c>export</c> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or is no such model.</exception>
    public static TrainedModel LoadOnnx(string path)
    {
        OnnxPredictor predictor = OnnxPredictor.FromFile(path);
        return new(path, predictor, predictor.Training);
    }

    /// <summary>All that it takes from a series.</summary>
    public FeatureSet[] FeatureSets => [.. Predictor.Model.FeatureSets];

    /// <summary>Length of the candles that the model was trained on, an hour where the folder does not say.</summary>
    public string Timeframe => Metadata.GetValueOrDefault("timeframe", "1h");

    /// <summary>The pairs that its last training was on, whose features it has; none where the folder does not say.</summary>
    public string[] Pairs => Metadata.GetValueOrDefault("pairs", "").Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The pairs of all its trainings: also those that the model was trained on from which <c>train --from</c> went on.</summary>
    public string[] SeenPairs =>
        [.. Pairs.Union(Metadata.GetValueOrDefault("origin_pairs", "").Split(',', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>A time of the metadata in microseconds since 1970; null where it is not there.</summary>
    public long? Time(string name) =>
        Metadata.TryGetValue(name, out string? text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out DateTimeOffset time)
            ? (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            : null;

    /// <summary>What it was trained on, as a phrase.</summary>
    public string Description =>
        $"trained on {(SeenPairs is { Length: > 0 } pairs ? string.Join(',', pairs) : "unknown pairs")} until "
            + $"{Metadata.GetValueOrDefault("trained_until", "an unknown time")}";

    /// <summary>The folder of the one model in this folder; models that 'retrain' has put aside are none of them.</summary>
    /// <exception cref="InvalidDataException">There is none, or there are several.</exception>
    public static string Find(string path)
    {
        if (!Directory.Exists(path)) ModelFolder.Recover(path);
        if (!Directory.Exists(path)) throw new InvalidDataException($"{path}: no such folder; expected a folder with a trained model");
        if (File.Exists(Path.Combine(path, "config.json"))) return path;
        string[] inside = [.. Directory.EnumerateFiles(path, "config.json",
            new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
            .Select(f => Path.GetDirectoryName(f)!)
            .Where(f => !Path.GetDirectoryName(f)!.EndsWith(Retraining.Aside, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return inside switch
        {
            [var one] => one,
            [] => throw new InvalidDataException($"{path}: holds no trained model (config.json)"),
            _ => throw new InvalidDataException($"{path}: holds several trained models: {string.Join(", ", inside)}"),
        };
    }
}
