namespace NeuralCore.Tests;

/// <summary>What a new model may take the place of, and what is left when a process is killed in the middle.</summary>
public sealed class ModelFolderReplaceTests : IDisposable
{
    const string Ours = """{"format": "neuralcore", "version": 1, "architecture": {}}""";
    const string Predictor = """{"format": 1, "model": "v2", "settings": {}, "labels": {}, "features": [], "metadata": {}}""";
    const string Ensemble = """{"format": 1, "model": "ensemble", "settings": {}, "labels": {},"""
        + """ "features": {}, "members": ["v2", "v3.1"]}""";

    readonly string folder = Directory.CreateTempSubdirectory("replace").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Target => Path.Combine(folder, "m");

    static Model Small(ulong seed) => new(new Dense(3, 2), seed);

    void Put(string name, string text = "")
    {
        string path = Path.Combine(Target, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    void IsModel(ulong seed) => Assert.Equal(Small(seed).State.ToArray(), Model.LoadFolder(Target).State.ToArray());

    string[] All => [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("""{"name": "website", "version": "1.0"}""", "model.safetensors", "a config.json that is not a model's")]
    [InlineData("""{"format": "keras", "version": 1, "architecture": {}}""", "model.safetensors", "a config.json that is not a model's")]
    [InlineData("""{"format": "neuralcore", "architecture": {}}""", "model.safetensors", "a config.json that is not a model's")]
    [InlineData("""{"format": 1, "model": "bert"}""", "model.safetensors", "a config.json that is not a model's")]
    [InlineData("[1]", "model.safetensors", "a config.json that is not a model's")]
    [InlineData("{", "model.safetensors", "a config.json that cannot be read")]
    [InlineData(Ours, "scaler.json", "a folder without model.safetensors")]
    [InlineData(Ours, "model.safetensors thesis.txt", "the file thesis.txt in it")]
    [InlineData(Ours, "model.safetensors photos/cat.png", "the folder photos in it")]
    [InlineData(Predictor, "v2/config.json", "the folder v2 in it")]
    [InlineData(Ensemble, "v2/thesis.txt", "in v2 a folder without config.json")]
    [InlineData(Ensemble, "photos/config.json", "the folder photos in it")]
    public void What_is_not_a_model_stays(string config, string files, string says)
    {
        Put("config.json", config);
        foreach (string file in files.Split(' ')) Put(file);
        string[] before = All;
        string message = Assert.Throws<IOException>(() => Small(1).SaveFolder(Target)).Message;
        Assert.StartsWith($"{Target}: expected no folder, an empty one or nothing but a trained model to replace, got {says}", message,
            StringComparison.Ordinal);
        Assert.Throws<IOException>(() => ModelFolder.RequireReplaceable(Target));
        Assert.Equal(before, All);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(Ours, "model.safetensors metrics.json")]
    [InlineData(Predictor, "")]
    [InlineData(Predictor, "scaler.json training_history.json model.safetensors metrics.json")]
    public void A_model_or_an_empty_folder_is_replaced(string config, string files)
    {
        Directory.CreateDirectory(Target);
        if (config.Length > 0) Put("config.json", config);
        foreach (string file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries)) Put(file);
        ModelFolder.RequireReplaceable(Target);
        Small(1).SaveFolder(Target);
        IsModel(1);
        Assert.Equal(3, All.Length);
    }

    [Fact]
    public void An_ensemble_with_its_members_is_replaced()
    {
        Put("config.json", Ensemble);
        Put("v2/config.json", Predictor);
        Put("v3.1/config.json", Predictor);
        Put("v3.1/model.safetensors");
        Small(1).SaveFolder(Target);
        IsModel(1);
    }

    [Fact]
    public void Files_that_the_new_model_has_too_do_not_stand_in_its_way()
    {
        void Write(ulong seed) => ModelFolder.Replace(Target, temporary =>
        {
            Small(seed).SaveFolder(temporary);
            File.WriteAllText(Path.Combine(temporary, "notes.txt"), "");
        });
        Write(1);
        Write(2);
        IsModel(2);
        ModelFolder.RequireReplaceable(Target, "notes.txt");
        Assert.Throws<IOException>(() => Small(3).SaveFolder(Target));
        IsModel(2);
    }

    /// <summary>Killed between the two renames: the old model and the new one lie beside an empty place.</summary>
    void Interrupt(string id, bool locked = true)
    {
        string temporary = Path.Combine(folder, $".m.{id}");
        if (Directory.Exists(Target)) Directory.Move(Target, temporary + ".old");
        Small(9).SaveFolder(temporary);
        if (locked) File.WriteAllText(temporary + ".lock", "");
    }

    static string Id => Guid.NewGuid().ToString("N");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_kill_between_the_renames_the_old_model_is_put_back(bool locked)
    {
        Small(1).SaveFolder(Target);
        Interrupt(Id, locked);
        IsModel(1);
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(folder));
        Interrupt(Id, locked);
        Assert.Throws<InvalidOperationException>(() => ModelFolder.Replace(Target, _ => throw new InvalidOperationException()));
        IsModel(1);
        Interrupt(Id, locked);
        Small(2).SaveFolder(Target);
        IsModel(2);
        Assert.Equal([Target], Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void What_a_kill_left_beside_a_model_goes_with_the_next_one_and_nothing_else()
    {
        string others = Path.Combine(folder, ".m.other"), more = Path.Combine(folder, $".mm.{Id}"),
            further = Path.Combine(folder, $".m.{Id}.new");
        foreach (string path in (string[])[others, more, further]) Directory.CreateDirectory(path);
        Small(1).SaveFolder(Target);
        Interrupt(Id);
        Small(2).SaveFolder(Target);
        Interrupt(Id);
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(folder, $".m.{Id}.lock"), "");
        Small(3).SaveFolder(Target);
        IsModel(3);
        Assert.Equal(new[] { others, more, further, Target }.Order(StringComparer.Ordinal), Directory.EnumerateFileSystemEntries(folder)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_living_process_works_with_is_left_alone()
    {
        string id = Id;
        Small(1).SaveFolder(Target);
        Interrupt(id);
        string[] before = All;
        using (new FileStream(Path.Combine(folder, $".m.{id}.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains("is missing", Assert.Throws<InvalidDataException>(() => Model.LoadFolder(Target)).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, All);
        }
        IsModel(1);
        ModelFolder.Replace(Target, temporary =>
        {
            Small(2).SaveFolder(temporary);
            ModelFolder.Recover(Target);
        });
        IsModel(2);
    }

    [Fact]
    public void Of_two_old_models_none_is_chosen()
    {
        foreach (ulong seed in (ulong[])[1, 2])
        {
            Small(seed).SaveFolder(Path.Combine(folder, "made"));
            Directory.Move(Path.Combine(folder, "made"), Path.Combine(folder, $".m.{Id}.old"));
        }
        Assert.Throws<InvalidDataException>(() => Model.LoadFolder(Target));
        Assert.Equal(2, Directory.GetDirectories(folder).Length);
    }
}
