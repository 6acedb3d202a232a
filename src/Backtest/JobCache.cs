using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// A finished job on disk, under a key of everything that it depends on (program, data, model, rows, seed): a file with another key, or a
/// damaged one, counts as not there. Layout: key, SHA-256 of what follows, seconds, predictions of validation and test rows, history as JSON if
/// there is one.
/// </summary>
sealed class JobCache
{
    readonly string path;
    readonly byte[] key;
    readonly (int Validation, int Test) counts;

    internal JobCache(string folder, string title, string dataHash, BacktestOptions options, DirectionModel model, FoldRows part)
    {
        path = Path.Combine(folder, title.Replace(' ', '-') + ".job");
        string settings = Settings(model), inner = model is EnsembleModel ensemble ? Settings(ensemble.Network) : "";
        Fold f = part.Fold;
        // The rows are those where the features of all models are known.
        string features = string.Join("; ", model.FeatureSets.Concat(options.Models.SelectMany(m => m.FeatureSets).Distinct())
            .Select(set => $"{set.Name} {set.Version} {string.Join(',', set.Features)}"));
        key = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{typeof(JobCache).Module.ModuleVersionId} {typeof(Predictor).Module.ModuleVersionId} {typeof(Layer).Module.ModuleVersionId} "
            + $"{dataHash} {options.Seed} {options.Protocol} {part.Pair} "
            + $"{model.Name} {settings} {inner} {features} {f.Index} {f.TrainFrom} {f.TrainTo} {f.ValidateFrom} {f.ValidateTo} "
            + $"{f.TestFrom} {f.TestTo} {f.LabelTime} "
            + $"{part.Training.Count} {part.Validation.Count} {part.Test.Count}")));
        counts = (part.Validation.Count, part.Test.Count);

        static string Settings(DirectionModel model)
            => string.Join(";", model.Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name}={s.Value:R}")));
    }

    internal JobResult? Load()
    {
        if (!File.Exists(path)) return null;
        byte[] bytes = File.ReadAllBytes(path);
        int content = key.Length + SHA256.HashSizeInBytes, header = sizeof(double), rowBytes = 3 * sizeof(float) * (counts.Validation + counts.Test);
        if (bytes.Length < content + header + rowBytes || !bytes.AsSpan(0, key.Length).SequenceEqual(key)) return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(content);
        if (!SHA256.HashData(rest).AsSpan().SequenceEqual(bytes.AsSpan(key.Length, SHA256.HashSizeInBytes))) return null;
        double seconds = MemoryMarshal.Read<double>(rest);
        ReadOnlySpan<Prediction> rows = MemoryMarshal.Cast<byte, Prediction>(rest.Slice(header, rowBytes));
        ReadOnlySpan<byte> history = rest[(header + rowBytes)..];
        return new JobResult(rows[..counts.Validation].ToArray(), rows[counts.Validation..].ToArray(),
            history.IsEmpty ? null : History.FromJson(Encoding.UTF8.GetString(history)), seconds);
    }

    internal void Save(JobResult result)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = File.Create(temporary))
            {
                byte[] content = [.. BitConverter.GetBytes(result.Seconds), .. MemoryMarshal.AsBytes<Prediction>(result.Validation),
                    .. MemoryMarshal.AsBytes<Prediction>(result.Test), .. Encoding.UTF8.GetBytes(result.History?.ToJson() ?? "")];
                stream.Write(key);
                stream.Write(SHA256.HashData(content));
                stream.Write(content);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another run into the same folder has finished and taken its jobs away: this job is then not kept.
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }
}
