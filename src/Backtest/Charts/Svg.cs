using System.Globalization;
using System.Text;

namespace NeuralCore.Backtest.Charts;

/// <summary>
/// Writes one picture as inline SVG. Lengths are in units of the view box, which the page scales to the room there is; colours come from
/// classes of the page's style sheet, so that one picture serves light, dark and paper. The same calls give the same bytes everywhere.
/// </summary>
sealed class Svg
{
    readonly StringBuilder text = new();
    readonly double width, height;

    /// <param name="width">Width of the view box.</param>
    /// <param name="height">Its height.</param>
    /// <param name="description">What the picture shows, for those who do not see it.</param>
    public Svg(double width, double height, string description)
    {
        (this.width, this.height) = (width, height);
        text.Append($"<svg viewBox=\"0 0 {Number(width)} {Number(height)}\" role=\"img\" aria-label=\"{Escape(description)}\">\n");
    }

    /// <summary>A length with at most two decimals.</summary>
    public static string Number(double x)
    {
        if (!double.IsFinite(x)) throw new ArgumentException($"SVG: expected a finite length, got {Format.Number(x)}");
        string number = x.ToString("0.##", CultureInfo.InvariantCulture);
        return number == "-0" ? "0" : number;
    }

    /// <summary>A text as it stands in HTML and XML: markup is quoted, what XML does not know becomes U+FFFD.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())   // a lone surrogate comes as U+FFFD
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' or '\n' or '\r' => rune.ToString(),
                < 0x20 or 0x7F or 0xFFFE or 0xFFFF => "\uFFFD",
                _ => rune.ToString(),
            });
        return escaped.ToString();
    }

    /// <summary>Room that a text of the given size needs, on the safe side for common sans-serif fonts.</summary>
    public static double WidthOf(string text, double size = 11) => size * text.Sum(c =>
        ".,:;-'|! iljtfrI[]()".Contains(c) ? 0.42 : c is 'm' or 'w' or 'M' or 'W' or '%' ? 0.96 : char.IsAsciiLetterUpper(c) ? 0.76 : 0.64);

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        text.Append($"<line x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\" class=\"{style}\"/>\n");

    /// <summary>A line through the points, or around them.</summary>
    public void Path(IReadOnlyList<(double X, double Y)> points, string style, bool closed = false, string? title = null)
    {
        if (points.Count == 0) return;
        string way = string.Concat(points.Select((point, i) => $"{(i == 0 ? "M" : "L")}{Number(point.X)} {Number(point.Y)}"));
        Close("path", $"<path d=\"{way}{(closed ? "Z" : "")}\" class=\"{style}\"", title);
    }

    public void Circle(double x, double y, double radius, string style, string? title = null) =>
        Close("circle", $"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\" class=\"{style}\"", title);

    public void Rectangle(double x, double y, double w, double h, string style, string? title = null, double opacity = 1) =>
        Close("rect", $"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(w)}\" height=\"{Number(h)}\" class=\"{style}\""
            + (opacity < 1 ? $" fill-opacity=\"{Number(opacity)}\"" : ""), title);

    /// <summary>A text whose anchor is <c>start</c>, <c>middle</c> or <c>end</c>, turned about it.</summary>
    public void Text(double x, double y, string content, string anchor = "start", string style = "", double turned = 0)
    {
        text.Append($"<text x=\"{Number(x)}\" y=\"{Number(y)}\"");
        if (anchor != "start") text.Append($" text-anchor=\"{anchor}\"");
        if (style.Length > 0) text.Append($" class=\"{style}\"");
        if (turned != 0) text.Append($" transform=\"rotate({Number(turned)} {Number(x)} {Number(y)})\"");
        text.Append('>').Append(Escape(content)).Append("</text>\n");
    }

    public override string ToString() => text + "</svg>\n";

    // The title is what a browser shows beside the pointer.
    void Close(string element, string open, string? title) =>
        text.Append(open).Append(title is null ? "/>\n" : $"><title>{Escape(title)}</title></{element}>\n");
}
