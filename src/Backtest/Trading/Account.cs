namespace NeuralCore.Backtest;

/// <summary>
/// Cash and units of the asset, beginning with equity 1. Equity at price P is cash + units P. A fill at P makes the position a share w
/// of the equity that is left after costs c |w E' - H|, H = units P being held before:
/// <code>
/// E' = E - c |w E' - H|:   E' = (E + c H) / (1 + c w) where w E > H (a purchase),   else (E - c H) / (1 - c w)
/// </code>
/// So from cash alone to all in (H = 0, w = 1) E' = E/(1 + c), which leaves no cash and owes none; and all out again E(1 - c).
/// </summary>
sealed class Account(double c)
{
    readonly List<Trade> trades = [];
    double cash = 1, units;
    OpenTrade? trade;

    /// <summary>Position that was filled last, as a share of equity; prices move the share away from it until the next fill.</summary>
    internal double Position { get; private set; }

    /// <summary>Amounts traded, each over the equity at that time.</summary>
    internal double Turnover { get; private set; }

    /// <summary>Costs paid.</summary>
    internal double Costs { get; private set; }

    /// <summary>Whether a position lost all there was. Nothing is traded from then on.</summary>
    internal bool Ruined { get; private set; }

    /// <summary>Equity at a price. Where debts exceed it, the account is closed with nothing.</summary>
    internal double Equity(long time, double price)
    {
        double equity = cash + units * price;
        if (units == 0 || equity > 0) return equity;
        trade!.Fill(Math.Abs(units), price, adds: false, cost: 0);
        trades.Add(trade.At(time, price, equityNow: 0, isOpen: false));
        (cash, units, trade, Position, Ruined) = (0, 0, null, 0, true);
        return 0;
    }

    /// <summary>Changes the position to a share w of equity.</summary>
    internal void Fill(long time, double price, double w)
    {
        if (Equity(time, price) <= 0) return;
        // Through zero in two steps at one price, which cost together what one step costs: so each trade has its own part.
        if (units != 0 && Math.Sign(w) != Math.Sign(units)) Step(time, price, 0);
        if (w != 0) Step(time, price, w);
        Position = w;
    }

    void Step(long time, double price, double w)
    {
        double held = units * price, equity = cash + held;
        double after = w * equity > held ? (equity + c * held) / (1 + c * w) : (equity - c * held) / (1 - c * w);
        double amount = w * after - held, cost = c * Math.Abs(amount), before = units;
        (cash, units) = (after - w * after, w * after / price);
        Turnover += Math.Abs(amount) / equity;
        Costs += cost;
        trade ??= new OpenTrade(time, w, equity);
        trade.Fill(Math.Abs(units - before), price, Math.Abs(units) > Math.Abs(before), cost);
        if (units != 0) return;
        trades.Add(trade.At(time, price, after, isOpen: false));
        trade = null;
    }

    /// <summary>The trades, the one that is still open last, valued at a price.</summary>
    internal IReadOnlyList<Trade> Trades(long time, double price) =>
        trade is null ? trades : [.. trades, trade.At(time, price, Equity(time, price), isOpen: true)];
}
