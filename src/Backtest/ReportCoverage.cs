namespace NeuralCore.Backtest;

/// <summary>The tables of accuracy where models are confident, and of what must be known beside it.</summary>
static partial class ReportTables
{
    static readonly double[] ShownCoverages = [0.5, 0.2, 0.1, 0.05, 0.01];

    /// <summary>Accuracy at a few coverages, and where targets are reached.</summary>
    public static TextTable Coverage(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", .. ShownCoverages.Select(share => Format.Percent(share, 0)),
            .. ModelCoverage.Targets.Select(target => $"<{Format.Percent(target, 0)} right at")]);
        foreach (ModelScores model in evaluation.Ranking)
        {
            CoverageCurve curve = model.Coverage.Curve;
            table.Add([model.Model,
                .. ShownCoverages.Select(share => Format.Percent(curve.Points.First(point => point.Asked == share).Rate.Accuracy)),
                .. ModelCoverage.Targets.Select(target => curve.Reaching(target) is { } point ? Reached(point) : Format.Missing)]);
        }
        return table;
    }

    /// <summary>What the table of <see cref="Surest"/> shows.</summary>
    public const string SurestLead = "The surest calls of a model tend to be all on one side, so always up, on the same rows, stands "
        + "beside them. About five pairs fire in one hour and move together: the distinct hours are the size of the sample, not the "
        + "rows. Basis points are the mean of direction times return, before costs. From the next open: the same calls against the "
        + "return after an order could be filled; an edge that is gone by then stood in the last price alone.";

    /// <summary>Accuracy at coverages, and what is to be known of the rows beside it.</summary>
    public static TextTable Surest(IEnumerable<ModelScores> models, IReadOnlyList<double> coverages)
    {
        var table = new TextTable("<Model", "Coverage asked for", "Realised", "Direction accuracy", "95 % interval", "n", "Days", "Hours",
            "Always up", "bp a call", "From the next open");
        foreach (ModelScores model in models)
            foreach ((CoveragePoint point, KeptRows kept) in model.Coverage.Curve.Points.Zip(model.Coverage.Rows))
                if (coverages.Contains(point.Asked))
                    table.Add([model.Model, Format.Percent(point.Asked, 0), Format.Percent(point.Realised, 1), .. Cells(point.Rate),
                        Format.Count(point.Days), Format.Count(kept.Hours), Format.Percent(kept.AlwaysUp),
                        Decimals(1e4 * kept.MeanReturn, 2), Format.Percent(kept.NextOpen)]);
        return table;
    }

    /// <summary>What the table of <see cref="Moves"/> shows.</summary>
    public const string MovesLead = "Direction accuracy by the size of the move, in quarters of the rows. The large moves decide what a "
        + "call makes: a model that is right on the small ones has accuracy, which is not money.";

    /// <summary>Accuracy on small moves and on large ones.</summary>
    public static TextTable Moves(IReadOnlyList<ModelScores> models)
    {
        var table = new TextTable("<Model", "Smallest moves", "Small", "Large", "Largest moves", "Their mean, bp", "bp a call");
        foreach (ModelScores model in models.Where(model => model.Moves.Count > 0))
            table.Add([model.Model,
                .. model.Moves.Select(quarter => $"{Format.Percent(quarter.Rate.Accuracy)} {Format.Range(quarter.Rate.Interval)}"),
                string.Join(", ", model.Moves.Select(quarter => Decimals(1e4 * quarter.MeanMove, 1))),
                Decimals(1e4 * model.Coverage.Rows[0].MeanReturn, 2)]);
        return table;
    }

    /// <summary>What the table of <see cref="Chosen"/> shows.</summary>
    public const string ChosenLead = "Each fold calls at the largest coverage at which its own validation rows (at least 30) reached an "
        + "accuracy, as a trader would have chosen it, and nothing where they reached it at none; the accuracy is that of the test rows "
        + "so kept.";

    /// <summary>What became of targets on test rows where the validation rows of each fold chose the coverage.</summary>
    public static TextTable Chosen(EvaluationResult evaluation)
    {
        var table = new TextTable(["<Model", .. ModelCoverage.Targets.Select(target => $"<{Format.Percent(target, 0)} promised")]);
        foreach (ModelScores model in evaluation.Ranking)
            table.Add([model.Model,
                .. model.Coverage.Chosen.Select(chosen => chosen is null ? "no coverage" : Kept(chosen.Point) + Folds(chosen))]);
        return table;

        static string Folds(ChosenCoverage chosen) =>
            chosen.Coverages.Count(double.IsFinite) is var calling && calling == chosen.Coverages.Count ? ""
            : $" in {calling} of {chosen.Coverages.Count} folds";
    }

    /// <summary>The coverage of a point and the accuracy of the rows that it keeps.</summary>
    public static string Reached(CoveragePoint p) => $"{Format.Percent(p.Realised, 1)} of the rows, {Kept(p)}";

    /// <summary>The accuracy of the rows that a point keeps.</summary>
    static string Kept(CoveragePoint p) =>
        $"{Format.Percent(p.Rate.Accuracy)} {Format.Range(p.Rate.Interval)}: {Format.Count(p.Rate.N)} rows on {Format.Count(p.Days)} days";
}
