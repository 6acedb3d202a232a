using System.Text.Json;

namespace NeuralCore;

/// <summary>What one pass over the training rows gave.</summary>
/// <param name="Number">1 for the first epoch.</param>
/// <param name="TrainingLoss">Mean loss over the training rows while they were learned, dropout on; NaN if they weigh nothing.</param>
/// <param name="ValidationLoss">Mean loss over the validation rows after the epoch; NaN without any that weigh something.</param>
/// <param name="LearningRate">Learning rate of the epoch's last step.</param>
public sealed record Epoch(int Number, double TrainingLoss, double ValidationLoss, float LearningRate);

/// <summary>All epochs of a training run.</summary>
/// <param name="Epochs">In order.</param>
/// <param name="StopReason">Why training ended before its last epoch; null if it did not.</param>
public sealed record History(IReadOnlyList<Epoch> Epochs, string? StopReason = null)
{
    /// <summary>Number of the epoch with the lowest validation loss; the last one without validation rows, 0 without epochs.</summary>
    public int BestEpoch => Best(Epochs, epoch => epoch.ValidationLoss);

    /// <summary>The first epoch in which <paramref name="monitor"/> is lowest, the last epoch if it is NaN in all.</summary>
    internal static int Best(IReadOnlyList<Epoch> epochs, Func<Epoch, double> monitor)
    {
        int best = 0;
        for (int i = 1; i < epochs.Count; i++)
            if (monitor(epochs[i]) < monitor(epochs[best]) || double.IsNaN(monitor(epochs[best]))) best = i;
        return epochs.Count == 0 ? 0 : epochs[best].Number;
    }

    /// <summary>
    /// <c>{"bestEpoch", "stopReason", "epochs": [{"epoch", "trainingLoss", "validationLoss", "learningRate"}, ...]}</c>. Numbers read
    /// back to the same bits; NaN is null, infinity a text.
    /// </summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("bestEpoch", BestEpoch);
            json.WriteString("stopReason", StopReason);
            json.WriteStartArray("epochs");
            foreach (Epoch epoch in Epochs)
            {
                json.WriteStartObject();
                json.WriteNumber("epoch", epoch.Number);
                Write(json, "trainingLoss", epoch.TrainingLoss);
                Write(json, "validationLoss", epoch.ValidationLoss);
                json.WriteNumber("learningRate", epoch.LearningRate);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";

        static void Write(Utf8JsonWriter json, string name, double value)
        {
            if (double.IsNaN(value)) json.WriteNull(name);
            else if (double.IsInfinity(value)) json.WriteString(name, value > 0 ? "Infinity" : "-Infinity");
            else json.WriteNumber(name, value);
        }
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The text is something else.</exception>
    public static History FromJson(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            Epoch[] epochs = [.. root.GetProperty("epochs").EnumerateArray().Select(e => new Epoch(e.GetProperty("epoch").GetInt32(),
                Number(e.GetProperty("trainingLoss")), Number(e.GetProperty("validationLoss")),
                e.GetProperty("learningRate").GetSingle()))];
            for (int i = 0; i < epochs.Length; i++)
                if (epochs[i].Number != i + 1) throw new InvalidDataException($"history: expected epoch {i + 1}, got {epochs[i].Number}");
            return new History(epochs, root.GetProperty("stopReason").GetString());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"history: expected bestEpoch, stopReason and epochs as JSON: {e.Message}", e);
        }

        static double Number(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Null => double.NaN,
            JsonValueKind.String => value.GetString() switch
            {
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                string other => throw new InvalidDataException($"history: expected a number, got \"{other}\""),
                null => double.NaN,
            },
            _ => value.GetDouble(),
        };
    }

    /// <summary>Writes <see cref="ToJson"/> to a file, which appears whole or not at all.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, ToJson());
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file holds something else; the message names it.</exception>
    public static History Load(string path)
    {
        try { return FromJson(File.ReadAllText(path)); }
        catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}", e); }
    }
}

/// <summary>A loss, a gradient or the weights became NaN or infinite; the model holds the last finite weights.</summary>
public sealed class TrainingException(string message) : Exception(message);
