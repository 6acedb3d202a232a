using System.Globalization;
using System.Text.Json;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests.Cli;

public sealed class ZigZagCommandTests : IDisposable
{
    readonly Neuralcore program = new();

    public void Dispose() => program.Dispose();

    static string Run(params string[] args)
    {
        Outcome outcome = Neuralcore.Run(["zigzag", .. args]);
        Assert.Equal("", outcome.Code == 0 ? "" : outcome.Error);
        return outcome.Out;
    }

    /// <summary>Simulated candles, enough for a hundred legs a pair.</summary>
    string Market(int pairs)
    {
        Assert.Equal(0, Neuralcore.Run("simulate", "--out", program.Path("market"), "--pairs", $"{pairs}", "--candles", "2000").Code);
        return program.Path("market");
    }

    string[] On(string market, string name, params string[] more)
        => ["--data", market, "--timeframes", "1h", "--out", program.Path(name), .. more];

    /// <summary>Content of all files below a folder, by name.</summary>
    SortedDictionary<string, string> Files(string name) => new(program.Files(name).Where(f => File.Exists(program.Path(name, f)))
        .ToDictionary(f => f, f => Convert.ToHexString(File.ReadAllBytes(program.Path(name, f)))), StringComparer.Ordinal);

    [Fact]
    public void All_steps_at_once_or_each_by_itself_with_any_threads_give_the_same_files()
    {
        string market = Market(2);
        string all = Run(["run", .. On(market, "all", "--epochs", "2", "--threads", "1")]);
        Run(["label", .. On(market, "steps")]);
        Run(["train", .. On(market, "steps", "--epochs", "2", "--threads", "3", "--pairs", "ETHUSDT,btc")]);
        string table = Run(["evaluate", .. On(market, "steps", "--threads", "2")]), legs = Run(["predict", .. On(market, "steps")]);
        Assert.Equal(Files("all"), Files("steps"));
        Assert.Equal(all.Replace(program.Path("all"), "OUT"), (table + legs).Replace(program.Path("steps"), "OUT"));
        Assert.Equal(["evaluation.json",
            .. from folder in (string[])["labels", "legs"] from pair in (string[])["BTC", "ETH"] select $"{folder}/{pair}/1h.csv",
            .. from pair in (string[])["BTC", "ETH"]
               from file in (string[])["config.json", "metrics.json", "model.safetensors", "scaler.json",
                "training_history.json"] select $"v2_model/{pair}/1h/{file}"], Files("all").Keys);
    }

    [Fact]
    public void Every_later_leg_is_scored_once_and_the_figures_are_those_of_the_legs()
    {
        string market = Market(1);
        Run(["train", .. On(market, "out", "--epochs", "2", "--seed", "18446744073709551557")]);
        // The timeframe is one, written twice.
        string evaluated = Run("evaluate", "--data", market, "--timeframes", "1h,60m", "--out", program.Path("out"), "--json");
        JsonElement scores = Assert.Single(JsonDocument.Parse(evaluated).RootElement.GetProperty("results").EnumerateArray());
        string[][] legs = [.. File.ReadLines(program.Path("out", "legs", "BTC", "1h.csv")).Skip(1).Select(line => line.Split(','))];
        JsonElement metadata = JsonDocument.Parse(File.ReadAllText(program.Path("out", "v2_model", "BTC", "1h", "config.json"))).RootElement
            .GetProperty("metadata");
        Assert.Equal("18446744073709551557", metadata.GetProperty("seed").GetString());

        Candles candles = CandleFile.Read(Path.Combine(market, "BTCUSDT", "BTC_1h.csv"), "BTCUSDT", "BTC", Timeframe.Parse("1h")).Candles;
        Label ends = LegEnds.Beyond(candles);
        string[] expected = [.. Enumerable.Range(0, candles.Count).Where(t => ends.IsKnown(t) && t >= candles.Count * 4 / 5)
            .Select(t => DateTime.UnixEpoch.AddMicroseconds(ends.Start(t)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"))];
        Assert.Equal(expected, legs.Select(leg => leg[0]));
        Assert.True(expected.Length > 10 && string.CompareOrdinal(metadata.GetProperty("trained_until").GetString(), expected[0]) < 0);

        Assert.Equal(("BTC", "1h", legs.Length), (scores.GetProperty("pair").GetString(), scores.GetProperty("timeframe").GetString(),
            scores.GetProperty("legs").GetInt32()));
        Assert.Equal(legs.Count(leg => leg[5] == leg[6]), scores.GetProperty("network").GetProperty("hits").GetDouble());
        Assert.Equal(legs.Count(leg => leg[3] == "1" == leg[6] is "HH" or "LL"),
            scores.GetProperty("rule").GetProperty("hits").GetDouble());
        Assert.All(legs, leg => Assert.Contains(leg[6], leg[1] == "1" ? ["HH", "LH"] : (string[])["LL", "HL"]));
        double over = scores.GetProperty("over_rule").GetProperty("difference").GetDouble();
        Assert.Equal((Hits("network") - Hits("rule")) / legs.Length, over, 9);

        string path = program.Path("out", "labels", "BTC", "1h.csv");
        Run(["label", .. On(market, "out")]);
        string[][] labels = [.. File.ReadLines(path).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(ZigZag.Of(candles, LegEnds.Reversal).Pivots.Count, labels.Length);
        Assert.Equal(legs.Select(leg => (leg[0], leg[6])),
            labels.Where(l => l[5].Length > 0).Select(l => (l[5], l[3])).TakeLast(legs.Length));

        double Hits(string name) => scores.GetProperty(name).GetProperty("hits").GetDouble();
    }

    [Fact]
    public void Its_folders_are_models_for_the_other_commands_and_their_running_leg_is_told()
    {
        string market = Market(1);
        Run(["train", .. On(market, "out", "--epochs", "1", "--features", "week3")]);
        string model = program.Path("out", "v2_model", "BTC", "1h");
        Outcome predict = Neuralcore.Run("predict", "--model", model, "--data", market, "--last", "500", "--json");
        Assert.Equal(0, predict.Code);
        JsonElement leg = Assert.Single(JsonDocument.Parse(Run(["predict", .. On(market, "out", "--json")])).RootElement
            .GetProperty("legs").EnumerateArray());
        double p = leg.GetProperty("p_beyond").GetDouble();
        bool up = leg.GetProperty("side").GetString() == "up";
        Assert.Equal((p > 0.5, up) switch { (true, true) => "HH", (false, true) => "LH", (true, false) => "LL", _ => "HL" },
            leg.GetProperty("expected").GetString());
        // The close of the decision candle is an hour after it opens.
        DateTime decided = leg.GetProperty("decided_at").GetDateTime();
        JsonElement same = predict.Json.GetProperty("predictions").EnumerateArray()
            .Single(row => row.GetProperty("time").GetDateTime() == decided.AddHours(-1));
        Assert.Equal((p, leg.GetProperty("expected").GetString()),
            (same.GetProperty("p_above").GetDouble(), same.GetProperty("call").GetString()));
        Assert.Contains($" {leg.GetProperty("last_of_its_side").GetDouble().ToString("G8", CultureInfo.InvariantCulture)} ",
            Run(["predict", .. On(market, "out")]), StringComparison.Ordinal);
        string config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"timeframe\": \"1h\"", "\"timeframe\": \"60m\""));
        Assert.Equal("60m", Predictor.Load(model).Training["timeframe"]);
        Run(["evaluate", .. On(market, "out")]);
        string from = File.ReadLines(program.Path("out", "legs", "BTC", "1h.csv")).ElementAt(1).Split(',')[0];
        Outcome evaluate = Neuralcore.Run("evaluate", "--model", model, "--data", market, "--from", from[..10]);
        Assert.Equal("", evaluate.Code == 0 ? "" : evaluate.Error);
        Assert.Contains("pivots", evaluate.Out);
        Assert.DoesNotContain("was trained on candles of", evaluate.Error);
    }

    [Fact]
    public void Missing_short_and_damaged_things_are_one_line_that_says_so()
    {
        string market = Market(1), few = program.Market(pairs: 1, candles: 100, name: "few");
        Neuralcore.Run(["zigzag", "evaluate", .. On(market, "none")]).Fails(1, Path.Combine("v2_model", "BTC", "1h"));
        Neuralcore.Run(["zigzag", "train", .. On(few, "few-out")]).Fails(1, "BTCUSDT 1h: expected legs to train and to validate");
        program.Write(Path.Combine("one", "BTC_1h.csv"), "open_time,open,high,low,close,volume\n2024-01-01 00:00:00,1,1,1,1,1\n");
        Neuralcore.Run(["zigzag", "train", .. On(program.Path("one"), "one-out")])
            .Fails(1, "BTCUSDT 1h: expected at least 3 candles, got 1");
        Neuralcore.Run(["zigzag", "train", .. On(market, "out", "--pairs", "SOL")]).Fails(1, "no candles of 1h for SOL");
        Neuralcore.Run(["zigzag", "train", "--data", market, "--timeframes", "1h,2x", "--out", program.Path("out")])
            .Fails(2, "timeframes", "2x");
        Neuralcore.Run(["zigzag", "train", .. On(market, "out", "--features", "extended")]).Fails(2, "features", "standard");
        Neuralcore.Run(["zigzag", "train", .. On(market, "out", "--train-to", "2020-02-01", "--validate-to", "2020-01-20")])
            .Fails(2, "train-to < validate-to");
        Assert.False(Directory.Exists(program.Path("out")));
        Run(["train", .. On(market, "out", "--epochs", "1")]);
        string weights = program.Path("out", "v2_model", "BTC", "1h", "model.safetensors");
        byte[] whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, whole[..(whole.Length / 2)]);
        Neuralcore.Run(["zigzag", "evaluate", .. On(market, "out")]).Fails(1, weights);
        Neuralcore.Run(["zigzag", "predict", .. On(market, "out")]).Fails(1, weights);
        File.WriteAllBytes(weights, whole);
        string config = program.Path("out", "v2_model", "BTC", "1h", "config.json"), text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"timeframe\": \"1h\"", "\"timeframe\": \"15m\"", StringComparison.Ordinal));
        Neuralcore.Run(["zigzag", "evaluate", .. On(market, "out")]).Fails(1, "expected a zigzag of 1h, got zigzag of 15m");
        File.WriteAllText(config, text);
        program.Write("foreign.txt", "");
        File.WriteAllText(program.Path("out", "v2_model", "BTC", "1h", "notes.txt"), "mine");
        Neuralcore.Run(["zigzag", "train", .. On(market, "out", "--epochs", "1")]).Fails(1, "notes.txt");
    }
}
