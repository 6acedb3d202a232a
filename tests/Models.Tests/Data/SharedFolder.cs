namespace Models.Tests.Data;

/// <summary>
/// The folder of market data beside the repository, named by NEURALCORE_SHARED; tests that need it are skipped without it.
/// </summary>
static class SharedFolder
{
    public static string Require(string relative)
    {
        string path = Path.Combine(Root(), relative);
        Assert.SkipUnless(Directory.Exists(path) || File.Exists(path), $"needs the shared data folder ({relative} is not there)");
        return path;
    }

    static string Root()
    {
        if (Environment.GetEnvironmentVariable("NEURALCORE_SHARED") is { Length: > 0 } named) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "NeuralCore.sln")))
                return Path.Combine(folder.FullName, "..", "shared");
        return "shared";
    }
}

/// <summary>A folder that is removed after the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("neuralcore-").FullName;

    public string Write(string name, string text)
    {
        string path = File(name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        string path = File(name);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    public string File(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
