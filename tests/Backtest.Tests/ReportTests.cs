using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public sealed class ReportTests : IDisposable
{
    readonly string folder = Path.Combine(Path.GetTempPath(), "neuralcore-report-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    static string Json(BacktestResult result)
    {
        using var stream = new MemoryStream();
        ReportJson.Write(stream, result, Evaluation.Evaluate(result));
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    static string Markdown(BacktestResult result) => ReportMarkdown.Render(result, Evaluation.Evaluate(result));

    [Fact]
    public void BothFilesAreMovedIntoPlaceAndNothingElseStays()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        string path = Report.Write(folder, result, evaluation);
        Report.Write(folder, result, evaluation);
        Assert.Equal(["report.html", "report.json", "report.md", "training_history.json"], Directory.GetFileSystemEntries(folder)
            .Select(Path.GetFileName).Order());
        Assert.Equal(ReportMarkdown.Render(result, evaluation), File.ReadAllText(path));
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "report.json"))));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsAnIOException()
    {
        BacktestResult result = MadeUp.Result(candles: 20);
        File.WriteAllText(folder, "a file where the folder should be");
        try { Assert.ThrowsAny<IOException>(() => Report.Write(folder, result, Evaluation.Evaluate(result))); }
        finally { File.Delete(folder); }
    }

    [Fact]
    public void TheSimulatedMarketSaysSoFirst()
    {
        Assert.StartsWith("Simulated market: says nothing about real prices\n", Markdown(MadeUp.Result()));
        Assert.StartsWith("# Backtest report\n", Markdown(MadeUp.Result(simulated: false)));
        Assert.DoesNotContain("Simulated", Markdown(MadeUp.Result(simulated: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryMarkdownTableLinesUp()
    {
        string[] lines = Markdown(MadeUp.Result()).Split('\n');
        int tables = 0;
        for (int i = 1; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith('|')) continue;
            if (lines[i - 1].StartsWith('|'))
                Assert.Equal(Bars(lines[i - 1]), Bars(lines[i]));
            else
                tables++;
        }
        Assert.True(tables >= 12, $"{tables} tables");

        static int[] Bars(string line)
            => [.. Enumerable.Range(0, line.Length).Where(c => line[c] == '|' && (c == 0 || line[c - 1] != '\\'))];
    }

    [Fact]
    public void TheMarkdownHasEverySectionAndTheFacts()
    {
        string page = Markdown(MadeUp.Result());
        foreach (string section in new[] { "Results", "Compared with linear", "Calls, confidence and three classes", "Does the network "
            + "beat the classical models?", "Probabilities",
            "Coverage", "Coverage chosen on validation rows", "Skill", "Trading", "Trading v3.1 at each cost", "Monthly returns of v3.1",
            "Per pair", "Probabilities per pair and per fold", "Folds", "Per fold",
            "Confidence distribution", "Confusion matrices", "Data", "Exclusions", "How it was measured", "Models", "Features",
            "Options", "Run" })
            Assert.Contains($"\n## {section}\n", page, StringComparison.Ordinal);
        Assert.Contains("- Fold 1: SOL: 1,200 training candles, fewer than 2,000", page, StringComparison.Ordinal);
        Assert.Contains("- 1 file ignored: readme.txt", page, StringComparison.Ordinal);
        Assert.Contains("2 gaps \\| 5 candles missing", page, StringComparison.Ordinal);
        Assert.Matches(@"\| week3 +\| +1 +\| linear, v3\.1 +\| momentum, trend, rsi, macd, volatility, volume_change", page);
        Assert.Contains("2023-01-01 00:00", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonDiffersBetweenRunsOnlyUnderRun()
    {
        JsonNode a = JsonNode.Parse(Json(MadeUp.Result(threads: 2, @out: "out/a")))!,
            b = JsonNode.Parse(Json(MadeUp.Result(threads: 1, @out: "out/b")))!;
        Assert.NotEqual(a["run"]!.ToJsonString(), b["run"]!.ToJsonString());
        a.AsObject().Remove("run");
        b.AsObject().Remove("run");
        Assert.Equal(a.ToJsonString(), b.ToJsonString());
        Assert.Null(a["options"]!["out"]);
        Assert.Equal(0.6, (double)a["options"]!["accuracy"]!);
        Assert.True(a["options"]!.AsObject().ContainsKey("until"));
    }

    [Fact]
    public void JsonHoldsTheComputedNumbersToTheLastBit()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        JsonNode json = JsonNode.Parse(Json(result))!;
        for (int m = 0; m < 2; m++)
        {
            Scores scores = evaluation.Models[m].Scores.Combined;
            JsonNode combined = json["models"]![m]!["scores"]!["combined"]!;
            Assert.Equal(scores.Direction.Accuracy, (double)combined["direction"]!["accuracy"]!);
            Assert.Equal(scores.Direction.Interval.Low, (double)combined["direction"]!["interval"]![0]!);
            Assert.Equal(scores.Coverage, (double)combined["calls"]!["coverage"]!);
            Assert.Equal(scores.EdgeShare!.Value, (double)combined["edge_share"]!["value"]!);
            Assert.Equal(scores.Confusion[2][0], (long)combined["confusion"]![2]![0]!);
        }
        Assert.Equal("v3.1", (string)json["ranking"]![0]!);
        Assert.Equal(1, (int)json["schema"]!);
        Assert.Equal(MadeUp.Result().Rows.Count, json["folds"]!.AsArray().Sum(fold => (int)fold!["test_rows"]!));
        Assert.Equal("2023-01-01T00:00:00Z", (string)json["folds"]![0]!["train_from"]!);
    }

    [Fact]
    public void TheVerdictAndTheNetworkAreInEveryForm()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        JsonNode json = JsonNode.Parse(Json(result))!;
        var console = new StringWriter();
        ReportConsole.Write(console, result, evaluation);
        Assert.Contains((string)json["verdict"]!, console.ToString(), StringComparison.Ordinal);
        Assert.Contains($"**{(string)json["verdict"]!}**", Markdown(result), StringComparison.Ordinal);
        NetworkComparison network = evaluation.Network!;
        Assert.Equal((network.Network, network.Answer), ((string)json["network"]!["model"]!, (string)json["network"]!["answer"]!));
        Assert.Equal(network.Against[0].Accuracy, (double)json["network"]!["classical"]![0]!["p_holm"]!);
        Assert.Equal(network.Against[0].Comparison.Difference.Value, (double)json["network"]!["classical"]![0]!["difference"]!);
        Assert.Contains(network.Answer, Markdown(result), StringComparison.Ordinal);
        Assert.Contains(network.Short, console.ToString(), StringComparison.Ordinal);
        Assert.Null(JsonNode.Parse(Json(result with { Models = [result.Models[0]] }))!["network"]);
    }

    [Fact]
    public void MonthlyReturnsMultiplyToTheTotal()
    {
        JsonNode json = JsonNode.Parse(Json(MadeUp.Result(candles: 2_000)))!;
        Assert.Equal("2024-02-21T16:00:00Z", (string)json["traded_from"]!);
        foreach (JsonNode? result in json["models"]![1]!["trading"]!.AsArray().SelectMany(strategy => strategy!["results"]!.AsArray())
            .Concat(json["hold"]!.AsArray()))
        {
            double[] months = [.. result!["monthly_returns"]!.AsArray().Select(month => (double)month!)];
            Assert.Equal(4, months.Length);     // February to May
            Assert.Equal(1 + (double)result["total_return"]!, months.Aggregate(1.0, (worth, month) => worth * (1 + month)), 9);
        }
    }

    [Fact]
    public void WhatDoesNotExistIsNull()
    {
        BacktestResult result = MadeUp.Result(simulated: false, candles: 30);
        foreach (ModelPredictions model in result.Models) model.ConfidenceThreshold.AsSpan().Fill(float.NaN);
        JsonNode json = JsonNode.Parse(Json(result))!;
        Assert.Null(json["market"]);
        JsonNode confident = json["models"]![0]!["scores"]!["combined"]!["most_confident"]!;
        Assert.Null(confident["accuracy"]);
        Assert.Null(confident["interval"]![0]);
        Assert.Equal(0, (int)confident["n"]!);
        Assert.DoesNotContain("NaN", Markdown(result), StringComparison.Ordinal);
    }

    [Fact]
    public void AnOptionThatCannotBeWrittenIsNamed()
    {
        BacktestResult result = MadeUp.Result(candles: 10) with { Options = [new("when", DateTime.UnixEpoch)] };
        Assert.Contains("when", Assert.Throws<ArgumentException>(() => Json(result)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryKeyOfTheJsonIsDocumented()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "NeuralCore.sln")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no NeuralCore.sln above the tests");
        string document = File.ReadAllText(Path.Combine(root, "docs", "report.md"));
        // A run on real data with a ledger has all keys but the market's, a simulated one these.
        BacktestResult real = MadeUp.WithOthers(MadeUp.Result(simulated: false, candles: 800));
        var trials = new TrialFacts("trials.jsonl", new TrialCount(3, 0.1), 0.2, [new DeflatedModel("linear", 0.1, 0.9, 0.5)]);
        using var stream = new MemoryStream();
        ReportJson.Write(stream, real, Evaluation.Evaluate(real) with { Trials = trials });
        using JsonDocument json =
            JsonDocument.Parse($"[{Json(MadeUp.Result(candles: 800))}, {System.Text.Encoding.UTF8.GetString(stream.ToArray())}]");
        foreach (string key in Keys(json.RootElement, ""))
            Assert.True(document.Contains($"`{key}`", StringComparison.Ordinal), $"docs/report.md does not name `{key}`");

        // The keys under options and training_seconds are the user's.
        static IEnumerable<string> Keys(JsonElement element, string parent) => element.ValueKind switch
        {
            JsonValueKind.Object when parent is "options" or "training_seconds" => [],
            JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Keys(member.Value, member.Name).Prepend(member.Name)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Keys(item, parent)),
            _ => [],
        };
    }

    [Fact]
    public void TheConsoleHasTheSameFiguresOnATerminalAndElsewhere()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        var plain = new StringWriter();
        ReportConsole.Write(plain, result, evaluation);
        var terminal = new StringWriter();
        var output = new Spectre.Console.AnsiConsoleOutput(terminal);
        Spectre.Console.IAnsiConsole console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings { Out = output });
        console.Profile.Width = 200;
        ReportConsole.Write(console, result, evaluation);
        foreach (string text in new[] { plain.ToString(), terminal.ToString() })
        {
            Assert.StartsWith("Simulated market: says nothing about real prices", text);
            foreach (ModelScores model in evaluation.Models)
                Assert.Contains($"{100 * model.Scores.Combined.Direction.Accuracy:F2} %", text, StringComparison.Ordinal);
            Assert.Contains("persistence", text, StringComparison.Ordinal);
            Assert.Contains("Best possible accuracy", text, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("─", plain.ToString(), StringComparison.Ordinal);
        Assert.Contains("─", terminal.ToString(), StringComparison.Ordinal);
    }
}
