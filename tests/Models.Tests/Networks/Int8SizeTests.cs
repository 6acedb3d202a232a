namespace NeuralCore.Models.Tests;

/// <summary>Files of all networks at their default sizes, with int8 weights and with floats.</summary>
public sealed class Int8SizeTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("int8-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static IEnumerable<TheoryDataRow<string, string>> Sizes()
        => from model in DirectionModel.All.OfType<NetworkModel>()
           from set in ((string[])[model.Features.Name, "standard", "extended"]).Distinct()
           where model.WithFeatures(FeatureSet.Named(set)).Features.Name == set
           select new TheoryDataRow<string, string>(model.Name, set);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Int8_files_are_about_a_quarter(string name, string set)
    {
        var model = (NetworkModel)DirectionModel.Named(name).WithFeatures(FeatureSet.Named(set));
        var floats = new Model(model.Build(model.Inputs.Features.Count), seed: 1);
        double share = Bytes(floats.Quantize()) / (double)Bytes(floats);
        double most = floats.Count switch { > 100_000 => 0.28, >= 5_000 => 0.38, _ => 1 };
        Assert.True(share <= most, $"{floats.Count} parameters: expected at most {most} of the bytes of float32, got {share:F4}");
    }

    long Bytes(Model model)
    {
        string path = Path.Combine(folder, "model.safetensors");
        model.Save(path);
        return new FileInfo(path).Length;
    }
}
