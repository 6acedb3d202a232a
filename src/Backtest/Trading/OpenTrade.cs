namespace NeuralCore.Backtest;

/// <summary>A trade while it runs.</summary>
sealed class OpenTrade(long time, double position, double equity)
{
    double bought, boughtFor, sold, soldFor, costs;   // units added and taken, whatever the side, with the amounts paid for them

    internal void Fill(double units, double price, bool adds, double cost)
    {
        if (adds) (bought, boughtFor) = (bought + units, boughtFor + units * price);
        else (sold, soldFor) = (sold + units, soldFor + units * price);
        costs += cost;
    }

    /// <summary>The trade as it stands with this equity; what is still held is valued at a price.</summary>
    internal Trade At(long end, double price, double equityNow, bool isOpen)
    {
        double left = isOpen ? bought - sold : 0;
        return new Trade(time, end, position, boughtFor / bought, (soldFor + left * price) / (sold + left), costs,
            equityNow / equity - 1, isOpen);
    }
}
