namespace NeuralCore.Backtest.Charts;

/// <summary>One field of a heatmap.</summary>
/// <param name="Text">What stands in it, if there is room.</param>
/// <param name="Strength">From -1, one colour in full, over 0, none, to 1, the other colour in full; NaN for an empty field.</param>
/// <param name="Title">All of it in words, for the pointer.</param>
/// <param name="Marked">Whether it is framed.</param>
readonly record struct HeatmapCell(string Text, double Strength, string? Title = null, bool Marked = false);

/// <summary>A table of coloured fields with names on the left and on top, which are turned where they would overlap.</summary>
static class Heatmap
{
    const double Faintest = 0.04, Fullest = 0.62;   // opacities between which black and white texts remain readable

    /// <summary>Draws the fields.</summary>
    /// <param name="description">What they show, for those who do not see them.</param>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="columns">Names of the columns, some of which may be empty.</param>
    /// <param name="cell">The field of a row and a column.</param>
    /// <param name="width">Width in units of 1/11 of a label's height.</param>
    /// <param name="rowHeight">Height of a row.</param>
    public static string Draw(string description, IReadOnlyList<string> rows, IReadOnlyList<string> columns,
        Func<int, int, HeatmapCell> cell, double width = 360, double rowHeight = 22)
    {
        double left = Math.Min(width / 2, rows.Select(name => Svg.WidthOf(name)).DefaultIfEmpty(0).Max() + 6);
        double longest = columns.Select(name => Svg.WidthOf(name)).DefaultIfEmpty(0).Max();
        double column = (width - left - 1) / Math.Max(1, columns.Count);
        int[] named = [.. Enumerable.Range(0, columns.Count).Where(c => columns[c].Length > 0)];
        int apart = named.Zip(named.Skip(1), (c, next) => next - c).DefaultIfEmpty(1).Min();   // empty names leave room for the others
        bool turned = longest > column * apart - 4;
        double slant = 0.72 * longest;   // what a name turned by 45° takes in both directions
        if (turned) column = (width - left - 1 - Math.Clamp(slant - column / 2, 0, width / 4)) / Math.Max(1, columns.Count);
        double top = turned ? slant + 14 : 18;
        var svg = new Svg(width, top + rowHeight * rows.Count + 1, description);
        for (int c = 0; c < columns.Count; c++)
        {
            if (columns[c].Length == 0) continue;
            double middle = left + column * (c + 0.5);
            if (turned) svg.Text(middle, top - 5, columns[c], turned: -45);
            else svg.Text(middle, top - 5, columns[c], "middle");
        }
        for (int r = 0; r < rows.Count; r++)
        {
            double y = top + rowHeight * r;
            svg.Text(left - 6, y + rowHeight / 2 + 4, rows[r], "end");
            for (int c = 0; c < columns.Count; c++) Field(svg, cell(r, c), left + column * c, y, column, rowHeight);
        }
        return svg.ToString();
    }

    static void Field(Svg svg, HeatmapCell cell, double x, double y, double width, double height)
    {
        if (!double.IsFinite(cell.Strength))
        {
            svg.Rectangle(x + 1, y + 1, width - 2, height - 2, "field none", cell.Title);
            return;
        }
        double opacity = Faintest + (Fullest - Faintest) * Math.Min(1, Math.Abs(cell.Strength));
        svg.Rectangle(x + 1, y + 1, width - 2, height - 2, (cell.Strength < 0 ? "field c2" : "field c1") + (cell.Marked ? " marked" : ""), cell.Title, opacity);
        double size = cell.Marked ? 11.5 : 11;   // bold is wider
        if (cell.Text.Length > 0 && Svg.WidthOf(cell.Text, size) <= width - 2)
            svg.Text(x + width / 2, y + height / 2 + 4, cell.Text, "middle", cell.Marked ? "value strong" : "value");
    }
}
