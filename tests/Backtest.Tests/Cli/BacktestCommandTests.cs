using System.Text.Json;
using NeuralCore.Backtest;
using NeuralCore.Backtest.Cli;

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
        Assert.Equal(["report.html", "report.json", "report.md", "training_history.json"], program.Files("a"));
    }

    [Fact]
    public void Threads_and_folder_do_not_change_the_report()
    {
        Assert.Equal(0, Neuralcore.Run(program.Tiny("a", "--threads", "1")).Code);
        Assert.Equal(0, Neuralcore.Run(program.Tiny("b", "--threads", "2", "--fresh")).Code);
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
        Assert.Single(Directory.GetFiles(program.Path("cache")));

        Outcome resumed = Neuralcore.Run(program.Tiny("a", "--resume", "--threads", "1"));
        Assert.Equal(0, resumed.Code);
        Assert.Equal(["report.html", "report.json", "report.md", "training_history.json"], program.Files("a"));
        Assert.Contains("found finished", resumed.Error);
        Assert.Equal(0, Neuralcore.Run(program.Tiny("b", "--fresh")).Code);
        Assert.Equal(program.Report("b"), program.Report("a"));
    }

    [Fact]
    public void A_run_that_was_computed_before_gives_the_same_report_without_computing()
    {
        string[] Again(string name, params string[] more) => program.Tiny(name, ["--seeds", "2", .. more]);
        Outcome first = Neuralcore.Run(Again("a", "--json")), second = Neuralcore.Run(Again("b", "--json"));
        string id = first.Json.GetProperty("id").GetString()!;
        Assert.Contains($"note: run {id} was computed before: all its jobs are in {program.Path("cache")} (--fresh", second.Error);
        Assert.DoesNotContain("was computed before", first.Error);
        Assert.Equal((6, 0), Jobs(first));
        Assert.Equal((6, 6), Jobs(second));
        Assert.Equal(program.Report("a"), program.Report("b"));
        Assert.Equal(File.ReadAllText(program.Path("a", "training_history.json")),
            File.ReadAllText(program.Path("b", "training_history.json")));
        // Elsewhere, again from the beginning, and in a file instead of a folder.
        Assert.Equal((6, 0), Jobs(Neuralcore.Run(Again("c", "--json", "--fresh"))));
        Assert.Equal((6, 0), Jobs(Neuralcore.Run(Again("d", "--json", "--cache", program.Path("own")))));
        Assert.Equal(6, Directory.GetFiles(program.Path("own")).Length);
        Assert.Equal(program.Report("a"), program.Report("d"));
        Neuralcore.Run(Again("e", "--fresh", "--resume")).Fails(2, "--fresh: expected without --resume");
        Neuralcore.Run(Again("e", "--cache", program.Write("file", ""))).Fails(1, "file", "cannot be written");
        program.Write(Path.Combine("lone", "cache"), "a file");
        Outcome without = Neuralcore.Run(program.Tiny(Path.Combine("lone", "a")));
        Assert.Equal((0, true), (without.Code, without.Error.Contains("note: finished jobs are not kept: ", StringComparison.Ordinal)));

        static (int, int) Jobs(Outcome outcome)
            => (outcome.Json.GetProperty("run").GetProperty("jobs").GetInt32(),
                outcome.Json.GetProperty("run").GetProperty("reused").GetInt32());
    }

    [Fact]
    public void Seeds_stand_beside_figures_that_they_do_not_change()
    {
        JsonElement one = Neuralcore.Run(program.Tiny("a", "--json")).Json,
            three = Neuralcore.Run(program.Tiny("b", "--json", "--seeds", "3")).Json;
        JsonElement Model(JsonElement report, int m) => report.GetProperty("models")[m];
        for (int m = 0; m < 2; m++)
            Assert.Equal(Model(one, m).GetProperty("scores").GetRawText(), Model(three, m).GetProperty("scores").GetRawText());
        Assert.Equal((1, 3),
            (one.GetProperty("options").GetProperty("seeds").GetInt32(), three.GetProperty("options").GetProperty("seeds").GetInt32()));
        // v2 draws nothing and is trained once.
        Assert.Equal((false, 0, JsonValueKind.Null), (Model(three, 0).GetProperty("random").GetBoolean(),
            Model(three, 0).GetProperty("seeds").GetArrayLength(), Model(three, 0).GetProperty("over_seeds").ValueKind));
        JsonElement[] seeds = [.. Model(three, 1).GetProperty("seeds").EnumerateArray()];
        Assert.Equal([1, 2, 3], seeds.Select(seed => seed.GetProperty("seed").GetInt32()));
        double[] accuracies = [.. seeds.Select(seed => seed.GetProperty("direction").GetProperty("accuracy").GetDouble())];
        Assert.Equal(Model(one, 1).GetProperty("scores").GetProperty("combined").GetProperty("direction").GetRawText(),
            seeds[0].GetProperty("direction").GetRawText());
        Assert.Equal(3, accuracies.Distinct().Count());
        JsonElement spread = Model(three, 1).GetProperty("over_seeds").GetProperty("direction_accuracy");
        double mean = (accuracies[0] + accuracies[1] + accuracies[2]) / 3;
        Assert.Equal(mean, spread.GetProperty("mean").GetDouble(), 12);
        Assert.Equal(Math.Sqrt(accuracies.Sum(a => (a - mean) * (a - mean)) / 2), spread.GetProperty("deviation").GetDouble(), 12);
        Assert.Equal((accuracies.Min(), accuracies.Max()),
            (spread.GetProperty("least").GetDouble(), spread.GetProperty("greatest").GetDouble()));
        Assert.Equal(JsonValueKind.Null, Model(one, 1).GetProperty("over_seeds").GetProperty("direction_accuracy")
            .GetProperty("deviation").ValueKind);

        using JsonDocument histories = JsonDocument.Parse(File.ReadAllText(program.Path("b", "training_history.json")));
        Assert.Equal(three.GetProperty("id").GetString(), histories.RootElement.GetProperty("id").GetString());
        Assert.Equal([("linear", 1, 1), ("linear", 1, 2), ("linear", 2, 1), ("linear", 2, 2), ("linear", 3, 1), ("linear", 3, 2)],
            histories.RootElement.GetProperty("trainings").EnumerateArray().Select(t => (t.GetProperty("model").GetString()!,
                t.GetProperty("seed").GetInt32(), t.GetProperty("fold").GetInt32())));
        Assert.All(histories.RootElement.GetProperty("trainings").EnumerateArray(), t => Assert.Equal((JsonValueKind.Null, 1),
            (t.GetProperty("pair").ValueKind, t.GetProperty("history").GetProperty("epochs").GetArrayLength())));
        foreach (string page in (string[])["report.md", "report.html"])
            foreach (string says in (string[])["Seeds", three.GetProperty("id").GetString()!])
                Assert.Contains(says, File.ReadAllText(program.Path("b", page)));
    }

    [Fact]
    public void A_store_of_MLflow_gets_the_run()
    {
        string store = program.Path("mlruns");
        Outcome outcome = Neuralcore.Run(program.Tiny("a", "--json", "--mlflow", store));
        Assert.Equal(0, outcome.Code);
        string[] runs = [.. Directory.EnumerateFiles(store, "mlflow.runName", SearchOption.AllDirectories).Select(File.ReadAllText)
            .Order(StringComparer.Ordinal)];
        Assert.Equal([$"backtest {outcome.Json.GetProperty("id").GetString()}", "linear", "v2"], runs);
        string report = Assert.Single(Directory.EnumerateFiles(store, "report.json", SearchOption.AllDirectories));
        Assert.Equal(File.ReadAllText(program.Path("a", "report.json")), File.ReadAllText(report));
        // Where it is kept is no part of what was run.
        Assert.False(outcome.Json.GetProperty("options").TryGetProperty("mlflow", out _));
        Neuralcore.Run(program.Tiny("b", "--mlflow", program.Write("file", ""))).Fails(1, "file", "cannot be written");
        Assert.False(Directory.Exists(program.Path("b")));
    }

    [Fact]
    public void Progress_of_a_run_for_machines_is_an_event_a_line()
    {
        Outcome outcome = Neuralcore.Run(program.Tiny("a", "--json", "--threads", "1"));
        JsonElement[] events = [.. outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["job_started", "epoch", "job_finished", "job_started", "epoch", "job_finished", "job_started", "job_finished",
            "job_started", "job_finished", "evaluation", "report"], events.Select(e => e.GetProperty("event").GetString()));
        JsonElement epoch = events[1];
        Assert.Equal(("linear fold 2", 1, 0, 4), (epoch.GetProperty("job").GetString(), epoch.GetProperty("epoch").GetInt32(),
            epoch.GetProperty("finished").GetInt32(), epoch.GetProperty("total").GetInt32()));
        Assert.InRange(epoch.GetProperty("training_loss").GetDouble(), 0.1, 10);
        Assert.InRange(epoch.GetProperty("fraction").GetDouble(), 0.01, 0.99);
        JsonElement last = events[^3];
        Assert.Equal((4, 1.0, 0.0), (last.GetProperty("finished").GetInt32(), last.GetProperty("fraction").GetDouble(),
            last.GetProperty("seconds_left").GetDouble()));
        Assert.Equal((outcome.Json.GetProperty("id").GetString(), program.Path("a", "report.md")),
            (events[^1].GetProperty("run").GetString(), events[^1].GetProperty("path").GetString()));
    }

    [Fact]
    public void The_time_left_is_that_of_jobs_that_are_computed()
    {
        Assert.Equal(30, Left(0.25, 0));
        Assert.Equal(10, Left(0.75, 0.5), 9);
        Assert.Equal(0, Left(1, 1));
        Assert.False(double.IsFinite(Left(0.5, 0.5)));

        static double Left(double fraction, double reused)
            => ProgressView.SecondsLeft(new BacktestProgress("", -1, 1, 2, fraction, "") { ReusedFraction = reused }, 10);
    }

    [Fact]
    public void A_run_that_is_stopped_while_it_is_evaluated_leaves_no_folder_of_a_report()
    {
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(program.Tiny("a", "--mlflow", program.Path("store")), line =>
        {
            if (line == "evaluating the predictions") stop.Cancel();
        }, stop.Token);
        Assert.Equal(130, outcome.Code);
        Assert.Equal((false, false), (Directory.Exists(program.Path("a")), Directory.Exists(program.Path("store"))));
        Assert.Equal(4, Directory.GetFiles(program.Path("cache"), "*.job").Length);
    }

    [Fact]
    public void The_command_of_a_report_does_the_same_again()
    {
        Assert.Equal(0, Neuralcore.Run(program.Tiny("a", "--fresh=true", "--json", "--seed=3", "--per-pair")).Code);
        string page = File.ReadAllText(program.Path("a", "report.html"));
        Assert.Contains($"--config {program.Path("tiny.yaml")} --out {program.Path("a")} --seed 3 --per-pair<", page,
            StringComparison.Ordinal);
        Assert.Contains(">neuralcore backtest --models v2,linear --epochs 1 --candles 600 ", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_beside_the_report_is_not_in_it()
    {
        Assert.Equal(0, Neuralcore.Run(program.Tiny("b/r/")).Code);
        Assert.Equal(["cache", "r"], Directory.GetFileSystemEntries(program.Path("b")).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(4, Directory.GetFiles(program.Path("b", "r")).Length);
    }

    [Fact]
    public void Resume_typed_wins_over_fresh_in_the_file()
    {
        Assert.Equal(0, Neuralcore.Run(program.Tiny("a")).Code);
        string[] Fresh(params string[] more)
        {
            string[] args = program.Tiny("a", more);
            File.AppendAllText(program.Path("tiny.yaml"), "fresh: true\n");
            return args;
        }
        Assert.DoesNotContain("found finished", Neuralcore.Run(Fresh()).Error);
        Assert.Contains("found finished", Neuralcore.Run(Fresh("--resume")).Error);
        Neuralcore.Run(Fresh("--resume", "--fresh")).Fails(2, "--fresh: expected without --resume");
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
        // v2 draws no random numbers.
        Assert.Equal(3, Count(Neuralcore.Run(program.Tiny("c", "--data", market, "--json", "--seed", "2"))));
        string ledger = program.Path("tried", "all.jsonl");
        Assert.Equal(2, Count(Neuralcore.Run(program.Tiny("d", "--data", market, "--json", "--ledger", ledger))));
        Assert.Equal(2, File.ReadAllLines(ledger).Length);

        Assert.Equal(System.Text.Json.JsonValueKind.Null, Neuralcore.Run(program.Tiny("e", "--json")).Json.GetProperty("run")
            .GetProperty("trials").ValueKind);
        Neuralcore.Run(program.Tiny("e", "--ledger", ledger)).Fails(2, "--ledger: expected only with --data");
        Neuralcore.Run(program.Tiny("f", "--data", market, "--ledger", program.Write("no.jsonl", "no ledger\n")))
            .Fails(1, "no.jsonl", "line 1");
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
        Outcome week3 = Neuralcore.Run("backtest", "--data", market, "--protocol", "week3", "--config", config, "--out",
            program.Path("a"), "--json");
        Assert.Equal((0, 80), (week3.Code, week3.Json.GetProperty("test_rows").GetInt32()));
        Assert.Contains("linear fold 1 BTC", week3.Error);
        Outcome split = Neuralcore.Run("backtest", "--data", market, "--protocol", "split", "--config", config, "--out",
            program.Path("b"), "--json", "--train-to", "2020-01-15", "--validate-to", "2020-01-20", "--test-to", "2020-01-21T12:00Z");
        Assert.Equal((0, 2 * 36), (split.Code, split.Json.GetProperty("test_rows").GetInt32()));
    }

    [Fact]
    public void The_command_line_wins_over_the_file()
    {
        string config = program.Write("c.yaml", """
            seed: 3
            seeds: 2
            folds: {count: 2, minimum_training_candles: 100}
            candles: 600
            pairs: [BTC, ETH]
            quick: true
            models: {linear: {epochs: 2, batch_size: 32}, v3: {hidden: 8}}
            """);
        Outcome outcome = Neuralcore.Run("backtest", "--config", config, "--models", "linear", "--seed", "4", "--out",
            program.Path("a"), "--json");
        Assert.Equal(0, outcome.Code);
        Assert.Equal(4, outcome.Json.GetProperty("seed").GetInt32());
        Assert.Equal(2, outcome.Json.GetProperty("folds").GetArrayLength());
        var options = outcome.Json.GetProperty("options");
        Assert.Equal((2, 32),
            (options.GetProperty("models.linear.epochs").GetInt32(), options.GetProperty("models.linear.batch_size").GetInt32()));
        Assert.False(options.TryGetProperty("models.v3.hidden", out _));
        Assert.Equal([4, 5], outcome.Json.GetProperty("models")[0].GetProperty("seeds").EnumerateArray()
            .Select(seed => seed.GetProperty("seed").GetInt32()));
        JsonElement thorough = Neuralcore.Run(program.Tiny("b", "--thorough", "--json")).Json;
        Assert.Equal((5, 5), (thorough.GetProperty("options").GetProperty("seeds").GetInt32(),
            thorough.GetProperty("models")[1].GetProperty("seeds").GetArrayLength()));
        Assert.Equal(1, Neuralcore.Run(program.Tiny("c", "--json")).Json.GetProperty("models")[1].GetProperty("seeds").GetArrayLength());
        Neuralcore.Run(program.Tiny("d", "--seeds", "0")).Fails(2, "--seeds: expected a whole number from 1 to 1000");

        // Thorough raises the patience of networks, and lowers none.
        options =
            Neuralcore.Run([.. program.Tiny("e", "--thorough", "--seeds", "1", "--json").Select(a => a == "v2,linear" ? "linear,v3" : a)])
            .Json.GetProperty("options");
        Assert.Equal((6, 20),
            (options.GetProperty("models.linear.patience").GetInt32(), options.GetProperty("models.v3.patience").GetInt32()));
    }

    [Fact]
    public void Embargo_spread_slippage_and_position_are_keys_of_the_file()
    {
        string config = program.Write("c.yaml", "folds: {minimum_training_candles: 100, count: 2, embargo: 3}\nmodels: [v2]\ncandles: "
            + "600\npairs: [BTC, ETH]\ntrading: {half_spread: 2, slippage: 1.5, position: 0.5}\n");
        JsonElement Trading(JsonElement json) => json.GetProperty("models")[0].GetProperty("trading")[0].GetProperty("results")[0];
        JsonElement dear = Neuralcore.Run("backtest", "--config", config, "--out", program.Path("a"), "--json").Json,
            options = dear.GetProperty("options");
        Assert.Equal((2.0, 1.5, 0.5),
            (options.GetProperty("trading.half_spread").GetDouble(), options.GetProperty("trading.slippage").GetDouble(),
            options.GetProperty("trading.position").GetDouble()));
        JsonElement plain = Neuralcore.Run(program.Tiny("b", "--json")).Json;
        Assert.Equal((0.0, 1.0), (plain.GetProperty("options").GetProperty("trading.slippage").GetDouble(),
            plain.GetProperty("options").GetProperty("trading.position").GetDouble()));
        long Trained(JsonElement json) => json.GetProperty("folds")[0].GetProperty("training_rows").GetInt64();
        Assert.Equal(Trained(plain) - 2 * 3, Trained(dear));      // of two pairs
        Assert.Equal(0, Trading(plain).GetProperty("costs_paid").GetDouble());
        Assert.True(Trading(dear).GetProperty("costs_paid").GetDouble() > 0);
        Assert.Equal(Trading(plain).GetProperty("exposure").GetDouble() / 2, Trading(dear).GetProperty("exposure").GetDouble(), 1e-12);
        Neuralcore.Run("backtest", "--config", program.Write("d.yaml", "trading: {position: 2}\n"), "--out", program.Path("c"))
            .Fails(2, "trading.position", "from 0.001 to 1");
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
