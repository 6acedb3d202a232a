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
}
