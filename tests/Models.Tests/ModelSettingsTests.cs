namespace NeuralCore.Models.Tests;

/// <summary>What each model has as settings, and that it has no others.</summary>
public class ModelSettingsTests
{
    public static TheoryData<string> Names => [.. DirectionModel.All.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_setting_changes_itself_and_another_models_is_unknown(string name)
    {
        DirectionModel model = DirectionModel.Named(name);
        string[] own = [.. model.Settings.Select(s => s.Name)];
        Assert.Equal(own.Distinct(), own);
        foreach ((string setting, double value) in model.Settings.Where(s => s.Name != "gru"))
        {
            Assert.Equal(model, model.With(setting, value));
            double[] others = [value + 1, value - 1, value / 2, 0.25];
            double other = others.First(v => v != value && Changed(setting, v) is not null);
            DirectionModel changed = Changed(setting, other)!;
            Assert.Equal(other, changed.Settings.Single(s => s.Name == setting).Value, 1e-6);
            Assert.NotEqual(model, changed);
        }
        // gru and weight_NAME name another model or member.
        foreach (string setting in DirectionModel.All.SelectMany(m => m.Settings.Select(s => s.Name)).Distinct().Except(own))
            if (setting != "gru" && !setting.StartsWith("weight_", StringComparison.Ordinal))
                Assert.Contains($"model {name}: has no setting '{setting}'; it has {own[0]}",
                    Assert.Throws<ArgumentException>(() => model.With(setting, 1)).Message);

        DirectionModel? Changed(string setting, double value)
        {
            try
            {
                return model.With(setting, value);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
    }

    [Theory]
    [InlineData("crypto-lstm")]
    [InlineData("plan-transformer")]
    [InlineData("tst")]
    public void A_damaged_folder_cannot_ask_for_any_number_of_layers(string name)
        => Assert.Contains($"model {name}: expected layers to be at most 100, got 101",
            Assert.Throws<ArgumentException>(() => DirectionModel.Named(name).With("layers", 101)).Message);

    [Fact]
    public void The_order_of_settings_plays_no_part()
    {
        DirectionModel reversal = new ReversalNetwork();
        Assert.Equal(24, ((ReversalNetwork)reversal.With("hidden", 24).With("wide", 1)).Hidden);
        Assert.Equal(reversal.With("wide", 1).With("hidden", 24), reversal.With("hidden", 24).With("wide", 1));
        Assert.Equal(new ReversalNetwork { Wide = true, Hidden = 32 }, reversal.With("wide", 1));
        Assert.Contains(("hidden", 32.0), reversal.With("wide", 1).Settings);
        foreach (string name in (string[])["plan-transformer", "tst"])
        {
            DirectionModel three = DirectionModel.Named(name).With("heads", 3);
            three.With("hidden", 96).Create();
            Assert.Contains($"model {name}: expected heads to be a divisor of hidden, ",
                Assert.Throws<ArgumentException>(() => three.Create()).Message);
        }
        DirectionModel later = new Tst().With("horizon_1", 12);
        Assert.Contains("model tst: expected horizon_1 to horizon_3 to rise, got 12, 10, 30",
            Assert.Throws<ArgumentException>(() => later.Create()).Message);
        Assert.Equal([12, 20, 30], later.With("horizon_2", 20).Horizons);
    }

    [Fact]
    public void Fewer_timeframes_leave_the_longer_candles_out()
    {
        var all = new MultiTimeframeModel();
        var two = (MultiTimeframeModel)all.With("timeframes", 2);
        DirectionModel one = all.With("timeframes", 1);
        Assert.Equal(DirectionModel.Named("single-tf"), one);
        Assert.Equal(("multi-tf", "standard@4"), (two.Name, two.Inputs.Name));
        Assert.Equal((all.Features, 1), (one.Inputs, one.FeatureSets.Count));
        Assert.Equal(all.Inputs.Features.Take(40), two.Inputs.Features);
        // The encoders that stay are the same.
        Model[] networks = [.. new[] { all, two, (MultiTimeframeModel)one }.Select(m => new Model(m.Build(m.Inputs.Features.Count), 1))];
        Parameter[] Encoders(Model network) => [.. network.Parameters.Where(p => p.Name.StartsWith("encoders", StringComparison.Ordinal))];
        foreach (Model fewer in networks[1..])
            Assert.All(Encoders(fewer).Zip(Encoders(networks[0])), p => Assert.Equal(p.Second.Shape, p.First.Shape));
        Assert.Equal([3, 2, 1], networks.Select(n => Encoders(n).Length / Encoders(networks[2]).Length));
    }
}
