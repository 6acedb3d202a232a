using System.Globalization;
using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>How the losses went, epoch by epoch.</summary>
/// <param name="Models">The models that train, with their trainings.</param>
/// <param name="Pairs">Names of the pairs.</param>
sealed record TrainingSection(IReadOnlyList<(string Name, IReadOnlyList<TrainingRun> Runs)> Models, IReadOnlyList<string> Pairs)
    : Section("training", "Training curves")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", "Mean loss of an epoch, a line a fold (and pair, where each has a model of its own). The dots are the epochs "
            + "whose weights were kept. The training loss is taken while learning, with dropout on.", "lead");
        using (page.Open("div", "cards"))
            foreach ((string name, IReadOnlyList<TrainingRun> runs) in Models) page.Figure(name, Chart(name, runs), runs.Count == 1
                ? "1 training" : $"{runs.Count} trainings");
        page.Figures("The figures as tables", [("Trainings", Kept()),
            .. Models.Select(m => ((string?)$"Losses of {m.Name}", Losses(m.Runs)))]);
    }

    static string Chart(string name, IReadOnlyList<TrainingRun> runs)
    {
        List<Epoch> epochs = [.. runs.SelectMany(run => run.History.Epochs)];
        Axis x = Axis.Linear("epoch", epochs.Select(e => (double)e.Number), finest: 1);
        Axis y = Axis.Linear("loss", epochs.SelectMany(e => new[] { e.TrainingLoss, e.ValidationLoss }), 5);
        var plot = new Plot($"Training and validation loss of {name} by epoch", x, y,
            [new("training", "c2 dashed"), new("validation", "c1"), new("kept", "c1", Mark.Dot)]);
        foreach (TrainingRun run in runs) plot.Line([.. run.History.Epochs.Select(e => new ChartPoint(e.Number, e.TrainingLoss))],
            "thin dashed c2");
        foreach (TrainingRun run in runs) plot.Line([.. run.History.Epochs.Select(e => new ChartPoint(e.Number, e.ValidationLoss))],
            "thin c1");
        plot.Dots([.. runs.Where(run => run.History.BestEpoch > 0).Select(run => run.History.Epochs[run.History.BestEpoch - 1] is var best
            ? new ChartPoint(best.Number, best.ValidationLoss, Title: $"fold {run.Fold + 1}: epoch {best.Number}, validation loss "
                + $"{Loss(best.ValidationLoss)}") : default)], "c1");
        return plot.ToString();
    }

    TextTable Kept()
    {
        var table = new TextTable("<Model", "<Training", "Epochs", "Kept", "Its training loss", "Its validation loss", "<Ended early");
        foreach ((string name, IReadOnlyList<TrainingRun> runs) in Models)
            foreach (TrainingRun run in runs)
            {
                Epoch? best = run.History.BestEpoch > 0 ? run.History.Epochs[run.History.BestEpoch - 1] : null;
                table.Add(name, Name(run), Count(run.History.Epochs.Count), Count(run.History.BestEpoch), Loss(best?.TrainingLoss),
                    Loss(best?.ValidationLoss),
                    run.History.StopReason ?? "no");
            }
        return table;
    }

    TextTable Losses(IReadOnlyList<TrainingRun> runs)
    {
        var table = new TextTable(["<Epoch", .. runs.SelectMany(run => new[] { $"{Name(run)}, training", $"{Name(run)}, validation" })]);
        for (int i = 0; i < runs.Max(run => run.History.Epochs.Count); i++)
            table.Add([Count(i + 1), .. runs.SelectMany(run => i < run.History.Epochs.Count
                ? new[] { Loss(run.History.Epochs[i].TrainingLoss), Loss(run.History.Epochs[i].ValidationLoss) } : ["", ""])]);
        return table;
    }

    string Name(TrainingRun run) => $"fold {run.Fold + 1}" + (run.Pair < 0 ? "" : " " + Pairs[run.Pair]);

    static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);

    static string Loss(double? loss) => loss is { } x && double.IsFinite(x) ? x.ToString("F5", CultureInfo.InvariantCulture)
        : Format.Missing;
}
