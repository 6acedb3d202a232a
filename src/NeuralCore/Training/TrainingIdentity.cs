using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace NeuralCore;

/// <summary>
/// What must be the same for a training to go on from a <see cref="Checkpoint"/>, by name: all that decides its bits and can be told.
/// </summary>
static class TrainingIdentity
{
    const int InputRows = 64, Block = 1 << 16;

    internal static Dictionary<string, string> Of(TrainingContext c, Loss loss, ISamples training, ISamples? validation,
        IReadOnlyList<Callback> callbacks)
    {
        TrainerOptions o = c.Options;
        var identity = new Dictionary<string, string>
        {
            ["rows"] = Text(training.Count),
            ["validation rows"] = Text(validation?.Count ?? 0),
            ["input shape"] = training.InputShape.ToString(),
            ["target columns"] = Text(training.TargetColumns),
            ["row weights"] = training.HasWeights.ToString(),
            ["lengths"] = training.HasLengths.ToString(),
            ["batch size"] = Text(o.BatchSize),
            ["accumulated batches"] = Text(o.AccumulatedBatches),
            ["clip value"] = Text(o.ClipValue),
            ["clip parameter norm"] = Text(o.ClipParameterNorm),
            ["clip norm"] = Text(o.ClipNorm),
            ["clip norm type"] = Text(o.ClipNormType),
            ["seed"] = o.Seed.ToString(CultureInfo.InvariantCulture),
            ["loss"] = loss.GetType().Name,
            ["optimizer"] = c.Optimizer.GetType().Name,
            ["callbacks"] = string.Join(", ", callbacks.Select(callback => callback.GetType().Name)),
            ["frozen parameters"] = string.Join(", ", c.Model.Parameters.Concat(c.Model.Buffers).Where(p => p.Frozen).Select(p => p.Name)),
            ["weights to begin with"] = Hash(MemoryMarshal.AsBytes(c.Model.State)),
            ["layers"] = Layers(c.Model.Root),
            ["training rows' values"] = Hash(training),
            ["validation rows' values"] = validation is null ? "" : Hash(validation),
        };
        if (o.StepsPerEpoch > 0) identity["steps per epoch"] = Text(c.Batches);
        foreach ((string name, double value) in c.Optimizer.State.Numbers) identity[$"{name} of the optimizer"] = Text(value);
        Add("the optimizer", c.Optimizer.Settings);
        Add("the loss", loss.Settings);
        for (int i = 0; i < callbacks.Count; i++) Add($"callback {i} ({callbacks[i].GetType().Name})", callbacks[i].Settings);
        return identity;

        void Add(string owner, IEnumerable<(string Name, double Value)> settings)
        {
            foreach ((string name, double value) in settings) identity[$"{name} of {owner}"] = Text(value);
        }
    }

    /// <summary>All targets, weights and lengths, and the inputs of 64 rows from the first to the last.</summary>
    static string Hash(ISamples samples)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int block = Math.Max(1, Block / samples.TargetColumns);
        for (int first = 0; first < samples.Count; first += block)
        {
            int[] rows = [.. Enumerable.Range(first, Math.Min(block, samples.Count - first))];
            float[] targets = new float[rows.Length * samples.TargetColumns], weights = samples.HasWeights ? new float[rows.Length] : [];
            int[] lengths = samples.HasLengths ? new int[rows.Length] : [];
            samples.Copy(rows, default, targets);
            if (samples.HasWeights) samples.CopyWeights(rows, weights);
            if (samples.HasLengths) samples.CopyLengths(rows, lengths);
            hash.AppendData(MemoryMarshal.AsBytes<float>(targets));
            hash.AppendData(MemoryMarshal.AsBytes<float>(weights));
            hash.AppendData(MemoryMarshal.AsBytes<int>(lengths));
        }
        int[] some = [.. Enumerable.Range(0, InputRows).Select(i => (int)((samples.Count - 1L) * i / (InputRows - 1))).Distinct()];
        float[] input = new float[samples.InputShape.Count];
        for (int i = 0; i < some.Length && samples.Count > 0; i++)
        {
            samples.Copy(some.AsSpan(i, 1), input, default);
            hash.AppendData(MemoryMarshal.AsBytes<float>(input));
        }
        return Short(hash.GetHashAndReset());
    }

    /// <summary>The layers with all their arguments, dropout's rate for example; nothing if one of them does not describe itself.</summary>
    static string Layers(Layer root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using (var json = new Utf8JsonWriter(buffer)) Architecture.Write(json, root.Describe());
            return Hash(buffer.WrittenSpan);
        }
        catch (NotSupportedException)
        {
            return "";
        }
    }

    static string Hash(ReadOnlySpan<byte> bytes) => Short(SHA256.HashData(bytes));

    static string Short(byte[] hash) => Convert.ToHexString(hash)[..16];

    static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
