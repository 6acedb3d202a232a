using System.Text.Json;

namespace NeuralCore;

public static partial class ModelFolder
{
    const string Old = ".old", Lock = ".lock";

    /// <summary>
    /// Files that models have; the direction models add what they scale with, how they were trained and what matters to them.
    /// </summary>
    static readonly string[] Files = [Config, Weights, "scaler.json", "training_history.json", "metrics.json", "importance.json"];

    /// <summary>
    /// Requires that a model may be written to this folder: it is not there, is empty, or holds a model to replace and nothing else. A
    /// model has a config.json of this format beside its weights, or one of a direction model; an ensemble has its members' folders too.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">Names of files that the model may have beside config.json, model.safetensors, scaler.json,
    /// training_history.json, metrics.json and importance.json.</param>
    /// <exception cref="IOException">It holds something else.</exception>
    public static void RequireReplaceable(string folder, params IEnumerable<string> files)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        if (Foreign(folder, [.. Files, .. files]) is string found)
            throw new IOException($"{folder}: expected no folder, an empty one or nothing but a trained model to replace, got {found}");
    }

    /// <summary>What makes a folder something else than a model; null if it is one.</summary>
    static string? Foreign(string folder, string[] files)
    {
        string config = Path.Combine(folder, Config);
        if (!File.Exists(config)) return $"a folder without {Config}";
        string[] members;
        try
        {
            using JsonDocument document = JsonDocument.Parse(Safetensors.Content(config));
            JsonElement json = document.RootElement;
            if (!IsModel(json, out bool weights)) return $"a {Config} that is not a model's";
            if (weights && !File.Exists(Path.Combine(folder, Weights))) return $"a folder without {Weights}";
            members = Has(json, "members", JsonValueKind.Array)
                ? [.. json.GetProperty("members").EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String)
                    .Select(m => m.GetString()!)] : [];
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return $"a {Config} that cannot be read: {e.Message}";
        }
        foreach (string file in Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)))
            if (!files.Contains(file)) return $"the file {file} in it";
        foreach (string below in Directory.EnumerateDirectories(folder))
            if (!members.Contains(Path.GetFileName(below))) return $"the folder {Path.GetFileName(below)} in it";
            else if (Foreign(below, files) is string found) return $"in {Path.GetFileName(below)} {found}";
        return null;
    }

    /// <summary>Whether config.json has the keys of this format, or those of a direction model, which need not have weights.</summary>
    static bool IsModel(JsonElement json, out bool weights)
    {
        weights = Has(json, "format", JsonValueKind.String) && json.GetProperty("format").ValueEquals(Format);
        return weights ? Has(json, "version", JsonValueKind.Number) && Has(json, "architecture", JsonValueKind.Object)
            : Has(json, "format", JsonValueKind.Number) && Has(json, "model", JsonValueKind.String)
            && Has(json, "settings", JsonValueKind.Object)
                && Has(json, "labels", JsonValueKind.Object)
                && (Has(json, "features", JsonValueKind.Object) || Has(json, "features", JsonValueKind.Array));
    }

    static bool Has(JsonElement json, string key, JsonValueKind kind)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind;

    /// <summary>
    /// Writes a folder that appears complete or not at all: it is filled under a temporary name beside the target and moved into its place.
    /// </summary>
    /// <remarks>
    /// A model that is there makes room by a rename of its own, since no file system moves one folder over another: for that moment the
    /// path holds no folder, and a process that is killed in it leaves the old model beside it. The next <see cref="Replace"/> or load of
    /// the path puts it back (<see cref="Recover"/>). Of two processes that replace one folder at once, one may fail; neither harms the
    /// other's.
    /// </remarks>
    /// <param name="folder">Target; a model there is replaced, if the folder holds nothing else, see <see cref="RequireReplaceable"/>;
    /// files that the new model has too may be there.</param>
    /// <param name="write">Writes the files into the folder whose path it is given.</param>
    /// <exception cref="IOException">The folder cannot be written, or holds something that is not a model.</exception>
    public static void Replace(string folder, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Recover(folder);
        (string parent, string target, string hidden) = Places(folder);
        Directory.CreateDirectory(parent);
        string temporary = $"{hidden}{Guid.NewGuid():N}", old = temporary + Old;
        using FileStream owner = Own(temporary);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            RequireReplaceable(folder, Directory.EnumerateFiles(temporary).Select(path => Path.GetFileName(path)));
            if (Directory.Exists(target)) Directory.Move(target, old);
            Directory.Move(temporary, target);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            if (Directory.Exists(old) && !Directory.Exists(target)) Directory.Move(old, target);
        }
    }

    /// <summary>
    /// Clears away what killed processes left of replacing this folder. If there is no folder but one old model, that one is put back, and
    /// a new one beside it, complete or not, is given up. What belongs to a process that still runs stays: it holds a lock on a file beside
    /// it (a file system without locks, such as some network drives, cannot tell: let only one process at a time replace a folder there).
    /// What cannot be cleared is left as it is.
    /// </summary>
    /// <param name="folder">The folder of a model, which need not be there.</param>
    public static void Recover(string folder)
    {
        (string parent, string target, string hidden) = Places(folder);
        List<FileStream> owners = [];
        try
        {
            string[] dead = [.. Directory.EnumerateFileSystemEntries(parent).Where(Left).Select(path => path[..(hidden.Length + 32)])
                .Distinct().Where(Owned)];
            string[] old = [.. dead.Select(temporary => temporary + Old).Where(Directory.Exists)];
            if (Directory.Exists(target)) foreach (string path in old) Directory.Delete(path, recursive: true);
            else if (old.Length == 1) Directory.Move(old[0], target);
            foreach (string path in dead.Where(Directory.Exists)) Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who writes to the same place meets the error again, and who reads finds no model.
        }
        finally
        {
            foreach (FileStream owner in owners) owner.Dispose();
        }

        bool Left(string path) => path.StartsWith(hidden, StringComparison.Ordinal) && path.Length >= hidden.Length + 32
            && Guid.TryParseExact(path.AsSpan(hidden.Length, 32), "N", out _) && path[(hidden.Length + 32)..] is "" or Old or Lock;

        bool Owned(string temporary)
        {
            try
            {
                owners.Add(Own(temporary));
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// The parent folder, the folder itself, and what the names of its temporaries begin with: .NAME. in the parent folder.
    /// </summary>
    static (string Parent, string Target, string Hidden) Places(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string parent = Path.GetDirectoryName(target) ?? throw new IOException($"{folder}: expected a folder below another one");
        return (parent, target, Path.Combine(parent, $".{Path.GetFileName(target)}."));
    }

    /// <summary>A temporary belongs to who holds its file's lock, which ends with the process.</summary>
    /// <exception cref="IOException">Another one holds it.</exception>
    static FileStream Own(string temporary)
        => new(temporary + Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
}
