namespace NeuralCore.Backtest.Cli;

/// <summary>A folder that results will go to, made and tried before any work is done, and removed again if nothing came of it.</summary>
sealed class OutFolder : IDisposable
{
    readonly bool made;
    readonly CancellationTokenRegistration stopped;

    /// <summary>Makes the folder and writes a file to it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cancellation">When the work is stopped an empty folder goes at once: the program may end before the work does.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public OutFolder(string path, CancellationToken cancellation = default)
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
        if (made) stopped = cancellation.Register(() => RemoveIfEmpty(path));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        stopped.Dispose();
        if (made) RemoveIfEmpty(Path);
    }

    static void RemoveIfEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another process has just written to it, or it is no longer ours.
        }
    }
}
