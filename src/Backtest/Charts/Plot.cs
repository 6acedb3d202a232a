namespace NeuralCore.Backtest.Charts;

/// <summary>A value with its interval; NaN where there is none.</summary>
/// <param name="X">Position on the horizontal axis.</param>
/// <param name="Y">Position on the vertical axis.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Title">All of it in words, for the pointer.</param>
readonly record struct ChartPoint(double X, double Y, double Low = double.NaN, double High = double.NaN, string? Title = null);

/// <summary>An entry of the legend: its words, the style of its mark, and whether that is a line and not a dot.</summary>
readonly record struct LegendEntry(string Label, string Style, bool Line = true);

/// <summary>
/// A chart with two axes: title of the vertical axis and legend on top, where a phone has room for them, then the plot, then the labels
/// and the title of the horizontal axis. Labels that would overlap are left out. Values that are no numbers are gaps.
/// </summary>
sealed class Plot
{
    const double Size = 11, Gap = 6;   // of the labels

    readonly Svg svg;
    readonly Axis x, y;
    readonly double left, right, top, bottom;

    /// <summary>Draws the axes.</summary>
    /// <param name="description">What the chart shows, for those who do not see it.</param>
    /// <param name="x">Horizontal axis.</param>
    /// <param name="y">Vertical axis.</param>
    /// <param name="legend">Entries of the legend.</param>
    /// <param name="width">Width in units of 1/11 of a label's height.</param>
    /// <param name="height">Height of the plot without titles, legend and labels.</param>
    /// <param name="margin">Least room for the labels of the vertical axis, so that plots below each other begin at one place.</param>
    public Plot(string description, Axis x, Axis y, IReadOnlyList<LegendEntry>? legend = null, double width = 360, double height = 150, double margin = 0)
    {
        (this.x, this.y) = (x, y);
        List<(LegendEntry Entry, double X, double Y)> entries = Arrange(legend ?? [], width, y.Title.Length > 0 ? 28 : 12);
        double head = entries.Count > 0 ? entries[^1].Y : y.Title.Length > 0 ? 12 : 0;
        double widest = y.Ticks.Select(tick => Svg.WidthOf(tick.Label)).DefaultIfEmpty(0).Max();
        (left, right, top) = (Math.Min(Math.Max(margin, widest + Gap), width / 2), width - 10, head + 10);
        bottom = top + height;
        svg = new Svg(width, bottom + 22 + (x.Title.Length > 0 ? 16 : 0), description);
        if (y.Title.Length > 0) svg.Text(0, 11, y.Title, style: "title");
        foreach ((LegendEntry entry, double at, double baseline) in entries)
        {
            if (entry.Line) svg.Line(at, baseline - 4, at + 18, baseline - 4, "line " + entry.Style);
            else svg.Circle(at + 9, baseline - 4, 3.5, "dot " + entry.Style);
            svg.Text(at + 23, baseline, entry.Label);
        }
        DrawAxes();
    }

    /// <summary>The finished chart.</summary>
    public override string ToString() => svg.ToString();

    /// <summary>A line through the points, broken at gaps; a point with gaps on both sides is a dot.</summary>
    public void Line(IReadOnlyList<ChartPoint> points, string style)
    {
        foreach (List<ChartPoint> run in Runs(points, p => double.IsFinite(X(p)) && double.IsFinite(Y(p.Y))))
        {
            if (run.Count == 1) svg.Circle(X(run[0]), Y(run[0].Y), 2, "dot " + style, run[0].Title);
            else svg.Path([.. run.Select(p => (X(p), Y(p.Y)))], "line " + style);
        }
    }

    /// <summary>The area between the ends of the intervals.</summary>
    public void Band(IReadOnlyList<ChartPoint> points, string style)
    {
        foreach (List<ChartPoint> run in Runs(points, p => double.IsFinite(X(p)) && double.IsFinite(Y(p.Low)) && double.IsFinite(Y(p.High))))
            if (run.Count > 1)
                svg.Path([.. run.Select(p => (X(p), Y(p.High))), .. run.AsEnumerable().Reverse().Select(p => (X(p), Y(p.Low)))], "band " + style, closed: true);
    }

    /// <summary>A dot a point, and a whisker over its interval, which is one of X if <paramref name="across"/>.</summary>
    public void Dots(IReadOnlyList<ChartPoint> points, string style, bool across = false, double radius = 3)
    {
        foreach (ChartPoint p in points)
        {
            double at = X(p), level = Y(p.Y);
            if (!double.IsFinite(at) || !double.IsFinite(level)) continue;
            (double low, double high) = across ? (X(p with { X = p.Low }), X(p with { X = p.High })) : (Y(p.Low), Y(p.High));
            if (double.IsFinite(low) && double.IsFinite(high))
            {
                if (across) svg.Line(low, level, high, level, "whisker " + style);
                else svg.Line(at, low, at, high, "whisker " + style);
            }
            svg.Circle(at, level, radius, "dot " + style, p.Title);
        }
    }

    /// <summary>Bars from 0, or from the nearest end of the axis, each from Low to High of the horizontal axis.</summary>
    public void Bars(IReadOnlyList<ChartPoint> bars, string style)
    {
        double foot = Y(Math.Clamp(0, Math.Min(y.Low, y.High), Math.Max(y.Low, y.High)));
        foreach (ChartPoint bar in bars)
        {
            double from = X(bar with { X = bar.Low }), to = X(bar with { X = bar.High }), end = Y(bar.Y);
            if (!double.IsFinite(from) || !double.IsFinite(to) || !double.IsFinite(end)) continue;
            svg.Rectangle(Math.Min(from, to) + 0.5, Math.Min(end, foot), Math.Max(0.5, Math.Abs(to - from) - 1), Math.Abs(foot - end), "bar " + style, bar.Title);
        }
    }

    /// <summary>The whole height of the plot between two places of the horizontal axis.</summary>
    public void Span(double from, double to, string style)
    {
        (double start, double end) = (X(new ChartPoint(from, 0)), X(new ChartPoint(to, 0)));
        if (double.IsFinite(start) && double.IsFinite(end)) svg.Rectangle(start, top, Math.Max(0, end - start), bottom - top, style);
    }

    /// <summary>A candle: a thin line from its lowest to its highest price, and a body between open and close, which is hollow where it rose.</summary>
    public void Candle(double place, (double Open, double High, double Low, double Close) prices, string title)
    {
        double at = X(new ChartPoint(place, 0)), half = 0.32 * (X(new ChartPoint(place + 1, 0)) - at);
        (double open, double high, double low, double close) = (Y(prices.Open), Y(prices.High), Y(prices.Low), Y(prices.Close));
        if (!double.IsFinite(at + open + high + low + close)) return;
        svg.Line(at, high, at, low, "wick");
        svg.Rectangle(at - half, Math.Min(open, close), 2 * half, Math.Max(0.6, Math.Abs(open - close)),
            prices.Close >= prices.Open ? "candle rise" : "candle", title);
    }

    /// <summary>A triangle that points to a value, from below if <paramref name="up"/> and from above if not.</summary>
    public void Pointer(double place, double value, bool up, string style, string title)
    {
        double at = X(new ChartPoint(place, 0)), tip = Y(value) + (up ? 2.5 : -2.5), half = 0.4 * (X(new ChartPoint(place + 1, 0)) - at);
        double foot = tip + (up ? 5 : -5);
        if (double.IsFinite(at + tip)) svg.Path([(at, tip), (at + half, foot), (at - half, foot)], "pointer " + style, closed: true, title);
    }

    /// <summary>A dashed line at a height.</summary>
    public void Level(double value)
    {
        if (Y(value) is var at && at >= top && at <= bottom) svg.Line(left, at, right, at, "rule");
    }

    /// <summary>A dashed line at a place of the horizontal axis.</summary>
    public void Upright(double value)
    {
        if (X(new ChartPoint(value, 0)) is var at && at >= left && at <= right) svg.Line(at, top, at, bottom, "rule");
    }

    /// <summary>The dashed line where both axes have the same value.</summary>
    public void Diagonal()
    {
        (double low, double high) = (Math.Max(x.Low, y.Low), Math.Min(x.High, y.High));
        if (low < high) svg.Line(X(new ChartPoint(low, 0)), Y(low), X(new ChartPoint(high, 0)), Y(high), "rule");
    }

    double X(ChartPoint point) => left + (right - left) * x.Place(point.X);

    double Y(double value) => bottom - (bottom - top) * y.Place(value);

    void DrawAxes()
    {
        double above = double.PositiveInfinity;
        foreach (Tick tick in y.Ticks.OrderByDescending(tick => Y(tick.Value)))
        {
            double at = Y(tick.Value);
            if (!y.Named) svg.Line(left, at, right, at, "grid");
            if (above - at < Size && !y.Named) continue;
            svg.Text(left - Gap, at + 4, tick.Label, "end");
            above = at;
        }
        svg.Line(left, bottom, right, bottom, "axis");
        double free = double.NegativeInfinity;
        foreach (Tick tick in x.Ticks)
        {
            double half = Svg.WidthOf(tick.Label) / 2, at = X(new ChartPoint(tick.Value, 0));
            double middle = Math.Clamp(at, half, Math.Max(half, right + 10 - half));   // within the picture
            svg.Line(at, bottom, at, bottom + 4, "axis");
            if (middle - half < free) continue;
            svg.Text(middle, bottom + 18, tick.Label, "middle");
            free = middle + half + Gap;
        }
        if (x.Title.Length > 0) svg.Text((left + right) / 2, bottom + 34, x.Title, "middle", "title");
    }

    // The entries side by side, in as many lines as they need.
    static List<(LegendEntry, double, double)> Arrange(IReadOnlyList<LegendEntry> legend, double width, double baseline)
    {
        var placed = new List<(LegendEntry, double, double)>();
        double at = 0;
        foreach (LegendEntry entry in legend)
        {
            double length = 23 + Svg.WidthOf(entry.Label) + 2 * Gap;
            if (at > 0 && at + length > width) (at, baseline) = (0, baseline + 16);
            placed.Add((entry, at, baseline));
            at += length;
        }
        return placed;
    }

    static IEnumerable<List<ChartPoint>> Runs(IReadOnlyList<ChartPoint> points, Func<ChartPoint, bool> there)
    {
        var run = new List<ChartPoint>();
        foreach (ChartPoint point in points)
        {
            if (there(point)) run.Add(point);
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }
        if (run.Count > 0) yield return run;
    }
}
