namespace NeuralCore.Tests;

/// <summary>
/// A folder's files, damaged in ten thousand ways (NEURALCORE_MUTATIONS, from NEURALCORE_SEED): they load, or an
/// <see cref="InvalidDataException"/> names the file; nothing hangs, and memory stays within the files' size.
/// </summary>
public sealed class MutationTests : IDisposable
{
    const string Config = "folder/config.json", Weights = "folder/model.safetensors";
    static readonly LoadOptions Strict = new() { AllowMissing = false, AllowUnexpected = false };

    readonly string folder = Directory.CreateTempSubdirectory("mutations").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Every layer that can be described, in any order: the folder is loaded, not run.</summary>
    static Sequential Network() => new(
        ("scale", new UserScale(3)),
        ("words", new Embedding(5, 3, paddingIndex: 1)),
        ("mix", new Residual(new Sequential(new Dense(3, 3), new Dropout(0.25f)))),
        ("stack", new UserStack(3, depth: 2)),
        ("waves", new SinusoidalPositions(500)),
        ("lstm", new Lstm(3, 2, layers: 2, bidirectional: true, dropout: 0.1f)),
        ("gru", new Gru(4, 4, resetAfter: false)),
        ("positions", new LearnedPositions(2, 4)),
        ("encoder", new TransformerEncoder(2, 4, heads: 2, 5, normFirst: true, finalNorm: true)),
        ("layer", new TransformerEncoderLayer(4, heads: 1, 3, activation: FeedForwardActivation.Gelu)),
        ("heads", new MultiHeadAttention(4, heads: 2, dropout: 0.1f, bias: false, causal: true)),
        ("rows", new LayerNorm(new Shape(2, 4), affine: false)),
        ("features", new LayerNorm(4)),
        ("norm", new BatchNorm1d(4)),
        ("steps", new TakeSteps(2, 1, 0, 4)),
        ("activation", Activation.Softplus(3)),
        ("narrow", new Dense(4, 3)),
        ("branches", new Concat(("last", new TakeLast()), ("mean", new MeanOverTime()), ("largest", new MaxOverTime()),
            ("attention", new AdditiveAttention(3, 2)), ("all", new Sequential(new Flatten(), new Dense(6, 5, bias: false))))),
        ("out", new Dense(8, 2)));

    [Fact]
    public void Every_layer_is_in_the_network()
    {
        var listed = All(Network()).Select(layer => layer.GetType()).ToHashSet();
        foreach (Type type in typeof(Layer).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract))
            Assert.True(listed.Contains(type), $"add {type.Name} to the network");

        static IEnumerable<Layer> All(Layer layer) => layer.Children.SelectMany(c => All(c.Layer)).Prepend(layer);
    }

    (byte[] Config, byte[] Weights) Files(bool int8 = false)
    {
        var model = new Model(Network(), Mutations.Seed);
        (int8 ? model.Quantize() : model).SaveFolder(Path.Combine(folder, "model"), new Dictionary<string, string> { ["pair"] = "BTC" });
        return (File.ReadAllBytes(Path.Combine(folder, "model", "config.json")),
            File.ReadAllBytes(Path.Combine(folder, "model", "model.safetensors")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_folders_load_or_are_refused_by_name(bool int8)
    {
        (byte[] config, byte[] weights) = Files(int8);
        (int loaded, double most) = (0, 0);
        Mutations.Watched(number =>
        {
            var mutator = new Mutator(Mutations.Seed, number);
            byte[] badConfig = mutator.OneOf(2) ? mutator.OneOf(3) ? mutator.Bytes(config) : mutator.Json(config) : config;
            byte[] badWeights = badConfig == config || mutator.OneOf(8) ? mutator.Safetensors(weights) : weights;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Model model = Model.FromBytes(badConfig, Config, Safetensors.Read(badWeights, Weights), out _);
                Assert.InRange(model.State.Length, 0, badWeights.Length);
                loaded++;
            }
            catch (InvalidDataException e)
            {
                Assert.True(e.Message.StartsWith(Config, StringComparison.Ordinal) || e.Message.StartsWith(Weights,
                    StringComparison.Ordinal), e.Message);
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, (double)(allocated - Constant) / (badConfig.Length + badWeights.Length));
            Assert.True(allocated <= Constant + Multiple * (badConfig.Length + badWeights.Length), $"{allocated} bytes for files "
                + $"of {badConfig.Length} and {badWeights.Length}");
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{Mutations.Cases} cases, {loaded} loaded, at most {most:F1} bytes a byte");
        if (Mutations.Cases >= 1000) Assert.InRange(loaded, Mutations.Cases / 100, Mutations.Cases / 2);
    }

    const long Constant = 1 << 16, Multiple = 64;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_weights_are_loaded_whole_or_not_at_all(bool int8)
    {
        (_, byte[] weights) = Files(int8);
        var model = new Model(Network(), Mutations.Seed + 1);
        if (int8) model = model.Quantize();
        float[] before = [.. model.State];
        int refused = 0;
        Mutations.Watched(number =>
        {
            byte[] bad = new Mutator(Mutations.Seed + 1, number).Safetensors(weights);
            try
            {
                model.Load(Safetensors.Read(bad, Weights), Strict);
                model.State.CopyTo(before);
            }
            catch (InvalidDataException e)
            {
                refused++;
                Assert.StartsWith(Weights, e.Message, StringComparison.Ordinal);
                Draw.SameBits(before, model.State, "weights after a file was refused");
            }
        });
        if (Mutations.Cases >= 1000) Assert.InRange(refused, Mutations.Cases / 2, Mutations.Cases - 1);
    }

    [Fact]
    public void Damaged_files_on_disk_are_the_same()
    {
        (byte[] config, byte[] weights) = Files();
        string path = Path.Combine(folder, "model");
        for (ulong number = 0; number < 200; number++)
        {
            var mutator = new Mutator(Mutations.Seed + 2, number);
            File.WriteAllBytes(Path.Combine(path, "config.json"), mutator.OneOf(2) ? mutator.Json(config) : config);
            File.WriteAllBytes(Path.Combine(path, "model.safetensors"), mutator.OneOf(2) ? mutator.Safetensors(weights) : weights);
            try
            {
                Model.LoadFolder(path);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            }
        }
    }
}
