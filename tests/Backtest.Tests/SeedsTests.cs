using System.Text.Json.Nodes;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public class SeedsTests
{
    /// <summary>v3.1 from three seeds: its own calls, linear's, and the opposite of its own; linear is not random.</summary>
    static BacktestResult Result(int seeds = 3)
    {
        BacktestResult made = MadeUp.Result(candles: 100);
        ModelPredictions linear = made.Models[0], own = made.Models[1];
        SeedPredictions[] all = [Of(1, own), Of(2, linear), new(3, own.Up, own.Neutral, own.Down, own.ConfidenceThreshold)];
        return made with
        {
            Id = "0123456789abcdef",
            Models = [linear, new ModelPredictions
            {
                Model = own.Model, Down = own.Down, Neutral = own.Neutral, Up = own.Up, ConfidenceThreshold = own.ConfidenceThreshold,
                Epochs = own.Epochs, Validation = own.Validation, Features = own.Features, IsRandom = true, Seeds = [.. all.Take(seeds)],
                Attention = [new AttentionMonth(MadeUp.Start, 7, [0.25, 0.75])],
            }],
        };

        static SeedPredictions Of(ulong seed, ModelPredictions model)
            => new(seed, model.Down, model.Neutral, model.Up, model.ConfidenceThreshold);
    }

    [Fact]
    public void Each_seed_is_judged_as_a_model_is()
    {
        BacktestResult result = Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        (ModelScores linear, ModelScores random) = (evaluation.Models[0], evaluation.Models[1]);
        Assert.Empty(linear.Seeds);
        Assert.Equal([1UL, 2, 3], random.Seeds.Select(seed => seed.Seed));
        Assert.Equal(random.Scores.Combined.Direction, random.Seeds[0].Scores.Direction);
        Assert.Equal(linear.Scores.Combined.Direction, random.Seeds[1].Scores.Direction);
        Assert.Equal(linear.Scores.Combined.Metrics.LogLoss, random.Seeds[1].Scores.Metrics.LogLoss);
        Assert.Equal(linear.Scores.Combined.MostConfident, random.Seeds[1].Scores.MostConfident);
        // Who says the opposite is right where the other is wrong.
        Assert.Equal(1, random.Seeds[0].Scores.Direction.Accuracy + random.Seeds[2].Scores.Direction.Accuracy, 12);
    }

    [Fact]
    public void The_spread_is_mean_deviation_least_and_greatest()
    {
        IReadOnlyList<SeedScores> seeds = Evaluation.Evaluate(Result()).Models[1].Seeds;
        var values = new Queue<double>([1, 2, 6]);
        Assert.Equal(new SeedSpread(3, Math.Sqrt(7), 1, 6), SeedSpread.Of(seeds, _ => values.Dequeue()));
        Assert.Equal(new SeedSpread(5, double.NaN, 5, 5), SeedSpread.Of([seeds[0]], _ => 5));
        Assert.Equal(new SeedSpread(double.NaN, double.NaN, double.NaN, double.NaN), SeedSpread.Of(seeds, _ => double.NaN));
    }

    [Fact]
    public void Reports_have_the_table_where_there_are_several()
    {
        BacktestResult three = Result(), one = Result(1);
        EvaluationResult evaluation = Evaluation.Evaluate(three);
        string[] third = ReportTables.Cells(evaluation.Models[1].Seeds[2].Scores.Direction);
        string page = ReportMarkdown.Render(three, evaluation), html = ReportHtml.Render(three, evaluation);
        Assert.Contains("## Seeds", page);
        Assert.Contains("Trained once, since nothing in them is random: linear.", page);
        Assert.Contains("## Run 0123456789abcdef", page);
        Assert.Contains("id=\"seeds\"", html);
        Assert.Contains("Run 0123456789abcdef", html);
        Assert.Contains($"<td>3</td><td>{third[0]}</td><td>{third[1]}</td><td>{third[2]}</td>", html);
        Assert.DoesNotContain("## Seeds", ReportMarkdown.Render(one, Evaluation.Evaluate(one)));
    }

    [Fact]
    public void Every_key_is_documented()
    {
        using var stream = new MemoryStream();
        ReportJson.Write(stream, Result(), Evaluation.Evaluate(Result()));
        JsonNode model = JsonNode.Parse(stream.ToArray())!["models"]![1]!;
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "NeuralCore.sln")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no NeuralCore.sln above the tests");
        string document = File.ReadAllText(Path.Combine(root, "docs", "report.md"));
        JsonObject[] objects = [model["seeds"]![0]!.AsObject(), model["over_seeds"]!.AsObject(),
            model["over_seeds"]!["log_loss"]!.AsObject(), model["attention"]![0]!.AsObject()];
        foreach (string key in objects.SelectMany(o => o.Select(member => member.Key))) Assert.Contains($"`{key}`", document);
        Assert.Equal(("2023-01", 7, 0.75), ((string)model["attention"]![0]!["month"]!, (int)model["attention"]![0]!["rows"]!,
            (double)model["attention"]![0]!["weights"]![1]!));
        Assert.True((bool)model["random"]!);
    }

    [Fact]
    public void Seeds_of_another_number_of_rows_are_refused()
    {
        BacktestResult result = Result();
        ModelPredictions model = result.Models[1];
        var other = new ModelPredictions
        {
            Model = "v3.1", Down = model.Down, Neutral = model.Neutral, Up = model.Up, ConfidenceThreshold = model.ConfidenceThreshold,
            Epochs = model.Epochs, Seeds = [new SeedPredictions(1, model.Down[1..], model.Neutral, model.Up, model.ConfidenceThreshold)],
        };
        Assert.Contains("Down: expected 300 values, got 299", Assert.Throws<ArgumentException>(
            () => Evaluation.Evaluate(result with { Models = [other] })).Message);
    }
}
