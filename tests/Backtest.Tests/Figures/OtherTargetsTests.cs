using System.Text.Json.Nodes;
using System.Xml.Linq;
using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Backtest.Cli;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

/// <summary>Models that are judged on another target than the next candle's direction, by hand and in every form of the report.</summary>
public class OtherTargetsTests
{
    /// <summary>Eight rows of two pairs at four times in two folds; six have a truth.</summary>
    static BacktestResult ByHand() => MadeUp.Result(pairs: 2, candles: 4, simulated: false) with
    {
        Candles = [],
        ValidationReturns = [[0.1, 0.1, 0.1, 0.1], [0.1, 0.1]],
        Rows = new TestRows
        {
            Pair = [0, 1, 0, 1, 0, 1, 0, 1], Time = [.. new[] { 0, 0, 1, 1, 2, 2, 3, 3 }.Select(t => MadeUp.At(t))],
            Fold = [0, 0, 0, 0, 1, 1, 1, 1],
            Return = [0.02, -0.02, 0.001, 0, 0.03, -0.001, -0.02, 0.02], Label = [2, 0, 1, 1, 2, 1, 0, 2],
            LastReturn = new double[8], Momentum = new double[8], Majority = [2, 2, 2, 2, 0, 0, 0, 0],
        },
        Models = [new ModelPredictions
        {
            Model = "wide", Target = "range", Says = "wider than its median", Epochs = [3, 4], ConfidenceThreshold = [0, 0],
            //                   row: 0    1     2     3     4     5     6     7
            Up = [0.9f, 0.2f, 0.4f, 0.9f, 0.3f, 0.5f, 0.9f, 0.8f], Down = [0.1f, 0.8f, 0.6f, 0.1f, 0.7f, 0.5f, 0.1f, 0.2f],
            Neutral = new float[8],
            Truth = [1, -1, 1, double.NaN, -1, 1, 0, -1],
            Rule = [1, 1, 0, 1, -1, -1, 1, double.NaN],
            MajorityUp = [true, true, true, true, false, false, false, false],
            Validation = [Says(0.6, 0.7, 0.8, 0.95), Says(0.55, 0.65)], ValidationTruth = [[1, -1, 1, double.NaN], [1, 1]],
        }],
    };

    static Prediction[] Says(params double[] up) => ModelFiguresTests.Says(up);

    [Fact]
    public void SixTruthsByHand()
    {
        EvaluationResult evaluation = Evaluation.Evaluate(ByHand());
        Assert.Empty(evaluation.Models);
        TargetScores model = Assert.Single(evaluation.Others);
        TargetPart all = model.Parts.Combined;
        // Called up, down, down, (up), down, nothing, (up), up: right, right, wrong, right, half, wrong.
        Assert.Equal((3.5, 6), (all.Accuracy.Hits, all.Accuracy.N));
        Assert.Equal((4, 6), (all.Base.Hits, all.Base.N));          // up in fold 1: 0, 2; down in fold 2: 4, 7
        Assert.Equal((3, 6), (all.Rule!.Hits, all.Rule.N));         // 0, 4, and half where it guesses nothing: 2, 7
        Assert.Equal(TargetBaseline.BaseRate, all.Best);
        Assert.Equal((3.5 - 4) / 6, all.Gain!.Value.Value, 12);
        Assert.Equal(1, all.Scores.Ties);
        Assert.Equal(7 / 9.0, all.Scores.Metrics.Auc, 12);          // 0.9, 0.4, 0.5 over 0.2, 0.3, 0.8
        Assert.Equal(1.39 / 6, all.Scores.Metrics.Brier, 6);
        TargetPart pair = model.Parts.Pairs[0];
        Assert.Equal((2, 3, null), (pair.Accuracy.Hits, pair.Accuracy.N, pair.Gain));
        Assert.Equal(Interval.Wilson(2, 3), pair.Accuracy.Interval);
        Assert.Equal((2, 3), (model.Parts.Folds[0].Accuracy.Hits, model.Parts.Folds[0].Accuracy.N));
        Assert.Equal((2, 3), (model.Parts.Folds[0].Base.Hits, model.Parts.Folds[0].Base.N));
    }

    [Fact]
    public void WhatIsRightOnLessThanHalfIsNoMatch()
    {
        BacktestResult made = ByHand();
        Array.Fill(made.Models[0].MajorityUp, true);        // right on 0, 2, 5
        made.Models[0].MajorityUp[0] = false;
        made.Models[0].Rule!.AsSpan().Fill(-1);             // right on 1, 4, 7
        TargetPart all = Evaluation.Evaluate(made).Others[0].Parts.Combined;
        Assert.Equal((2, 3, TargetBaseline.Rule), (all.Base.Hits, all.Rule!.Hits, all.Best));
        made.Models[0].Rule![1] = 1;
        all = Evaluation.Evaluate(made).Others[0].Parts.Combined;
        Assert.Equal((2, TargetBaseline.Coin), (all.Rule!.Hits, all.Best));
        Assert.Equal((3.5 - 3) / 6, all.Gain!.Value.Value, 12);
    }

    [Fact]
    public void ThresholdsComeFromValidationRowsWithATruth()
    {
        TargetScores model = Evaluation.Evaluate(ByHand()).Others[0];
        TargetCoverage tenth = model.Confident;
        // 0.95 has no truth: of 0.6, 0.7, 0.8 the 90 % quantile is 0.78, of 0.55, 0.65 it is 0.64. Rows 0, 1, 4, 7 reach theirs.
        Assert.Equal(0.1, tenth.Point.Asked);
        Assert.Equal([0.78, 0.64], tenth.Point.Thresholds.Select(t => Math.Round(t, 6)));
        Assert.Equal((3, 4, 4 / 6.0), (tenth.Point.Rate.Hits, tenth.Point.Rate.N, tenth.Point.Realised));
        Assert.Equal((3, 0.25, 0.75, 2.5 / 4), (tenth.Hours, tenth.AlwaysAbove, tenth.Base, tenth.Rule));
        Assert.False(model.FromTest);
        Assert.Equal((1.0, 6L), (model.Coverage[1].Point.Asked, model.Coverage[1].Point.Rate.N));
        Assert.Equal(CoverageCurve.Coverages.Count, model.Coverage.Count);
    }

    [Fact]
    public void NothingAboutDirectionsDependsOnThem()
    {
        BacktestResult plain = MadeUp.Result(simulated: false), more = MadeUp.WithOthers(plain);
        JsonObject with = Json(more), without = Json(plain with { Models = [.. more.Models.Where(m => m.Truth is null)] });
        Assert.Single(with["other_targets"]!.AsArray());
        with.Remove("other_targets");
        without.Remove("other_targets");
        Assert.Equal(without.ToJsonString(), with.ToJsonString());
        EvaluationResult evaluation = Evaluation.Evaluate(more);
        Assert.DoesNotContain(evaluation.Models, model => model.Model == "volatility");
        Assert.DoesNotContain(evaluation.Alarms, alarm => alarm.Contains("volatility", StringComparison.Ordinal));
        Assert.True(evaluation.Others[0].Parts.Combined.Accuracy.Accuracy > 0.7);
    }

    [Fact]
    public void EveryFormOfTheReportHasThem()
    {
        BacktestResult result = MadeUp.WithOthers(MadeUp.Result(simulated: false));
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        TargetScores model = evaluation.Others[0];
        HorizonScores forecast = evaluation.Forecasts[0].Horizons[1];
        string accuracy = Format.Percent(model.Parts.Combined.Accuracy.Accuracy), skill = Format.Percent(forecast.Figures.Combined.Skill);
        string markdown = ReportMarkdown.Render(result, evaluation), html = ReportHtml.Render(result, evaluation);
        var console = new StringWriter();
        ReportConsole.Write(console, result, evaluation);
        foreach (string text in new[] { markdown, html, console.ToString() })
        {
            Assert.Contains(accuracy, text, StringComparison.Ordinal);
            Assert.Contains("range above its 7-day median", text, StringComparison.Ordinal);
            Assert.Contains(skill, text, StringComparison.Ordinal);
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        }
        foreach (string section in (string[])["Other targets", "Other targets where the model is most confident",
            "Other targets per pair and per fold",
            "Forecast returns", "Forecast returns per pair and per fold", "The most confident calls", "Small moves and large"])
            Assert.Contains($"\n## {section}\n", markdown, StringComparison.Ordinal);
        XElement page = Page(html);
        Assert.Equal(2, Part(page, "targets").Descendants("svg").Count() + Part(page, "forecasts").Descendants("svg").Count());
        string plain = ReportHtml.Render(MadeUp.Result(), Evaluation.Evaluate(MadeUp.Result()));
        Assert.DoesNotContain("id=\"targets\"", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"forecasts\"", plain, StringComparison.Ordinal);

        JsonObject json = Json(result);
        JsonNode combined = json["other_targets"]![0]!["scores"]!["combined"]!;
        Assert.Equal(model.Parts.Combined.Accuracy.Accuracy, (double)combined["rate"]!["accuracy"]!);
        Assert.Equal("rule", (string)combined["gain"]!["against"]!);
        Assert.Equal(model.Parts.Combined.Gain!.Value.Value, (double)combined["gain"]!["difference"]!);
        Assert.Equal(model.Confident.Hours, (int)json["other_targets"]![0]!["coverage"]![0]!["hours"]!);
        Assert.Equal(forecast.Figures.Combined.Skill, (double)json["forecasts"]![0]!["horizons"]![1]!["scores"]!["combined"]!["skill"]!);
    }

    [Fact]
    public void ARunWithoutADirectionModelIsAReport()
    {
        BacktestResult made = MadeUp.WithOthers(MadeUp.Result(simulated: false)),
            result = made with { Models = [.. made.Models.Where(m => m.Truth is not null)] };
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        string html = ReportHtml.Render(result, evaluation), markdown = ReportMarkdown.Render(result, evaluation);
        Assert.Contains("No model of the next candle's direction", Page(html).Value, StringComparison.Ordinal);
        Assert.Contains("- volatility: ", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html + markdown, StringComparison.Ordinal);
        Assert.Null((string?)Json(result)["verdict"]);
        var console = new StringWriter();
        ReportConsole.Write(console, result, evaluation);
        Assert.Contains("volatility: ", console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ThirtyModelsAreAReportThatCanBeRead()
    {
        BacktestResult made = MadeUp.Result(simulated: false);
        BacktestResult Of(int models) => made with
        {
            Models = [.. Enumerable.Range(0, models).Select(i => MadeUp.Named(made.Models[i % 2], $"model{i + 1:D2}"))],
        };
        string nine = Html(Of(9)), thirty = Html(Of(30));
        XElement page = Page(thirty);
        foreach (string id in (string[])["coverage", "confusion", "reliability", "time"])
            Assert.InRange(Part(page, id).Descendants("svg").Count(), 12, 24);
        Assert.Contains("The 12 best of 30 models", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("The 12 best of", nine, StringComparison.Ordinal);
        Assert.All(Enumerable.Range(1, 30), i => Assert.Contains($"model{i:D2}", Part(page, "pairs").Value, StringComparison.Ordinal));
        Assert.True(thirty.Length < 2 * nine.Length, $"{thirty.Length} and {nine.Length} characters");

        static string Html(BacktestResult result) => ReportHtml.Render(result, Evaluation.Evaluate(result));
    }

    [Fact]
    public void ColumnsThatDoNotFitAreNamed()
    {
        BacktestResult made = ByHand();
        ModelPredictions whole = made.Models[0];
        Fails("Truth: expected 8 values, got 7", truth: [.. whole.Truth![1..]]);
        Fails("MajorityUp: expected 8 values, got 1", majority: [true]);
        Fails("ValidationTruth of fold 2: expected 2 values, got 1", validation: [whole.ValidationTruth[0], [1]]);

        void Fails(string expected, double[]? truth = null, bool[]? majority = null, IReadOnlyList<double[]>? validation = null) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Evaluation.Evaluate(made with
            {
                Models = [new ModelPredictions
                {
                    Model = "wide", Up = whole.Up, Down = whole.Down, Neutral = whole.Neutral, Epochs = whole.Epochs,
                    Truth = truth ?? whole.Truth, ConfidenceThreshold = whole.ConfidenceThreshold, Validation = whole.Validation,
                    MajorityUp = majority ?? whole.MajorityUp, ValidationTruth = validation ?? whole.ValidationTruth,
                }],
            })).Message, StringComparison.Ordinal);
    }

    /// <summary>Whether the candle after the next closes higher than the next: known two candles ahead.</summary>
    static readonly Target later = new("later", candles =>
    {
        Label two = Labels.Returns(candles, 2);
        return new Label(candles, [.. two.Values.Select((r, t) => double.IsNaN(r) ? double.NaN
            : Math.Sign(candles.Close[t + 2] - candles.Close[t + 1]))],
            two.KnownAt);
    })
    {
        Says = "rises a candle later", Rule = candles => [.. candles.Close.Select((c, t) => c - candles.Open[t])],
        NamesAt = candles => [.. candles.Close.Select((_, t) => t % 2 == 0 ? ("HH", "LH") : ((string, string)?)null)],
    };

    sealed record Later : NetworkModel
    {
        public override string Name => "later";

        public override Target Target => later;

        public override Target Judged => later;

        public override Layer Build(int features) => new Sequential(new Flatten(), new Dense(Window * features, 3));
    }

    [Fact]
    public void ABacktestJudgesATestModelOnItsOwnTruth()
    {
        Candles[] market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 500, Seed = 5 }).Candles;
        var data = new BacktestData
        {
            Pairs = market, Description = "test", Hash = CandleSet.Hash(market),
            PairNotes = [.. market.Select(_ => (IReadOnlyList<string>)[])],
        };
        var options = new BacktestOptions
        {
            Models = [new V2(), new Later { Epochs = 1, NeutralShare = 0 }], Folds = new() { Count = 2, MinimumTrainingCandles = 100 },
            Threads = 2, Seed = 3,
        };
        BacktestResult result = BacktestRun.Run(data, options, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []));
        ModelPredictions model = result.Models[1];
        Assert.Equal(("later", "rises a candle later"), (model.Target, model.Says));
        Assert.Equal(result.OfLabel(later.Of), model.Truth);
        Assert.Equal(result.OfCandles((pair, t) => market[pair].Close[t] - market[pair].Open[t]), model.Rule);
        Assert.Null(result.Models[0].Truth);
        // The last validation row's label is known a candle after the part's end: it may not set a threshold.
        Assert.All(model.ValidationTruth, fold => Assert.InRange(fold.Count(double.IsNaN), 1, 2));
        TargetScores scores = Assert.Single(Evaluation.Evaluate(result).Others);
        Assert.Equal(model.Truth!.Count(truth => truth is not (0 or double.NaN)), scores.Parts.Combined.Accuracy.N);
        Assert.False(scores.FromTest);

        BacktestResult both = BacktestRun.Run(data, options with { Seeds = 2 }, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", [])),
            second = BacktestRun.Run(data, options with { Seed = 4 }, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []));
        EvaluationResult evaluation = Evaluation.Evaluate(both);
        TargetScores seeds = evaluation.Others[0];
        Assert.Equal([3UL, 4UL], seeds.Seeds.Select(seed => seed.Seed));
        Assert.Equal(seeds.Parts.Combined.Scores, seeds.Seeds[0].Scores);
        Scores fourth = Evaluation.Evaluate(second).Others[0].Parts.Combined.Scores, own = seeds.Seeds[1].Scores;
        Assert.NotEqual(seeds.Parts.Combined.Scores.Metrics.Brier, fourth.Metrics.Brier);
        Assert.Equal((fourth.Direction.Hits, fourth.Direction.N, fourth.MostConfident.Hits, fourth.MostConfident.N, fourth.Metrics.Brier),
            (own.Direction.Hits, own.Direction.N, own.MostConfident.Hits, own.MostConfident.N, own.Metrics.Brier));
        string cell = Format.Percent(SeedSpread.Of(seeds.Seeds, s => s.Direction.Accuracy).Mean);
        Assert.Matches($@"\n## Seeds\n[^#]*\| later \(later\) +\| +2 \| +{cell} ", ReportMarkdown.Render(both, evaluation));
        Assert.Contains("later (later)", Part(Page(ReportHtml.Render(both, evaluation)), "seeds").Value, StringComparison.Ordinal);
        JsonNode json = Json(both)["other_targets"]![0]!;
        Assert.Equal(own.Direction.Accuracy, (double)json["seeds"]![1]!["rate"]!["accuracy"]!);
        Assert.Equal(Math.Abs(own.Direction.Accuracy - scores.Parts.Combined.Accuracy.Accuracy) / Math.Sqrt(2),
            (double)json["over_seeds"]!["accuracy"]!["deviation"]!, 9);
    }

    [Fact]
    public void PredictSpeaksOfTheTargetAndOfForecasts()
    {
        MarketSeries series = MarketSeries.Week3(
            SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 1, Candles = 100, Seed = 5 }).Candles[0]);
        Windows rows = Windows.Select([series], 20, (_, time) => time >= series.Candles.OpenTime[96], labelled: false);
        var said = new PredictionOutput(new Later(), rows, Says(0.75, 0.75, 0.25, 0.25), []);
        string[] lines = said.Table().ToPlainText().Split('\n');
        Assert.Equal(["time", "pair", "P(rises", "a", "candle", "later)", "call", "confidence"],
            lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["75.00 %  HH       75.00 %", "", "25.00 %  LH       75.00 %", ""],
            lines[1..5].Select(line => line[(line.IndexOf("BTC", StringComparison.Ordinal) + 3)..].Trim()));
        JsonNode json = JsonNode.Parse(said.Json(MadeUp.Hour))!;
        Assert.Equal(("later", "later"), ((string)json["model"]!, (string)json["target"]!));
        Assert.Equal(("HH", 0.75), ((string)json["predictions"]![0]!["call"]!, (double)json["predictions"]![0]!["p_above"]!));
        Assert.Null(json["predictions"]![1]!["call"]);

        var forecast = new PredictionOutput(new Forecaster(), rows, Says(0.75, 0.75, 0.25, 0.25),
            [.. Enumerable.Range(0, 8).Select(i => i / 64f)]);
        json = JsonNode.Parse(forecast.Json(MadeUp.Hour))!["predictions"]![1]!;
        Assert.Equal("UP", (string)json["call"]!);
        Assert.Equal((10, 3 / 64.0), ((int)json["forecasts"]![1]!["horizon"]!, (double)json["forecasts"]![1]!["return"]!));
        Assert.Equal(series.Candles.Close[97] * (1 + 3 / 64.0), (double)json["forecasts"]![1]!["price"]!);
        Assert.Contains("return 10 ahead", forecast.Table().ToPlainText(), StringComparison.Ordinal);
    }

    sealed record Forecaster : NetworkModel
    {
        public override string Name => "forecaster";

        public override IReadOnlyList<int> Horizons => [5, 10];

        public override Layer Build(int features) => new Flatten();
    }

    static JsonObject Json(BacktestResult result)
    {
        using var stream = new MemoryStream();
        ReportJson.Write(stream, result, Evaluation.Evaluate(result));
        JsonObject json = JsonNode.Parse(stream.ToArray())!.AsObject();
        json.Remove("run");
        return json;
    }

    static XElement Page(string html) => XElement.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]);

    static XElement Part(XElement page, string id) => page.Descendants("section").Single(e => (string?)e.Attribute("id") == id);
}
