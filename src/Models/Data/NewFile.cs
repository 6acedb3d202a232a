namespace NeuralCore.Models.Data;

/// <summary>Writes files whole or not at all.</summary>
internal static class NewFile
{
    /// <summary>
    /// Writes a file under a temporary name in the same folder and moves it into place; where <paramref name="write"/> fails, what was
    /// there stays and nothing else is left.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written; the message begins with its path.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        if (Directory.Exists(path)) throw Cannot(path, "it is a directory", null);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw Cannot(path, $"there is no folder {folder}", null);
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16)) write(file);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
            if (e is IOException or UnauthorizedAccessException) throw Cannot(path, e.Message, e);
            throw;
        }
    }

    static IOException Cannot(string path, string why, Exception? inner) => new($"{path}: cannot be written: {why}", inner);
}
