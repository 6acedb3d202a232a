using System.Text;
using NeuralCore.Backtest.Charts;

namespace NeuralCore.Backtest.Html;

/// <summary>
/// A page in one file: style and pictures are in it, nothing is fetched, and no script runs. Everything that is given as text is quoted.
/// </summary>
sealed class HtmlPage
{
    readonly StringBuilder text = new();

    /// <param name="title">Heading of the page.</param>
    /// <param name="about">What it is about, for the title of the window.</param>
    public HtmlPage(string title, string about)
    {
        // The policy makes the promise binding: a browser loads nothing and runs nothing that this page does not hold.
        text.Append($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{Svg.Escape(title)}: {Svg.Escape(about)}</title>
            <link rel="icon" href="data:,"/>
            <style>
            {Style}</style>
            </head>
            <body>
            <main>
            <h1>{Svg.Escape(title)}</h1>

            """.ReplaceLineEndings("\n"));
    }

    static string Style
    {
        get
        {
            using Stream stream = typeof(HtmlPage).Assembly.GetManifestResourceStream("report.css")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().ReplaceLineEndings("\n");
        }
    }

    /// <summary>The whole page.</summary>
    public override string ToString() => text + "</main>\n</body>\n</html>\n";

    /// <summary>Begins an element of a class; what is written until it is disposed stands in it.</summary>
    public IDisposable Open(string element, string style, string? id = null)
    {
        text.Append($"<{element}{Attribute("id", id)}{Attribute("class", style.Length > 0 ? style : null)}>\n");
        return new Closing(text, element);
    }

    /// <summary>A text in an element such as <c>p</c> or <c>h2</c>.</summary>
    public void Text(string element, string content, string? style = null) =>
        text.Append($"<{element}{Attribute("class", style)}>{Svg.Escape(content)}</{element}>\n");

    /// <summary>A place of this page to go to.</summary>
    public void Link(string id, string content) => text.Append($"<a href=\"#{Svg.Escape(id)}\">{Svg.Escape(content)}</a>\n");

    /// <summary>A fact and what it is; the lines of what more there is to say stay lines.</summary>
    public void Fact(string name, string value, string? more = null)
    {
        text.Append($"<div><dt>{Svg.Escape(name)}</dt><dd>{Svg.Escape(value)}");
        if (more is not null) text.Append($"<small>{Svg.Escape(more)}</small>");
        text.Append("</dd></div>\n");
    }

    /// <summary>A picture with its heading.</summary>
    public void Figure(string heading, string svg, string? remark = null)
    {
        text.Append("<figure>\n<figcaption><b>").Append(Svg.Escape(heading)).Append("</b>");
        if (remark is not null) text.Append(' ').Append(Svg.Escape(remark));
        text.Append("</figcaption>\n").Append(svg).Append("</figure>\n");
    }

    /// <summary>A table that scrolls by itself where it is wider than the page.</summary>
    public void Table(TextTable table) => text.Append("<div class=\"scroll\">\n").Append(table.ToHtml()).Append("</div>\n");

    /// <summary>Tables that are shown when asked for: the figures behind pictures.</summary>
    public void Figures(string summary, params IEnumerable<(string? Heading, TextTable Table)> tables)
    {
        text.Append($"<details>\n<summary>{Svg.Escape(summary)}</summary>\n");
        foreach ((string? heading, TextTable table) in tables)
        {
            if (heading is not null) Text("h3", heading);
            Table(table);
        }
        text.Append("</details>\n");
    }

    static string Attribute(string name, string? value) => value is null ? "" : $" {name}=\"{Svg.Escape(value)}\"";

    sealed class Closing(StringBuilder text, string element) : IDisposable
    {
        public void Dispose() => text.Append($"</{element}>\n");
    }
}
