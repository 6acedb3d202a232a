using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>
/// All that was ever tried, in a file of one JSON object a line that only grows:
/// <c>{"time":"2026-01-02T03:04:05.0000000+00:00","data":"9f…","options":"a1…","model":"v3.1","score":0.531,"sharpe":0.04,"returns":500,
/// "timeframe":"1h","protocol":"walkforward"}</c>; older lines lack the last three; of a model on another
/// target than the direction <c>target</c> names it, and the ratio is null.
/// The more is tried, the better the best looks by chance alone; what is not written down cannot be allowed for.
/// <para>Several processes may append at once: each holds the file alone while it writes one whole line. A line that a crash cut short is
/// not counted, and the next append removes it.</para>
/// </summary>
/// <param name="path">The file; it and its folder are made with the first trial.</param>
public sealed class TrialLedger(string path)
{
    /// <summary>Largest file that is read: a million trials and more.</summary>
    public const long LargestFile = 256 << 20;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Adds a trial at the end.</summary>
    /// <exception cref="InvalidDataException">The file is no ledger.</exception>
    /// <exception cref="IOException">The file cannot be written, or others hold it for half a minute.</exception>
    public void Append(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        byte[] line = [.. Line(trial), (byte)'\n'];
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        using FileStream file = Open(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        byte[] rest = AfterLastLine(file);
        if (TryParse(rest, out _, out _)) line = [(byte)'\n', .. line];
        else if (CutShort(rest)) file.SetLength(file.Length - rest.Length);
        else throw Invalid($"expected the beginning of a trial after the last line end, got {Excerpt(rest)}");
        file.Seek(0, SeekOrigin.End);
        file.Write(line);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The trials in the order in which they were added; none if there is no file.</summary>
    /// <exception cref="InvalidDataException">A whole line is no trial, or the file is larger than <see cref="LargestFile"/>.</exception>
    public IReadOnlyList<Trial> Read()
    {
        if (!File.Exists(path)) return [];
        byte[] bytes;
        using (FileStream file = Open(FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            RequireSize(file);
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        var trials = new List<Trial>();
        for (int from = 0, number = 1; from < bytes.Length; number++)
        {
            int length = bytes.AsSpan(from).IndexOf((byte)'\n');
            bool whole = length >= 0;
            if (!whole) length = bytes.Length - from;
            ReadOnlyMemory<byte> line = bytes.AsMemory(from, length);
            if (TryParse(line, out Trial? trial, out string reason)) trials.Add(trial!);
            else if (whole && !line.Span.Trim(" \r\t"u8).IsEmpty) throw Invalid($"line {number}: {reason}");
            from += length + 1;
        }
        return trials;
    }

    FileStream Open(FileMode mode, FileAccess access, FileShare share)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                return new FileStream(path, mode, access, share, bufferSize: 0);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException) && waited.Elapsed < Patience)
            {
                Thread.Sleep(Random.Shared.Next(1, 20));   // another process holds it; differently long, so that they do not meet again
            }
        }
    }

    // What follows the last line end: nothing, or a line without one.
    byte[] AfterLastLine(FileStream file)
    {
        RequireSize(file);
        var block = new byte[4096];
        long end = file.Length, from = end;
        while (from > 0)
        {
            int length = (int)Math.Min(block.Length, from);
            file.Position = from - length;
            file.ReadExactly(block, 0, length);
            int at = block.AsSpan(0, length).LastIndexOf((byte)'\n');
            from -= length - (at + 1);
            if (at >= 0) break;
        }
        var rest = new byte[end - from];
        file.Position = from;
        file.ReadExactly(rest);
        return rest;
    }

    // Only what began as one of our lines may be removed: the path may name somebody's other file.
    static bool CutShort(ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> start = "{\"time\":\""u8;
        int length = Math.Min(rest.Length, start.Length);
        return rest[..length].SequenceEqual(start[..length]);
    }

    void RequireSize(FileStream file)
    {
        if (file.Length > LargestFile) throw Invalid($"expected at most {LargestFile} bytes, got {file.Length}");
    }

    InvalidDataException Invalid(string reason) => new($"trial ledger '{path}': {reason}");

    static byte[] Line(Trial trial)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("time", trial.Time);
            json.WriteString("data", trial.Data);
            json.WriteString("options", trial.Options);
            json.WriteString("model", trial.Model);
            Number("score", trial.Score);
            Number("sharpe", trial.Sharpe);
            if (trial.Returns > 0) json.WriteNumber("returns", trial.Returns);
            if (trial.Target is not null) json.WriteString("target", trial.Target);
            if (trial.Timeframe is not null) json.WriteString("timeframe", trial.Timeframe);
            if (trial.Protocol is not null) json.WriteString("protocol", trial.Protocol);
            json.WriteEndObject();

            void Number(string name, double value)
            {
                if (double.IsFinite(value)) json.WriteNumber(name, value);
                else json.WriteNull(name);
            }
        }
        return stream.ToArray();
    }

    static bool TryParse(ReadOnlyMemory<byte> line, out Trial? trial, out string reason)
    {
        (trial, reason) = (null, "");
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            DateTimeOffset time = root.GetProperty("time").GetDateTimeOffset();
            trial = new Trial(time, Text("data"), Text("options"), Text("model"), Number("score"), Number("sharpe"))
            {
                Returns = root.TryGetProperty("returns", out JsonElement returns) ? returns.GetInt32() : 0,
                Target = root.TryGetProperty("target", out JsonElement target) ? target.GetString() : null,
                Timeframe = root.TryGetProperty("timeframe", out JsonElement timeframe) ? timeframe.GetString() : null,
                Protocol = root.TryGetProperty("protocol", out JsonElement protocol) ? protocol.GetString() : null,
            };
            return true;

            string Text(string name)
                => root.GetProperty(name).GetString() ?? throw new FormatException($"expected a text '{name}', got null");

            double Number(string name)
            {
                JsonElement value = root.GetProperty(name);
                return value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            reason = $"expected {{time, data, options, model, score, sharpe}}, got {Excerpt(line.Span)}";
            return false;
        }
    }

    static string Excerpt(ReadOnlySpan<byte> line)
    {
        string text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 80)]);
        return $"'{string.Concat(text.Select(c => char.IsControl(c) ? '?' : c))}'";
    }
}
