using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class ScalerKindsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("scaler").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Path(string name) => System.IO.Path.Combine(folder, name);

    public static TheoryData<string> Kinds => [.. Scaler.Kinds];

    /// <summary>Rows of one feature.</summary>
    static Windows Column(params double[] values)
        => Windows.Select([new MarketSeries(Candles(1, values.Length), [values])], 1, (_, _) => true, labelled: false);

    static float[] Scaled(string kind, double[] training, params float[] values) => Scaler.Fit(Column(training), kind).Apply(values);

    // scikit-learn 1.2.1, and so each row of numbers below, with S one of StandardScaler(), RobustScaler(), MinMaxScaler(),
    // QuantileTransformer(n_quantiles=10), QuantileTransformer(n_quantiles=10, output_distribution='normal'):
    //   S.fit([[3], [-1.5], [.25], [8], [.25], [2], [100], [-7], [.25], [1]])
    //   S.transform([[-50], [-7], [-6.5], [-1.5], [0], [.25], [.5], [1.5], [7.75], [64], [100], [1000]])
    [Theory]
    [InlineData("standard", -2.0207736933231706, -0.5874826613578702, -0.570816486567576, -0.4041547386646341, -0.3541562142937515,
        -0.3458231268986044, -0.3374900395034573, -0.30415768992286896, -0.09583050504419159, 1.7791141588639046, 2.9790787437650863,
        32.978193366294626)]
    [InlineData("robust", -20.25, -3.05, -2.85, -0.85, -0.25, -0.15, -0.05, 0.35, 2.85, 25.35, 39.75, 399.75)]
    [InlineData("minmax", -0.4018691588785046, 0.0, 0.004672897196261683, 0.051401869158878497, 0.06542056074766354, 0.06775700934579439,
        0.07009345794392523, 0.0794392523364486, 0.1378504672897196, 0.6635514018691588, 0.9999999999999999, 9.411214953271028)]
    [InlineData("rank", 0.0, 0.0, 0.010101010101010105, 0.1111111111111111, 0.20634920634920634, 0.3333333333333333, 0.48148148148148145,
        0.6111111111111112, 0.8833333333333333, 0.9565217391304348, 1.0, 1.0)]
    [InlineData("normal", -5.199337582605575, -5.199337582605575, -2.3225745319461932, -1.22064034884735, -0.8191542511219893,
        -0.43072729929545756,
        -0.04643572477052713, 0.28221614706250825, 1.191816171681394, 1.7116753065097288, 5.19933758270342, 5.19933758270342)]
    public void Values_are_those_of_scikit_learn(string kind, params double[] expected)
    {
        float[] got = Scaled(kind, [3, -1.5, 0.25, 8, 0.25, 2, 100, -7, 0.25, 1], -50, -7, -6.5f, -1.5f, 0, 0.25f, 0.5f, 1.5f, 7.75f,
            64, 100, 1000);
        Assert.Equal(expected.Select(e => Math.Clamp(e, -5, 5)), got.Select(g => (double)g),
            (e, g) => Math.Abs(e - g) <= 2e-7 * Math.Max(Math.Abs(e), 0.1));
    }

    // scikit-learn 1.2.1: g = numpy.array([[i * 7919 % 4001 * .125 - 200] for i in range(4001)]); g[::5] = 0; QuantileTransformer().fit(g)
    // as above,
    // .transform([[v] for v in numpy.float32([-200, -199.9, -100.03, -.01, 0, .01, .125, 33.3, 250, 299.7, 300])])
    [Theory]
    [InlineData("rank", 0.0, 0.0, 0.1598913834165535, 0.32029090855627185, 0.4199199199199199, 0.5195935250682816, 0.5204445888997229,
        0.5735965717463738, 0.92, 0.9999000244140624, 1.0)]
    [InlineData("normal", -5.199337582605575, -5.199337582605575, -0.9949043914760614, -0.46688547596875724, -0.20209834734161117,
        0.049133445584111174, 0.05126943650275306, 0.1855382823532642, 1.4050715603096329, 3.719078167881487, 5.19933758270342)]
    public void Many_rows_keep_a_thousand_quantiles(string kind, params double[] expected)
    {
        double[] training = [.. Enumerable.Range(0, 4001).Select(i => i % 5 == 0 ? 0 : i * 7919 % 4001 * 0.125 - 200)];
        float[] got = Scaled(kind, training, -200, -199.9f, -100.03f, -0.01f, 0, 0.01f, 0.125f, 33.3f, 250, 299.7f, 300);
        Assert.Equal(expected.Select(e => Math.Clamp(e, -5, 5)), got.Select(g => (double)g),
            (e, g) => Math.Abs(e - g) <= 2e-7 * Math.Max(Math.Abs(e), 1));
        Assert.Equal(1000, ((RankScaler)Scaler.Fit(Column(training), kind)).Quantiles[0].Length);
    }

    [Fact]
    public void Ties_share_the_middle_of_their_ranks_also_at_the_ends()
    {
        Assert.Equal([0f, 1 / 3f, 7 / 9f, 1f, 1f], Scaled("rank", [2, 5, 2, 2], 1, 2, 3, 5, 6));
        Assert.Equal([0f, 1 / 6f, 0.5f, 5 / 6f, 1f], Scaled("rank", [7, 7, 1, 1], 0, 1, 4, 7, 8));
        Assert.Equal(-Scaled("normal", [7, 7, 1, 1], 7)[0], Scaled("normal", [7, 7, 1, 1], 1)[0]);
    }

    [Theory]
    [InlineData("standard", 0, 5, -5)]
    [InlineData("robust", 0, 5, -5)]
    [InlineData("minmax", 0, 5, -5)]
    [InlineData("rank", 0.5, 1, 0)]
    [InlineData("normal", 0, 5, -5)]
    public void A_constant_feature_or_a_single_row_gives_the_centre(string kind, float centre, float above, float below)
    {
        foreach (double[] training in (double[][])[[7.5, 7.5, 7.5, 7.5], [7.5]])
            Assert.Equal([centre, above, below], Scaled(kind, training, 7.5f, 20, -20));
    }

    [Theory]
    [InlineData("standard", 5, -5)]
    [InlineData("robust", 5, -5)]
    [InlineData("minmax", 5, -5)]
    [InlineData("rank", 1, 0)]
    [InlineData("normal", 5, -5)]
    public void Values_beyond_all_training_rows_are_bounded_and_NaN_stays(string kind, float highest, float lowest)
    {
        float[] got = Scaled(kind, [1, 2, 3, 4, 6], float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue,
            float.MinValue);
        Assert.Equal([float.NaN, highest, lowest, highest, lowest], got);
        // Features as large as floats can be do not overflow on the way.
        Assert.All(Scaled(kind, [float.MaxValue, float.MinValue, 0, 1, 2], float.MaxValue, 0, float.MinValue),
            v => Assert.InRange(v, -5, 5));
    }

    [Fact]
    public void Outliers_do_not_move_the_robust_scaler()
    {
        double[] values = [.. Enumerable.Range(0, 101).Select(i => i / 10.0)];
        Assert.Equal((5.0, 5.0), ((RobustScaler)Scaler.Fit(Column(values), "robust")) is { } s
            ? (Math.Round(s.Median[0], 6), Math.Round(s.Range[0], 6)) : default);
        Assert.Equal(Scaled("robust", values, 3.3f), Scaled("robust", [.. values[..100], 1e30], 3.3f));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_scaler_sees_training_rows_only(string kind)
    {
        const int end = 150;
        Data.Candles all = Candles(5, 300), changed = Until(all, end, cut: false);
        // The label of candle t needs the close of t + 1: the last training row is end - 2.
        Assert.Equal(Saved(Rows(Series(all), 0, end - 1)), Saved(Rows(Series(changed), 0, end - 1)));
        Assert.NotEqual(Saved(Rows(Series(all), 0, end + 50)), Saved(Rows(Series(changed), 0, end + 50)));

        string Saved(Windows rows)
        {
            Scaler.Fit(rows, kind).Save(Path("scaler.json"));
            return File.ReadAllText(Path("scaler.json"));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_scaler_comes_back_to_the_bit(string kind)
    {
        MarketSeries[] series = Series(Candles(7, 1300));
        Windows rows = Rows(series, 0, 1200);
        Scaler scaler = Scaler.Fit(rows, kind);
        scaler.Save(Path("a.json"));
        Scaler loaded = Scaler.Load(Path("a.json"), 6);
        loaded.Save(Path("b.json"));
        Assert.Equal((kind, 6, scaler.GetType()), (loaded.Kind, loaded.Width, loaded.GetType()));
        Assert.Equal(File.ReadAllBytes(Path("a.json")), File.ReadAllBytes(Path("b.json")));
        float[] features = series[0].Features(rows.Features);
        Assert.Equal(scaler.Apply(features).Select(BitConverter.SingleToInt32Bits),
            loaded.Apply(features).Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(["a.json", "b.json"], Directory.EnumerateFiles(folder).Select(f => System.IO.Path.GetFileName(f)).Order());
    }

    [Theory]
    [InlineData("""{"kind": "whitening"}""", "scaler 'whitening': expected one of standard, robust, minmax, rank, normal")]
    [InlineData("""{"kind": 7}""", "")]
    [InlineData("""{"kind": null}""", "scaler ''")]
    [InlineData("""[1, 2]""", "")]
    [InlineData("""{"mean": [1""", "not valid JSON")]
    [InlineData("""{"mean": [1, 2]}""", "expected the key 'deviation', got none")]
    [InlineData("""{"mean": [], "deviation": []}""", "expected a mean and a deviation of each of at least one feature, got 0 and 0")]
    [InlineData("""{"mean": [1, 2], "deviation": [1]}""", "expected a mean and a deviation of each of at least one feature, got 2 and 1")]
    [InlineData("""{"kind": "robust", "mean": [1], "deviation": [1]}""", "expected the key 'median', got none")]
    [InlineData("""{"kind": "robust", "median": [1], "range": [0]}""",
        "scaler 'robust': expected a finite median and a positive range of feature 0, got 1 and 0")]
    [InlineData("""{"kind": "minmax", "minimum": [1e999], "range": [1]}""", "expected a finite minimum and a positive range of "
        + "feature 0, got")]
    [InlineData("""{"kind": "rank", "quantiles": [1, 2]}""", "")]
    [InlineData("""{"kind": "rank", "quantiles": []}""", "expected quantiles of at least one feature, got none")]
    [InlineData("""{"kind": "rank", "quantiles": [[1]]}""", "at least two finite, ascending quantiles")]
    [InlineData("""{"kind": "normal", "quantiles": [[1, 3, 2]]}""", "at least two finite, ascending quantiles")]
    [InlineData("""{"kind": "normal", "quantiles": [[1, 1e999]]}""", "at least two finite, ascending quantiles")]
    public void A_damaged_file_is_named(string json, string says)
    {
        File.WriteAllText(Path("scaler.json"), json);
        string message = Assert.Throws<InvalidDataException>(() => Scaler.Load(Path("scaler.json"))).Message;
        Assert.Contains(Path("scaler.json"), message);
        Assert.Contains(says, message);
    }

    [Fact]
    public void Files_of_another_width_or_missing_ones_are_named()
    {
        foreach (string kind in Scaler.Kinds)
        {
            Scaler.Fit(Column(1, 2, 4), kind).Save(Path("one.json"));
            Assert.Contains("expected ", Assert.Throws<InvalidDataException>(() => Scaler.Load(Path("one.json"), 2)).Message);
        }
        Assert.Contains(Path("none.json"), Assert.Throws<InvalidDataException>(() => Scaler.Load(Path("none.json"))).Message);
    }

    [Fact]
    public void A_file_that_cannot_be_replaced_stays()
    {
        Directory.CreateDirectory(Path("folder"));
        Scaler scaler = Scaler.Fit(Column(1, 2, 4), "robust");
        Assert.Contains(Path("folder"), Assert.Throws<IOException>(() => scaler.Save(Path("folder"))).Message);
        Assert.Contains(Path("none"),
            Assert.Throws<IOException>(() => scaler.Save(System.IO.Path.Combine(Path("none"), "a.json"))).Message);
        scaler.Save(Path("a.json"));
        scaler.Save(Path("a.json"));
        Assert.Equal([Path("a.json"), Path("folder")], Directory.EnumerateFileSystemEntries(folder).Order());
    }

    [Fact]
    public void Numbers_that_no_scaler_can_have_are_refused()
    {
        Refused("a mean and a deviation of each of at least one feature, got 0 and 0", () => new StandardScaler([], []));
        Refused("a median and a range of each of at least one feature, got 2 and 1", () => new RobustScaler([1, 2], [1]));
        Refused("a finite minimum and a positive range of feature 1, got 2 and -1", () => new MinMaxScaler([1, 2], [1, -1]));
        Refused("a finite mean and a positive deviation of feature 0, got NaN and 1", () => new StandardScaler([double.NaN], [1]));
        Refused("quantiles of at least one feature, got none", () => new RankScaler([], Normal: true));
        Refused("at least two finite, ascending quantiles of feature 1, got 3, 2", () => new RankScaler([[1, 2], [3, 2]], Normal: false));

        static void Refused(string expected, Func<Scaler> make)
            => Assert.Contains($"': expected {expected}", Assert.Throws<ArgumentException>(make).Message);
    }

    [Fact]
    public void A_model_without_a_kind_is_standard()
    {
        MarketSeries[] series = Series(Candles(3, 260));
        Windows training = Rows(series, 0, 180), test = Rows(series, 180, 260);
        Predictor fitted = Model("linear").Create();
        fitted.Fit(training, test, new FitContext(1));
        fitted.Save(Path("model"));
        string file = System.IO.Path.Combine(Path("model"), "scaler.json"), json = File.ReadAllText(file);
        string kind = "  \"kind\": \"standard\",\n";
        Assert.Contains(kind, json.ReplaceLineEndings("\n"));
        File.WriteAllText(file, json.ReplaceLineEndings("\n").Replace(kind, ""));
        Assert.Equal(fitted.Predict(test), Predictor.Load(Path("model")).Predict(test));
        // Another kind is the network's scaler from then on.
        Scaler.Fit(training, "minmax").Save(file);
        Assert.NotEqual(fitted.Predict(test), Predictor.Load(Path("model")).Predict(test));
    }

    [Fact]
    public void What_does_not_fit_is_an_error()
    {
        Windows rows = Rows(Series(Candles(1, 90)), 0, 80);
        Assert.Equal("scaler 'Standard': expected one of standard, robust, minmax, rank, normal",
            Assert.Throws<ArgumentException>(() => Scaler.Fit(rows, "Standard")).Message);
        Assert.Contains("expected training rows", Assert.Throws<ArgumentException>(() => Scaler.Fit(rows.Take([]), "rank")).Message);
        Assert.Contains("expected rows of 6 features, got 7 values",
            Assert.Throws<ArgumentException>(() => Scaler.Fit(rows).Apply(new float[7])).Message);
        Assert.Contains("expected a scaler of 6 features, got one of 1",
            Assert.Throws<ArgumentException>(() => rows.Scaled(Scaler.Fit(Column(1, 2)))).Message);
    }
}
