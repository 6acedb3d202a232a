using System.CommandLine;
using System.Globalization;
using System.Text;
using NeuralCore.Models.Data;
using static NeuralCore.Backtest.Cli.CommandOptions;

namespace NeuralCore.Backtest.Cli;

/// <summary><c>inspect</c>: rows, columns and candle checks of a file.</summary>
static class InspectCommand
{
    const int LongestText = 40;

    public static Command Create(Session session)
        => new Command("inspect", "Shows rows, columns and candle checks of a Parquet or CSV file")
    {
        new Argument<string>("FILE") { Description = "A .parquet or .csv file" }, TimeZones.Option(), Json("the summary"),
    }.Does(session, settings => Execute(settings, session));

    static void Execute(Settings s, Session session)
    {
        TableSummary summary = TableSummary.Of(s.Argument("FILE"), TimeZones.Of(s), DateTimeOffset.UtcNow);
        session.Cancellation.ThrowIfCancellationRequested();
        if (s.Flag("json"))
        {
            session.Out.WriteLine(summary.ToJson());
            return;
        }
        session.Out.WriteLine($"{summary.File}: {Format.Count(summary.Rows)} rows");
        var table = new TextTable("<column", "<type", "nulls", "min", "max", "sum");
        foreach (ColumnSummary c in summary.Columns)
            table.Add(Shown(c.Name), c.Type, Format.Count(c.Nulls), Shown(c.Min), Shown(c.Max), c.Sum ?? Format.Missing);
        session.Out.Write(table.ToPlainText());
        if (summary.Candles is not null) session.Out.WriteLine(summary.Candles);
        if (summary.CandleError is not null) session.Out.WriteLine($"Candles could not be checked: {summary.CandleError}");
    }

    // Long texts cut, and what would not print escaped as in JSON: control and format characters, line separators.
    static string Shown(string? text)
    {
        if (text is null) return Format.Missing;
        var shown = new StringBuilder();
        foreach (Rune rune in text.Length > LongestText ? text[..LongestText].EnumerateRunes() : text.EnumerateRunes())
        {
            bool prints = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (prints) shown.Append(rune);
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
        }
        return text.Length > LongestText ? shown.Append("...").ToString() : shown.ToString();
    }
}
