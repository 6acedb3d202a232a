using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Models.Tests.Data;
using NeuralCore.Models.Live;

namespace NeuralCore.Models.Tests;

public sealed class JsonLogTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    [Fact]
    public void Full_files_get_numbers_and_only_some_are_kept()
    {
        string path = folder.File("log.jsonl");
        var log = new JsonLog(path, maxBytes: 30, kept: 2);
        for (int i = 0; i < 14; i++) log.Append(Line($"line {i:00}"));      // 8 bytes each, 3 to a file
        Assert.Equal(["line 12", "line 13"], File.ReadAllLines(path));
        Assert.Equal(["line 09", "line 10", "line 11"], File.ReadAllLines(path + ".1"));
        Assert.Equal(["line 06", "line 07", "line 08"], File.ReadAllLines(path + ".2"));
        Assert.False(File.Exists(path + ".3"));
        log.Append(Line(new string('x', 100)));                              // longer than a file may be: a file of its own
        Assert.Equal(101, new FileInfo(path).Length);
        new JsonLog(path, maxBytes: 30, kept: 0).Append(Line("new"));
        Assert.Equal(["new"], File.ReadAllLines(path));
        Assert.Equal(["line 12", "line 13"], File.ReadAllLines(path + ".1"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JsonLog(path, maxBytes: 0));
    }

    [Fact]
    public async Task Two_writers_on_one_file_lose_and_tear_no_line()
    {
        const int Lines = 300;
        string path = folder.File("log.jsonl");
        // The lock is the operating system's: logs of two processes exclude each other as these two do.
        JsonLog[] logs = [new(path, maxBytes: 20_000, kept: 100), new(path, maxBytes: 20_000, kept: 100)];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < Lines; i++)
                logs[writer % 2].Append(Line($"{{\"writer\": {writer}, \"line\": {i}, \"text\": \"{new string('a', i % 97)}\"}}"));
        }, TestContext.Current.CancellationToken)));
        (int, int)[] seen = [.. Directory.EnumerateFiles(folder.Path, "log.jsonl*")
            .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
            .SelectMany(File.ReadAllLines).Select(l => JsonDocument.Parse(l).RootElement)
            .Select(l => (l.GetProperty("writer").GetInt32(), l.GetProperty("line").GetInt32()))];
        Assert.Equal(4 * Lines, seen.Length);
        Assert.Equal(4 * Lines, seen.Distinct().Count());
        Assert.True(Directory.GetFiles(folder.Path).Length > 3);
    }

    [Fact]
    public void Two_processes_on_one_file_lose_and_tear_no_line()
    {
        const int Lines = 1000, MostBytes = 20_000;
        string path = folder.File("log.jsonl");
        using Process first = Worker("0", Lines, MostBytes), second = Worker("1", Lines, MostBytes);
        Process[] workers = [first, second];
        foreach (Process worker in workers) Assert.Equal("ready", worker.StandardOutput.ReadLine());
        foreach (Process worker in workers) worker.StandardInput.WriteLine();
        Assert.All(workers, worker => Assert.Equal("", Rest(worker)));
        string[] files = [.. Directory.EnumerateFiles(folder.Path).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))];
        Assert.All(files, f => Assert.InRange(new FileInfo(f).Length, 1, MostBytes));
        (int Writer, int Line)[] seen = [.. files.SelectMany(File.ReadAllLines).Select(Seen).Order()];
        Assert.Equal(from writer in (int[])[0, 1] from line in Enumerable.Range(0, Lines) select (writer, line), seen);
        // Each file but the newest was full, and numbers have no gap; each process keeps the order of its lines, the oldest file first.
        string[] byAge = [.. Enumerable.Range(1, files.Length - 1).Reverse().Select(i => $"{path}.{i}"), path];
        Assert.All(byAge[..^1], f => Assert.True(new FileInfo(f).Length > MostBytes - 400));
        foreach (var own in byAge.SelectMany(File.ReadAllLines).Select(Seen).GroupBy(line => line.Writer, line => line.Line))
            Assert.Equal(Enumerable.Range(0, Lines), own);
    }

    /// <summary>
    /// The system lets a file have 8 blocks (of 512 or 1024 bytes) and no more: the write that reaches the end fails half way.
    /// </summary>
    [Fact]
    public void Where_a_file_can_grow_no_more_each_line_is_written_whole_or_is_one_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs ulimit");
        const int Lines = 100;
        string path = folder.File("log.jsonl");
        using Process worker = Worker("0", Lines, int.MaxValue, "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"");
        Assert.Equal("ready", worker.StandardOutput.ReadLine());
        worker.StandardInput.WriteLine();
        string[] errors = Rest(worker).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(new FileInfo(path).Length, 3500, 8192);
        Assert.Equal((byte)'\n', File.ReadAllBytes(path)[^1]);
        int[] failed = [.. errors.Select(error => int.Parse(error.Split(' ', ':')[1]))];
        Assert.InRange(failed.Length, 10, Lines - 10);
        Assert.Equal(Enumerable.Range(0, Lines).Except(failed), File.ReadAllLines(path).Select(line => Seen(line).Line));
    }

    static (int Writer, int Line) Seen(string line)
    {
        JsonElement json = JsonDocument.Parse(line).RootElement;
        return (json.GetProperty("writer").GetInt32(), json.GetProperty("line").GetInt32());
    }

    /// <summary>tests/Worker that waits to append lines; <paramref name="shell"/> is what a shell does before.</summary>
    Process Worker(string writer, int lines, int bytes, string? shell = null)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] arguments = ["exec", Path.Combine(AppContext.BaseDirectory, "Worker.dll"), "log", folder.File("log.jsonl"), writer,
            $"{lines}", $"{bytes}"];
        var start = new ProcessStartInfo(shell is null ? dotnet : "sh", shell is null ? arguments : ["-c", shell, dotnet, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // The runtime maps code from a file of its own that is larger than a limited one may be.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Process.Start(start)!;
    }

    static string Rest(Process worker)
    {
        Task<string> errors = worker.StandardError.ReadToEndAsync();
        string output = worker.StandardOutput.ReadToEnd();
        worker.WaitForExit();
        Assert.True(worker.ExitCode == 0, $"worker: exit code {worker.ExitCode}: {errors.Result}");
        return output;
    }

    [Fact]
    public void A_line_that_was_torn_costs_only_itself()
    {
        string path = folder.File("log.jsonl");
        var log = new JsonLog(path);
        log.Append(Line("one"));
        File.AppendAllText(path, "{\"ha");
        log.Append(Line("two"));
        log.Append(Line("three"));
        Assert.Equal("one\n{\"ha\ntwo\nthree\n", File.ReadAllText(path));
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ArgumentOutOfRangeException))]      // what a file beyond the size limit gives
    public void A_line_that_does_not_fit_is_taken_back(Type error)
    {
        using var file = new FullDisk((Exception)Activator.CreateInstance(error)!);
        JsonLog.Append(file, Line("one"));
        file.Free = 2;
        Assert.Throws(error, () => JsonLog.Append(file, Line("two")));
        Assert.Equal("one\n", Encoding.UTF8.GetString(file.ToArray()));
        file.Free = 100;
        JsonLog.Append(file, Line("three"));
        Assert.Equal("one\nthree\n", Encoding.UTF8.GetString(file.ToArray()));
    }

    /// <summary>Takes what there is room for, then fails.</summary>
    sealed class FullDisk(Exception error) : MemoryStream
    {
        public int Free { get; set; } = 100;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer[..Math.Min(Free, buffer.Length)]);
            if (buffer.Length > Free) throw error;
        }
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_an_error()
        => Assert.ThrowsAny<IOException>(() => new JsonLog(Path.Combine(folder.Path, "none", "log.jsonl")).Append(Line("x")));

    [Fact]
    public void A_full_disk_is_an_error_and_no_reason_for_another()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        string path = folder.File("log.jsonl");
        File.CreateSymbolicLink(path, "/dev/full");
        var log = new JsonLog(path);
        for (int i = 0; i < 2; i++) Assert.Contains("space", Assert.ThrowsAny<IOException>(() => log.Append(Line("x"))).Message);
        File.Delete(path);
        log.Append(Line("y"));
        Assert.Equal("y\n", File.ReadAllText(path));
    }
}
