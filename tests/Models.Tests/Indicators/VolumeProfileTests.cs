using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class VolumeProfileTests
{
    static VolumeProfile Of(int bins, params (double Low, double High, double Volume)[] candles) =>
        VolumeProfile.Of([.. candles.Select(c => c.High)], [.. candles.Select(c => c.Low)], [.. candles.Select(c => c.Volume)], bins);

    /// <summary>One candle a bin, from 0 to the number of bins, so that bin i receives exactly volume i.</summary>
    static VolumeProfile Bins(double valueArea, params double[] volumes) => VolumeProfile.Of(
        [.. volumes.Select((_, i) => i + 1.0)], [.. volumes.Select((_, i) => (double)i)], volumes, volumes.Length, valueArea);

    /// <summary>
    /// Five bins of width 2 from 10 to 20. A, 10 to 14 with 40: 20 to each of two bins. B, 12 to 16 with 80: 40 to each of two.
    /// C, at 13 with 30: all to [12, 14). D, 18 to 20 with 10: all to the last. Bins 20, 20 + 40 + 30 = 90, 40, 0, 10; total 160.
    /// Most is in [12, 14), its middle 13. 70 % are 112: 90, then 40 above rather than 20 below gives 130: 12 to 16.
    /// </summary>
    [Fact]
    public void Volume_is_spread_evenly_from_low_to_high()
    {
        (double, double, double)[] candles = [(10, 14, 40), (12, 16, 80), (13, 13, 30), (18, 20, 10)];
        var profile = Of(5, candles);
        Assert.Equal([20, 90, 40, 0, 10], profile.Bins);
        Assert.Equal((10, 20, 160), (profile.Low, profile.High, profile.Total));
        Assert.Equal([10, 12, 14, 16, 18, 20], Enumerable.Range(0, 6).Select(profile.Edge));
        Assert.Equal((1, 13), (profile.PointOfControlBin, profile.PointOfControl));
        Assert.Equal((12, 16, 130), (profile.ValueAreaLow, profile.ValueAreaHigh, profile.ValueAreaVolume));
    }

    /// <summary>
    /// The same bins 20, 90, 40, 0, 10. 90 % of 160 are 144: 130 as above, then 20 below rather than 0 above gives 150. All of it: the
    /// empty bin and the last one follow, since nothing is left below. 56 % are 89.6: the point of control alone.
    /// </summary>
    [Theory]
    [InlineData(0.56, 1, 2, 90)]
    [InlineData(0.7, 1, 3, 130)]
    [InlineData(0.9, 0, 3, 150)]
    [InlineData(1, 0, 5, 160)]
    public void The_value_area_grows_by_the_fuller_neighbour(double part, double low, double high, double volume)
    {
        var profile = Bins(part, 20, 90, 40, 0, 10);
        Assert.Equal((low, high, volume), (profile.ValueAreaLow, profile.ValueAreaHigh, profile.ValueAreaVolume));
    }

    [Fact]
    public void Among_equal_bins_the_one_nearest_the_middle_is_the_point_of_control_then_the_lower()
    {
        // The middle of five bins is 2.5: bin 1 (1.5) is nearer than bin 4 (4.5), bin 3 (3.5) nearer than bin 0 (0.5).
        Assert.Equal(1, Bins(0.7, 10, 50, 10, 10, 50).PointOfControlBin);
        Assert.Equal(3, Bins(0.7, 50, 10, 10, 50, 10).PointOfControlBin);
        Assert.Equal(1, Bins(0.7, 10, 50, 10, 50, 10).PointOfControlBin);
    }

    /// <summary>
    /// One candle over four bins: 25 each; bins 1 and 2 are equally near the middle, so bin 1; then the lower neighbour 0 (50), then
    /// what is left above, bin 2 (75 ≥ 70): bins 0 to 2. Over five: 20 each, bin 2; then 1, 0 (60) and 3 (80): bins 0 to 3.
    /// </summary>
    [Fact]
    public void A_single_candle_is_all_ties()
    {
        var four = Of(4, (100, 108, 100));
        Assert.Equal([25, 25, 25, 25], four.Bins);
        Assert.Equal((103, 100, 106), (four.PointOfControl, four.ValueAreaLow, four.ValueAreaHigh));
        var five = Of(5, (100, 110, 100));
        Assert.Equal((105, 100, 108), (five.PointOfControl, five.ValueAreaLow, five.ValueAreaHigh));
    }

    /// <summary>Thirds of a volume may differ in the last bit, and 1.4 + 0.2 misses 80 % of 2 by one: that decides nothing.</summary>
    [Fact]
    public void Rounding_decides_no_tie()
    {
        var thirds = Of(3, (0.1, 0.4, 1));
        Assert.Equal(1, thirds.PointOfControlBin);
        Assert.Equal(0.1, thirds.ValueAreaLow);
        Assert.Equal(0.4, thirds.ValueAreaHigh);
        Assert.True(1.4 + 0.2 < 0.8 * (0.2 + 1.4 + 0.1 + 0.3));
        var exact = Bins(0.8, 0.2, 1.4, 0.1, 0.3);
        Assert.Equal((0, 2), (exact.ValueAreaLow, exact.ValueAreaHigh));
    }

    [Fact]
    public void A_price_on_an_edge_belongs_to_the_bin_above_and_the_highest_to_the_last()
    {
        for (int price = 0; price <= 100; price++)
        {
            var profile = Of(100, (0, 100, 0), (price, price, 3));
            Assert.Equal(3, profile.Bins[Math.Min(price, 99)]);
            Assert.Equal(Math.Min(price, 99), profile.PointOfControlBin);
        }
    }

    [Fact]
    public void A_flat_market_one_bin_and_no_volume_have_stated_results()
    {
        var flat = Of(4, (5, 5, 2), (5, 5, 1));
        Assert.Equal([3, 0, 0, 0], flat.Bins);
        Assert.Equal((5, 5, 5), (flat.PointOfControl, flat.ValueAreaLow, flat.ValueAreaHigh));
        var one = Of(1, (10, 12, 4), (11, 20, 6));
        Assert.Equal([10], one.Bins);
        Assert.Equal((15, 10, 20, 10), (one.PointOfControl, one.ValueAreaLow, one.ValueAreaHigh, one.ValueAreaVolume));
        var none = Of(3, (10, 12, 0), (11, 20, 0));
        Assert.Equal([0, 0, 0], none.Bins);
        Assert.Equal((0, -1, 0), (none.Total, none.PointOfControlBin, none.ValueAreaVolume));
        Assert.True(double.IsNaN(none.PointOfControl) && double.IsNaN(none.ValueAreaLow) && double.IsNaN(none.ValueAreaHigh));
    }

    [Theory]
    [InlineData(1e-300, 1e300)]
    [InlineData(0, double.Epsilon)]
    [InlineData(1e8, 100000000.00000001)]
    [InlineData(-3, -1)]
    public void Huge_and_tiny_ranges_keep_the_volume(double low, double high)
    {
        var profile = Of(7, (low, high, 70), (high, high, 5), (low, low, 25));
        Assert.Equal(100, profile.Bins.Sum(), 1e-10);
        Assert.InRange(profile.PointOfControl, low, high);
        Assert.True(low <= profile.ValueAreaLow && profile.ValueAreaHigh <= high && profile.ValueAreaVolume >= 70 - 1e-9);
    }

    static readonly Gen<int> Seeds = Gen.Choose(0, int.MaxValue);

    static (double Low, double High, double Volume)[] Walk(int seed, int count)
    {
        double[] close = IndicatorsTests.Walk(seed, count + 1);
        return [.. Enumerable.Range(0, count).Select(t =>
            (Math.Min(close[t], close[t + 1]), t % 9 == 0 ? Math.Min(close[t], close[t + 1]) : 1.01 * Math.Max(close[t], close[t + 1]),
                t % 7 == 0 ? 0 : 1000 * close[t] % 17))];
    }

    /// <summary>Each bin holds Σ volume · overlap / (high - low); the area holds 70 %, but not without the bin that came last.</summary>
    [Fact]
    public void Bins_are_overlaps_and_the_value_area_is_no_wider_than_needed() =>
        Prop.ForAll(Seeds.ToArbitrary(), Gen.Choose(1, 60).ToArbitrary(), (seed, bins) =>
        {
            var candles = Walk(seed, 50);
            var p = Of(bins, candles);
            double total = candles.Sum(c => c.Volume);
            bool overlaps = Enumerable.Range(0, bins).All(i =>
            {
                double from = p.Edge(i), to = p.Edge(i + 1);
                double expected = candles.Sum(c => c.High > c.Low
                    ? c.Volume * Math.Max(0, Math.Min(c.High, to) - Math.Max(c.Low, from)) / (c.High - c.Low)
                    : c.Low >= from && (c.Low < to || i == bins - 1) ? c.Volume : 0);
                return Math.Abs(p.Bins[i] - expected) <= 1e-9 * total;
            });
            int low = Enumerable.Range(0, bins).First(i => p.Edge(i) == p.ValueAreaLow);
            int high = Enumerable.Range(0, bins).First(i => p.Edge(i + 1) == p.ValueAreaHigh);
            double area = p.Bins.Skip(low).Take(high - low + 1).Sum(), least = 0.7 * total;
            return overlaps
                && Math.Abs(p.Bins.Sum() - total) <= 1e-12 * total && Math.Abs(p.Total - total) <= 1e-12 * total
                && p.Bins[p.PointOfControlBin] >= p.Bins.Max() * (1 - 1e-9)
                && low <= p.PointOfControlBin && p.PointOfControlBin <= high
                && area >= least * (1 - 1e-9) && Math.Abs(area - p.ValueAreaVolume) <= 1e-9 * total
                && (low == high || (low < p.PointOfControlBin && area - p.Bins[low] < least)
                    || (high > p.PointOfControlBin && area - p.Bins[high] < least));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Prices_and_volumes_scale() => Prop.ForAll(Seeds.ToArbitrary(), seed =>
    {
        var candles = Walk(seed, 40);
        var p = Of(12, candles);
        var q = Of(12, [.. candles.Select(c => (8 * c.Low, 8 * c.High, c.Volume / 4))]);
        return q.PointOfControl == 8 * p.PointOfControl && q.ValueAreaLow == 8 * p.ValueAreaLow && q.ValueAreaHigh == 8 * p.ValueAreaHigh
            && q.Bins.SequenceEqual(p.Bins.Select(v => v / 4));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_part_of_the_candles_is_a_profile_of_its_own()
    {
        var walk = Walk(3, 30);
        double[] low = [.. walk.Select(c => c.Low)], high = [.. walk.Select(c => c.High)], volume = [.. walk.Select(c => c.Volume)];
        var candles = new Candles
        {
            Symbol = "BTCUSDT", Base = "BTC", Timeframe = Timeframe.Parse("1h"),
            OpenTime = [.. Enumerable.Range(0, 30).Select(t => t * 3_600_000_000L)],
            Open = low, High = high, Low = low, Close = high, Volume = volume,
        };
        Assert.Equal(Of(8, walk[5..25]).Bins, VolumeProfile.Of(candles, 5, 25, 8).Bins);
        Assert.Contains("expected 0 <= from < to <= 30, got 5 to 31",
            Assert.Throws<ArgumentException>(() => VolumeProfile.Of(candles, 5, 31, 8)).Message);
        Assert.Throws<ArgumentException>(() => VolumeProfile.Of(candles, -1, 3, 8));
        Assert.Throws<ArgumentException>(() => VolumeProfile.Of(candles, 7, 7, 8));
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(1, double.PositiveInfinity, 1)]
    [InlineData(1, 2, -1)]
    [InlineData(1, 2, double.NaN)]
    [InlineData(1, 2, double.MaxValue)]
    public void A_candle_that_cannot_be_is_named(double low, double high, double volume) =>
        Assert.Contains($"got low {low}, high {high}, volume {volume} at candle 1",
            Assert.Throws<ArgumentException>(() => Of(3, (1, 2, double.MaxValue), (low, high, volume))).Message);

    [Fact]
    public void Wrong_arguments_are_errors_that_say_so()
    {
        Assert.Contains("at least one candle", Assert.Throws<ArgumentException>(() => Of(3)).Message);
        Assert.Contains("got 1, 2 and 1", Assert.Throws<ArgumentException>(() => VolumeProfile.Of([1], [1, 2], [1], 3)).Message);
        Assert.Contains("1 to 1000000 bins, got 0", Assert.Throws<ArgumentOutOfRangeException>(() => Of(0, (1, 2, 3))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Of(int.MaxValue, (1, 2, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bins(0, 1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bins(double.NaN, 1, 2));
        Assert.Contains("range can be cut", Assert.Throws<ArgumentException>(() => Of(3, (-1e308, 1e308, 3))).Message);
    }
}
