using System.Diagnostics;

namespace Backtest.Tests.Cli;

/// <summary>A process that is killed in the middle, without a chance to put anything in order, and another that goes on.</summary>
public sealed class KilledRunTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_that_was_killed_goes_on_to_the_report_of_a_run_in_one_go()
    {
        string market = program.Market(), config = program.Write("tiny.yaml",
            "folds: {count: 2, minimum_training_candles: 100}\nepochs: 3\nmodels: {v3.1: {hidden: 8, attention: 8, units: 8}, v3.2: "
                + "{hidden: 8}}\n");
        string[] Run(string name) => ["backtest", "--data", market, "--seeds", "2", "--threads", "2",
            "--config", config, "--out", program.Path(name, "report"), "--json"];
        Assert.Equal(0, Neuralcore.Run(Run("whole")).Code);
        string whole = program.Report(Path.Combine("whole", "report")),
            histories = File.ReadAllText(program.Path("whole", "report", "training_history.json"));

        // Killed again and again, at another event each time: a job begins, an epoch ends, a job ends; then left to end.
        int kills = 0, finished = 0;
        foreach (int lines in (int[])[1, 3, 4, 6, 9, 12])
        {
            if (!Killed([.. Run("killed"), "--resume"], lines)) break;
            kills++;
            Assert.False(File.Exists(program.Path("killed", "report", "report.json")));
            int now = Directory.GetFiles(program.Path("killed", "cache"), "*.job").Length;
            Assert.True(now >= finished);
            finished = now;
        }
        Assert.True(kills >= 4 && finished > 0, $"{kills} kills, {finished} jobs");
        Outcome resumed = Neuralcore.Run([.. Run("killed"), "--resume"]);
        Assert.Equal(0, resumed.Code);
        Assert.True(resumed.Json.GetProperty("run").GetProperty("reused").GetInt32() >= finished);
        Assert.Equal(whole, program.Report(Path.Combine("killed", "report")));
        Assert.Equal(histories, File.ReadAllText(program.Path("killed", "report", "training_history.json")));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Two_processes_that_run_the_same_at_once_give_the_same_report()
    {
        using Process a = Start(program.Tiny("a", "--seeds", "3", "--json")), b = Start(program.Tiny("b", "--seeds", "3", "--json"));
        Task<string>[] output =
            [.. new[] { a, b }.SelectMany(p => new[] { p.StandardOutput.ReadToEndAsync(), p.StandardError.ReadToEndAsync() })];
        string[] texts = await Task.WhenAll(output);
        foreach (Process process in (Process[])[a, b]) await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(a.ExitCode == 0 && b.ExitCode == 0, texts[1] + texts[3]);
        Assert.Equal(program.Report("a"), program.Report("b"));
        Assert.Equal(8, Directory.GetFiles(program.Path("cache")).Length);
    }

    static Process Start(string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(NeuralCore.Backtest.Report).Assembly.Location);
        foreach (string arg in args) start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    /// <summary>Starts the program and kills it after so many events; false if it ended before.</summary>
    static bool Killed(string[] args, int events)
    {
        using Process process = Start(args);
        int seen = 0;
        while (process.StandardError.ReadLine() is { } line)
        {
            if (!line.StartsWith('{') || line.Contains("\"reused\":true", StringComparison.Ordinal) || ++seen < events) continue;
            process.Kill();     // SIGKILL
            process.WaitForExit();
            return process.ExitCode != 0;
        }
        process.WaitForExit();
        return false;
    }
}
