using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// A finished job on disk, named by a key of everything that it depends on (program, data, model, rows, seed), so that any run finds it.
/// A damaged file counts as not there. Files appear whole, and whoever finds one missing computes the job: processes that share a folder
/// need not know of each other. Layout: key, SHA-256 of what follows, seconds, predictions of validation and test rows, forecasts of test
/// rows, number of months of attention, of each its start, rows, T and weights (T), then the history as JSON if there is one.
/// </summary>
sealed class JobCache
{
    /// <summary>Bytes of finished jobs that a folder keeps.</summary>
    internal const long Limit = 2L << 30;

    readonly string path;
    readonly byte[] key;
    readonly int validation, test, horizons;

    internal JobCache(string folder, byte[] key, DirectionModel model, FoldRows part)
    {
        path = Path.Combine(folder, Convert.ToHexStringLower(key.AsSpan(0, 16)) + ".job");
        (this.key, validation, test, horizons) = (key, part.Validation.Count, part.Test.Count, model.Horizons.Count);
    }

    /// <summary>SHA-256 of everything that a job depends on. A model without randomness does not depend on the seed.</summary>
    internal static byte[] Key(string dataHash, BacktestOptions options, DirectionModel model, FoldRows part, ulong seed)
    {
        string settings = Settings(model), inner = model is CombinedModel combined ? Members(combined) : "";
        Fold f = part.Fold;
        // The rows are those where the features of all models are known.
        string features = string.Join("; ", model.FeatureSets.Concat(options.Models.SelectMany(m => m.FeatureSets).Distinct())
            .Select(set => $"{set.Name} {set.Version} {string.Join(',', set.Features)}"));
        return SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{typeof(JobCache).Module.ModuleVersionId} {typeof(Predictor).Module.ModuleVersionId} {typeof(Layer).Module.ModuleVersionId} "
            + $"{dataHash} {(model.IsRandom ? seed : 0)} {options.Protocol} {part.Pair} "
            + $"{model.Name} {settings} {inner} {features} {f.Index} {f.TrainFrom} {f.TrainTo} {f.ValidateFrom} {f.ValidateTo} "
            + $"{f.TestFrom} {f.TestTo} {f.LabelTime} {f.Embargo} {options.Folds.Stride} {part.Training.Length} "
            + $"{part.Training.Count} {part.Validation.Count} {part.Test.Count}")));

        static string Members(CombinedModel combined) => string.Join(", ", combined.Members.Select(m =>
            string.Create(CultureInfo.InvariantCulture, $"{m.Folder} {m.Weight:R} {Settings(m.Model)} {m.Model.Features}")
            + (m.Model is CombinedModel inner ? $" ({Members(inner)})" : "")));

        static string Settings(DirectionModel model)
            => string.Join(";", model.Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name}={s.Value:R}")));
    }

    /// <summary>The job, if the folder has it; that makes it the one that was used last.</summary>
    internal JobResult? Load()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;     // not there, or taken away just now
        }
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's file, or taken away since: what was read is whole.
        }
        int content = key.Length + SHA256.HashSizeInBytes;
        if (bytes.Length < content || !bytes.AsSpan(0, key.Length).SequenceEqual(key)) return null;
        ReadOnlySpan<byte> rest = bytes.AsSpan(content);
        if (!SHA256.HashData(rest).AsSpan().SequenceEqual(bytes.AsSpan(key.Length, SHA256.HashSizeInBytes))) return null;
        double seconds = Read<double>(ref rest, 1)[0];
        Prediction[] validated = Read<Prediction>(ref rest, validation), tested = Read<Prediction>(ref rest, test);
        float[] forecast = Read<float>(ref rest, test * horizons);
        var attention = new AttentionMonth[Read<int>(ref rest, 1)[0]];
        for (int i = 0; i < attention.Length; i++)
        {
            long[] month = Read<long>(ref rest, 3);
            attention[i] = new AttentionMonth(month[0], month[1], Read<double>(ref rest, checked((int)month[2])));
        }
        History? history = rest.IsEmpty ? null : History.FromJson(Encoding.UTF8.GetString(rest));
        return new JobResult(validated, tested, history, seconds) { Forecast = forecast, Attention = attention };
    }

    static T[] Read<T>(ref ReadOnlySpan<byte> from, int count) where T : unmanaged
    {
        int bytes = count * Unsafe.SizeOf<T>();
        T[] values = MemoryMarshal.Cast<byte, T>(from[..bytes]).ToArray();
        from = from[bytes..];
        return values;
    }

    /// <summary>Keeps a job where that is possible: no result is worth less because it could not be kept.</summary>
    /// <returns>Null, or why it is not kept.</returns>
    internal string? Save(JobResult result)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        byte[] content = [.. BitConverter.GetBytes(result.Seconds), .. MemoryMarshal.AsBytes<Prediction>(result.Validation),
            .. MemoryMarshal.AsBytes<Prediction>(result.Test), .. MemoryMarshal.AsBytes<float>(result.Forecast),
            .. BitConverter.GetBytes(result.Attention.Count),
            .. result.Attention.SelectMany(month => (byte[])
                [.. MemoryMarshal.AsBytes<long>([month.MonthStart, month.Rows, month.Weights.Length]),
                    .. MemoryMarshal.AsBytes<double>(month.Weights)]),
            .. Encoding.UTF8.GetBytes(result.History?.ToJson() ?? "")];
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                using (FileStream stream = File.Create(temporary))
                {
                    stream.Write(key);
                    stream.Write(SHA256.HashData(content));
                    stream.Write(content);
                }
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                if (File.Exists(temporary)) File.Delete(temporary);
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>
    /// Deletes the jobs that were used least recently until the rest fits in <paramref name="limit"/> bytes, and what processes that were
    /// killed left half written more than a day ago. What cannot be deleted is left to the next run.
    /// </summary>
    internal static void Trim(string folder, long limit = Limit)
    {
        FileInfo[] files;
        try
        {
            files = [.. new DirectoryInfo(folder).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;     // not there, or taken away just now
        }
        long kept = 0;
        foreach (FileInfo file in files)
        {
            try
            {
                bool old = file.Extension == ".tmp" && file.Name.Contains(".job.", StringComparison.Ordinal)
                    && file.LastWriteTimeUtc < DateTime.UtcNow.AddDays(-1);
                if (old || file.Extension == ".job" && (kept += file.Length) > limit) file.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Deleted or in use by another process.
            }
        }
    }
}
