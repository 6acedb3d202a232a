using System.Text.RegularExpressions;
using System.Xml.Linq;
using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Backtest.Html;

namespace Backtest.Tests;

public sealed partial class ReportHtmlTests
{
    static readonly History history = new([new Epoch(1, 0.71234, 0.70111, 1e-3f), new Epoch(2, 0.69345, 0.69222, 1e-3f), new Epoch(3, 0.68, double.NaN, 1e-3f)], "no gain for 1 epoch");

    static string Html(BacktestResult result) => ReportHtml.Render(result, Evaluation.Evaluate(result));

    // The page is written so that it is XML too.
    static XElement Page(BacktestResult result) => XElement.Parse(Html(result)["<!DOCTYPE html>".Length..]);

    // With networks that train and look back over four candles, the second month less far.
    static BacktestResult Trained(BacktestResult result) => result with
    {
        Models = [.. result.Models.Select(m => new ModelPredictions
        {
            Model = m.Model, Description = m.Description, Features = m.Features, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs,
            ConfidenceThreshold = m.ConfidenceThreshold, Trainings = [new TrainingRun(0, -1, history), new TrainingRun(1, 0, history)],
            Validation = m.Validation, Attention = [new(MadeUp.At(10_000), 100, [0.1, 0.2, 0.3, 0.4]), new(MadeUp.At(10_700), 50, [0.1235, 0.6, 0.2765])],
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
        Assert.Equal(["verdict", "pairs", "time", "coverage", "reliability", "confusion", "equity", "candles", "training", "attention", "trials", "reproduce"], ids);
    }

    [Fact]
    public void WhatTheRunHasNoDataForIsLeftOutInOneLine()
    {
        XElement page = Page(MadeUp.Result() with { Candles = [] });
        foreach (string id in new[] { "equity", "candles", "training", "attention", "trials" })
            Assert.Contains("left out: ", Assert.Single(page.Descendants("section").Single(e => (string?)e.Attribute("id") == id).Elements()).Value, StringComparison.Ordinal);
        Assert.DoesNotContain("training", page.Descendants("nav").Single().Elements().Select(a => ((string)a.Attribute("href")!)[1..]));
    }

    [Fact]
    public void ThePageIsSelfContained()
    {
        XElement page = Page(Trained(MadeUp.Result()));
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "img" or "iframe" or "object");
        Assert.All(page.Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src"), a => Assert.Matches("^(#|data:,)", a.Value));
        Assert.DoesNotMatch(@"https?:|@import|url\(", page.ToString());
        Assert.Contains("default-src 'none'", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFigureOfAChartStandsInATable()
    {
        BacktestResult result = Trained(MadeUp.Result());
        var trials = new TrialFacts("trials.jsonl", new TrialCount(3, 0.1) { Sharpes = [-0.123456, 0.2, 0.21] }, 0.2, [new DeflatedModel("linear", 0.1, 0.9, 0.5)]);
        XElement page = XElement.Parse(ReportHtml.Render(result, Evaluation.Evaluate(result) with { Trials = trials })["<!DOCTYPE html>".Length..]);
        string tables = string.Join('\n', page.Descendants("td").Select(cell => cell.Value));
        string[] figures = [.. page.Descendants("svg").Descendants("title").SelectMany(title => Figure().Matches(title.Value).Select(m => m.Value)).Distinct()];
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
        foreach (string text in new[] { "<b>klines</b>", "1 file ignored: <i>&.txt", "<X>: a & b", "\"<v>\"", "<P0>", "neuralcore --data '<&>'" })
            Assert.Contains(text, page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void TheVerdictSaysWhatTheIntervalsAllow()
    {
        var baseline = new Rate(51, 100, new Interval(0.41, 0.61));
        static Rate Rate(double low, double high) => new(100 * (low + high) / 2, 100, new Interval(low, high));
        Assert.Equal(1, VerdictSection.Judge(Rate(0.52, 0.54), baseline, alarm: false).Sign);
        Assert.Contains("not shown to be better than the best baseline", VerdictSection.Judge(Rate(0.505, 0.54), baseline, alarm: false).Words, StringComparison.Ordinal);
        Assert.StartsWith("No edge shown", VerdictSection.Judge(Rate(0.49, 0.54), baseline, alarm: false).Words);
        Assert.Equal(("Worse than a coin", -1), VerdictSection.Judge(Rate(0.45, 0.49), baseline, alarm: false));
        Assert.Equal(0, VerdictSection.Judge(Rate(0.52, 0.54), baseline, alarm: false, pays: false).Sign);
        Assert.Contains("not by enough to pay its costs", VerdictSection.Judge(Rate(0.52, 0.54), baseline, alarm: false, pays: false).Words, StringComparison.Ordinal);
        Assert.Equal(1, VerdictSection.Judge(Rate(0.52, 0.54), baseline, alarm: false, pays: true).Sign);
        Assert.StartsWith("Too good to be true", VerdictSection.Judge(Rate(0.6, 0.7), baseline, alarm: true).Words);
        Assert.StartsWith("Nothing can be said", VerdictSection.Judge(new Rate(0, 0, Interval.None), null, alarm: false).Words);
        Assert.Contains("No edge shown", Page(MadeUp.Result(knows: 0)).Descendants("strong").First().Value, StringComparison.Ordinal);
        Assert.Contains("Better than a coin and than every baseline", Page(MadeUp.Result()).Descendants("strong").First().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyTheLastPartDiffersBetweenRuns()
    {
        string a = Html(MadeUp.Result(threads: 2, @out: "out/a")), b = Html(MadeUp.Result(threads: 1, @out: "out/b") with { Run = new RunFacts(DateTimeOffset.UnixEpoch, 1, 1, "x") { Command = "neuralcore" } });
        Assert.NotEqual(a, b);
        Assert.Equal(a[..a.IndexOf("id=\"run\"", StringComparison.Ordinal)], b[..b.IndexOf("id=\"run\"", StringComparison.Ordinal)]);
    }

    [Fact]
    public void ThresholdsFromTestRowsAreSaidToBe()
    {
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
            Rows = new TestRows { Pair = [0], Time = [MadeUp.At(0)], Fold = [0], Return = [0], Label = [1], LastReturn = [0], Momentum = [0], Majority = [2] },
            Models = [new ModelPredictions { Model = "m", Down = [0], Neutral = [1], Up = [0], ConfidenceThreshold = [float.NaN, float.NaN], Epochs = [0, 0] }],
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
            Assert.Equal(["0 bp", "5 bp", "10 bp", "20 bp", "hold"], figure.Descendants("text").Select(t => t.Value).Where(t => t.EndsWith("bp", StringComparison.Ordinal) || t == "hold"));
            Assert.All(figure.Elements("svg"), svg => Assert.Equal(5, svg.Elements("path").Count()));
        }
        double december = EquityCurve.Of(evaluation.TradedFrom, evaluation.Hold[2].DailyReturns).Months[0].Return;
        string row = Assert.Single(part.Descendants("tr"), tr => tr.Elements("td").Select(td => td.Value).Skip(1).FirstOrDefault() == "hold").Value;
        Assert.Contains((100 * december).ToString("+0.0;-0.0;0.0", System.Globalization.CultureInfo.InvariantCulture), row, StringComparison.Ordinal);
        Assert.Contains("Sortino", part.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void CandlesHaveTheirCallsAndTrades()
    {
        BacktestResult result = MadeUp.Result();
        XElement part = Part(Page(result), "candles");
        XElement[] figures = [.. part.Descendants("figure")];
        Assert.Equal(3, figures.Length);        // the surest, the last but sixty, the last
        Assert.All(figures, figure => Assert.Equal(60, figure.Descendants("rect").Count(r => ((string?)r.Attribute("class"))!.StartsWith("candle", StringComparison.Ordinal))));
        string[] styles = [.. figures.SelectMany(figure => figure.Descendants("path")).Select(p => (string)p.Attribute("class")!).Where(c => c.StartsWith("pointer", StringComparison.Ordinal))];
        Assert.Equal(180, styles.Length);
        Assert.True(styles.Count(style => style.Contains("c1", StringComparison.Ordinal)) > styles.Count(style => style.Contains("c2 hollow", StringComparison.Ordinal)));
        Assert.Contains(styles, style => style.EndsWith("sure", StringComparison.Ordinal));
        Assert.Contains(figures, figure => figure.Descendants("rect").Any(r => (string?)r.Attribute("class") == "held"));
        Assert.Equal(180, part.Descendants("tr").Count(tr => tr.Elements("td").Count() == 12));
    }

    [Fact]
    public void AttentionIsAMonthByLagMap()
    {
        XElement part = Part(Page(Trained(MadeUp.Result())), "attention");
        Assert.Equal(2, part.Descendants("figure").Count());
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
                Model = m.Model, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs[..1], ConfidenceThreshold = [float.NaN], Validation = [m.Validation[0]],
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
            foreach (float[] column in new[] { model.Down, model.Up, model.Neutral }) Array.Fill(column, column == model.Neutral ? 0.5f : 0.25f);
        XElement page = Page(result);
        Assert.DoesNotContain("NaN", page.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Part(page, "candles").Descendants("path"), p => ((string)p.Attribute("class")!).StartsWith("pointer", StringComparison.Ordinal));
        Assert.Contains("tie", Part(page, "candles").Value, StringComparison.Ordinal);
    }
}
