using System.Text.Json.Nodes;

namespace NeuralCore.Tests;

public sealed class ModelFolderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("folder").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string At(string name) => Path.Combine(folder, name);

    public static TheoryData<string> Names => EveryLayerTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loaded_layer_predicts_the_same_bits(string name)
    {
        var (_, make, input) = GradientTests.Layers.Single(l => l.Name == name);
        var model = new Model(make(), seed: 1);
        foreach (Parameter buffer in model.Buffers) buffer.Value.Fill(buffer.Whole ? 3 : 0.75f);
        model.SaveFolder(At("m"));
        Model loaded = Model.LoadFolder(At("m"));
        Assert.Equal(model.Parameters.Concat(model.Buffers).Select(p => (p.Name, p.Shape)), loaded.Parameters.Concat(loaded.Buffers)
            .Select(p => (p.Name, p.Shape)));
        Draw.SameBits(model.State, loaded.State, "weights");
        Tensor x = input.Make(stream: 3);
        Draw.SameBits(model.Predict(x, model.Tape()).Span, loaded.Predict(x, loaded.Tape()).Span, "predictions");
        Draw.SameBits(Train(model, x), Train(loaded, x), "a training pass");
        string again = At("again");
        loaded.SaveFolder(again);
        foreach (string file in (string[])["config.json", "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(At("m"), file)), File.ReadAllBytes(Path.Combine(again, file)));

        static Span<float> Train(Model model, Tensor x)
        {
            Tape tape = model.Tape();
            tape.Begin(training: true, dropoutSeed: 5);
            return model.Root.Forward(x, tape).Span;
        }
    }

    static Model Small(ulong seed = 1)
        => new(new Sequential(("scale", new UserScale(3)), ("stack", new UserStack(3, 2)), ("head", new Dense(3, 2))), seed);

    [Fact]
    public void A_folder_with_a_user_s_layers_is_readable_and_loads_with_its_metadata()
    {
        Small().SaveFolder(At("m"), new Dictionary<string, string> { ["pair"] = "BTC", ["note"] = "naïve \"quoted\"" });
        Assert.Equal("""
            {
              "format": "neuralcore",
              "version": 1,
              "architecture": {
                "type": "Sequential",
                "layers": [
                  {
                    "name": "scale",
                    "type": "UserScale",
                    "features": 3
                  },
                  {
                    "name": "stack",
                    "type": "UserStack",
                    "features": 3,
                    "depth": 2
                  },
                  {
                    "name": "head",
                    "type": "Dense",
                    "inputs": 3,
                    "outputs": 2,
                    "bias": true
                  }
                ]
              },
              "metadata": {
                "pair": "BTC",
                "note": "na\u00EFve \u0022quoted\u0022"
              }
            }
            """.ReplaceLineEndings("\n"), File.ReadAllText(Path.Combine(At("m"), "config.json")).ReplaceLineEndings("\n"));
        Model.LoadFolder(At("m"), out IReadOnlyDictionary<string, string> metadata);
        Assert.Equal([new("pair", "BTC"), new("note", "naïve \"quoted\"")], metadata);
    }

    [Fact]
    public void A_folder_is_replaced_whole_or_stays_as_it_was()
    {
        string path = At("m");
        Small(1).SaveFolder(path);
        Small(2).SaveFolder(path);
        Assert.Equal(Small(2).State.ToArray(), Model.LoadFolder(path).State.ToArray());
        Assert.Throws<InvalidOperationException>(() => ModelFolder.Replace(path, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "");
            throw new InvalidOperationException();
        }));
        Assert.Equal(Small(2).State.ToArray(), Model.LoadFolder(path).State.ToArray());
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(folder));
        Directory.CreateDirectory(At("other"));
        File.WriteAllText(Path.Combine(At("other"), "thesis.txt"), "");
        Assert.Throws<IOException>(() => Small().SaveFolder(At("other")));
        Assert.True(File.Exists(Path.Combine(At("other"), "thesis.txt")));
        Small(3).SaveFolder(Path.Combine(folder, "new", "deep") + Path.DirectorySeparatorChar);
        Assert.Equal(Small(3).State.ToArray(), Model.LoadFolder(Path.Combine(folder, "new", "deep")).State.ToArray());
    }

    /// <summary>A layer whose description forgets an argument.</summary>
    sealed class Forgetful(int features, string type) : Layer
    {
        protected internal override LayerConfig Describe() => new(type);

        public Dense Inner => (Dense)Children[0].Layer;

        public static Forgetful Of(int features, string type)
        {
            var layer = new Forgetful(features, type);
            layer.Child("inner", new Dense(features, features));
            return layer;
        }

        public override Tensor Forward(Tensor x, Tape tape) => Inner.Forward(x, tape);

        public override Tensor Backward(Tensor dY, Tape tape) => throw new NotSupportedException($"{features}");
    }

    /// <summary>A layer that reads its two arguments in the wrong order.</summary>
    sealed class Swapped(double low, double high) : Layer
    {
        static Swapped() => Architecture.Register(nameof(Swapped), c => new Swapped(c.Number("high"), c.Number("low")));

        protected internal override LayerConfig Describe() => new LayerConfig(nameof(Swapped)).Set("low", low).Set("high", high);

        public override Tensor Forward(Tensor x, Tape tape) => x;

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    [Fact]
    public void What_could_not_be_loaded_again_is_not_saved()
    {
        Architecture.Register("Forgetful", _ => Forgetful.Of(4, "Forgetful"));
        void Refused(Layer root, string says)
        {
            string message = Assert.Throws<NotSupportedException>(() => new Model(root, 1).SaveFolder(At("m"))).Message;
            Assert.Contains(says, message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        }
        Refused(Forgetful.Of(3, "Forgetful"), "its description makes other layers");
        Refused(new Swapped(0.5, 0.25), "its description makes other layers");
        Refused(Forgetful.Of(3, "Unheard"), "is of an unknown type; a layer of your own is made known with "
            + "Architecture.Register(\"Unheard\", ...)");
        Layer deep = new Dense(2, 2);
        for (int i = 0; i < 40; i++) deep = new Sequential(deep);
        Refused(deep, "cannot be read again");
        Assert.Contains("got 'Dense', which is known already",
            Assert.Throws<ArgumentException>(() => Architecture.Register("Dense", _ => new Dense(1, 1))).Message);
        Assert.Throws<ArgumentException>(() => new LayerConfig("X").Set("a", 1).Set("a", 2));
        Assert.Throws<ArgumentException>(() => new LayerConfig("X").Set("type", 1));
    }

    public static TheoryData<string, string?, string> Damages => new()
    {
        { "version", "2", "is of version 2 of the format, this NeuralCore reads versions up to 1" },
        { "version", "0", "expected a \"version\" from 1 to 1, got 0" },
        { "version", null, "expected a \"version\" from 1 to 1, got none" },
        { "version", "\"1\"", "got \"1\"" },
        { "format", "\"keras\"", "expected \"format\": \"neuralcore\", got \"keras\"" },
        { "format", null, "got none" },
        { "architecture", null, "expected an \"architecture\", got none" },
        { "architecture", "[]", "architecture: expected a layer, an object with a \"type\", got Array" },
        { "architecture/type", "\"Transformer9\"", "Transformer9: is of an unknown type" },
        { "architecture/layers", "3", "Sequential: expected 'layers' to be a list of layers, got 3" },
        { "architecture/layers", "[1]", "Sequential: expected a list of layers, each with a \"name\"" },
        { "architecture/layers/0/name", null, "each with a \"name\"" },
        { "architecture/layers/2/inputs", null, "Dense 'head': expected 'inputs' to be a whole number, got nothing" },
        { "architecture/layers/2/inputs", "1.5", "Dense 'head': expected 'inputs' to be a whole number, got 1.5" },
        { "architecture/layers/2/inputs", "3000000000", "Dense 'head': expected 'inputs' to be a whole number, got 3000000000" },
        { "architecture/layers/2/inputs", "-3", "Dense 'head': inputs ('-3') must be" },
        { "architecture/layers/2/inputs", "null", "Dense 'head': expected a value for 'inputs', got Null" },
        { "architecture/layers/2/bias", "\"yes\"", "Dense 'head': expected 'bias' to be true or false, got \"yes\"" },
        { "architecture/layers/2/colour", "1", "Dense 'head': expected no argument 'colour'" },
        { "architecture/layers/2/inputs", "4", "does not fit the model: 'head.weight': expected shape (2, 4), got (2, 3)" },
        // 8 GB, were it built.
        { "architecture/layers/2/inputs", "1000000000", "'head.weight': expected shape (2, 1000000000), got (2, 3)" },
        { "architecture/layers/1/depth", "1", "'stack.layers.1.s' is unexpected" },
        { "architecture/layers/1/depth", "4", "'stack.layers.2.s' (3) is missing; 'stack.layers.3.s' (3) is missing" },
        { "architecture/layers/1/depth", "1000000000", "UserStack 'stack': expected 'depth' within the number of tensors in the file, "
            + "got 1000000000" },
        { "architecture/layers/1/name", "\"scale\"", "'scale.layers.0.s' (3) is missing" },
        { "architecture/layers/2/name", "\"\"", "'weight' (2, 3) is missing" },
        { "metadata", "[]", "" },
        { "metadata/a", "1", "" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_config_that_says_what_cannot_be_is_refused_by_name(string key, string? json, string says)
    {
        Small().SaveFolder(At("m"));
        string path = Path.Combine(At("m"), "config.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(path))!;
        string[] keys = key.Split('/');
        JsonNode place = keys[..^1].Aggregate(root, (node, k) => int.TryParse(k, out int i) ? node[i]! : node[k]!);
        if (json is null) place.AsObject().Remove(keys[^1]);
        else place[keys[^1]] = JsonNode.Parse(json);
        File.WriteAllText(path, root.ToJsonString());
        string message = Assert.Throws<InvalidDataException>(() => Model.LoadFolder(At("m"))).Message;
        Assert.StartsWith(At("m"), message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_cut_files_are_named()
    {
        Assert.Contains("is missing", Assert.Throws<InvalidDataException>(() => Model.LoadFolder(At("none"))).Message);
        foreach (string file in (string[])["config.json", "model.safetensors"])
        {
            Small().SaveFolder(At("m"));
            string path = Path.Combine(At("m"), file);
            byte[] bytes = File.ReadAllBytes(path);
            foreach (int length in (int[])[0, 1, bytes.Length / 2, bytes.Length - 3])
            {
                File.WriteAllBytes(path, bytes[..length]);
                Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => Model.LoadFolder(At("m"))).Message,
                    StringComparison.Ordinal);
            }
            File.Delete(path);
            Assert.Equal($"{path}: is missing; expected a folder with a trained model",
                Assert.Throws<InvalidDataException>(() => Model.LoadFolder(At("m"))).Message);
            File.WriteAllBytes(path, bytes);
        }
    }

    [Theory]
    [InlineData("Flatten", "", null)]
    [InlineData("Dense", ",\"inputs\":1,\"outputs\":1", "is missing")]
    [InlineData("Dense", ",\"inputs\":0", "'outputs'")]
    public void Long_names_over_many_layers_take_no_more_than_their_file(string type, string arguments, string? says)
    {
        string children = string.Join(",", Enumerable.Range(0, 5000).Select(i => $"{{\"name\":\"{i}\",\"type\":\"{type}\"{arguments}}}"));
        string layers = $"{{\"type\":\"Sequential\",\"layers\":[{{\"name\":\"{new string('x', 100_000)}\","
            + $"\"type\":\"Sequential\",\"layers\":[{children}]}}]}}";
        byte[] config = System.Text.Encoding.UTF8.GetBytes($"{{\"format\":\"neuralcore\",\"version\":1,\"architecture\":{layers}}}");
        Safetensors.Write(At("w"), []);
        Safetensors weights = Safetensors.Read(At("w"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        if (says is null) Assert.Equal(5002, 1 + Count(Model.FromBytes(config, "c", weights, out _).Root));
        else Assert.Contains(says, Assert.Throws<InvalidDataException>(() => Model.FromBytes(config, "c", weights, out _)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * config.Length);

        static int Count(Layer layer) => layer.Children.Sum(c => 1 + Count(c.Layer));
    }

    [Fact]
    public void Memory_is_taken_only_for_what_the_file_holds()
    {
        string path = At("w.safetensors");
        new Model(new Dense(3, 2), 1).Save(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => Model.FromFile(new Dense(1_000_000_000, 2), path));
        Assert.Throws<InvalidDataException>(() => Model.FromFile(new Sequential(new Dense(30_000, 30_000)), path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal(new Model(new Dense(3, 2), 1).State.ToArray(), Model.FromFile(new Dense(3, 2), path).State.ToArray());
    }
}
