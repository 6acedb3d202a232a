using System.Text;
using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models.Tests;

public class FeatureSetTests
{
    public static TheoryData<string> Names => [.. FeatureSet.All.Select(s => s.Name)];

    [Fact]
    public void Are_the_sets_with_their_columns_in_order()
    {
        Assert.Equal(["week3", "standard", "extended", "reversal7", "reversal12", "blend8", "rule3", "volatility", "zigzag"],
            FeatureSet.All.Select(s => s.Name));
        Assert.Equal([6, 20, 24, 7, 12, 8, 3, 21, 29], FeatureSet.All.Select(s => s.Features.Count));
        Assert.Equal(["z0", "clv0", "tb0", "mz0", "mclv", "mtb0", "vwd"], FeatureSet.Named("reversal7").Features);
        Assert.Equal([.. FeatureSet.Named("reversal7").Features, "upw", "dnw", "v24", "rng", "btc0"],
            FeatureSet.Named("reversal12").Features);
        Assert.Equal(["vwd", "vwd24", "mtb4", "tb0", "btb0", "pos12", "clv0", "mclv"], FeatureSet.Named("blend8").Features);
        Assert.Equal([false, false, true, true, true, true, true, false, false], FeatureSet.All.Select(s => s.NeedsAllPairs));
        Assert.Contains("week3, standard", Assert.Throws<ArgumentException>(() => FeatureSet.Named("week4")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Week3_is_the_six_signals_to_the_bit()
    {
        Candles[] pairs = FeatureMarket.Three(300);
        double[][][] columns = FeatureSet.Named("week3").Compute(pairs, TestContext.Current.CancellationToken);
        for (int p = 0; p < 3; p++) Assert.Equal(Week3Signals.Compute(pairs[p]), columns[p]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Have_a_column_a_feature_for_pairs_of_any_length(string name)
    {
        FeatureSet set = FeatureSet.Named(name);
        foreach (int count in (int[])[0, 1, 2, 25])
        {
            Candles[] pairs = [FeatureMarket.Full(1, count, "BTC"), FeatureMarket.Full(2, 3, "ETH")];
            double[][][] columns = set.Compute(pairs, TestContext.Current.CancellationToken);
            for (int p = 0; p < 2; p++)
            {
                Assert.Equal(set.Features.Count, columns[p].Length);
                Assert.All(columns[p], column => Assert.Equal(pairs[p].Count, column.Length));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Are_known_after_their_warm_up(string name)
    {
        Candles[] pairs = FeatureMarket.Three(400);
        double[][][] columns = FeatureSet.Named(name).Compute(pairs, TestContext.Current.CancellationToken);
        Assert.All(columns,
            pair => Assert.All(pair,
                column => Assert.All(column[(name == "volatility" ? 168 : 100)..], v => Assert.True(double.IsFinite(v)))));
    }

    [Fact]
    public void Features_without_their_column_are_refused_by_name_or_left_out()
    {
        Candles[] pairs = FeatureMarket.Three(50);
        FeatureSet set = FeatureSet.Named("extended");
        pairs[2] = FeatureMarket.Without(pairs[2], taker: true);
        string message = Assert.Throws<InvalidDataException>(() => set.Compute(pairs, TestContext.Current.CancellationToken)).Message;
        Assert.Contains("features 'extended': SOLUSDT has no taker-buy volume, which tb0, mtb0, mtb4, btb0 need", message,
            StringComparison.Ordinal);
        FeatureSet less = set.For(pairs, leaveOut: true);
        Assert.Equal(set.Features.Except(["tb0", "mtb0", "mtb4", "btb0"]), less.Features);
        Assert.Equal(("extended", set.Version), (less.Name, less.Version));
        Assert.Equal(20, less.Compute(pairs, TestContext.Current.CancellationToken)[0].Length);

        pairs[0] = FeatureMarket.Without(pairs[0], quote: true);
        message = Assert.Throws<InvalidDataException>(() => set.For([pairs[0], pairs[2]], leaveOut: false)).Message;
        Assert.Contains("SOLUSDT has no taker-buy volume, which tb0, mtb0, mtb4, btb0 need", message, StringComparison.Ordinal);
        Assert.Contains("ETHUSDT has no quote volume, which vwd, vwd24 need", message, StringComparison.Ordinal);
        Assert.Contains("no pair has base BTC, which btc0 needs;", message, StringComparison.Ordinal);
        foreach (FeatureSet free in (FeatureSet[])[FeatureSet.Named("week3"), FeatureSet.Named("standard")])
            Assert.Equal(free, free.For(pairs, leaveOut: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Are_rebuilt_from_what_they_wrote(string name)
    {
        FeatureSet set = FeatureSet.Named(name), less = set with { Features = [.. set.Features.Skip(1)] };
        Assert.Equal(set, Rebuilt(set));
        Assert.Equal(less, Rebuilt(less));
        Assert.NotEqual(set, less);
        FeatureSet own = new("mine", 7, [.. set.Features.Reverse(), "btc_return"]);
        Assert.Equal(own, Rebuilt(own));
        Assert.Equal(set.GetHashCode(), Rebuilt(set).GetHashCode());
    }

    static FeatureSet Rebuilt(FeatureSet set)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) set.Write(json);
        return Read(Encoding.UTF8.GetString(stream.ToArray()));
    }

    static FeatureSet Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return FeatureSet.Read(document.RootElement, "model/config.json");
    }

    [Theory]
    [InlineData("""{"name": "weak3", "version": 1, "columns": ["momentun"]}""", "feature 'momentun': expected one of momentum, trend")]
    [InlineData("""{"name": "weak3", "version": 1, "columns": ["rsi", "z0", "rsi"]}""", "expected distinct columns, got rsi, z0, rsi")]
    [InlineData("""{"name": "weak3", "version": 1, "columns": []}""", "features 'weak3': expected distinct columns, got none")]
    [InlineData("""{"name": null, "version": 1, "columns": ["rsi"]}""", "expected a name, got none")]
    [InlineData("""{"name": "week3", "version": 2, "columns": ["momentum"]}""", "expected version 1, got 2")]
    [InlineData("""{"name": "week3", "version": 1, "columns": ["trend", "momentum"]}""", "got trend, momentum")]
    [InlineData("""{"name": "week3", "version": 1, "columns": ["momentum", "momentum"]}""", "got momentum, momentum")]
    [InlineData("""{"name": "week3", "version": 1, "columns": ["z0"]}""", "expected columns momentum, trend")]
    [InlineData("""{"name": "week3", "version": 1, "columns": []}""", "got none")]
    [InlineData("""{"name": "week3", "version": 1}""", "expected {name, version, columns}")]
    [InlineData("""{"name": 3, "version": 1, "columns": []}""", "expected {name, version, columns}")]
    [InlineData("""{"name": "week3", "version": 1e99, "columns": []}""", "config.json")]
    [InlineData("""["momentum"]""", "expected {name, version, columns}")]
    [InlineData("3", "expected {name, version, columns}")]
    public void What_is_not_known_is_refused_with_what_was_expected(string json, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(json));
        Assert.StartsWith("model/config.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_that_do_not_fit_together_are_refused()
    {
        Candles hour = FeatureMarket.Full(1, 50, "BTC"), quarter = FeatureMarket.Full(2, 50, "ETH", "15m");
        FeatureSet across = FeatureSet.Named("reversal7"), single = FeatureSet.Named("week3");
        var error = Assert.Throws<ArgumentException>(() => across.Compute([hour, quarter], default));
        Assert.Contains("1h (BTCUSDT) and 15m (ETHUSDT)", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, single.Compute([hour, quarter], TestContext.Current.CancellationToken).Length);
        Assert.Empty(across.Compute([], TestContext.Current.CancellationToken));
        Feature wrong = new("short", p => new double[3]);
        Assert.Contains("feature 'short' of BTCUSDT: expected 50 values, got 3",
            Assert.Throws<ArgumentException>(() => FeatureSet.Compute([wrong], [hour], default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Computing_can_be_ended()
        => Assert.Throws<OperationCanceledException>(() =>
            FeatureSet.Named("extended").Compute(FeatureMarket.Three(50), new CancellationToken(true)));
}
