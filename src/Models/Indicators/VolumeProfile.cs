using NeuralCore.Models.Data;
using static System.FormattableString;

namespace NeuralCore.Models;

/// <summary>
/// The volume that was traded at each price over some candles. The prices from the lowest low to the highest high are cut into N bins
/// of equal width; bin i reaches from <see cref="Edge">Edge</see>(i) up to, not including, Edge(i + 1), and the last one includes the
/// highest high. A candle's volume is spread evenly from its low to its high, so that a bin receives the part of it that overlaps;
/// a candle with low = high gives all to the one bin that its price lies in. If all prices are equal, bin 0 receives everything.
/// <para>
/// The point of control is the bin with the most volume; among equals the one nearest the middle of the profile, then the lower. The
/// value area grows from it one bin at a time, by the fuller of its two neighbours (the lower one if they are equal), until it holds
/// its part of the volume. (The Chicago Board of Trade's manual compares the next two bins on either side and adds both; with one bin
/// the area is never wider than needed by more than the last bin.) Volumes count as equal, and the part as reached, within 1e-12 of
/// the total, so that rounding decides nothing.
/// </para>
/// <para>Source: Steidlmayer, "Market Profile", Chicago Board of Trade, 1985, with volume in place of half-hours.</para>
/// </summary>
public sealed class VolumeProfile
{
    const int MostBins = 1_000_000;
    readonly double[] bins;

    VolumeProfile(double low, double high, double[] bins, double total)
    {
        (Low, High, this.bins, Total) = (low, high, bins, total);
    }

    /// <summary>Lowest low.</summary>
    public double Low { get; }

    /// <summary>Highest high.</summary>
    public double High { get; }

    /// <summary>Volume of each bin, from the lowest price to the highest; their sum is <see cref="Total"/> up to rounding.</summary>
    public IReadOnlyList<double> Bins => bins;

    /// <summary>Volume of all candles.</summary>
    public double Total { get; }

    /// <summary>Index of the bin with the most volume, -1 if there was no volume.</summary>
    public int PointOfControlBin { get; private set; } = -1;

    /// <summary>Price in the middle of the bin with the most volume, NaN if there was no volume.</summary>
    public double PointOfControl { get; private set; } = double.NaN;

    /// <summary>Lower edge of the value area, NaN if there was no volume.</summary>
    public double ValueAreaLow { get; private set; } = double.NaN;

    /// <summary>Upper edge of the value area, NaN if there was no volume.</summary>
    public double ValueAreaHigh { get; private set; } = double.NaN;

    /// <summary>Volume within the value area.</summary>
    public double ValueAreaVolume { get; private set; }

    /// <summary>Lower edge of bin <paramref name="i"/>, Low + (High - Low)·i / N; for i = N the highest high.</summary>
    public double Edge(int i) => i == bins.Length ? High : Low + (High - Low) * i / bins.Length;

    /// <summary>The profile of candles <paramref name="from"/> to <paramref name="to"/> - 1.</summary>
    /// <exception cref="ArgumentException">As the other overload; also if the candles asked for are not all there.</exception>
    public static VolumeProfile Of(Candles candles, int from, int to, int bins, double valueArea = 0.7)
    {
        if (from < 0 || to > candles.Count || from >= to)
            throw new ArgumentException($"VolumeProfile: expected 0 <= from < to <= {candles.Count}, got {from} to {to}");
        return Of(candles.High.AsSpan(from..to), candles.Low.AsSpan(from..to), candles.Volume.AsSpan(from..to), bins, valueArea);
    }

    /// <summary>The profile of some candles, in time proportional to the bins that they touch.</summary>
    /// <param name="high">Highest price of each candle, finite.</param>
    /// <param name="low">Lowest price of each candle, finite and not above <paramref name="high"/>.</param>
    /// <param name="volume">Volume of each candle, finite and not negative.</param>
    /// <param name="bins">Number of bins N, 1 to 1,000,000.</param>
    /// <param name="valueArea">Part of the volume that the value area holds at least, above 0 and at most 1.</param>
    /// <exception cref="ArgumentException">There is no candle, or an argument is not as said; the message names it.</exception>
    public static VolumeProfile Of(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> volume, int bins, double valueArea = 0.7)
    {
        double total = Check(high, low, volume, bins, valueArea);
        var profile = new VolumeProfile(Smallest(low), Largest(high), new double[bins], total);
        if (!double.IsFinite((profile.High - profile.Low) * bins))
            throw new ArgumentException(
                Invariant($"VolumeProfile: expected prices whose range can be cut, got {profile.Low} to {profile.High}"));
        for (int t = 0; t < high.Length; t++) profile.Spread(low[t], high[t], volume[t]);
        if (total > 0) profile.FindValueArea(valueArea);
        return profile;
    }

    static double Check(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> volume, int bins, double valueArea)
    {
        if (high.Length == 0 || low.Length != high.Length || volume.Length != high.Length)
        {
            throw new ArgumentException("VolumeProfile: expected at least one candle, with high, low and volume of one length, " +
                $"got {high.Length}, {low.Length} and {volume.Length}");
        }
        if (bins is < 1 or > MostBins)
            throw new ArgumentOutOfRangeException(nameof(bins), bins, $"VolumeProfile: expected 1 to {MostBins} bins, got {bins}");
        if (!(valueArea > 0 && valueArea <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(valueArea), valueArea, Invariant($"VolumeProfile: expected a value area above 0 and at most 1, got {valueArea}"));
        }
        double total = 0;
        for (int t = 0; t < high.Length; t++)
        {
            bool valid = double.IsFinite(high[t]) && double.IsFinite(low[t]) && low[t] <= high[t] && volume[t] >= 0;
            if (!valid || !double.IsFinite(total += volume[t]))
            {
                throw new ArgumentException("VolumeProfile: expected finite low <= high and volume >= 0 with a finite sum, " +
                    Invariant($"got low {low[t]}, high {high[t]}, volume {volume[t]} at candle {t}"));
            }
        }
        return total;
    }

    static double Smallest(ReadOnlySpan<double> x)
    {
        double smallest = x[0];
        foreach (double value in x) smallest = Math.Min(smallest, value);
        return smallest;
    }

    static double Largest(ReadOnlySpan<double> x)
    {
        double largest = x[0];
        foreach (double value in x) largest = Math.Max(largest, value);
        return largest;
    }

    /// <summary>The parts follow each other from low to high, so that they add up to the whole even where edges round.</summary>
    void Spread(double low, double high, double volume)
    {
        int first = Bin(low), last = Bin(high);
        double reached = low;
        for (int i = first; i < last; i++)
        {
            double next = Math.Clamp(Edge(i + 1), reached, high);
            bins[i] += volume * ((next - reached) / (high - low));
            reached = next;
        }
        bins[last] += first == last ? volume : volume * ((high - reached) / (high - low));
    }

    /// <summary>The bin that a price lies in: the last one whose lower edge is not above it.</summary>
    int Bin(double price)
    {
        if (High == Low) return 0;
        int i = Math.Min((int)((price - Low) / (High - Low) * bins.Length), bins.Length - 1);
        while (i > 0 && price < Edge(i)) i--;
        while (i + 1 < bins.Length && price >= Edge(i + 1)) i++;
        return i;
    }

    void FindValueArea(double part)
    {
        double rounding = 1e-12 * Total, most = Largest(bins);
        int control = -1;
        for (int i = 0; i < bins.Length; i++)
        {
            if (bins[i] >= most - rounding && (control < 0 || FromMiddle(i) < FromMiddle(control))) control = i;
        }
        int low = control, high = control;
        double area = bins[control];
        while (area < part * Total - rounding && (low > 0 || high < bins.Length - 1))
        {
            double below = low > 0 ? bins[low - 1] : -1, above = high < bins.Length - 1 ? bins[high + 1] : -1;
            bool lower = above < 0 || (below >= 0 && below >= above - rounding);
            area += lower ? bins[--low] : bins[++high];
        }
        PointOfControlBin = control;
        PointOfControl = Edge(control) + (Edge(control + 1) - Edge(control)) / 2;
        (ValueAreaLow, ValueAreaHigh, ValueAreaVolume) = (Edge(low), Edge(high + 1), area);
    }

    /// <summary>Distance from the middle of the profile in half bins.</summary>
    int FromMiddle(int i) => Math.Abs(2 * i + 1 - bins.Length);
}
