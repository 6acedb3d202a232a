namespace NeuralCore.Tests;

public sealed class LoadPartialTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("partial").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Saved(Layer root, string name = "a.safetensors")
    {
        string path = Path.Combine(folder, name);
        new Model(root, seed: 9).Save(path);
        return path;
    }

    static Sequential Encoder() => new(("rnn", new Dense(3, 4)), ("norm", new BatchNorm1d(4)));

    [Fact]
    public void A_trained_encoder_is_loaded_under_another_name_and_the_rest_stays()
    {
        string path = Saved(new Sequential(("encoder", Encoder()), ("classifier", new Dense(4, 7))));
        var model = new Model(new Sequential(("trunk", Encoder()), ("head", new Dense(4, 2))), seed: 1);
        float[] head = [.. model.Parameters[^1].Value];
        LoadReport report = model.LoadPartial(path, new() { Keys = LoadOptions.Rename(("encoder.*", "trunk.*")) });
        Assert.Equal(["trunk.rnn.weight", "trunk.rnn.bias", "trunk.norm.weight", "trunk.norm.bias", "trunk.norm.running_mean",
            "trunk.norm.running_var", "trunk.norm.num_batches_tracked"], report.Matched.Select(m => m.Parameter));
        Assert.Equal(new LoadPair("trunk.rnn.weight", "encoder.rnn.weight", new Shape(4, 3), new Shape(4, 3)), report.Matched[0]);
        Assert.Equal(["head.weight", "head.bias"], report.Missing);
        Assert.Equal(["classifier.weight", "classifier.bias"], report.Unexpected);
        Assert.Empty(report.OtherShapes);
        Assert.Equal(Safetensors.Read(path).Floats("encoder.rnn.weight"), model.Parameters[0].Value.ToArray());
        Assert.Equal(head, model.Parameters[^1].Value.ToArray());

        // The layers have packed the new weights.
        var x = new Tensor(2, 3);
        x.Span.Fill(0.5f);
        Tensor y = new Model(new Dense(3, 4), 9).Predict(x, model.Tape());
        Assert.Equal(y.Span.ToArray(), ((Dense)model.Root.Children[0].Layer.Children[0].Layer).Forward(x, model.Tape()).Span.ToArray());
    }

    [Fact]
    public void A_tensor_of_another_shape_is_an_error_or_reported()
    {
        string path = Saved(new Sequential(("a", new Dense(3, 4)), ("b", new Dense(4, 5))));
        var model = new Model(new Sequential(("a", new Dense(3, 4)), ("b", new Dense(4, 2))), seed: 1);
        float[] before = [.. model.State];
        string message = Assert.Throws<InvalidDataException>(() => model.LoadPartial(path)).Message;
        Assert.StartsWith($"{path}: does not fit the model: 'b.weight': expected shape (2, 4), got (5, 4); 'b.bias': expected", message,
            StringComparison.Ordinal);
        Assert.Equal(before, model.State.ToArray());
        LoadReport report = model.LoadPartial(path, new() { AllowOtherShapes = true });
        Assert.Equal(["b.weight", "b.bias"], report.OtherShapes.Select(o => o.Parameter));
        Assert.Equal(2, report.Matched.Count);
        Assert.Equal(before[(4 * 3 + 4)..], model.State[(4 * 3 + 4)..].ToArray());
        Assert.NotEqual(before, model.State.ToArray());
    }

    [Fact]
    public void What_is_not_allowed_is_an_error_and_changes_nothing()
    {
        string path = Saved(new Sequential(("a", new Dense(3, 4)), ("c", new Dense(4, 2))));
        var model = new Model(new Sequential(("a", new Dense(3, 4)), ("b", new Dense(4, 2))), seed: 1);
        float[] before = [.. model.State];
        void Refused(LoadOptions options, string says)
        {
            Assert.Contains(says, Assert.Throws<InvalidDataException>(() => model.LoadPartial(path, options)).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, model.State.ToArray());
        }
        Refused(new() { AllowMissing = false }, "does not fit the model: 'b.weight' (2, 4) is missing; 'b.bias' (2) is missing");
        Refused(new() { AllowUnexpected = false }, "does not fit the model: 'c.weight' is unexpected; 'c.bias' is unexpected");
        Refused(new() { Keys = LoadOptions.Rename(("*.weight", "a.weight")) }, "'a.weight' and 'c.weight' would both be loaded as "
            + "'a.weight'");
        Refused(new() { Keys = LoadOptions.Rename(("*", "x.*")) }, "no tensor fits the model");
        Refused(new() { Keys = _ => throw new InvalidDataException("mine") }, "mine");
        model.LoadPartial(path, new() { AllowMissing = false, AllowUnexpected = false, Keys = LoadOptions.Rename(("c.*", "b.*")) });
        Assert.Equal(Safetensors.Read(path).Floats("c.weight"), model.Parameters[2].Value.ToArray());
    }

    [Fact]
    public void The_report_reads_well()
    {
        string path = Saved(new Sequential(("a", new Dense(3, 4)), ("b", new Dense(4, 2)), ("c", new Dense(2, 2, bias: false)),
            ("d", new Dense(2, 2, bias: false))));
        var model = new Model(new Sequential(("a", new Dense(3, 4)), ("b", new Dense(4, 3, bias: false)),
            ("e", new Dense(3, 1, bias: false))), seed: 1);
        LoadReport report = model.LoadPartial(path, new() { AllowOtherShapes = true, Keys = LoadOptions.Rename(("d.*", null)) });
        Assert.Equal("""
            loaded 2 of 4 parameters
              missing      e.weight
              unexpected   b.bias
              unexpected   c.weight
              other shape  b.weight: expected shape (3, 4), got (2, 4)
              left out     d.weight
            """.ReplaceLineEndings(), report.ToString());
    }

    [Fact]
    public void Keys_are_renamed_by_the_first_rule_that_matches()
    {
        Func<string, string?> keys = LoadOptions.Rename(("module.head.*", null), ("module.*", "*"), ("*.ln_*.*", "*.norm*.*"),
            ("a+b", "plus"));
        Assert.Null(keys("module.head.weight"));
        Assert.Equal("rnn.weight", keys("module.rnn.weight"));
        Assert.Equal("h.0.norm1.bias", keys("h.0.ln_1.bias"));
        Assert.Equal("plus", keys("a+b"));
        Assert.Equal("aab", keys("aab"));
        Assert.Equal("encoder.x", LoadOptions.Rename(("*", "encoder.*"))("x"));
        Assert.Throws<ArgumentException>(() => LoadOptions.Rename(("a.*", "*.*")));
        Assert.Throws<ArgumentException>(() => LoadOptions.Rename(("", "a")));
    }
}
