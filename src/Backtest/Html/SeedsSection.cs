namespace NeuralCore.Backtest.Html;

/// <summary>What is luck of the draw: the figures from seed to seed.</summary>
/// <param name="Evaluation">The figures.</param>
sealed record SeedsSection(EvaluationResult Evaluation) : Section("seeds", "Seeds")
{
    public override void Write(HtmlPage page)
    {
        page.Text("p", SeedTables.Lead(Evaluation), "lead");
        page.Table(SeedTables.Spread(Evaluation));
        page.Figures("Every seed", (null, SeedTables.Each(Evaluation)));
    }
}
