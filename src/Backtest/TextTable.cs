using System.Text;
using NeuralCore.Backtest.Charts;
using Spectre.Console;

namespace NeuralCore.Backtest;

/// <summary>A table of texts whose columns line up as Markdown, as plain text, as HTML and on a terminal.</summary>
/// <param name="headers">Column headers; one that begins with &lt; heads a left-aligned column, the others are right-aligned.</param>
sealed class TextTable(params string[] headers)
{
    readonly bool[] left = [.. headers.Select(header => header.StartsWith('<'))];
    readonly string[] headers = [.. headers.Select(header => header.TrimStart('<'))];
    readonly List<string[]> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length)
            throw new ArgumentException($"table '{headers[0]}': expected {headers.Length} cells, got {cells.Length}");
        rows.Add(cells);
    }

    public string ToMarkdown()
    {
        int[] widths = Widths(Escape);
        var text = new StringBuilder();
        Line(headers);
        text.Append('|');
        for (int c = 0; c < widths.Length; c++)
            text.Append(' ').Append('-', widths[c] - (left[c] ? 0 : 1)).Append(left[c] ? " |" : ": |");
        text.Append('\n');
        rows.ForEach(Line);
        return text.ToString();

        void Line(string[] cells)
        {
            text.Append('|');
            for (int c = 0; c < cells.Length; c++) text.Append(' ').Append(Pad(Escape(cells[c]), widths[c], c)).Append(" |");
            text.Append('\n');
        }
    }

    public string ToPlainText()
    {
        int[] widths = Widths(cell => cell);
        var text = new StringBuilder();
        foreach (string[] cells in rows.Prepend(headers))
            text.Append(string.Join("  ", cells.Select((cell, c) => Pad(cell, widths[c], c))).TrimEnd()).Append('\n');
        return text.ToString();
    }

    public string ToHtml()
    {
        var text = new StringBuilder("<table>\n<thead><tr>");
        Cells("th", headers);
        text.Append("</tr></thead>\n<tbody>\n");
        foreach (string[] cells in rows)
        {
            text.Append("<tr>");
            Cells("td", cells);
            text.Append("</tr>\n");
        }
        return text.Append("</tbody>\n</table>\n").ToString();

        void Cells(string element, string[] cells)
        {
            for (int c = 0; c < cells.Length; c++)
                text.Append($"<{element}{(left[c] ? " class=\"l\"" : "")}>{Svg.Escape(cells[c])}</{element}>");
        }
    }

    public Table ToTerminal()
    {
        var table = new Table { Border = TableBorder.Rounded };
        for (int c = 0; c < headers.Length; c++)
        {
            var column = new TableColumn(Markup.Escape(headers[c])) { NoWrap = true };
            table.AddColumn(left[c] ? column.LeftAligned() : column.RightAligned());
        }
        foreach (string[] cells in rows) table.AddRow([.. cells.Select(cell => new Markup(Markup.Escape(cell)))]);
        return table;
    }

    static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);

    int[] Widths(Func<string, string> escape) =>
        [.. headers.Select((header, c) => Math.Max(3, rows.Select(row => row[c]).Append(header).Max(cell => escape(cell).Length)))];

    string Pad(string cell, int width, int column) => left[column] ? cell.PadRight(width) : cell.PadLeft(width);
}
