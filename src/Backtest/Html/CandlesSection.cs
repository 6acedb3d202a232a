using NeuralCore.Backtest.Charts;
using static System.FormattableString;

namespace NeuralCore.Backtest.Html;

/// <summary>Calls, positions and trades candle by candle, to see what all the figures are made of.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Model">Its predictions.</param>
/// <param name="Rows">The test rows.</param>
/// <param name="Pair">The pair.</param>
sealed record CandlesSection(string Name, ModelPredictions Model, TestRows Rows, CalledPair Pair)
    : Section("candles", "Candles with predictions and trades")
{
    /// <summary>Candles of a chart: on a phone there is room for no more.</summary>
    const int Shown = 60;

    public override void Write(HtmlPage page)
    {
        page.Text("p", $"{Name} on {Pair.Candles.Base}, the first pair: the last candles of the test, and the stretch of which it is "
            + "surest. Hollow bodies rose. A triangle is a call, made at the close of the candle before: from below a rise, from above "
            + "a fall; full and blue it was right, hollow and orange wrong, and a thick one is confident. Where the ground is green, all "
            + "calls traded long/flat hold the pair; the lines join entry and "
            + Invariant(
                $"exit of each trade, dashed where it lost ({Pair.All.CostPerSide:0.##} bp a side), and are cut at the edges of a chart; ")
            + "a trade that crosses one stands in the tables of both sides.", "lead");
        List<(string Heading, int From, int To)> parts = Parts();
        using (page.Open("div", "cards"))
            foreach ((string heading, int from, int to) in parts) page.Figure(heading, Chart(from, to), Remark(from, to));
        page.Figures("The figures as tables", [.. parts.SelectMany(part => new (string?, TextTable)[]
        {
            (part.Heading, Table(part.From, part.To)), ($"Trades of all calls, {part.Heading}", Trades(part.From, part.To)),
        })]);
    }

    List<(string Heading, int From, int To)> Parts()
    {
        var parts = new List<(string Heading, int From, int To)>();
        Range last = Pair.Last(2 * Shown);
        int from = last.Start.Value, to = last.End.Value, middle = Math.Max(from, to - Shown);
        if (middle > from) parts.Add(($"Last {to - from} candles, 1 of 2", from, middle));
        parts.Add((middle > from ? $"Last {to - from} candles, 2 of 2" : $"Last {to - from} candles", middle, to));
        if (Pair.MostConfident(Shown) is { } sure && sure.End.Value <= from) parts.Add(($"Surest {Shown} candles", sure.Start.Value,
            sure.End.Value));
        return parts;
    }

    IEnumerable<CalledCandle> Calls(int from, int to) => Pair.Called.Where(call => call.Candle >= from && call.Candle < to);

    string Remark(int from, int to)
    {
        CalledCandle[] calls = [.. Calls(from, to).Where(call => Rows.Return[call.Row] != 0)];
        return $"from {Format.Time(Pair.Candles.OpenTime[from])}, {Format.Number(calls.Sum(Right))} of {calls.Length} right";
    }

    string Chart(int from, int to)
    {
        var c = Pair.Candles;
        (Trade Trade, ChartPoint Entry, ChartPoint Exit)[] trades = [.. TradesIn(from, to).Select(trade => Cut(trade, from, to))];
        double[] ends = [.. trades.SelectMany(trade => new[] { trade.Entry.Y, trade.Exit.Y })];     // cut, they may lie beside the candles
        double low = c.Low[from..to].Concat(ends).Min(), high = c.High[from..to].Concat(ends).Max();
        double room = 0.06 * (high - low);   // for the triangles
        string price = c.Symbol.StartsWith(c.Base, StringComparison.Ordinal) && c.Symbol.Length > c.Base.Length
            ? $"price, {c.Symbol[c.Base.Length..]}" : "price";
        var plot = new Plot($"Candles of {c.Base} with the calls and trades of {Name}",
            Axis.Sequence("open time (UTC)", c.OpenTime[from..to]),
            Axis.Linear(price, [low - room, high + room]), [new("right", "c1", Mark.Triangle), new("wrong", "c2 hollow", Mark.Triangle),
                new("trade", "c3")], height: 190);
        for (int t = from; t < to; t++)
        {
            if (Pair.Held(Pair.All, t) > 0) plot.Span(t - from - 0.5, t - from + 0.5, "held");
            if (t > from && !c.Follows(t)) plot.Upright(t - from - 0.5);
        }
        for (int t = from; t < to; t++)
            plot.Candle(t - from, (c.Open[t], c.High[t], c.Low[t], c.Close[t]), Format.Time(c.OpenTime[t])
                + $": {Format.Price(c.Open[t])} to {Format.Price(c.Close[t])}");
        foreach ((Trade trade, ChartPoint entry, ChartPoint exit) in trades)
            plot.Line([entry, exit], trade.Return > 0 ? "thin c3" : "thin dashed c3");
        foreach (CalledCandle call in Calls(from, to))
        {
            int direction = Model.Direction(call.Row);
            if (direction == 0) continue;
            string style = (Right(call) == 1 ? "c1" : "c2 hollow") + (call.Confident ? " sure" : "");
            plot.Pointer(call.Candle - from, direction > 0 ? c.Low[call.Candle] : c.High[call.Candle], direction > 0, style,
                $"{Format.Time(c.OpenTime[call.Candle])}: {Words(call)}, confidence {ReportTables.Decimals(call.Confidence)}, "
                    + $"{Verdict(call)}");
        }
        return plot.ToString();
    }

    // A fill is at the open of its candle: its left edge.
    double Place(long time, int from) => Pair.Candles.CountBefore(time) - from - 0.5;

    // The line from entry to exit, as much of it as lies between the edges of the chart.
    (Trade, ChartPoint, ChartPoint) Cut(Trade trade, int from, int to)
    {
        double entry = Place(trade.EntryTime, from), exit = Place(trade.ExitTime, from);
        ChartPoint At(double place) => new(place, place == entry ? trade.EntryPrice : place == exit ? trade.ExitPrice
            : trade.EntryPrice + (trade.ExitPrice - trade.EntryPrice) * (place - entry) / (exit - entry));
        return (trade, At(Math.Max(entry, -0.5)), At(Math.Min(exit, to - from - 0.5)));
    }

    // Those that cross an edge too.
    IEnumerable<Trade> TradesIn(int from, int to)
    {
        (long first, long end) = (Pair.Candles.OpenTime[from], Pair.Candles.OpenTime[to - 1] + Pair.Candles.Timeframe.Microseconds);
        return Pair.All.Trades.Where(trade => trade.EntryTime < end && trade.ExitTime > first);
    }

    double Right(CalledCandle call) => Evaluation.Hit(Model.Direction(call.Row), Rows.Return[call.Row]);

    string Words(CalledCandle call) => Model.Direction(call.Row) switch { > 0 => "UP", < 0 => "DOWN", _ => "tie" };

    string Verdict(CalledCandle call) => Rows.Return[call.Row] == 0 ? "no direction"
        : Right(call) switch { 1 => "right", 0 => "wrong", _ => "half" };

    TextTable Table(int from, int to)
    {
        var table = new TextTable("<Open time (UTC)", "Open", "High", "Low", "Close", "<Call", "p of a rise", "Confidence", "<Confident",
            "<Right",
            "Held, all calls", "Held, confident");
        Dictionary<int, CalledCandle> calls = Calls(from, to).ToDictionary(call => call.Candle);
        var c = Pair.Candles;
        for (int t = from; t < to; t++)
        {
            string[] said = calls.TryGetValue(t, out CalledCandle call)
                ? [Words(call), ReportTables.Decimals(ModelPredictions.Rise(Model.Down[call.Row], Model.Up[call.Row])),
                    ReportTables.Decimals(call.Confidence),
                    call.Confident ? "yes" : "no", Verdict(call)]
                : ["no call", "", "", "", ""];
            table.Add([Format.Time(c.OpenTime[t]), Format.Price(c.Open[t]), Format.Price(c.High[t]), Format.Price(c.Low[t]),
                Format.Price(c.Close[t]), .. said, Format.Percent(Pair.Held(Pair.All, t), 0),
                Format.Percent(Pair.Held(Pair.Confident, t), 0)]);
        }
        return table;
    }

    TextTable Trades(int from, int to)
    {
        var table = new TextTable("<Entry (UTC)", "Price", "<Exit (UTC)", "Price", "Return after costs");
        foreach (Trade trade in TradesIn(from, to))
            table.Add(Format.Time(trade.EntryTime), Format.Price(trade.EntryPrice), trade.IsOpen ? "open" : Format.Time(trade.ExitTime),
                Format.Price(trade.ExitPrice), Format.Percent(trade.Return));
        return table;
    }
}
