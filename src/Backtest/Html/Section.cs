namespace NeuralCore.Backtest.Html;

/// <summary>A part of report.html, which holds the data that it shows.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
abstract record Section(string Id, string Title)
{
    /// <summary>Writes what stands below the heading.</summary>
    public abstract void Write(HtmlPage page);
}

/// <summary>A part that the run has no data for.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Reason">Why, as the end of a sentence that begins with "left out:".</param>
sealed record AbsentSection(string Id, string Title, string Reason) : Section(Id, Title)
{
    public override void Write(HtmlPage page) => page.Text("p", $"{Title}: left out: {Reason}.", "absent");
}
