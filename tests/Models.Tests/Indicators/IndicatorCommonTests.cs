namespace NeuralCore.Models.Tests;

/// <summary>What holds for every indicator: warm-up, the future, what is forgotten, NaN, markets that stand still.</summary>
public class IndicatorCommonTests
{
    public static TheoryData<string> Names => [.. IndicatorCase.All.Select(c => c.Name)];

    static IndicatorCase Named(string name) => IndicatorCase.All.Single(c => c.Name == name);

    static void AssertSame(double[] want, double[] got, string where)
    {
        Assert.Equal(want.Length, got.Length);
        for (int t = 0; t < want.Length; t++)
            Assert.True(want[t].Equals(got[t]), $"{where}, row {t}: expected {want[t]:R}, got {got[t]:R}");
    }

    [Theory, MemberData(nameof(Names))]
    public void Are_NaN_while_warming_up_and_finite_after(string name)
    {
        foreach (int period in (int[])[1, 2, 3, 7, 14, 20, 33])
        {
            double[][] columns = Named(name).Run(Prices.Random(period, 120), period);
            int[] first = Named(name).First(period);
            for (int k = 0; k < columns.Length; k++)
            {
                Assert.All(columns[k][..first[k]], v => Assert.True(double.IsNaN(v)));
                Assert.All(columns[k][first[k]..], v => Assert.True(double.IsFinite(v), $"period {period}, column {k}: got {v}"));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Take_any_length_and_period(string name)
    {
        foreach (int length in (int[])[0, 1, 2, 5, 1023, 1024, 1025, 2100])
        {
            var market = Prices.Random(3, length);
            foreach (int period in (int[])[1, 2, 5, 1024, 1500, 5000, 1_000_000_000])
            {
                double[][] columns = Named(name).Run(market, period);
                int[] first = Named(name).First(period);
                for (int k = 0; k < columns.Length; k++)
                {
                    int known = Math.Max(0, length - first[k]);
                    Assert.Equal(known, columns[k].Count(double.IsFinite));
                    Assert.Equal(length - known, columns[k].Count(double.IsNaN));
                }
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Know_nothing_of_the_future(string name)
    {
        var market = Prices.Random(5, 1300);
        double[][] whole = Named(name).Run(market, 14);
        foreach (int count in (int[])[0, 1, 13, 14, 15, 40, 41, 42, 43, 1024, 1037, 1038, 1039, 1299])
        {
            double[][] cut = Named(name).Run(market[..count], 14);
            double[][] spoilt = Named(name).Run(market[count..].Each(c => [.. c.Select(v => v * 1e6)]).After(market[..count]), 14);
            for (int k = 0; k < whole.Length; k++)
            {
                AssertSame(whole[k][..count], cut[k], $"{name}, {count} candles");
                AssertSame(whole[k][..count], spoilt[k][..count], $"{name}, {count} candles and others after them");
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Forget_what_lies_before_their_window(string name)
    {
        if (Named(name).Memory is not { } memory) return;
        var market = Prices.Random(6, 200);
        foreach (int period in (int[])[1, 5, 14, 20, 31])
        {
            double[][] clean = Named(name).Run(market, period);
            int needed = memory(period);
            foreach (int before in (int[])[1, 2, 3, 7, 50, 1021])
            {
                var garbage = Prices.Around(9, [.. Enumerable.Range(0, before).Select(t => t % 3 == 0 ? 1e15 : 1e-9)], volume: 1e15);
                double[][] after = Named(name).Run(market.After(garbage), period);
                for (int k = 0; k < clean.Length; k++)
                    AssertSame(clean[k][(needed - 1)..], after[k][(before + needed - 1)..], $"{name}, period {period}, after {before}");
            }
        }
    }

    [Theory, InlineData("Roc"), InlineData("Momentum")]
    public void Are_NaN_where_one_of_the_two_prices_is(string name)
    {
        var market = Prices.Random(7, 150);
        market.Close[60] = double.NaN;
        double[] got = Named(name).Run(market, 14)[0];
        Assert.Equal([60, 74], Enumerable.Range(14, 136).Where(t => double.IsNaN(got[t])));
    }

    [Theory, MemberData(nameof(Names))]
    public void Are_NaN_where_the_window_holds_a_NaN_and_for_ever_where_there_is_none(string name)
    {
        if (name is "Roc" or "Momentum") return;
        const int At = 60, Period = 14;
        var market = Prices.Random(7, 150);
        double[][] clean = Named(name).Run(market, Period);
        var holed = market.Each(c =>
        {
            double[] with = [.. c];
            with[At] = double.NaN;
            return with;
        });
        double[][] got = Named(name).Run(holed, Period);
        int[] first = Named(name).First(Period);
        // A session's average begins anew; otherwise, a column's memory is as long as its warm-up, or endless.
        int session = (At + (int)(market.OpenTime[0] / 900_000_000 % Period)) / Period * Period + Period
            - (int)(market.OpenTime[0] / 900_000_000 % Period);
        for (int k = 0; k < clean.Length; k++)
        {
            int end = name == "VwapSession" ? session : Named(name).Memory is null ? market.Count : At + first[k] + 1;
            AssertSame(clean[k][..At], got[k][..At], name);
            Assert.All(got[k][At..end], v => Assert.True(double.IsNaN(v), $"{name}: got {v}"));
            AssertSame(clean[k][end..], got[k][end..], name);
        }
    }

    [Fact]
    public void A_flat_market_gives_exactly_its_price_and_no_movement()
    {
        (string Name, double[] Want)[] wanted =
        [
            ("Sma", [0.1]), ("EmaFromFirst", [0.1]), ("Rsi", [50]), ("RsiCutler", [50]), ("MacdOwnSeeds", [0, 0, 0]),
            ("MacdAlignedSeed", [0, 0, 0]), ("MacdFromFirst", [0, 0, 0]), ("TrueRange", [0]), ("Atr", [0]), ("AtrFromFirst", [0]),
            ("Bollinger", [0.1, 0.1, 0.1]), ("BollingerBandwidth", [0]), ("BollingerPercentB", [0.5]), ("StandardDeviation", [0]),
            ("VwapRolling", [Typical]), ("VwapSession", [Typical]), ("VwapAnchored", [Typical]), ("Obv", [0]), ("Stochastic", [50, 50, 50]),
            ("WilliamsR", [-50]), ("Adx", [0, 0, 0]), ("AdxShortSeed", [0, 0, 0]), ("Cci", [0]), ("Roc", [0]), ("Momentum", [0]),
            ("LogReturn", [0]), ("RollingVolatility", [0]), ("ZScore", [0]), ("VolumeChange", [0]), ("TakerBuyImbalance", [0]),
        ];
        foreach (double volume in (double[])[0, 0.3])
        {
            foreach (var (name, want) in wanted)
            {
                foreach (int period in (int[])[1, 7, 14, 20, 26])
                {
                    double[][] columns = Named(name).Run(Prices.Flat(200, 0.1, volume), period);
                    int[] first = Named(name).First(period);
                    for (int k = 0; k < want.Length; k++) Assert.All(columns[k][first[k]..], v => Assert.Equal(want[k], v));
                }
            }
        }
    }

    static double Typical => (0.1 + 0.1 + 0.1) / 3;

    [Theory, MemberData(nameof(Names))]
    public void Stay_finite_where_prices_and_volumes_are_0(string name)
    {
        if (name is "LogReturn" or "RollingVolatility") return;
        var market = Prices.Flat(60, 0, 0).After(Prices.Random(2, 60)).After(Prices.Flat(60, 0, 0));
        foreach (var (column, first) in Named(name).Run(market, 14).Zip(Named(name).First(14)))
            Assert.All(column[first..], v => Assert.True(double.IsFinite(v), $"{name}: got {v}"));
    }

    [Fact]
    public void Log_returns_want_prices_above_0()
    {
        var market = new Prices([], [], [1, 2, 0, 4, 5, -6, 7, 8, 9], [], []);
        const double None = double.NaN;
        Assert.Equal([None, Math.Log(2), None, None, Math.Log(1.25), None, None, Math.Log(8.0 / 7), Math.Log(1.125)],
            Named("LogReturn").Run(market, 1)[0], (a, b) => a.Equals(b) || Math.Abs(a - b) < 1e-15);
        Assert.Equal([8], Enumerable.Range(0, 9).Where(t => !double.IsNaN(Named("RollingVolatility").Run(market, 2)[0][t])));
    }
}
