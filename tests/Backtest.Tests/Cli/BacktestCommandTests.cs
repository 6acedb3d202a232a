namespace Backtest.Tests.Cli;

public sealed class BacktestCommandTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public void The_simulated_market_gives_a_report_and_leaves_nothing_else()
    {
        Outcome outcome = Neuralcore.Run(program.Tiny("a"));
        Assert.Equal(0, outcome.Code);
        Assert.StartsWith("Simulated market: says nothing about real prices", outcome.Out);
        Assert.EndsWith($"Report: {program.Path("a", "report.md")}\n", outcome.Out.ReplaceLineEndings("\n"));
        Assert.Contains("[  4/4] ", outcome.Error);
        Assert.Equal(["report.html", "report.json", "report.md"], program.Files("a"));
    }

    [Fact]
    public void Threads_and_folder_do_not_change_the_report()
    {
        Assert.Equal(0, Neuralcore.Run(program.Tiny("a", "--threads", "1")).Code);
        Assert.Equal(0, Neuralcore.Run(program.Tiny("b", "--threads", "2")).Code);
        Assert.Equal(program.Report("a"), program.Report("b"));
        Assert.Equal(0, Neuralcore.Run(program.Tiny("c", "--seed", "2")).Code);
        Assert.NotEqual(program.Report("a"), program.Report("c"));
    }

    [Fact]
    public void A_stopped_run_leaves_no_report_and_goes_on()
    {
        using var stop = new CancellationTokenSource();
        Outcome stopped = Neuralcore.Run(program.Tiny("a", "--threads", "1"),
            line => { if (line.StartsWith("[  1/", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        stopped.Fails(130, "stopped; finished jobs are kept in", "--resume");
        Assert.False(File.Exists(program.Path("a", "report.json")));
        Assert.Single(Directory.GetFiles(program.Path("a", "jobs")));

        Outcome resumed = Neuralcore.Run(program.Tiny("a", "--resume", "--threads", "1"));
        Assert.Equal(0, resumed.Code);
        Assert.Equal(["report.html", "report.json", "report.md"], program.Files("a"));
        Assert.Equal(0, Neuralcore.Run(program.Tiny("b")).Code);
        Assert.Equal(program.Report("b"), program.Report("a"));
    }

    [Fact]
    public void A_run_stopped_before_it_begins_leaves_nothing()
    {
        Outcome outcome = Neuralcore.Run(program.Tiny("a"), null, new CancellationToken(canceled: true));
        outcome.Fails(130, "stopped");
        SpinWait.SpinUntil(() => !Directory.Exists(program.Path("a")), 5_000);
        Assert.False(Directory.Exists(program.Path("a")));
    }

    [Fact]
    public void Json_is_the_report_and_alone_on_the_output()
    {
        Outcome outcome = Neuralcore.Run(program.Tiny("a", "--json"));
        Assert.Equal(0, outcome.Code);
        Assert.Equal(File.ReadAllText(program.Path("a", "report.json")).TrimEnd(), outcome.Out.TrimEnd());
        var options = outcome.Json.GetProperty("options");
        Assert.Equal(100, options.GetProperty("folds.minimum_training_candles").GetInt32());
        Assert.Equal(0.001, options.GetProperty("models.linear.learning_rate").GetDouble());
        Assert.Equal(1, options.GetProperty("models.linear.epochs").GetInt32());
        Assert.Equal(["v2", "linear"], options.GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.False(options.TryGetProperty("resume", out _));
    }

    [Fact]
    public void Every_backtest_on_files_is_added_to_the_ledger_of_trials()
    {
        string market = program.Market();
        int Count(Outcome outcome) => outcome.Json.GetProperty("run").GetProperty("trials").GetProperty("count").GetInt32();
        Outcome first = Neuralcore.Run(program.Tiny("a", "--data", market, "--json"));
        Assert.Equal((0, 2), (first.Code, Count(first)));
        Assert.Equal(2, File.ReadAllLines(program.Path("trials.jsonl")).Length);
        Assert.False(first.Json.GetProperty("options").TryGetProperty("ledger", out _));
        Assert.Equal(2, Count(Neuralcore.Run(program.Tiny("b", "--data", market, "--json"))));
        Assert.Equal(program.Report("a"), program.Report("b"));
        Assert.Equal(4, Count(Neuralcore.Run(program.Tiny("c", "--data", market, "--json", "--seed", "2"))));
        string ledger = program.Path("tried", "all.jsonl");
        Assert.Equal(2, Count(Neuralcore.Run(program.Tiny("d", "--data", market, "--json", "--ledger", ledger))));
        Assert.Equal(2, File.ReadAllLines(ledger).Length);

        Assert.Equal(System.Text.Json.JsonValueKind.Null, Neuralcore.Run(program.Tiny("e", "--json")).Json.GetProperty("run").GetProperty("trials").ValueKind);
        Neuralcore.Run(program.Tiny("e", "--ledger", ledger)).Fails(2, "--ledger: expected only with --data");
        Neuralcore.Run(program.Tiny("f", "--data", market, "--ledger", program.Write("no.jsonl", "no ledger\n"))).Fails(1, "no.jsonl", "line 1");
        Assert.False(Directory.Exists(program.Path("f")));
        Outcome folder = Neuralcore.Run(program.Tiny("g", "--data", market, "--ledger", market, "--json"));
        Assert.Equal((0, true), (folder.Code, folder.Error.Contains("trials are not recorded: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Files_of_candles_are_read_and_their_pairs_chosen()
    {
        string market = program.Market(pairs: 3);
        Outcome outcome = Neuralcore.Run(program.Tiny("a", "--data", market, "--json"));
        Assert.Equal(0, outcome.Code);
        Assert.False(outcome.Json.GetProperty("simulated").GetBoolean());
        Assert.Equal(["BTC", "ETH"], outcome.Json.GetProperty("pairs").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Contains("best_probability.csv", outcome.Json.GetProperty("notes")[0].GetString());
    }

    [Fact]
    public void Week3_and_split_are_run_as_asked()
    {
        string market = program.Market(),
            config = program.Write("c.yaml", "folds: {minimum_training_candles: 100}\nmodels: [v2, linear: {epochs: 1}]\n");
        Outcome week3 = Neuralcore.Run("backtest", "--data", market, "--protocol", "week3", "--config", config, "--out", program.Path("a"), "--json");
        Assert.Equal((0, 80), (week3.Code, week3.Json.GetProperty("test_rows").GetInt32()));
        Assert.Contains("linear fold 1 BTC", week3.Error);
        Outcome split = Neuralcore.Run("backtest", "--data", market, "--protocol", "split", "--config", config, "--out", program.Path("b"), "--json",
            "--train-to", "2020-01-15", "--validate-to", "2020-01-20", "--test-to", "2020-01-21T12:00Z");
        Assert.Equal((0, 2 * 36), (split.Code, split.Json.GetProperty("test_rows").GetInt32()));
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        string config = program.Write("c.yaml", """
            seed: 3
            folds: {count: 2, minimum_training_candles: 100}
            candles: 600
            pairs: [BTC, ETH]
            quick: true
            models: {linear: {epochs: 2, batch_size: 32}, v3: {hidden: 8}}
            """);
        Outcome outcome = Neuralcore.Run("backtest", "--config", config, "--models", "linear", "--seed", "4", "--out", program.Path("a"), "--json");
        Assert.Equal(0, outcome.Code);
        Assert.Equal(4, outcome.Json.GetProperty("seed").GetInt32());
        Assert.Equal(2, outcome.Json.GetProperty("folds").GetArrayLength());
        var options = outcome.Json.GetProperty("options");
        Assert.Equal((2, 32), (options.GetProperty("models.linear.epochs").GetInt32(), options.GetProperty("models.linear.batch_size").GetInt32()));
        Assert.False(options.TryGetProperty("models.v3.hidden", out _));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_found_before_any_work()
    {
        string file = program.Write("file", "");
        Outcome outcome = Neuralcore.Run("backtest", "--out", Path.Combine(file, "report"));
        outcome.Fails(1, file, "cannot be written");
        Assert.DoesNotContain("done in", outcome.Error);
    }

    [Fact]
    public void Data_that_cannot_be_used_are_one_line_and_leave_no_folder()
    {
        string Flat(string name, string text) => Path.GetDirectoryName(program.Write(Path.Combine(name, "BTC_1h.csv"), text))!;
        const string header = "open_time,open,high,low,close,volume\n", row = "2024-01-01T00:00:00Z,1,1,1,1,1\n",
            earlier = "2023-12-31T23:00:00Z,1,1,1,1,1\n";
        (string Data, string Says)[] cases =
        [
            (program.Path("missing"), "no such folder"), (Flat("empty", ""), "BTC_1h.csv"), (Flat("header", header), "no rows"),
            (Flat("unsorted", header + row + earlier), "not sorted"),
            (Flat("broken", header + row.Replace("1,1\n", "x,1\n", StringComparison.Ordinal)), "BTC_1h.csv"),
            (Flat("schema", "a,b\n1,2\n"), "BTC_1h.csv"), (Flat("short", header + row), "too few"),
        ];
        foreach ((string data, string says) in cases)
        {
            Neuralcore.Run("backtest", "--data", data, "--out", program.Path("out")).Fails(1, says);
            Assert.False(Directory.Exists(program.Path("out")));
        }
    }
}
