using System.Globalization;

namespace NeuralCore.Backtest.Charts;

/// <summary>A mark on an axis.</summary>
readonly record struct Tick(double Value, string Label);

/// <summary>What is shown along one side of a chart: a range of values, linear or logarithmic, with marks at round ones.</summary>
sealed class Axis
{
    /// <summary>Values beyond this, and those that are no numbers, are gaps: their differences would overflow.</summary>
    const double Largest = 1e300;

    /// <summary>Lengths below this have no power of ten that could divide them.</summary>
    const double Smallest = 1e-290;

    static readonly double[] Round = [1, 2, 5];

    readonly Func<double, double> scale;
    readonly double from, to;

    Axis(string title, double low, double high, IReadOnlyList<Tick> ticks, Func<double, double>? scale = null)
    {
        (Title, Low, High, Ticks, this.scale) = (title, low, high, ticks, scale ?? (x => x));
        (from, to) = (this.scale(low), this.scale(high));
    }

    /// <summary>What is shown, with its unit.</summary>
    public string Title { get; }

    /// <summary>The value at the beginning.</summary>
    public double Low { get; }

    /// <summary>The value at the end.</summary>
    public double High { get; }

    /// <summary>The marks, from the beginning.</summary>
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>Whether the marks are names, each of which is wanted, and not numbers.</summary>
    public bool Named { get; private init; }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end, NaN for a gap.</summary>
    public double Place(double value) =>
        Math.Abs(value) <= 10 * Largest && scale(value) is var x && double.IsFinite(x) ? (x - from) / (to - from) : double.NaN;

    /// <summary>A linear axis over all values, from one round number to another; from 0 to 1 if there are no values.</summary>
    /// <param name="title">What the values are, with their unit.</param>
    /// <param name="values">The values; gaps among them do not count.</param>
    /// <param name="most">Most marks.</param>
    /// <param name="finest">Least distance of marks, 1 for what is counted.</param>
    public static Axis Linear(string title, IEnumerable<double> values, int most = 6, double finest = 0)
    {
        (double low, double high) = Span(values.Where(x => Math.Abs(x) <= Largest), (0, 1));
        if (high - low <= Math.Max(Smallest, 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high))))   // a constant: some room on either side
        {
            double room = Math.Abs(low) <= Smallest ? 1 : 0.05 * Math.Abs(low);
            (low, high) = (low - room, high + room);
        }
        double step = Math.Max(finest, Step(high - low, most - 1));
        (low, high) = (Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step);
        int count = (int)Math.Round((high - low) / step);
        return new Axis(title, low, high, [.. Enumerable.Range(0, count + 1).Select(i => Mark(Math.Round(low / step + i) * step, step))]);
    }

    /// <summary>A logarithmic axis over the positive values, from and to a power of ten times 1, 2 or 5, with marks there.</summary>
    public static Axis Logarithmic(string title, IEnumerable<double> values)
    {
        (double low, double high) = Span(values.Where(x => x is >= Smallest and <= Largest), (1, 10));
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high) + 1e-9);
        double[] marks = [.. Enumerable.Range(first, last - first + 1).SelectMany(decade => Round.Select(x => x * Math.Pow(10, decade)))];
        double from = marks.Last(x => x <= low * (1 + 1e-9)), to = marks.First(x => x >= high * (1 - 1e-9) && x > from);
        int every = last - first > 4 ? Round.Length * ((last - first + 7) / 8) : 1;     // over many decades the powers of ten, and not all of those
        return new Axis(title, from, to, [.. marks.Where((x, i) => x >= from && x <= to && i % every == 0).Select(x => Mark(x, x))], Math.Log);
    }

    /// <summary>Names at 0, 1, ..., with half a place of room at both ends.</summary>
    /// <param name="title">What the names are.</param>
    /// <param name="names">The names.</param>
    /// <param name="downwards">Whether the first is at the end: the top, if the axis stands upright.</param>
    public static Axis Names(string title, IReadOnlyList<string> names, bool downwards = false)
    {
        (double low, double high) = (-0.5, Math.Max(1, names.Count) - 0.5);
        Tick[] ticks = [.. names.Select((name, i) => new Tick(i, name))];
        return downwards ? new Axis(title, high, low, ticks) { Named = true } : new Axis(title, low, high, ticks) { Named = true };
    }

    /// <summary>Times in µs since 1970 UTC, with marks at round dates.</summary>
    public static Axis Time(string title, IEnumerable<long> times)
    {
        (double low, double high) = Span(times.Select(time => (double)time), (0, 86_400e6));
        if (low == high) (low, high) = (low - 15 * 86_400e6, high + 15 * 86_400e6);
        return new Axis(title, low, high, [.. TimeTicks.Between((long)low, (long)high)]);
    }

    /// <summary>Places 0, 1, ... of what happened at these times, one after the other whatever lies between, with marks at round dates.</summary>
    /// <param name="title">What they are.</param>
    /// <param name="times">The times, ascending, µs since 1970 UTC.</param>
    public static Axis Sequence(string title, long[] times)
    {
        IEnumerable<Tick> ticks = times.Length == 0 ? [] : TimeTicks.Between(times[0], times[^1])
            .Select(tick => tick with { Value = Array.BinarySearch(times, (long)tick.Value) is var at && at < 0 ? ~at : at });
        return new Axis(title, -0.5, Math.Max(1, times.Length) - 0.5, [.. ticks.DistinctBy(tick => tick.Value)]);
    }

    static (double Low, double High) Span(IEnumerable<double> values, (double, double) none)
    {
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        return low <= high ? (low, high) : none;
    }

    /// <summary>The smallest of 1, 2 and 5 times a power of ten that divides a length into no more than so many parts.</summary>
    static double Step(double length, int parts)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(length / parts)));
        return power * Round.Append(10).First(step => step == 10 || power * step * parts >= length * (1 - 1e-9));
    }

    // As many digits as tell one mark from the next.
    static Tick Mark(double value, double step)
    {
        if (Math.Abs(value) < 1e-9 * Math.Abs(step)) return new Tick(0, "0");
        int size = (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9), unit = (int)Math.Floor(Math.Log10(Math.Abs(step)) + 1e-9);
        string format = size >= 7 || unit < -9 || size < -3
            ? "0." + new string('#', Math.Clamp(size - unit, 0, 15)) + "E+0" : "N" + Math.Max(0, -unit);
        return new Tick(value, value.ToString(format, CultureInfo.InvariantCulture));
    }
}
