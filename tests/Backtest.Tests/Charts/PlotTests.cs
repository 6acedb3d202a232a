using System.Globalization;
using System.Xml.Linq;
using NeuralCore.Backtest.Charts;

namespace Backtest.Tests.Charts;

public sealed class PlotTests
{
    static readonly Axis X = Axis.Linear("x", [0, 10]), Y = Axis.Linear("y", [0, 10]);

    static XElement[] Marks(Plot plot, string element, string style) =>
        [.. XElement.Parse(plot.ToString()).Descendants(element)
            .Where(e => ((string?)e.Attribute("class"))?.Split(' ').Contains(style) == true)];

    static ChartPoint[] Points(params double[] y) => [.. y.Select((value, i) => new ChartPoint(i, value, value - 1, value + 1))];

    static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    [Fact]
    public void AllTextsAreEscaped()
    {
        const string nasty = "<script>alert(\"1\")</script> & 'x' \u0001 \ud800 ]]>";
        var plot = new Plot(nasty, Axis.Names(nasty, [nasty]), Axis.Linear(nasty, [0, 1]), [new(nasty, "c1")]);
        plot.Dots([new(0, 0.5, Title: nasty)], "c1");
        string heat = Heatmap.Draw(nasty, [nasty], [nasty], (_, _) => new HeatmapCell(nasty, 1, nasty, Marked: true), width: 9_000);
        foreach (string svg in new[] { plot.ToString(), heat })
        {
            Assert.DoesNotContain("<script", svg, StringComparison.Ordinal);
            XElement parsed = XElement.Parse(svg);
            string shown = nasty.Replace('\u0001', '\uFFFD').Replace('\ud800', '\uFFFD');
            Assert.Equal(shown, (string)parsed.Attribute("aria-label")!);
            Assert.True(parsed.Descendants().Count(e => !e.HasElements && e.Value == shown) >= 3);
        }
    }

    [Fact]
    public void AGapBreaksLineAndBand()
    {
        var plot = new Plot("gaps", X, Y);
        ChartPoint[] points = Points(1, 2, double.NaN, 4, 5, 6, double.PositiveInfinity, 8);
        plot.Line(points, "c1");
        plot.Band(points, "c1");
        plot.Dots(points, "c1", radius: 7);
        Assert.Equal(2, Marks(plot, "path", "line").Length);
        Assert.Equal(2, Marks(plot, "path", "band").Length);
        Assert.Equal(6 + 1, Marks(plot, "circle", "dot").Length);      // the point between gaps is a dot in the line too
        Assert.Equal(6, Marks(plot, "line", "whisker").Length);
        Assert.DoesNotContain("NaN", plot.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OnePointIsADotAndNoPointIsAnEmptyChart()
    {
        var one = new Plot("one", Axis.Linear("x", [3]), Axis.Linear("y", [5]));
        one.Line(Points(double.NaN)[..0], "c1");
        one.Line([new(3, 5)], "c1");
        one.Band([new(3, 5, 4, 6)], "c1");
        Assert.Single(Marks(one, "circle", "dot"));
        Assert.Empty(Marks(one, "path", "line"));
        var none = new Plot("none", Axis.Linear("x", []), Axis.Linear("y", []));
        none.Line([], "c1");
        none.Dots([], "c1");
        none.Bars([], "c1");
        none.Level(double.NaN);
        none.Upright(7);
        none.Diagonal();
        Assert.True(XElement.Parse(none.ToString()).Descendants("text").Count() > 4);
        Assert.Equal("svg", XElement.Parse(Heatmap.Draw("none", [], [], (_, _) => default)).Name);
    }

    [Fact]
    public void PointsLieWhereTheirValuesAre()
    {
        var plot = new Plot("scale", X, Y, width: 400, height: 100);
        plot.Dots([new(0, 0), new(5, 5), new(10, 10)], "c1");
        XElement[] dots = Marks(plot, "circle", "dot");
        double[] x = [.. dots.Select(dot => Number(dot, "cx"))], y = [.. dots.Select(dot => Number(dot, "cy"))];
        Assert.Equal(390, x[2], 2);                                    // the right margin is 10
        Assert.Equal((x[0] + x[2]) / 2, x[1], 1);
        Assert.Equal(100, y[0] - y[2], 2);
        Assert.Equal((y[0] + y[2]) / 2, y[1], 2);
    }

    [Fact]
    public void BarsStandOnZeroAndHangBelowIt()
    {
        var plot = new Plot("bars", X, Axis.Linear("y", [-10, 10]), height: 200);
        plot.Bars([new(1, 10, 0, 2), new(3, -5, 2, 4), new(5, double.NaN, 4, 6)], "c1");
        XElement[] bars = Marks(plot, "rect", "bar");
        Assert.Equal(2, bars.Length);
        Assert.Equal(100, Number(bars[0], "height"), 2);
        Assert.Equal(50, Number(bars[1], "height"), 2);
        Assert.Equal(Number(bars[0], "y") + 100, Number(bars[1], "y"), 2);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    public void HugeAndTinyRangesAreDrawn(double size)
    {
        ChartPoint[] points = [new(0, -size, -size, size), new(1, size, -size, size)];
        var plot = new Plot("range", Axis.Linear("x", [0, 1]), Axis.Linear("y", points.Select(p => p.Y)));
        plot.Line(points, "c1");
        plot.Band(points, "c1");
        plot.Dots(points, "c1");
        XElement svg = XElement.Parse(plot.ToString());
        Assert.All(svg.Descendants("circle"), dot => Assert.InRange(Number(dot, "cy"), 0, 400));
    }

    [Fact]
    public void LabelsThatWouldOverlapAreLeftOut()
    {
        Axis names = Axis.Names("", [.. Enumerable.Range(1, 200).Select(i => $"name {i}")]);
        XElement svg = XElement.Parse(new Plot("many", names, Y).ToString());
        double[] at = [.. svg.Descendants("text").Where(t => t.Value.StartsWith("name", StringComparison.Ordinal))
            .Select(t => Number(t, "x"))];
        Assert.InRange(at.Length, 3, 12);
        for (int i = 1; i < at.Length; i++) Assert.True(at[i] - at[i - 1] > 40);
    }

    [Fact]
    public void TheLegendWrapsWhereThePictureEnds()
    {
        LegendEntry[] legend = [.. Enumerable.Range(0, 12).Select(i => new LegendEntry($"entry number {i}", "c1"))];
        XElement svg = XElement.Parse(new Plot("legend", X, Y, legend).ToString());
        var entries = svg.Descendants("text").Where(t => t.Value.StartsWith("entry", StringComparison.Ordinal)).ToList();
        Assert.Equal(12, entries.Count);
        Assert.All(entries, t => Assert.InRange(Number(t, "x") + Svg.WidthOf(t.Value), 0, 360));
        Assert.True(entries.Select(t => Number(t, "y")).Distinct().Count() >= 4);
    }

    [Fact]
    public void AnEmptyFieldHasNoColourAndANarrowOneNoText()
    {
        string Draw(double width)
            => Heatmap.Draw("heat", ["r"], ["a", "b", "c"],
                (_, c) => c == 0 ? new HeatmapCell("", double.NaN) : new HeatmapCell("53.2", c == 1 ? 1 : -0.5), width);
        XElement wide = XElement.Parse(Draw(360));
        Assert.Equal(["field none", "field c1", "field c2"], wide.Descendants("rect").Select(r => (string)r.Attribute("class")!));
        Assert.Equal(["0.62", "0.33"], wide.Descendants("rect").Skip(1).Select(r => (string)r.Attribute("fill-opacity")!));
        Assert.Equal(2, wide.Descendants("text").Count(t => t.Value == "53.2"));
        Assert.DoesNotContain("53.2", Draw(60), StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameCallsGiveTheSameBytesInAnyCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var foreign = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (foreign.NumberFormat.NumberDecimalSeparator, foreign.NumberFormat.NumberGroupSeparator, foreign.NumberFormat.NegativeSign) =
                (",", ".", "~");
            string[] drawn = [.. new[] { CultureInfo.InvariantCulture, foreign }.Select(culture =>
            {
                CultureInfo.CurrentCulture = culture;
                var plot = new Plot("culture", Axis.Linear("x", [0.25, 12_345.5]), Axis.Time("t", [0, 86_400_000_000_000]));
                plot.Line([new(-1.5, 0.1), new(2.25, 1e12)], "c1");
                return plot.ToString() + Heatmap.Draw("heat", ["r"], ["c"], (_, _) => new HeatmapCell("1", 0.5));
            })];
            Assert.Equal(drawn[0], drawn[1]);
        }
        finally { CultureInfo.CurrentCulture = before; }
    }

    [Fact]
    public void ACandleIsAWickAndABodyThatIsHollowWhereItRose()
    {
        var plot = new Plot("candles", Axis.Sequence("t", [1, 2, 3]), Axis.Linear("y", [0, 10]));
        plot.Candle(0, (2, 9, 1, 8), "rose");
        plot.Candle(1, (8, 8, 3, 3), "fell");
        plot.Candle(2, (double.NaN, 8, 3, 3), "unknown");
        XElement[] bodies = Marks(plot, "rect", "candle"), wicks = Marks(plot, "line", "wick");
        Assert.Equal(["candle rise", "candle"], bodies.Select(b => (string)b.Attribute("class")!));
        Assert.Equal(2, wicks.Length);
        Assert.True(Number(wicks[0], "y1") < Number(bodies[0], "y"));                // the highest price is the upper end
        Assert.Equal(6 / 5.0, Number(bodies[0], "height") / Number(bodies[1], "height"), 2);
        Assert.Equal("fell", bodies[1].Value);
        plot.Pointer(1, 3, up: true, "c1", "a rise");
        plot.Pointer(1, 8, up: false, "c2", "a fall");
        plot.Pointer(1, double.NaN, up: false, "c2", "nothing");
        Assert.Equal(["a rise", "a fall"], Marks(plot, "path", "pointer").Select(p => p.Value));
        plot.Span(0.5, 1.5, "held");
        XElement held = Assert.Single(Marks(plot, "rect", "held"));
        Assert.True(Number(held, "x") < Number(bodies[1], "x") && Number(held, "x") > Number(bodies[0], "x"));
    }

    [Fact]
    public void ColumnsWithoutNamesLeaveRoomForTheOthers()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(i => i % 10 == 0 ? "1234" : "")];
        XElement heat = XElement.Parse(Heatmap.Draw("h", ["r"], names, (_, _) => new HeatmapCell("", 1)));
        Assert.Equal(1 + 4, heat.Descendants("text").Count());
        Assert.DoesNotContain(heat.Descendants("text"), text => text.Attribute("transform") is not null);
        Assert.Equal(40, heat.Descendants("rect").Count());
    }
}
