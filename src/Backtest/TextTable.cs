using System.Text;
using Spectre.Console;

namespace NeuralCore.Backtest;

/// <summary>A table of texts whose columns line up as Markdown, as plain text and on a terminal. The first columns are left-aligned, the others right-aligned.</summary>
/// <param name="leftColumns">Number of left-aligned columns.</param>
/// <param name="headers">Column headers.</param>
sealed class TextTable(int leftColumns, params string[] headers)
{
    readonly List<string[]> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public void Add(params string[] cells)
    {
        if (cells.Length != headers.Length) throw new ArgumentException($"table '{headers[0]}': expected {headers.Length} cells, got {cells.Length}");
        rows.Add(cells);
    }

    public string ToMarkdown()
    {
        int[] widths = Widths(cell => cell.Replace("|", "\\|", StringComparison.Ordinal));
        var text = new StringBuilder();
        Line(headers);
        text.Append('|');
        for (int c = 0; c < widths.Length; c++)
            text.Append(' ').Append('-', widths[c] - (c < leftColumns ? 0 : 1)).Append(c < leftColumns ? " |" : ": |");
        text.Append('\n');
        rows.ForEach(Line);
        return text.ToString();

        void Line(string[] cells)
        {
            text.Append('|');
            for (int c = 0; c < cells.Length; c++) text.Append(' ').Append(Pad(cells[c].Replace("|", "\\|", StringComparison.Ordinal), widths[c], c)).Append(" |");
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

    public Table ToTerminal()
    {
        var table = new Table { Border = TableBorder.Rounded };
        for (int c = 0; c < headers.Length; c++)
        {
            var column = new TableColumn(Markup.Escape(headers[c])) { NoWrap = true };
            table.AddColumn(c < leftColumns ? column.LeftAligned() : column.RightAligned());
        }
        foreach (string[] cells in rows) table.AddRow([.. cells.Select(cell => new Markup(Markup.Escape(cell)))]);
        return table;
    }

    int[] Widths(Func<string, string> escape) =>
        [.. headers.Select((header, c) => Math.Max(3, rows.Select(row => row[c]).Append(header).Max(cell => escape(cell).Length)))];

    string Pad(string cell, int width, int column) => column < leftColumns ? cell.PadRight(width) : cell.PadLeft(width);
}
