namespace NeuralCore.Backtest;

/// <summary>Equity at the end of a day (UTC).</summary>
/// <param name="Time">The end of the day, µs since 1970 UTC.</param>
/// <param name="Equity">Equity, which began at 1.</param>
/// <param name="Drawdown">How far it lies under its peak so far, as a share of the peak.</param>
public readonly record struct EquityPoint(long Time, double Equity, double Drawdown);

/// <summary>The return of a calendar month (UTC), or of the part of it that was traded.</summary>
/// <param name="Year">The year.</param>
/// <param name="Month">The month, from 1.</param>
/// <param name="Return">Π (1 + r) - 1 over its daily returns r.</param>
public readonly record struct MonthlyReturn(int Year, int Month, double Return);

/// <summary>
/// Equity day by day, from daily returns r: E_d = (1 + r_1) … (1 + r_d), and D_d = 1 - E_d / max(1, E_1, …, E_d). Within a day it may have
/// fallen lower: <see cref="Performance.MaximumDrawdown"/> looks at every close.
/// </summary>
public sealed class EquityCurve
{
    const long Day = 86_400_000_000;

    EquityCurve(EquityPoint[] points, MonthlyReturn[] months) => (Points, Months) = (points, months);

    /// <summary>The beginning, with equity 1, and then the end of every day.</summary>
    public IReadOnlyList<EquityPoint> Points { get; }

    /// <summary>The months from the first day's to the last day's.</summary>
    public IReadOnlyList<MonthlyReturn> Months { get; }

    /// <summary>The curve of daily returns.</summary>
    /// <param name="from">A time in the first day, µs since 1970 UTC.</param>
    /// <param name="daily">The returns (<see cref="Performance.DailyReturns"/>).</param>
    public static EquityCurve Of(long from, ReadOnlySpan<double> daily)
    {
        DateTime first = DateTime.UnixEpoch.AddMicroseconds(from).Date;
        long start = (first - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var points = new EquityPoint[daily.Length + 1];
        points[0] = new EquityPoint(start, 1, 0);
        var months = new List<MonthlyReturn>();
        double peak = 1;
        for (int d = 0; d < daily.Length; d++)
        {
            double equity = points[d].Equity * (1 + daily[d]);
            peak = Math.Max(peak, equity);
            points[d + 1] = new EquityPoint(start + (d + 1) * Day, equity, 1 - equity / peak);
            DateTime day = first.AddDays(d);
            if (months.Count == 0 || day.Day == 1) months.Add(new MonthlyReturn(day.Year, day.Month, 0));
            months[^1] = months[^1] with { Return = (1 + months[^1].Return) * (1 + daily[d]) - 1 };
        }
        return new EquityCurve(points, [.. months]);
    }

    /// <summary>The beginning and the end and points evenly between them, each with the deepest drawdown since the one before.</summary>
    /// <param name="most">Most points, at least 2.</param>
    public IReadOnlyList<EquityPoint> Thinned(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 2);
        int n = Points.Count - 1, step = Math.Max(1, (n + most - 2) / (most - 1));
        var kept = new List<EquityPoint> { Points[0] };
        for (int end = n - (n - 1) / step * step; end <= n && n > 0; end += step)
            kept.Add(Points[end] with { Drawdown = Points.Take((Math.Max(0, end - step) + 1)..(end + 1)).Max(point => point.Drawdown) });
        return kept;
    }
}
