using System.Text.Json.Nodes;
using NeuralCore.Models.Data;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

public sealed class PredictorTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("predictor-").FullName;
    static readonly Candles candles = Candles(7, 420, gapAt: 350);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static Predictor Fitted(string name, Candles? on = null, ulong seed = 1)
    {
        MarketSeries[] series = Series(on ?? candles);
        Predictor predictor = Model(name).Create();
        predictor.Fit(Rows(series, 0, 199), Rows(series, 200, 299), new FitContext(seed));
        return predictor;
    }

    [Theory]
    [MemberData(nameof(ModelNames), MemberType = typeof(SmallMarket))]
    public void Predictions_do_not_change_when_the_future_is_deleted_or_another(string name)
    {
        Predictor predictor = Fitted(name);
        Prediction[] whole = predictor.Predict(Rows(Series(candles), 300, 330));
        foreach (bool cut in (bool[])[true, false])
        {
            Candles other = Until(candles, 331, cut);
            Assert.Equal(whole, predictor.Predict(Rows(Series(other), 300, 330)));
            // Trained on the same past, it is the same model.
            Assert.Equal(whole, Fitted(name, other).Predict(Rows(Series(candles), 300, 330)));
        }
        Assert.Equal(30, whole.Length);
        Assert.All(whole, p => Assert.Equal(1, p.Down + p.Neutral + p.Up, 5));
        Assert.True(whole.Distinct().Count() > 5);
        MarketSeries one = Series(candles)[0];
        // Weights of adaptive go on with what becomes known from row to row; alone, a row has the fitted ones.
        if (name != "adaptive") Assert.Equal(whole[12], predictor.Predict(one, 312));
        Assert.Contains("without a gap", Assert.Throws<ArgumentException>(() => predictor.Predict(one, 355)).Message);
    }

    [Theory]
    [MemberData(nameof(ModelNames), MemberType = typeof(SmallMarket))]
    public void A_loaded_model_predicts_the_same_bits_and_is_saved_as_the_same_bytes(string name)
    {
        Predictor predictor = Fitted(name);
        Windows rows = Rows(Series(candles), 300, 420);
        string path = Path.Combine(folder, "model"), again = Path.Combine(folder, "again");
        predictor.Save(path, new Dictionary<string, string> { ["pairs"] = "X" });
        Predictor loaded = Predictor.Load(path);
        Assert.Equal((predictor.Model, predictor.Labels), (loaded.Model, loaded.Labels));
        Prediction[] expected = predictor.Predict(rows), actual = loaded.Predict(rows);
        Assert.NotEmpty(expected);
        Assert.Equal(expected.SelectMany(Bits), actual.SelectMany(Bits));
        predictor.Save(path);
        loaded.Save(again);
        Assert.Equal(Files(path).Where(f => !f.EndsWith("history.json", StringComparison.Ordinal)), Files(again));
        foreach (string file in Files(again))
            Assert.Equal(File.ReadAllBytes(Path.Combine(path, file)), File.ReadAllBytes(Path.Combine(again, file)));
        Assert.Equal(["again", "model"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());

        static int[] Bits(Prediction p) => [BitConverter.SingleToInt32Bits(p.Down), BitConverter.SingleToInt32Bits(p.Neutral),
            BitConverter.SingleToInt32Bits(p.Up)];
    }

    [Theory]
    [MemberData(nameof(ModelNames), MemberType = typeof(SmallMarket))]
    public void A_file_that_is_missing_or_cut_short_is_named(string name)
    {
        string path = Path.Combine(folder, "model");
        Fitted(name).Save(path);
        foreach (string file in Files(path).Where(f => !f.EndsWith("history.json", StringComparison.Ordinal)))
        {
            string full = Path.Combine(path, file);
            byte[] bytes = File.ReadAllBytes(full);
            File.Delete(full);
            Assert.Contains(full, Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
            foreach (int length in (int[])[0, 1, bytes.Length / 2, bytes.Length - 3])
            {
                File.WriteAllBytes(full, bytes[..length]);
                Assert.Contains(full, Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message);
            }
            File.WriteAllBytes(full, bytes);
        }
        Predictor.Load(path);
    }

    public static TheoryData<string, string, string?, string> Damages => new()
    {
        { "config.json", "format", "2", "expected format 1 or older, got 2" },
        { "config.json", "format", "\"1\"", "" },
        { "config.json", "model", "\"v9\"", "expected one of v2" },
        { "config.json", "model", "null", "" },
        { "config.json", "model", "\"linear\"", "" },
        { "config.json", "settings", "[]", "" },
        { "config.json", "settings/hidden", "12000", "expected" },     // 4.6 GB, were it built
        { "config.json", "settings/hidden", "1000000", "" },
        { "config.json", "settings/hidden", "6", "does not fit" },
        { "config.json", "settings/window", "0", "at least 1" },
        { "config.json", "settings/learning_rate", "1e300", "a positive number" },
        { "config.json", "settings/colour", "1", "has no setting 'colour'" },
        { "config.json", "format", null, "config.json: expected the key 'format', got none" },
        { "config.json", "model", null, "config.json: expected the key 'model', got none" },
        { "config.json", "settings", null, "config.json: expected the key 'settings', got none" },
        { "config.json", "features", null, "config.json: expected the key 'features', got none" },
        { "config.json", "labels", null, "config.json: expected the key 'labels', got none" },
        { "config.json", "labels", "7", "expected an object with the key 'threshold', got Number" },
        { "config.json", "labels/mean_move", null, "expected the key 'mean_move', got none" },
        { "config.json", "labels/threshold", "-1", "threshold" },
        { "config.json", "labels/threshold", "1e999", "threshold" },
        { "config.json", "features", "[\"momentum\"]", "expected features momentum, trend" },
        { "config.json", "features", "[1, 2]", "" },
        { "config.json", "features", "7", "" },
        { "config.json", "features/name", "\"\"", "expected a name, got none" },
        { "config.json", "features/name", "\"standard\"", "features 'standard': expected columns return_1, return_6" },
        { "config.json", "features", "{\"name\": \"week9\", \"version\": 1, \"columns\": [\"trent\"]}", "feature 'trent': "
            + "expected one of momentum" },
        { "config.json", "features/version", "2", "expected version 1, got 2" },
        { "config.json", "features/columns", "[]", "expected columns momentum, trend" },
        { "config.json", "features/columns", "[\"trend\", \"momentum\"]", "expected columns momentum, trend" },
        { "config.json", "features/columns", "[\"rsi\"]", "scaler.json: scaler 'standard': expected 1 features, got 6" },
        { "scaler.json", "mean", "[1]", "expected a mean and a deviation of each of at least one feature, got 1 and 6" },
        { "scaler.json", "mean", "[0, 0, 0, 0, 0, 1e999]", "finite" },
        { "scaler.json", "mean", "\"0\"", "" },
        { "scaler.json", "deviation", "[1, 1, 1, 0, 1, 1]", "positive" },
        { "scaler.json", "deviation", "[1, 1, 1, -1, 1, 1]", "positive" },
        { "scaler.json", "deviation", null, "scaler.json: expected the key 'deviation', got none" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_file_that_says_what_cannot_be_is_named(string file, string key, string? json, string says)
    {
        string path = Path.Combine(folder, "model");
        Fitted("v3.2").Save(path);
        Edit(Path.Combine(path, file), key, json);
        long before = GC.GetTotalAllocatedBytes();
        string message = Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains(says, message);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 50_000_000);
    }

    [Fact]
    public void A_folder_of_other_files_is_not_replaced()
    {
        File.WriteAllText(Path.Combine(folder, "thesis.txt"), "years of work");
        Assert.Contains("expected no folder, an empty one", Assert.Throws<IOException>(() => Fitted("v2").Save(folder)).Message);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(folder, "thesis.txt")));
    }

    [Fact]
    public void A_save_that_fails_leaves_the_old_model()
    {
        string path = Path.Combine(folder, "model");
        Fitted("linear").Save(path);
        byte[] old = File.ReadAllBytes(Path.Combine(path, "model.safetensors"));
        Assert.Throws<IOException>(() => Fitted("linear", seed: 2).Save(path, addFiles: _ => throw new IOException("disk full")));
        Assert.Equal(old, File.ReadAllBytes(Path.Combine(path, "model.safetensors")));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void A_timeframe_that_loading_refuses_is_not_saved_and_what_was_there_stays()
    {
        string path = Path.Combine(folder, "model");
        Predictor predictor = Fitted("v2");
        predictor.Save(path, new Dictionary<string, string> { ["timeframe"] = "60m" });
        foreach (string length in (string[])["soon", "0h", "1M", ""])
            Assert.Contains($"v2: metadata: timeframe '{length}'", Assert.Throws<ArgumentException>(
                () => predictor.Save(path, new Dictionary<string, string> { ["timeframe"] = length })).Message);
        Assert.Equal("60m", Predictor.Load(path).Training["timeframe"]);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [MemberData(nameof(ModelNames), MemberType = typeof(SmallMarket))]
    public void What_a_model_cannot_do_is_an_error_that_says_so(string name)
    {
        Windows rows = Rows(Series(candles), 300, 330, window: 19);
        Assert.Contains("windows of 20 candles, got 19", Assert.Throws<ArgumentException>(() => Fitted(name).Predict(rows)).Message);
        Assert.Contains("never fitted",
            Assert.Throws<InvalidOperationException>(() => Model(name).Create().Save(Path.Combine(folder, "m"))).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        if (name != "v2")
            Assert.Contains("never fitted", Assert.Throws<InvalidOperationException>(
                () => Model(name).Create().Predict(Rows(Series(candles), 300, 330))).Message);
    }

    [Fact]
    public void Settings_are_checked_and_read_back()
    {
        foreach (DirectionModel model in DirectionModel.All)
        {
            DirectionModel copy = model;
            foreach ((string name, double value) in model.Settings) copy = copy.With(name, value);
            Assert.Equal(model, copy);
            foreach ((string name, double _) in model.Settings)
                foreach (double wrong in (double[])[double.NaN, double.PositiveInfinity, -1])
                    Assert.Contains(name, Assert.Throws<ArgumentException>(() => model.With(name, wrong)).Message);
        }
        foreach ((string name, double value) in ((string, double)[])[("patience", 0), ("learning_rate", 1e300), ("learning_rate", 1e-60),
            ("dropout", 0.999999999999), ("hidden", 1.5)])
            Assert.Throws<ArgumentException>(() => new V31().With(name, value));
    }

    static string[] Files(string path)
        => [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(path, f))
            .Order(StringComparer.Ordinal)];

    static void Edit(string path, string key, string? json)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(path))!, at = root;
        string[] keys = key.Split('/');
        foreach (string step in keys[..^1]) at = at[step]!;
        // A number that is not finite can be written, so it is put in as text.
        at[keys[^1]] = "@";
        if (json is null) ((JsonObject)at).Remove(keys[^1]);
        File.WriteAllText(path, root.ToJsonString().Replace("\"@\"", json, StringComparison.Ordinal));
    }
}
