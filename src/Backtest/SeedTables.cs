using System.Globalization;

namespace NeuralCore.Backtest;

/// <summary>The tables about seeds.</summary>
static class SeedTables
{
    /// <summary>What the tables show, and which models are not in them.</summary>
    public static string Lead(EvaluationResult evaluation)
    {
        string[] fixedModels = [.. evaluation.Models.Where(model => model.Seeds.Count == 0).Select(model => model.Model),
            .. evaluation.Others.Where(model => model.Seeds.Count == 0).Select(model => model.Model)];
        return "Models that draw random numbers, trained from several seeds: what differs from seed to seed is luck, and a gap between two "
            + "models that is not larger says nothing. All other figures of this report are those of the first seed. The deviation is the "
            + "standard deviation over seeds, in points for accuracies."
            + (evaluation.Others.Any(model => model.Seeds.Count > 0)
                ? " Models of other targets stand last, with the target in brackets: their figures are of that." : "")
            + (fixedModels.Length == 0 ? "" : $" Trained once, since nothing in them is random: {string.Join(", ", fixedModels)}.");
    }

    /// <summary>Whether there is a model of more than one seed.</summary>
    public static bool AreThere(EvaluationResult evaluation) => Models(evaluation).Any(model => model.Seeds.Count > 1);

    static IEnumerable<(string Name, IReadOnlyList<SeedScores> Seeds)> Models(EvaluationResult evaluation) =>
    [
        .. evaluation.Ranking.Select(model => (model.Model, model.Seeds)), .. evaluation.Others.Select(model => (model.Title, model.Seeds)),
    ];

    /// <summary>A model a line: mean, deviation, least and greatest over seeds.</summary>
    public static TextTable Spread(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Seeds", "Accuracy, mean", "Deviation", "Least", "Greatest",
            "Log-loss, mean", "Deviation", "Least", "Greatest", "Most confident tenth, mean", "Deviation", "Least", "Greatest");
        foreach ((string name, IReadOnlyList<SeedScores> seeds) in Models(evaluation).Where(model => model.Seeds.Count > 0))
            table.Add([name, seeds.Count.ToString(CultureInfo.InvariantCulture),
                .. Cells(SeedSpread.Of(seeds, scores => scores.Direction.Accuracy), share => Format.Percent(share), Points),
                .. Cells(SeedSpread.Of(seeds, scores => scores.Metrics.LogLoss), Loss, Loss),
                .. Cells(SeedSpread.Of(seeds, scores => scores.MostConfident.Accuracy), share => Format.Percent(share), Points)]);
        return table;
    }

    /// <summary>A seed of a model a line.</summary>
    public static TextTable Each(EvaluationResult evaluation)
    {
        var table = new TextTable("<Model", "Seed", "Accuracy", "95 % interval", "n", "Log-loss", "Most confident tenth",
            "95 % interval", "n");
        foreach ((string name, IReadOnlyList<SeedScores> seeds) in Models(evaluation))
            foreach ((ulong seed, Scores scores) in seeds)
                table.Add([name, seed.ToString(CultureInfo.InvariantCulture), .. ReportTables.Cells(scores.Direction),
                    Loss(scores.Metrics.LogLoss), .. ReportTables.Cells(scores.MostConfident)]);
        return table;
    }

    static string[] Cells(SeedSpread s, Func<double, string> value, Func<double, string> deviation) =>
        [value(s.Mean), deviation(s.Deviation), value(s.Least), value(s.Greatest)];

    static string Points(double deviation) =>
        double.IsFinite(deviation) ? (100 * deviation).ToString("F2", CultureInfo.InvariantCulture) : Format.Missing;

    static string Loss(double loss) => double.IsFinite(loss) ? loss.ToString("F4", CultureInfo.InvariantCulture) : Format.Missing;
}
