namespace NeuralCore.Tests;

/// <summary>
/// Reference values of PyTorch in double precision, from the folder that NEURALCORE_GOLDEN names, by default shared/golden beside the
/// repository. Each area has one method here that checks a case. A kind, a configuration key or a tensor that no rule knows fails, and so
/// does a folder that is no known area or has no case. Areas that the folder does not have are no cases.
/// </summary>
public sealed partial class GoldenTests(ITestOutputHelper output)
{
    static readonly Dictionary<string, Action<GoldenFile>> Areas = new()
    {
        ["lstm"] = Lstm,
        ["gru"] = Gru,
        ["attention_pool"] = AttentionPool,
        ["mha"] = Attention,
        ["transformer_layer"] = Transformer,
        ["transformer_encoder"] = Transformer,
        ["positional"] = Positions,
        ["linear"] = Linear,
        ["dropout"] = Dropout,
        ["layernorm"] = LayerNorms,
        ["activations"] = Activations,
        ["batchnorm"] = BatchNorm,
        ["embedding"] = Embeddings,
        ["losses"] = Losses,
        ["metrics"] = Metrics,
        ["optim"] = Optimizers,
        ["schedulers"] = Schedulers,
        ["clip"] = Clip,
        ["init"] = Init,
        ["training"] = Training,
    };

    /// <summary>The folders that are there; without any place for them, one case that is skipped.</summary>
    public static TheoryData<string> AreaNames
        => GoldenFile.Root is { } root
            ? [.. Directory.GetDirectories(root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)] : ["none"];

    [Theory]
    [MemberData(nameof(AreaNames))]
    public void Area_agrees_with_the_reference(string area)
    {
        string? root = GoldenFile.Root;
        if (root is null) Assert.Skip("the folder of golden files is not there (NEURALCORE_GOLDEN, default ../shared/golden)");
        if (area == "indicators") return;   // Models.Tests
        Assert.True(Areas.ContainsKey(area), $"unknown area '{area}'");
        string[] files = [.. Directory.GetFiles(Path.Combine(root, area), "*.safetensors").Order(StringComparer.Ordinal)];
        List<string> failures = [];
        foreach (string path in files)
            try
            {
                var file = new GoldenFile(path);
                Areas[area](file);
                file.RequireAllRead();
            }
            catch (Exception e)
            {
                failures.Add($"{area}/{Path.GetFileNameWithoutExtension(path)}: {e.Message}");
            }
        string summary = $"golden {area}: {files.Length - failures.Count} cases "
            + $"passed{(failures.Count > 0 ? $", {failures.Count} failed" : "")}";
        output.WriteLine(summary);
        Console.WriteLine(summary);
        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
        Assert.True(files.Length > 0, $"{area}: no case was found in {root}");
    }

    static void KindIs(GoldenFile g, params string[] kinds) => Assert.True(kinds.Contains(g.Kind), $"unknown kind '{g.Kind}'");

    /// <summary>Copies the file's <c>param.*</c> into the model; <paramref name="names"/> maps the model's names to the file's.</summary>
    static void SetParameters(Model model, GoldenFile g, Func<string, string>? names = null)
    {
        int used = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            g.Floats("param." + (names?.Invoke(parameter.Name) ?? parameter.Name)).CopyTo(parameter.Value);
            used++;
        }
        Assert.Equal(g.Names.Count(name => name.StartsWith("param.", StringComparison.Ordinal)), used);
        model.ParametersChanged();
    }

    static void CheckGradients(Model model, Tape tape, GoldenFile g, Func<string, string>? names = null)
    {
        foreach (Parameter parameter in model.Parameters)
            g.Check("grad.param." + (names?.Invoke(parameter.Name) ?? parameter.Name), tape.Gradient(parameter));
    }

    /// <summary>(N, L, C) from (N, C, L...), and back in memory; two axes stay.</summary>
    static Tensor ChannelsLast(Tensor x)
    {
        if (x.Shape.Rank == 2) return x;
        int N = x.Shape[0], C = x.Shape[1], L = x.Count / (N * C);
        var swapped = new Tensor(N, L, C).WithGradient(true);
        for (int n = 0; n < N; n++)
            for (int c = 0; c < C; c++)
                for (int l = 0; l < L; l++) swapped.Span[(n * L + l) * C + c] = x.Span[(n * C + c) * L + l];
        return swapped;
    }

    static Tape TrainingTape(Model model)
    {
        Tape tape = model.Tape();
        tape.Begin(training: true);
        tape.Gradients.Clear();
        return tape;
    }
}
