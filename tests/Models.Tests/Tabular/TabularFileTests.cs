namespace NeuralCore.Models.Tests;

public sealed class TabularFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("tabular").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Path(string name) => System.IO.Path.Combine(folder, name);

    static IEnumerable<(TabularModel Model, LabelledRows Rows)> Models()
    {
        foreach (int classes in (int[])[0, 2, 3])
        {
            LabelledRows rows = BoostingTests.Made(4, 300,
                (x, noise) => classes == 0 ? x[0] + noise : Math.Clamp((int)Math.Floor(x[0] + noise + 1), 0, classes - 1), classes);
            yield return (new HistogramGradientBoosting { MaxIterations = 4, MaxLeafNodes = 5 }.Fit(rows), rows);
            yield return (new RandomForest { Trees = 4, MaxDepth = 3 }.Fit(rows), rows);
            if (classes > 0) yield return (new LogisticRegression().Fit(rows), rows);
        }
    }

    [Fact]
    public void A_loaded_model_predicts_the_same_bits()
    {
        foreach ((TabularModel model, LabelledRows rows) in Models())
        {
            model.Save(Path("m"));
            TabularModel loaded = TabularModel.Load(Path("m"));
            Assert.Equal(model.GetType(), loaded.GetType());
            Assert.Equal((model.Features, model.Classes), (loaded.Features, loaded.Classes));
            Assert.Equal(model.Predict(rows.X), loaded.Predict(rows.X));
            Assert.Equal(model.FeatureImportance(), loaded.FeatureImportance());
        }
    }

    [Fact]
    public void Damaged_files_are_told_or_harmless()
    {
        foreach ((TabularModel model, LabelledRows rows) in Models())
        {
            int refused = 0;
            model.Save(Path("m"));
            byte[] bytes = File.ReadAllBytes(Path("m"));
            FeatureMatrix few = rows.X.Slice(0, 5);
            for (int at = 0; at < bytes.Length; at += 1 + at / 400)
            {
                byte[] damaged = [.. bytes];
                damaged[at] ^= (byte)(1 << at % 8);
                refused += Refuses(damaged, few) ? 1 : 0;
            }
            Assert.True(Refuses(bytes[..^1], few));
            Assert.True(Refuses([], few));
            Assert.True(refused > 100, $"{model.GetType().Name} of {model.Classes} classes: expected over 100 refusals, got {refused}");
        }
    }

    /// <summary>Trees that never end, or that ask for features that are not there, are refused.</summary>
    [Theory]
    [InlineData("left", -1, "expected children after it")]
    [InlineData("left", 99, "expected children after it")]
    [InlineData("left", 1.5, "expected children after it")]
    [InlineData("feature", 4, "expected a feature from 0 to 3")]
    [InlineData("feature", -1, "expected a feature from 0 to 3")]
    [InlineData("threshold", double.NaN, "expected a threshold")]
    [InlineData("value", double.NaN, "expected finite values")]
    [InlineData("nodes", 2, "tree 0")]
    public void Wrong_trees_are_refused(string tensor, double value, string message)
    {
        LabelledRows rows = BoostingTests.Made(4, 300, (x, noise) => x[0] + noise, 0);
        new HistogramGradientBoosting { MaxIterations = 1, MaxLeafNodes = 3 }.Fit(rows).Save(Path("m"));
        Safetensors file = Safetensors.Read(Path("m"));
        Safetensors.WriteExact(Path("wrong"), [.. file.Names.Select(name => (name, file.Shape(name), (Array)Changed(name)))],
            file.Metadata);
        string error = Assert.Throws<InvalidDataException>(() => TabularModel.Load(Path("wrong"))).Message;
        Assert.StartsWith(Path("wrong"), error);
        Assert.Contains(message, error);

        double[] Changed(string name)
        {
            double[] values = file.Doubles(name);
            if (name == tensor) values[0] = value;
            return values;
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1025")]
    [InlineData("2147483647")]
    public void Files_of_too_few_or_too_many_classes_are_refused(string classes)
    {
        foreach ((TabularModel model, _) in Models())
        {
            model.Save(Path("m"));
            Safetensors file = Safetensors.Read(Path("m"));
            Safetensors.WriteExact(Path("wrong"), [.. file.Names.Select(name => (name, file.Shape(name), (Array)file.Doubles(name)))],
                new Dictionary<string, string>(file.Metadata) { ["classes"] = classes });
            string error = Assert.Throws<InvalidDataException>(() => TabularModel.Load(Path("wrong"))).Message;
            Assert.StartsWith(Path("wrong"), error);
            Assert.Contains(classes == "1" ? "expected 0 or at least 2 classes, got 1" : "expected 'classes' from 0 to 1024, "
                + $"got '{classes}'", error);
        }
    }

    [Fact]
    public void Other_files_are_refused()
    {
        Safetensors.WriteExact(Path("other"), [("a", new Shape(2), new double[2])]);
        Assert.Contains("expected a text 'model', got none",
            Assert.Throws<InvalidDataException>(() => TabularModel.Load(Path("other"))).Message);
        Assert.Throws<FileNotFoundException>(() => TabularModel.Load(Path("none")));
        Assert.Throws<ArgumentException>(() => Safetensors.WriteExact(Path("other"), [("a", new Shape(2), new short[2])]));
        Assert.Equal([0.1, -1e300], Written([0.1, -1e300]));

        double[] Written(double[] values)
        {
            Safetensors.WriteExact(Path("exact"),
                [("a", new Shape(2), values), ("b", new Shape(1), new[] { int.MinValue }), ("c", new Shape(1), new[] { 1L << 52 })]);
            Safetensors file = Safetensors.Read(Path("exact"));
            Assert.Equal((int.MinValue, 1L << 52), (file.Doubles("b")[0], file.Doubles("c")[0]));
            return file.Doubles("a");
        }
    }

    /// <summary>Whether the bytes are refused with the one error that is allowed; what loads predicts without one.</summary>
    bool Refuses(byte[] bytes, FeatureMatrix x)
    {
        File.WriteAllBytes(Path("damaged"), bytes);
        try
        {
            TabularModel model = TabularModel.Load(Path("damaged"));
            model.FeatureImportance();
            if (model.Features == x.Features) model.Predict(x);
            return false;
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith(Path("damaged"), e.Message);
            return true;
        }
    }
}
