using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralCore;

namespace Backtest.Tests.Cli;

/// <summary>Markets whose candles follow the last one's direction, or turn against it, nine times of ten.</summary>
public sealed class RetrainTests : IDisposable
{
    static readonly DateTime start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    /// <summary>600 candles a letter: f, they follow; t, they turn.</summary>
    string Market(string letters, string name = "market")
    {
        var random = new CounterRandom(5, 5);
        var text = new StringBuilder("open_time,open,high,low,close,volume\n");
        double price = 100;
        int sign = 1;
        for (int t = 0; t < 600 * letters.Length; t++)
        {
            sign = random.NextDouble() < 0.9 == (letters[t / 600] == 'f') ? sign : -sign;
            double open = price, factor = 1 + 0.002 * (0.5 + random.NextDouble());
            price = sign > 0 ? price * factor : price / factor;
            text.Append(FormattableString.Invariant($"{start.AddHours(t):yyyy-MM-dd HH:mm:ss},{open:R},{Math.Max(open, price):R},"))
                .AppendLine(FormattableString.Invariant($"{Math.Min(open, price):R},{price:R},{1 + random.NextDouble():R}"));
        }
        program.Write(Path.Combine(name, "BTC_1h.csv"), text.ToString());
        return program.Path(name);
    }

    string Train(string market, string name = "models", string model = "logistic", params string[] more)
    {
        Outcome outcome = Neuralcore.Run(["train", "--data", market, "--model", model, "--until", "2024-01-26",
            "--out", program.Path(name), .. more]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return program.Path(name, "BTC", "1h");
    }

    static string TrainedUntil(string folder)
        => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json"))).RootElement
            .GetProperty("metadata").GetProperty("trained_until").GetString()!;

    static JsonElement[] Log(string folder)
        => [.. File.ReadAllLines(folder + ".retrain.jsonl").Select(l => JsonDocument.Parse(l).RootElement)];

    [Fact]
    public void A_model_that_is_better_on_later_candles_is_swapped_in_and_the_former_stays()
    {
        string market = Market("ftt"), folder = Train(market);
        byte[] old = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        Outcome outcome = Neuralcore.Run("retrain", "--model", program.Path("models"), "--data", market, "--once");
        Assert.Equal((0, true), (outcome.Code, outcome.Out.Contains("logistic: swapped: log-loss", StringComparison.Ordinal)));
        Assert.Equal("2024-02-20T00:00:00Z", TrainedUntil(folder));     // half of the time since 2024-01-26
        string former = program.Path("models", "BTC", "1h.before", "20240126T0000Z");
        Assert.Equal(old, File.ReadAllBytes(Path.Combine(former, "model.safetensors")));
        Assert.Equal("2024-01-26T00:00:00Z", TrainedUntil(former));
        Assert.NotEqual(old, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));

        JsonElement line = Assert.Single(Log(folder)), accuracy = line.GetProperty("accuracy");
        Assert.Equal(("swapped", "2024-03-16T00:00:00Z", former), (Text("decision"), Text("known_until"), Text("former")));
        Assert.Equal(("2024-01-26T00:00:00Z", "2024-02-20T00:00:00Z"), (Text("in_place_trained_until"), Text("candidate_trained_until")));
        Assert.Equal(600 - 1, line.GetProperty("rows").GetInt32());
        Assert.True(accuracy.GetProperty("in_place").GetDouble() < 0.2);
        Assert.True(accuracy.GetProperty("candidate").GetDouble() > 0.3 && accuracy.GetProperty("interval")[0].GetDouble() > 0);
        Assert.True(line.GetProperty("log_loss").GetProperty("difference").GetDouble() < 0);

        // The folder of all models still holds one.
        Assert.Equal(0, Neuralcore.Run("predict", "--model", program.Path("models"), "--data", market).Code);

        string Text(string key) => line.GetProperty(key).GetString()!;
    }

    [Fact]
    public void A_model_that_is_worse_on_later_candles_is_not()
    {
        string market = Market("ftf"), folder = Train(market);
        string[] files = Directory.GetFiles(folder);
        byte[][] before = [.. files.Select(File.ReadAllBytes)];
        Outcome outcome = Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once");
        Assert.Equal((0, true), (outcome.Code, outcome.Out.Contains("logistic: kept: log-loss", StringComparison.Ordinal)));
        Assert.Equal(before, Directory.GetFiles(folder).Select(File.ReadAllBytes));
        Assert.False(Directory.Exists(folder + ".before"));
        JsonElement line = Assert.Single(Log(folder));
        Assert.Equal("kept", line.GetProperty("decision").GetString());
        Assert.True(line.GetProperty("log_loss").GetProperty("difference").GetDouble() > 0);

        // Too little time since the training decides nothing.
        Outcome soon = Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once", "--until", "2024-01-30",
            "--log", program.Path("log"));
        Assert.Contains("skipped: expected at least 100 rows", soon.Out);
        Assert.Single(File.ReadAllLines(program.Path("log")));
    }

    [Fact]
    public void A_schedule_is_replayed_with_the_candles_of_its_time()
    {
        string market = Market("ftt"), folder = Train(market), cut = program.Path("cut"), copy = program.Path("copy", "BTC", "1h");
        Directory.CreateDirectory(program.Path("copy", "BTC"));
        foreach (string file in Directory.GetFiles(folder).Select(Path.GetFileName).OfType<string>())
        {
            Directory.CreateDirectory(copy);
            File.Copy(Path.Combine(folder, file), Path.Combine(copy, file));
        }
        Outcome outcome = Neuralcore.Run("retrain", "--model", folder, "--data", market, "--from", "2024-02-10", "--to", "2024-03-10",
            "--every", "7d");
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        JsonElement[] log = Log(folder);
        Assert.Equal(["2024-02-10", "2024-02-17", "2024-02-24", "2024-03-02", "2024-03-09"],
            log.Select(l => l.GetProperty("known_until").GetString()![..10]));
        Assert.Contains("swapped", log.Select(l => l.GetProperty("decision").GetString()));
        Assert.All(log, l => Assert.True(string.CompareOrdinal(
            l.GetProperty("in_place_trained_until").GetString(), l.GetProperty("known_until").GetString()) < 0));

        // The same decisions without the candles that came later.
        string[] lines = File.ReadAllLines(Path.Combine(market, "BTC_1h.csv"));
        Directory.CreateDirectory(cut);
        var end = new DateTime(2024, 2, 17, 0, 0, 0, DateTimeKind.Utc);
        File.WriteAllLines(Path.Combine(cut, "BTC_1h.csv"), lines[..(1 + (int)(end - start).TotalHours)]);
        Assert.Equal(0, Neuralcore.Run("retrain", "--model", copy, "--data", cut, "--from", "2024-02-10", "--every", "7d").Code);
        Assert.Equal(log[..2].Select(l => l.GetProperty("reason").GetString()), Log(copy).Select(l => l.GetProperty("reason").GetString()));
    }

    [Fact]
    public void A_round_that_is_stopped_changes_nothing()
    {
        string market = Market("ftt"), folder = Train(market);
        byte[][] before = [.. Directory.GetFiles(folder).Select(File.ReadAllBytes)];
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(["retrain", "--model", folder, "--data", market, "--once"],
            line => { if (line.Contains("importance", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        Assert.Equal((130, true), (outcome.Code, outcome.Error.Contains("holds a whole model", StringComparison.Ordinal)));
        Assert.Equal(before, Directory.GetFiles(folder).Select(File.ReadAllBytes));
    }

    [Fact]
    public void A_round_that_fails_for_its_data_is_said_and_the_next_is_waited_for()
    {
        string market = Market("ftt"), config = program.Write("c.yaml", "models: {logistic: {neutral_share: 0}}\n"),
            folder = Train(market, more: ["--config", config]), file = Path.Combine(market, "BTC_1h.csv");
        // All that the new model may see does not move.
        File.WriteAllLines(file, File.ReadAllLines(file).Select(line =>
            string.CompareOrdinal(line, "2024-02-20") < 0 ? line.Split(',')[0] + ",100,100,100,100,1" : line));
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(["retrain", "--model", folder, "--data", market, "--every", "1h"],
            line => { if (line.Contains("this round failed", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        Assert.Contains("expected training rows whose price moves, got none", outcome.Error);
        Assert.Equal(130, outcome.Code);
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once").Fails(1, "expected training rows whose price moves");
    }

    [Fact]
    public void A_stop_does_not_call_a_damaged_folder_whole()
    {
        string market = Market("ftt"), folder = Train(market), weights = Path.Combine(folder, "model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^9]);
        using var stop = new CancellationTokenSource();
        Outcome outcome = Neuralcore.Run(["retrain", "--model", folder, "--data", market, "--every", "1h"],
            line => { if (line.Contains("this round failed", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token);
        Assert.Equal(130, outcome.Code);
        string last = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith($"neuralcore: stopped; {folder} holds no model that can be read: ", last);
        Assert.Contains(weights, last);
    }

    [Fact]
    public void A_new_model_has_the_seed_of_the_first_to_the_last_digit()
    {
        string market = Market("ftt"), seed = "18446744073709551557";
        string folder = Train(market, "models", "linear", "--epochs", "1", "--seed", seed);
        Assert.Contains("swapped", Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once").Out);
        Outcome anew = Neuralcore.Run("train", "--data", market, "--model", "linear", "--epochs", "1", "--seed", seed,
            "--until", TrainedUntil(folder), "--out", program.Path("anew"));
        Assert.Equal("", anew.Code == 0 ? "" : anew.Error);
        Assert.Equal(File.ReadAllBytes(program.Path("anew", "BTC", "1h", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
    }

    [Fact]
    public void Two_rounds_at_once_are_refused_and_a_folder_that_changed_is_left()
    {
        string market = Market("ftt"), folder = Train(market), config = Path.Combine(folder, "config.json");
        using (new FileStream(folder + ".retrain.lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None))
            Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once").Fails(1, "1h.retrain.lock", "no other retraining");

        byte[] weights = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        Outcome outcome = Neuralcore.Run(["retrain", "--model", folder, "--data", market, "--once"], line =>
        {
            if (line.Contains("importance", StringComparison.Ordinal)) File.AppendAllText(config, "\n");
        });
        Assert.Equal((0, true), (outcome.Code, outcome.Out.Contains("logistic: skipped: ", StringComparison.Ordinal)));
        Assert.Contains("has changed since this round began", Assert.Single(Log(folder)).GetProperty("reason").GetString());
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.False(Directory.Exists(folder + ".before"));
    }

    [Fact]
    public void A_former_folder_is_never_replaced_and_a_model_trained_anew_came_from_none()
    {
        string market = Market("ftt"), folder = Train(market), config = Path.Combine(folder, "config.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(config))!;
        json["metadata"]!["from"] = "first";
        File.WriteAllText(config, json.ToJsonString());
        string former = program.Path("models", "BTC", "1h.before", "20240126T0000Z");
        Directory.CreateDirectory(former);
        foreach (string file in Directory.GetFiles(folder)) File.Copy(file, Path.Combine(former, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(former, "config.json"), "mine");
        Outcome outcome = Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once");
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        JsonElement line = Assert.Single(Log(folder));
        Assert.Equal(("swapped", former + "-2"), (line.GetProperty("decision").GetString(), line.GetProperty("former").GetString()));
        Assert.EndsWith("trained from the beginning, while the one in place had gone on from first",
            line.GetProperty("reason").GetString());
        Assert.Equal("mine", File.ReadAllText(Path.Combine(former, "config.json")));
        Assert.Contains("\"from\":\"first\"", File.ReadAllText(Path.Combine(former + "-2", "config.json")));
        Assert.DoesNotContain("first", File.ReadAllText(config));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_process_that_is_killed_leaves_a_whole_folder()
    {
        string market = Market("fttt"), folder = Train(market);
        foreach (int lines in (int[])[1, 2, 4])
        {
            var arguments = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string arg in (string[])[typeof(NeuralCore.Backtest.Report).Assembly.Location, "retrain", "--model", folder,
                "--data", market, "--from", "2024-02-05", "--every", "1d"]) arguments.ArgumentList.Add(arg);
            using Process process = Process.Start(arguments)!;
            for (int seen = 0; seen < lines && process.StandardOutput.ReadLine() is not null; seen++) { }
            process.Kill();
            process.WaitForExit();
            Outcome predict = Neuralcore.Run("predict", "--model", folder, "--data", market);
            Assert.Equal("", predict.Code == 0 ? "" : predict.Error);
        }
    }

    [Fact]
    public void Wrong_options_are_said()
    {
        string market = Market("f"), folder = Train(market);
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--every", "soon").Fails(2, "--every", "'soon'");
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--until", "2024-02-01").Fails(2, "--once");
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--to", "2024-02-01").Fails(2, "--from");
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--from", "2024-02-01")
            .Fails(2, "--from: expected a time up to 2024-01-26", "got 2024-02-01");
        Neuralcore.Run("retrain", "--model", program.Path("none"), "--data", market, "--once").Fails(1, "no such folder");
        File.Delete(folder + ".retrain.lock");
        Directory.CreateDirectory(folder + ".retrain.lock");
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once").Fails(1, "1h.retrain.lock to be writable");
        program.Write(Path.Combine("models", "BTC", "1h", "notes.txt"), "mine");
        Neuralcore.Run("retrain", "--model", folder, "--data", market, "--once").Fails(1, "notes.txt");
    }

    [Fact]
    public void Predict_falls_back_asks_a_shadow_and_logs()
    {
        string market = Market("ff"), spare = Train(market, "spare"), log = program.Path("log.jsonl");
        Outcome trained = Neuralcore.Run("train", "--data", market, "--model", "linear", "--epochs", "1", "--out", program.Path("deep"));
        Assert.Equal(0, trained.Code);
        string deep = program.Path("deep", "BTC", "1h");
        string[] Asked(string model, params string[] more)
            => ["predict", "--model", model, "--data", market, "--last", "3", "--json", .. more];
        Outcome plain = Neuralcore.Run(Asked(deep));
        Outcome served = Neuralcore.Run(Asked(deep, "--fallback", spare, "--shadow", spare, "--log", log));
        Assert.Equal(plain.Out, served.Out);
        JsonElement[] lines = [.. File.ReadAllLines(log).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.All(lines, l => Assert.Equal(("linear", "logistic", JsonValueKind.Null), (l.GetProperty("model").GetString(),
            l.GetProperty("shadow").GetProperty("model").GetString(), l.GetProperty("fallback").ValueKind)));

        string config = Path.Combine(deep, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"format\": 1", "\"format\": 9", StringComparison.Ordinal));
        Outcome fallen = Neuralcore.Run(Asked(deep, "--fallback", spare, "--log", log));
        Assert.Equal(Neuralcore.Run(Asked(spare)).Out, fallen.Out);
        Assert.Contains("expected format 1 or older, got 9", fallen.Error);
        Assert.Contains("got 9", JsonDocument.Parse(File.ReadAllLines(log)[^1]).RootElement.GetProperty("fallback").GetString());
        Neuralcore.Run(Asked(deep, "--log", log)).Fails(1, "got 9", "there is no fallback");
        Neuralcore.Run(Asked(deep, "--fallback", program.Path("none"))).Fails(1, "got 9", "none");
        Neuralcore.Run("predict", "--onnx", "x.onnx", "--data", market, "--fallback", spare).Fails(2, "--onnx");
    }
}
