using System.Text.RegularExpressions;
using System.Xml.Linq;
using NeuralCore;
using NeuralCore.Backtest;

namespace Backtest.Tests;

public sealed partial class ReportHtmlTests
{
    static readonly History history = new([new Epoch(1, 0.71234, 0.70111, 1e-3f), new Epoch(2, 0.69345, 0.69222, 1e-3f),
        new Epoch(3, 0.68, double.NaN, 1e-3f)], "no gain for 1 epoch");

    static string Html(BacktestResult result) => ReportHtml.Render(result, Evaluation.Evaluate(result));

    // The page is written so that it is XML too.
    static XElement Page(BacktestResult result) => XElement.Parse(Html(result)["<!DOCTYPE html>".Length..]);

    // With networks that train and look back over four candles, the second month less far.
    static BacktestResult Trained(BacktestResult result) => result with
    {
        Models = [.. result.Models.Select(m => new ModelPredictions
        {
            Model = m.Model, Description = m.Description, Features = m.Features, Down = m.Down, Neutral = m.Neutral, Up = m.Up,
            Epochs = m.Epochs,
            ConfidenceThreshold = m.ConfidenceThreshold, Trainings = [new TrainingRun(0, -1, history), new TrainingRun(1, 0, history)],
            Validation = m.Validation,
            Attention = [new(MadeUp.At(10_000), 100, [0.1, 0.2, 0.3, 0.4]), new(MadeUp.At(10_700), 50, [0.1235, 0.6, 0.2765])],
        })],
    };

    static BacktestResult WithoutValidation(BacktestResult result) => result with
    {
        Models = [.. result.Models.Select(m => new ModelPredictions
        {
            Model = m.Model, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs, ConfidenceThreshold = m.ConfidenceThreshold,
        })],
    };

    [Fact]
    public void ThePartsStandInTheirOrder()
    {
        string[] ids = [.. Page(Trained(MadeUp.Result())).Descendants("section").Select(e => (string)e.Attribute("id")!)];
        Assert.Equal(["verdict", "pairs", "time", "coverage", "reliability", "confusion", "equity", "candles", "training", "attention",
            "trials", "reproduce"], ids);
    }

    [Fact]
    public void WhatTheRunHasNoDataForIsLeftOutInOneLine()
    {
        XElement page = Page(MadeUp.Result() with { Candles = [] });
        foreach (string id in new[] { "equity", "candles", "training", "attention", "trials" })
            Assert.Contains("left out: ", Assert.Single(page.Descendants("section").Single(e => (string?)e.Attribute("id") == id)
                .Elements()).Value, StringComparison.Ordinal);
        Assert.DoesNotContain("training", page.Descendants("nav").Single().Elements().Select(a => ((string)a.Attribute("href")!)[1..]));
    }

    [Fact]
    public void ThePageIsSelfContained()
    {
        XElement page = Page(Trained(MadeUp.Result()));
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "img" or "iframe" or "object");
        Assert.All(page.Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src"),
            a => Assert.Matches("^(#|data:,)", a.Value));
        Assert.DoesNotMatch(@"https?:|@import|url\(", page.ToString());
        Assert.Contains("default-src 'none'", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFigureOfAChartStandsInATable()
    {
        BacktestResult result = Trained(MadeUp.Result());
        var trials = new TrialFacts("trials.jsonl", new TrialCount(3, 0.1) { Sharpes = [-0.123456, 0.2, 0.21] }, 0.2,
            [new DeflatedModel("linear", 0.1, 0.9, 0.5)]);
        XElement page =
            XElement.Parse(ReportHtml.Render(result, Evaluation.Evaluate(result) with { Trials = trials })["<!DOCTYPE html>".Length..]);
        string tables = string.Join('\n', page.Descendants("td").Select(cell => cell.Value));
        string[] figures = [.. page.Descendants("svg").Descendants("title")
            .SelectMany(title => Figure().Matches(title.Value).Select(m => m.Value)).Distinct()];
        Assert.True(figures.Length > 100);
        Assert.All(figures, figure => Assert.Contains(figure, tables, StringComparison.Ordinal));
        foreach (XElement text in page.Descendants("text").Where(t => (string?)t.Attribute("class") is "value" or "value strong"))
            Assert.Contains(text.Value.Split(' ')[0].Split('.')[0], tables, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\d+\.\d\d+ %|\d\.\d{5}|\[\d+\.\d\d, \d+\.\d\d\]")]
    private static partial Regex Figure();

    [Fact]
    public void TextsOfTheUserAreEscaped()
    {
        BacktestResult result = Trained(MadeUp.Result()) with
        {
            Data = "<b>klines</b>",
            Notes = ["1 file ignored: <i>&.txt"],
            Exclusions = [new Exclusion(0, "<X>", "a & b")],
            Options = [new("<o>", "\"<v>\"")],
            Pairs = [.. MadeUp.Result().Pairs.Select((p, i) => p with { Name = $"<P{i}>" })],
            Run = new RunFacts(DateTimeOffset.UnixEpoch, 1, 1, "") { Command = "neuralcore --data '<&>'" },
        };
        XElement page = Page(result);
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "i" or "P0" or "v");
        foreach (string text in new[] { "<b>klines</b>", "1 file ignored: <i>&.txt", "<X>: a & b", "\"<v>\"", "<P0>",
            "neuralcore --data '<&>'" })
            Assert.Contains(text, page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void TheVerdictSaysWhatTheIntervalsAllow()
    {
        static Rate Rate(double low, double high) => new(100 * (low + high) / 2, 100, new Interval(low, high));
        static BaselineComparison Against(string name, double difference, double p) =>
            new(name, new Rate(51, 100, new Interval(0.41, 0.61)), new Difference(difference, Interval.None, p / 3), p);
        BaselineComparison[] beaten = [Against("majority", 0.03, 0.01), Against("linear", 0.02, 0.049)];
        Assert.Equal(new("Better than a coin and than every baseline", 1), Verdict.Of(Rate(0.52, 0.54), beaten, alarm: false));
        Assert.Equal(new("Better than a coin, but not shown to be better than linear", 0),
            Verdict.Of(Rate(0.52, 0.54), [beaten[0], Against("linear", 0.02, 0.051)], alarm: false, pays: true));
        Assert.EndsWith("than majority, linear or boosting", Verdict.Of(Rate(0.52, 0.54),
            [Against("majority", -0.02, 0.01), Against("linear", 0, 1), Against("boosting", 0.01, 0.2)], alarm: false).Words);
        Assert.StartsWith("No edge shown", Verdict.Of(Rate(0.49, 0.54), beaten, alarm: false).Words);
        Assert.Equal(new("Worse than a coin", -1), Verdict.Of(Rate(0.45, 0.49), beaten, alarm: false));
        Assert.Equal(new("Better than a coin and than every baseline, but not by enough to pay its costs", 0),
            Verdict.Of(Rate(0.52, 0.54), beaten, alarm: false, pays: false));
        Assert.Equal(1, Verdict.Of(Rate(0.52, 0.54), beaten, alarm: false, pays: true).Sign);
        Assert.StartsWith("Too good to be true", Verdict.Of(Rate(0.6, 0.7), beaten, alarm: true).Words);
        Assert.StartsWith("Nothing can be said", Verdict.Of(new Rate(0, 0, Interval.None), [], alarm: false).Words);
        Assert.Contains("No edge shown", Page(MadeUp.Result(knows: 0)).Descendants("strong").First().Value, StringComparison.Ordinal);
        Assert.Contains("Better than a coin and than every baseline", Page(MadeUp.Result()).Descendants("strong").First().Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheVerdictStandsOnEveryBaselineButTheBestModelItself()
    {
        // Two models that always say the same: neither is better than the other, whatever the rules are.
        BacktestResult made = MadeUp.Result();
        BacktestResult twins = made with
        {
            Models = [Named(made.Models[1], "boosting"), Named(made.Models[1], "v3.1"), Named(made.Models[0], "forest")],
        };
        EvaluationResult evaluation = Evaluation.Evaluate(twins);
        // Boosting comes first.
        Assert.Equal(["majority", "persistence", "momentum"], evaluation.AgainstBaselines.Select(a => a.Baseline));
        Assert.Equal("Better than a coin and than every baseline", Verdict.Of(evaluation)!.Value.Words);

        evaluation = Evaluation.Evaluate(twins with { Models = [.. twins.Models.Reverse()] });
        Assert.Equal(["majority", "persistence", "momentum", "boosting"], evaluation.AgainstBaselines.Select(a => a.Baseline));
        Assert.Equal("Better than a coin, but not shown to be better than boosting", Verdict.Of(evaluation)!.Value.Words);
        BaselineComparison majority = evaluation.AgainstBaselines[0];
        double gain = evaluation.Ranking[0].Scores.Combined.Direction.Accuracy - evaluation.Baselines[0].Rates.Combined.Accuracy;
        Assert.Equal(gain, majority.Difference.Value, 12);
        Assert.Equal(evaluation.Baselines[0].Rates.Combined, majority.Accuracy);
        Assert.True(majority.Adjusted > majority.Difference.PValue);

        static ModelPredictions Named(ModelPredictions m, string name) => new()
        {
            Model = name, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs, ConfidenceThreshold = m.ConfidenceThreshold,
            Validation = m.Validation, Features = m.Features,
        };
    }

    [Fact]
    public void OnlyTrialsAndTheLastPartDifferBetweenRuns()
    {
        string a = Run(MadeUp.Result(threads: 2, @out: "out/a"), 1.25, 3);
        string b = Run(MadeUp.Result(threads: 1, @out: "out/b") with
        {
            Run = new RunFacts(DateTimeOffset.UnixEpoch, 1, 1, "x") { Command = "neuralcore" },
        }, 77.7, 4);
        Assert.NotEqual(Stable(a), a);
        Assert.Contains("77.7", b, StringComparison.Ordinal);
        Assert.Equal(Stable(a), Stable(b));

        static string Run(BacktestResult made, double seconds, int trials)
        {
            BacktestResult result = made with
            {
                Models = [.. made.Models.Select(m => new ModelPredictions
                {
                    Model = m.Model, Description = m.Description, Features = m.Features, Down = m.Down, Neutral = m.Neutral, Up = m.Up,
                    Epochs = m.Epochs, ConfidenceThreshold = m.ConfidenceThreshold, Validation = m.Validation, Seconds = seconds,
                })],
            };
            var facts = new TrialFacts("trials.jsonl",
                new TrialCount(trials, 0.1) { Sharpes = [.. Enumerable.Range(0, trials).Select(i => 0.1 * i)] },
                0.1 * trials, [new DeflatedModel("linear", 0.1, 0.9, 0.5 / trials)]);
            return ReportHtml.Render(result, Evaluation.Evaluate(result) with { Trials = facts });
        }

        static string Stable(string page)
            => Before(page, "id=\"trials\"") + Before(page[page.IndexOf("id=\"reproduce\"", StringComparison.Ordinal)..], "id=\"run\"");
        static string Before(string page, string part) => page[..page.IndexOf(part, StringComparison.Ordinal)];
    }

    [Fact]
    public void WhatModelsHaveInCommonIsShownOnce()
    {
        BacktestResult trained = Trained(MadeUp.Result());
        XElement same = Page(trained);
        Assert.Equal("v3.1, linear", Assert.Single(Part(same, "training").Descendants("figure")).Descendants("b").Single().Value);
        trained.Models[0].Attention[0].Weights[0] += 0.001;
        Assert.Equal(2, Part(Page(trained), "attention").Descendants("figure").Count());
    }

    [Fact]
    public void ThresholdsFromTestRowsAreSaidToBe()
    {
        BacktestResult known = MadeUp.Result(), unknown = WithoutValidation(known);
        Assert.Contains("Of linear validation rows are not known", Html(known with { Models = [unknown.Models[0], known.Models[1]] }),
            StringComparison.Ordinal);
        Assert.Contains("a trader could not have known them", Html(WithoutValidation(MadeUp.Result())), StringComparison.Ordinal);
        Assert.DoesNotContain("a trader could not have known them", Html(Trained(MadeUp.Result())), StringComparison.Ordinal);
    }

    [Fact]
    public void OneRowWithoutADirectionIsAReport()
    {
        BacktestResult whole = MadeUp.Result(pairs: 1, candles: 2), result = whole with
        {
            Candles = [],
            ValidationReturns = [],
            Rows = new TestRows
            {
                Pair = [0], Time = [MadeUp.At(0)], Fold = [0], Return = [0], Label = [1], LastReturn = [0],
                Momentum = [0], Majority = [2]
            },
            Models = [new ModelPredictions { Model = "m", Down = [0], Neutral = [1], Up = [0], ConfidenceThreshold = [float.NaN, float.NaN],
                Epochs = [0, 0] }],
        };
        string page = Html(result);
        Assert.Contains("Nothing can be said", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    static XElement Part(XElement page, string id) => page.Descendants("section").Single(e => (string?)e.Attribute("id") == id);

    [Fact]
    public void EquityStandsBesideHoldAtEachCostWithMonths()
    {
        BacktestResult result = MadeUp.Result();
        EvaluationResult evaluation = Evaluation.Evaluate(result);
        XElement part = Part(Page(result), "equity");
        Assert.Equal(4 + 1, part.Descendants("figure").Count());        // four strategies of the best model, one card of the other
        foreach (XElement figure in part.Descendants("figure").Take(4))
        {
            Assert.Equal(2, figure.Elements("svg").Count());
            Assert.Equal(["0 bp", "5 bp", "10 bp", "20 bp", "hold"], figure.Descendants("text").Select(t => t.Value)
                .Where(t => t.EndsWith("bp", StringComparison.Ordinal) || t == "hold"));
            Assert.All(figure.Elements("svg"), svg => Assert.Equal(5, svg.Elements("path").Count()));
        }
        double december = EquityCurve.Of(evaluation.TradedFrom, evaluation.Hold[2].DailyReturns).Months[0].Return;
        string row = Assert.Single(part.Descendants("tr"), tr => tr.Elements("td").Select(td => td.Value).Skip(1)
            .FirstOrDefault() == "hold").Value;
        Assert.Contains((100 * december).ToString("+0.0;-0.0;0.0", System.Globalization.CultureInfo.InvariantCulture), row,
            StringComparison.Ordinal);
        Assert.Contains("Sortino", part.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void CandlesHaveTheirCallsAndTrades()
    {
        BacktestResult result = MadeUp.Result();
        XElement part = Part(Page(result), "candles");
        XElement[] figures = [.. part.Descendants("figure")];
        Assert.Equal(3, figures.Length);        // the surest, the last but sixty, the last
        Assert.All(figures,
            figure => Assert.Equal(60,
                figure.Descendants("rect").Count(r => ((string?)r.Attribute("class"))!.StartsWith("candle", StringComparison.Ordinal))));
        string[] styles = [.. figures.SelectMany(figure => figure.Descendants("path")).Select(p => (string)p.Attribute("class")!)
            .Where(c => c.StartsWith("pointer", StringComparison.Ordinal))];
        Assert.Equal(180 + 3 * 2, styles.Length);       // two in each legend
        Assert.True(styles.Count(style => style.Contains("c1", StringComparison.Ordinal))
            > styles.Count(style => style.Contains("c2 hollow", StringComparison.Ordinal)));
        Assert.Contains(styles, style => style.EndsWith("sure", StringComparison.Ordinal));
        Assert.Contains(figures, figure => figure.Descendants("rect").Any(r => (string?)r.Attribute("class") == "held"));
        Assert.Equal(180, part.Descendants("tr").Count(tr => tr.Elements("td").Count() == 12));
    }

    [Fact]
    public void ATradeOverTheEdgeOfAChartIsCutThereAndListedOnBothSides()
    {
        BacktestResult result = MadeUp.Result(pairs: 1, candles: 120);
        foreach (ModelPredictions model in result.Models)       // bought once, sold once: over the middle of the last 120 candles
            for (int row = 0; row < 120; row++)
                (model.Down[row], model.Up[row], model.Neutral[row]) = row is >= 30 and < 90 ? (0.2f, 0.7f, 0.1f) : (0.7f, 0.2f, 0.1f);
        XElement part = Part(Page(result), "candles");
        XElement[] lines = [.. part.Descendants("path")
            .Where(p => ((string)p.Attribute("class")!).StartsWith("line thin", StringComparison.Ordinal))];
        Assert.Equal(2, lines.Length);
        double[][] ends = [.. lines.Select(line => ((string)line.Attribute("d")!)[1..].Split(' ', 'L').Where((_, i) => i % 2 == 0)
            .Select(x => double.Parse(x, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(350, ends[0][1], 0.01);        // the right edge of the one is the left edge of the other
        Assert.True(ends[0][0] > ends[1][0] && ends[1][1] < 350);
        string[][] trades = [.. part.Descendants("tr").Where(tr => tr.Elements("td").Count() == 5)
            .Select(tr => tr.Elements("td").Select(td => td.Value).ToArray())];
        Assert.Equal(2, trades.Length);
        Assert.Equal(trades[0], trades[1]);
    }

    [Fact]
    public void AttentionIsAMonthByLagMap()
    {
        XElement part = Part(Page(Trained(MadeUp.Result())), "attention");
        Assert.Equal("v3.1, linear", Assert.Single(part.Descendants("figure")).Descendants("b").Single().Value);    // the same weights
        Assert.Equal(["Candles before", "2024-02, fold 2", "2024-03"], part.Descendants("th").Select(th => th.Value));
        Assert.Equal(["3", "10.00 %", "–"], part.Descendants("tr").ElementAt(1).Elements("td").Select(td => td.Value));
        XElement heat = part.Descendants("svg").First();
        Assert.Equal(8, heat.Descendants("rect").Count());
        Assert.Contains("2024-02, fold 2", heat.Value, StringComparison.Ordinal);
        Assert.Contains("3 candles before: –", heat.Value, StringComparison.Ordinal);     // the shorter window of the second month
        Assert.Contains("2 candles before: 12.35", heat.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", part.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(1, 2)]
    [InlineData(2, 75)]
    public void ShortTestsAreReports(int pairs, int candles)
    {
        BacktestResult made = MadeUp.Result(pairs: pairs, candles: candles), oneFold = made with
        {
            Folds = [.. made.Folds.Take(1)],
            ValidationReturns = [.. made.ValidationReturns.Take(1)],
            Models = [.. made.Models.Select(m => new ModelPredictions
            {
                Model = m.Model, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs[..1], ConfidenceThreshold = [float.NaN],
                Validation = [m.Validation[0]],
            })],
        };
        Array.Clear(made.Rows.Fold);
        foreach (BacktestResult result in new[] { made, oneFold })
        {
            string page = Html(result);
            XElement.Parse(page["<!DOCTYPE html>".Length..]);
            Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AModelWithoutOpinionTradesNothing()
    {
        BacktestResult result = MadeUp.Result(pairs: 1, candles: 100);
        foreach (ModelPredictions model in result.Models)
            foreach (float[] column in new[] { model.Down, model.Up, model.Neutral })
                Array.Fill(column, column == model.Neutral ? 0.5f : 0.25f);
        XElement page = Page(result);
        Assert.DoesNotContain("NaN", page.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Part(page, "candles").Descendants("path"),
            p => p.Element("title") is not null && ((string)p.Attribute("class")!).StartsWith("pointer", StringComparison.Ordinal));
        Assert.Contains("tie", Part(page, "candles").Value, StringComparison.Ordinal);
    }
}
