using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>What all that was tried leaves of the Sharpe ratios.</summary>
/// <param name="Trials">The ledger.</param>
sealed record TrialsSection(TrialFacts Trials) : Section("trials", "Trials")
{
    const int Bars = 20;

    public override void Write(HtmlPage page)
    {
        page.Text("p", ReportTables.TrialsLead(Trials), "lead");
        (double From, double To, int Count)[] bins = Bins();
        if (bins.Length > 0)
            using (page.Open("div", "cards"))
                page.Figure("Daily Sharpe ratios of all trials", Chart(bins), "dashed: the best to be expected of as many worthless ones; dots: the models of this run");
        page.Table(ReportTables.Trials(Trials));
        if (bins.Length > 0) page.Figures("The figures as a table", (null, Table(bins)));
    }

    (double, double, int)[] Bins()
    {
        double[] sharpes = [.. Trials.Trials.Sharpes.Where(double.IsFinite)];
        if (sharpes.Length == 0) return [];
        (double low, double high) = (sharpes.Min(), sharpes.Max());
        double width = high > low ? (high - low) / Bars : 0.01;
        return [.. Enumerable.Range(0, high > low ? Bars : 1).Select(bin => (low + bin * width, low + (bin + 1) * width,
            sharpes.Count(x => Math.Min(Bars - 1, (int)((x - low) / width)) == bin)))];
    }

    string Chart((double From, double To, int Count)[] bins)
    {
        Axis x = Axis.Linear("daily Sharpe ratio",
            [.. bins.SelectMany(bin => new[] { bin.From, bin.To }), .. Trials.Models.Select(model => model.Sharpe), Trials.ExpectedMaximum]);
        Axis y = Axis.Linear("trials", [0, .. bins.Select(bin => (double)bin.Count)], 5, finest: 1);
        var plot = new Plot("Trials by their daily Sharpe ratio", x, y, height: 110);
        plot.Bars([.. bins.Select(bin => new ChartPoint(bin.From, bin.Count, bin.From, bin.To,
            $"{ReportTables.Decimals(bin.From)} to {ReportTables.Decimals(bin.To)}: {Format.Count(bin.Count)} trials"))], "c1");
        plot.Upright(Trials.ExpectedMaximum);
        plot.Dots([.. Trials.Models.Select(model =>
            new ChartPoint(model.Sharpe, 0, Title: $"{model.Model}: {ReportTables.Decimals(model.Sharpe)}"))], "c2", radius: 4);
        return plot.ToString();
    }

    static TextTable Table((double From, double To, int Count)[] bins)
    {
        var table = new TextTable("<Daily Sharpe ratio from", "To", "Trials");
        foreach ((double from, double to, int count) in bins) table.Add(ReportTables.Decimals(from), ReportTables.Decimals(to), Format.Count(count));
        return table;
    }
}
