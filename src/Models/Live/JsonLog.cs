namespace NeuralCore.Models.Live;

/// <summary>
/// A file of lines that several threads and processes may write at once. A line is one write at the end of the file, made by who holds
/// the lock on FILE.lock, so that lines are never mixed; a line that cannot be written whole, on a full disk say, is taken back, and one
/// that a kill or a power cut tore is ended before the next. A line that would make the file longer than it may be goes into a new one:
/// FILE becomes FILE.1, that becomes FILE.2, and so on.
/// </summary>
/// <param name="path">The file; its folder must be there.</param>
/// <param name="maxBytes">Most bytes of a file; a single longer line still gets a file of its own.</param>
/// <param name="kept">Former files that are kept, at least 0.</param>
public sealed class JsonLog(string path, long maxBytes = 64 << 20, int kept = 5)
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly long maxBytes = maxBytes > 0 ? maxBytes
        : throw new ArgumentOutOfRangeException(nameof(maxBytes), maxBytes, "log: expected at least 1 byte a file");
    readonly int kept = kept >= 0 ? kept
        : throw new ArgumentOutOfRangeException(nameof(kept), kept, "log: expected at least 0 former files");

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Appends one line, which ends with a line break and has no other.</summary>
    /// <exception cref="IOException">It cannot be written (<see cref="UnauthorizedAccessException"/>: may not; beyond the size that a file
    /// may have the system's error is an <see cref="ArgumentOutOfRangeException"/>); the file has whole lines nevertheless.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        lock (gate)
        {
            using FileStream owner = Lock();
            var info = new FileInfo(path);
            if (info.Exists && info.Length > 0 && info.Length + line.Length > maxBytes) Rotate();
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete,
                bufferSize: 0);
            Append(file, line);
        }
    }

    /// <summary>One write at the end of a file, all of it or nothing; a torn last line is ended first and costs only itself.</summary>
    internal static void Append(Stream file, ReadOnlySpan<byte> line)
    {
        long length = file.Length;
        file.Position = Math.Max(0, length - 1);
        bool torn = length > 0 && file.ReadByte() != '\n';
        file.Position = length;
        try
        {
            file.Write(torn ? [(byte)'\n', .. line] : line);
        }
        catch
        {
            try
            {
                file.SetLength(length);
            }
            catch (IOException)
            {
                // A device, which has no length: what is told is why the line could not be written.
            }
            throw;
        }
    }

    void Rotate()
    {
        for (int i = kept - 1; i >= 1; i--)
            if (File.Exists($"{path}.{i}")) File.Move($"{path}.{i}", $"{path}.{i + 1}", overwrite: true);
        if (kept > 0) File.Move(path, $"{path}.1", overwrite: true);
        else File.Delete(path);
    }

    /// <summary>Waits for the lock, which ends with its owner's process.</summary>
    FileStream Lock()
    {
        var wait = new SpinWait();
        for (long start = TimeProvider.System.GetTimestamp(); ; wait.SpinOnce())
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (IsHeld(e) && TimeProvider.System.GetElapsedTime(start) < patience)
            {
                // Another one writes its line.
            }
        }
    }

    /// <summary>A sharing violation: ERROR_SHARING_VIOLATION on Windows, EAGAIN on Linux and macOS.</summary>
    static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 32 or 11 or 35;
}
