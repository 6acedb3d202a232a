using NeuralCore.Backtest;

namespace Backtest.Tests.Statistics;

public sealed class TrialLedgerTests : IDisposable
{
    readonly string folder = Path.Combine(Path.GetTempPath(), $"ledger-{Guid.NewGuid():N}");

    string File => Path.Combine(folder, "sub", "trials.jsonl");

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    static Trial Of(string model, double sharpe = 0.04, string data = "9f", string options = "a1") =>
        new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), data, options, model, 0.531, sharpe);

    [Fact]
    public void GivesBackWhatWasAppended()
    {
        var ledger = new TrialLedger(File);
        Assert.Empty(ledger.Read());
        Trial known = Of("v3.1") with { Returns = 500, Timeframe = "1h", Protocol = "split" };
        Trial[] trials = [known, Of("\"quoted\"\n\u00e4"), Of("none", double.NaN) with { Score = double.PositiveInfinity }, Of("v3.1")];
        foreach (Trial trial in trials) ledger.Append(trial);
        IReadOnlyList<Trial> read = new TrialLedger(File).Read();
        Assert.Equal(trials[..2], read.Take(2));
        Assert.Equal(trials[2] with { Score = double.NaN }, read[2]);
        string[] lines = System.IO.File.ReadAllLines(File);
        const string Old = """{"time":"2026-01-02T03:04:05+00:00","data":"9f","options":"a1","model":"v3.1","score":0.531,"sharpe":0.04""";
        Assert.Equal((4, Old + ""","returns":500,"timeframe":"1h","protocol":"split"}""", Old + "}"), (lines.Length, lines[0], lines[3]));
    }

    [Fact]
    public void ManyMayAppendAtOnce()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, writer =>
        {
            for (int i = 0; i < 25; i++) new TrialLedger(File).Append(Of($"{writer}/{i}", options: new string('x', 500)));
        });
        Assert.Equal(200, new TrialLedger(File).Read().Select(t => t.Model).Distinct().Count());
    }

    [Fact]
    public async Task AnAppendWaitsForAReader()
    {
        var ledger = new TrialLedger(File);
        ledger.Append(Of("a"));
        Task append;
        using (var reader = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            long length = reader.Length;
            append = Task.Run(() => ledger.Append(Of("b")), TestContext.Current.CancellationToken);
            await Task.WhenAny(append, Task.Delay(300, TestContext.Current.CancellationToken));
            Assert.False(append.IsCompleted);
            Assert.Equal(length, reader.Length);
        }
        await append;
        Assert.Equal(["a", "b"], ledger.Read().Select(t => t.Model));
    }

    [Fact]
    public void AnUnfinishedLineIsNotCountedAndThenRemoved()
    {
        var ledger = new TrialLedger(File);
        ledger.Append(Of("a"));
        ledger.Append(Of("b", options: new string('x', 9_000)));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        foreach (int cut in new[] { 1, 2, 100, 8_000, 9_080 })
        {
            System.IO.File.WriteAllBytes(File, whole[..^cut]);
            ledger.Append(Of("c"));
            // Without its line end only, the line is still whole.
            Assert.Equal(cut == 1 ? ["a", "b", "c"] : ["a", "c"], ledger.Read().Select(t => t.Model));
        }
        System.IO.File.WriteAllBytes(File, whole[..^50]);
        Assert.Equal(["a"], ledger.Read().Select(t => t.Model));
    }

    [Theory]
    [InlineData("not a ledger\n")]
    [InlineData("[]\n")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05Z\",\"data\":\"9f\"}\n")]
    [InlineData("{\"time\":\"yesterday\",\"data\":\"9f\",\"options\":\"a\",\"model\":\"m\",\"score\":1,\"sharpe\":1}\n")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05Z\",\"data\":null,\"options\":\"a\",\"model\":\"m\",\"score\":1,\"sharpe\":1}\n")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05Z\",\"data\":\"9f\",\"options\":\"a\",\"model\":\"m\",\"score\":\"1\",\"sharpe\":1}\n")]
    [InlineData("{\"time\":\"2026-01-02T03:04:05Z\",\"data\":\"9f\",\"options\":\"a\",\"model\":\"m\",\"score\":1,\"sharpe\":1,"
        + "\"returns\":\"6\"}\n")]
    public void AForeignLineIsNamed(string text)
    {
        var ledger = new TrialLedger(File);
        ledger.Append(Of("a"));
        System.IO.File.AppendAllText(File, text);
        var error = Assert.Throws<InvalidDataException>(ledger.Read);
        Assert.Contains(File, error.Message);
        Assert.Contains("line 2", error.Message);
    }

    [Fact]
    public void AForeignFileIsLeftAlone()
    {
        Directory.CreateDirectory(folder);
        string other = Path.Combine(folder, "notes.txt");
        System.IO.File.WriteAllText(other, "without a line end");
        Assert.Contains(other, Assert.Throws<InvalidDataException>(() => new TrialLedger(other).Append(Of("a"))).Message);
        Assert.Equal("without a line end", System.IO.File.ReadAllText(other));
    }

    [Fact]
    public void TheSameTrialCountsOnce()
    {
        Trial[] trials = [Of("a", 0.1), Of("b", 0.2), Of("a", 0.3), Of("a", 0.5, options: "a2"), Of("c", double.NaN),
            Of("a", 9, data: "other")];
        trials = [.. trials.Select(t => t with { Returns = 60, Timeframe = "1h", Protocol = "split" }), Of("old", 7)];
        trials = [.. trials, trials[0] with { Model = "short", Returns = 59, Sharpe = 8 },
            trials[0] with { Model = "4h", Timeframe = "4h", Sharpe = 9 },
            trials[0] with { Model = "week3", Protocol = "week3", Sharpe = 9 }];
        var count = TrialCount.Of(trials, "9f", "1h", "split");
        Assert.Equal((9, 3), (count.Count, count.Sharpes.Count));
        Assert.Equal(0.07 / 3, count.SharpeVariance, 1e-15);   // 0.3, 0.2, 0.5: mean ⅓, squares 1/900 + 16/900 + 25/900 = 42/900 over 2
        Assert.True(double.IsNaN(TrialCount.Of([], "9f", "1h", "split").SharpeVariance));
        Assert.Equal(1, TrialCount.Of([Of("a")], "9f", "1h", "split").Count);
    }
}
