namespace NeuralCore.Backtest.Cli;

/// <summary>A folder that results will go to, made and tried before any work is done, and removed again if nothing came of it.</summary>
sealed class OutFolder : IDisposable
{
    readonly bool made;

    /// <summary>Makes the folder and writes a file to it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public OutFolder(string path)
    {
        (Path, made) = (path, !Directory.Exists(path));
        string probe = System.IO.Path.Combine(path, $".{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(path);
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (made) RemoveIfEmpty(Path);
    }

    static void RemoveIfEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another process has just written to it.
        }
    }
}
