using NeuralCore.Backtest;
using NeuralCore.Models;
using static Backtest.Tests.ModelFiguresTests;

namespace Backtest.Tests;

public class NetworkComparisonTests
{
    const int Count = 240;

    static readonly double[] returns = [.. Enumerable.Range(0, Count).Select(i => i * 7 % 5 < 2 ? 0.1 : -0.1)];

    /// <summary>
    /// A model that is right on one row in every <paramref name="wrong"/> but one, with validation rows that say this of a rise that comes.
    /// </summary>
    static ModelPredictions Made(string name, int wrong, double validation, int epochs = 0)
    {
        ModelPredictions m = Model(name, [.. returns.Select((r, i) => r > 0 == (i / 2 % wrong != 0) ? 0.6 : 0.4)],
            validation: [Says(validation, validation)]);
        return new()
        {
            Model = name, Down = m.Down, Neutral = m.Neutral, Up = m.Up, ConfidenceThreshold = m.ConfidenceThreshold, Epochs = [epochs],
            Validation = m.Validation, IsNetwork = epochs > 0 && name != "ensemble",
        };
    }

    static NetworkComparison? Of(params ModelPredictions[] models) =>
        Evaluation.Evaluate(Rows(returns, models) with { ValidationReturns = [[0.1, 0.1]] }).Network;

    [Fact]
    public void TheNetworkIsChosenByValidationRowsAndNotByTestRows()
    {
        NetworkComparison network = Of(Made("linear", 2, 0.9, epochs: 5), Made("v3", 20, 0.6, epochs: 5), Made("v3.1", 3, 0.7, epochs: 5),
            Made("ensemble", 30, 0.95, epochs: 5), Made("v2", 30, 0.99), Made("boosting", 4, 0.5))!;
        Assert.Equal(["v3.1", "v3"], network.Candidates.Select(c => c.Model));
        Assert.Equal(-Math.Log(0.7), network.Candidates[0].LogLoss, 6);
        Assert.Equal(["linear", "boosting"], network.Against.Select(a => a.Comparison.Against));
        Assert.All(network.Against, a => Assert.Equal("v3.1", a.Comparison.Model));
        // Right on 2 of 3 rows against 1 of 2 and 3 of 4.
        Assert.Equal([1 / 6.0, -1 / 12.0], network.Against.Select(a => Math.Round(a.Comparison.Difference.Value, 12)),
            (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void EachFoldChoosesItsNetworkThoughThePooledRowsWouldChooseAnother()
    {
        // The validation rows of fold 2 are the test rows of fold 1, on which v3.1 knows what comes and v3 is always wrong; those of fold 1
        // prefer v3.
        double[] up = [.. returns.Select(r => r > 0 ? 0.9 : 0.1)], down = [.. up.Select(p => 0.5 - (p - 0.5) / 4)];
        ModelPredictions Network(string name, double first, double[] says)
        {
            ModelPredictions m = Model(name, says, 2, [Says(first, first), Says(says[..(Count / 2)])]);
            return new()
            {
                Model = name, Down = m.Down, Neutral = m.Neutral, Up = m.Up, ConfidenceThreshold = m.ConfidenceThreshold, Epochs = [3, 3],
                Validation = m.Validation, IsNetwork = true,
            };
        }
        BacktestResult result = Rows(returns,
            [Network("v3", 0.7, down), Network("v3.1", 0.6, up), Model("linear", [.. returns.Select(_ => 0.5)], 2)], 2) with
        {
            ValidationReturns = [[0.1, 0.1], returns[..(Count / 2)]],
        };
        NetworkComparison network = Evaluation.Evaluate(result).Network!;
        Assert.Equal(("v3.1", "v3 in fold 1; v3.1 in fold 2"), (network.Candidates[0].Model, network.Network));
        Assert.Equal([(0, "v3"), (1, "v3.1")], network.Chosen.Select(c => (c.Fold, c.Model)));
        Assert.Equal(-Math.Log(0.7), network.Chosen[0].Validation.LogLoss, 6);
        Assert.Equal(-(2 * Math.Log(0.7) + Count / 2 * Math.Log(0.9)) / (2 + Count / 2), network.ValidationLogLoss, 6);
        // v3 is wrong on all rows of fold 1, v3.1 right on all of fold 2.
        Assert.Equal((0.5, 0), (network.Metrics.Accuracy, network.Against[0].Comparison.Difference.Value));
        Assert.Equal(-(Math.Log(0.4) + Math.Log(0.9)) / 2, network.Metrics.LogLoss, 6);
        Assert.Contains("(v3 in fold 1; v3.1 in fold 2)", network.Short, StringComparison.Ordinal);
        Assert.Matches(@"\| v3 in fold 1; v3\.1 in fold 2 *\| *50\.00 % \|", ReportMarkdown.Render(result, Evaluation.Evaluate(result)));
        Assert.Contains("Rows to see the difference", ReportTables.Network(Evaluation.Evaluate(result), network).ToMarkdown(),
            StringComparison.Ordinal);
        // A fold whose validation rows are not known chooses none.
        foreach (ModelPredictions m in result.Models) ((Prediction[][])m.Validation).AsSpan()[..m.Validation.Count].Fill([]);
        Assert.Null(Evaluation.Evaluate(result with { ValidationReturns = [[], []] }).Network);
    }

    [Fact]
    public void PValuesAreAdjustedForTheClassicalModels()
    {
        NetworkComparison network = Of(Made("v3", 3, 0.7, epochs: 1), Made("linear", 2, 0.5), Made("logistic", 4, 0.5),
            Made("forest", 5, 0.5))!;
        Assert.Equal(Holm.Adjust([.. network.Against.Select(a => a.Comparison.Difference.PValue)]),
            network.Against.Select(a => a.Accuracy));
        Assert.Equal(Holm.Adjust([.. network.Against.Select(a => a.Comparison.LogLoss.Test.PValue)]),
            network.Against.Select(a => a.LogLoss));
        Assert.Contains(network.Against, a => a.Accuracy > a.Comparison.Difference.PValue);
    }

    [Fact]
    public void TheAnswerSaysWhatTheTestsSay()
    {
        NetworkComparison network = Of(Made("v3", 30, 0.7, epochs: 1), Made("linear", 2, 0.5), Made("logistic", 30, 0.5),
            Made("boosting", 2, 0.5))!;
        Assert.Equal("The network with the least log-loss on each fold's validation rows is v3 (0.3567). In accuracy it is better than "
            + "linear and boosting and cannot be told from logistic; by log-loss it is better than linear and boosting and cannot be told "
            + "from logistic.", network.Answer);
        Assert.Equal("The network chosen on each fold's validation rows (v3) is more often right than linear and boosting, "
            + "but not shown to be so than logistic.", network.Short);
        NetworkComparison worse = Of(Made("v3", 2, 0.7, epochs: 1), Made("linear", 30, 0.5), Made("logistic", 30, 0.5))!;
        Assert.Contains("In accuracy it is worse than linear and logistic; by log-loss it is worse than", worse.Answer,
            StringComparison.Ordinal);
        Assert.Equal("The network chosen on each fold's validation rows (v3) is not shown to be more often right than linear or "
            + "logistic.", worse.Short);
        Assert.Equal("The network chosen on each fold's validation rows (v3) is more often right than linear.",
            Of(Made("v3", 30, 0.7, epochs: 1), Made("linear", 2, 0.5))!.Short);
    }

    [Fact]
    public void WithoutANetworkAClassicalModelOrValidationRowsThereIsNone()
    {
        Assert.Null(Of(Made("linear", 2, 0.5, epochs: 3), Made("boosting", 3, 0.5), Made("v2", 3, 0.5)));
        Assert.Null(Of(Made("v3", 2, 0.5, epochs: 3), Made("v2", 3, 0.5)));
        Assert.Null(Evaluation.Evaluate(Rows(returns,
            [Model("v3", [.. returns.Select(_ => 0.6)]), Model("linear", [.. returns.Select(_ => 0.6)])])).Network);
    }
}
