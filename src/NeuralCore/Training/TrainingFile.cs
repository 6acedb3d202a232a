using System.Globalization;

namespace NeuralCore;

/// <summary>Writes and reads the file of a <see cref="Checkpoint"/>.</summary>
sealed class TrainingFile(Checkpoint checkpoint, TrainingContext c, IReadOnlyList<Callback> callbacks,
    IReadOnlyDictionary<string, string> identity)
{
    const string Format = "neuralcore.training", Version = "1", Same = "same.";

    internal void BatchEnded()
    {
        if (checkpoint.EveryBatches > 0 && c.Batch % checkpoint.EveryBatches == 0) Write();
    }

    internal void EpochEnded()
    {
        if (checkpoint.EveryEpochs > 0 && c.Epoch % checkpoint.EveryEpochs == 0) Write();
    }

    internal void Write()
    {
        var texts = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["version"] = Version,
            ["epoch"] = Text(c.Epoch),
            ["batch"] = Text(c.Batch),
            ["sum"] = Text(c.Sum),
            ["weight"] = Text(c.Weight),
            ["batch_loss"] = Text(c.BatchLoss),
            ["frozen"] = string.Join('\n', Parameters.Where(p => p.Frozen).Select(p => p.Name)),
            ["history"] = c.History.ToJson(),
        };
        foreach ((string name, string value) in identity) texts[Same + name] = value;
        List<(string, Shape, float[])> tensors = [.. Parameters.Select(p => ($"model.{p.Name}", p.Shape, p.Value.ToArray()))];
        OptimizerState optimizer = c.Optimizer.State;
        Put("optimizer", optimizer.Numbers, optimizer.Arrays);
        for (int i = 0; i < callbacks.Count; i++)
            if (callbacks[i].State is CallbackState state) Put($"callback{i}", state.Numbers, state.Arrays);
        Safetensors.Write(checkpoint.Path, tensors, texts);

        void Put(string owner, IReadOnlyDictionary<string, double> numbers, IReadOnlyDictionary<string, float[]> arrays)
        {
            foreach ((string name, double value) in numbers) texts[$"{owner}.{name}"] = Text(value);
            foreach ((string name, float[] values) in arrays) tensors.Add(($"{owner}.{name}", new Shape(values.Length), values));
        }
    }

    /// <summary>
    /// The file, checked to be of this training; null if there is none. Clears away what a killed process left half-written.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged or of another training.</exception>
    internal Safetensors? Open()
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(checkpoint.Path))!;
        Directory.CreateDirectory(folder);
        Safetensors.DeleteTemporaries(checkpoint.Path);
        if (!File.Exists(checkpoint.Path)) return null;
        Safetensors file = Safetensors.Read(checkpoint.Path);
        if (file.Metadata.GetValueOrDefault("format") != Format) throw Wrong("is not the checkpoint of a training");
        if (file.Metadata.GetValueOrDefault("version") is var version && version != Version)
            throw Wrong($"expected version {Version} of the format, got {version}");
        IEnumerable<string> before = file.Metadata.Keys.Where(key => key.StartsWith(Same, StringComparison.Ordinal))
            .Select(key => key[Same.Length..]);
        foreach (string name in identity.Keys.Union(before))
            if (file.Metadata.GetValueOrDefault(Same + name) is var saved && identity.GetValueOrDefault(name) is var value
                && saved != value)
                throw Wrong($"is the checkpoint of another training: expected {name} {value ?? "nowhere"}, got {saved ?? "nothing"}; "
                    + "delete the file to train anew");
        foreach (Parameter p in Parameters)
            if (!file.Contains($"model.{p.Name}") || file.Shape($"model.{p.Name}") != p.Shape)
                throw Wrong($"expected '{p.Name}' of shape {p.Shape}, got "
                    + (file.Contains($"model.{p.Name}") ? file.Shape($"model.{p.Name}").ToString() : "nothing"));
        return file;
    }

    /// <summary>Puts everything back to where the file has it, or leaves everything as it is.</summary>
    /// <exception cref="InvalidDataException">Something in the file does not fit.</exception>
    internal void Resume(Safetensors file)
    {
        OptimizerState before = c.Optimizer.State;
        CallbackState?[] statesBefore = [.. callbacks.Select(callback => callback.State)];
        int taken = 0;
        try
        {
            History history = History.FromJson(file.Metadata["history"]);
            int epoch = Whole(file, "epoch"), batch = Whole(file, "batch");
            if (epoch - history.Epochs.Count is not (0 or 1) || batch < 0 || batch > c.Batches)
                throw Wrong($"expected a place in {history.Epochs.Count} whole epochs of {c.Batches} steps and one more, "
                    + $"got epoch {epoch}, step {batch}");
            (double sum, double weight, double batchLoss) = (Number(file, "sum"), Number(file, "weight"), Number(file, "batch_loss"));
            string[] frozen = file.Metadata["frozen"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (frozen.Except(Parameters.Select(p => p.Name)).FirstOrDefault() is string unknown)
                throw Wrong($"expected the names of frozen parameters, got '{unknown}'");
            CallbackState?[] states = [.. statesBefore.Select((state, i) => state is null ? null : Get(file, $"callback{i}", state))];
            Dictionary<string, float[]> arrays = Arrays(file, "optimizer");
            foreach ((string name, float[] array) in arrays)
                if (array.Length != c.Model.Count)
                    throw Wrong($"expected {c.Model.Count} values of {name} of the optimizer, got {array.Length}");
            c.Optimizer.State = new OptimizerState(arrays, Numbers(file, "optimizer", before.Numbers.Keys));
            for (; taken < states.Length; taken++)
                if (states[taken] is not null) callbacks[taken].State = states[taken];
            foreach (Parameter p in Parameters)   // nothing fails any more: Open has compared the shapes
            {
                file.CopyTo($"model.{p.Name}", p.Value);
                p.Frozen = frozen.Contains(p.Name);
            }
            c.Model.ParametersChanged();
            c.Restore(history, epoch, batch, sum, weight, batchLoss);
        }
        catch (Exception e)
        {
            c.Optimizer.State = before;
            for (int i = 0; i < taken; i++)
                if (statesBefore[i] is not null) callbacks[i].State = statesBefore[i];
            if (e is not (KeyNotFoundException or FormatException or OverflowException or ArgumentException or InvalidDataException)) throw;
            throw Wrong($"cannot be resumed: {e.Message}", e);
        }
    }

    IEnumerable<Parameter> Parameters => c.Model.Parameters.Concat(c.Model.Buffers);

    static CallbackState Get(Safetensors file, string owner, CallbackState like)
        => new(Numbers(file, owner, like.Numbers.Keys),
            like.Arrays.Keys.ToDictionary(name => name, name => file.Floats($"{owner}.{name}")));

    static Dictionary<string, double> Numbers(Safetensors file, string owner, IEnumerable<string> names)
        => names.ToDictionary(name => name, name => Number(file, $"{owner}.{name}"));

    static Dictionary<string, float[]> Arrays(Safetensors file, string owner)
        => file.Names.Where(name => name.StartsWith(owner + ".", StringComparison.Ordinal))
            .ToDictionary(name => name[(owner.Length + 1)..], file.Floats);

    static int Whole(Safetensors file, string name) => int.Parse(file.Metadata[name], CultureInfo.InvariantCulture);

    static double Number(Safetensors file, string name) => double.Parse(file.Metadata[name], CultureInfo.InvariantCulture);

    static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    InvalidDataException Wrong(string reason, Exception? inner = null) => new($"{checkpoint.Path}: {reason}", inner);
}
