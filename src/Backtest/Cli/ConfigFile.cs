using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace NeuralCore.Backtest.Cli;

/// <summary>
/// A configuration file: YAML whose keys are the names of options, and the sections <c>folds</c> and <c>models</c>. Everything is kept as
/// text by path (<c>seed</c>, <c>folds.count</c>, <c>models.v3.hidden</c>), so that it is read as the command line is.
/// </summary>
sealed class ConfigFile
{
    const long LargestFile = 1 << 20;
    const int Deepest = 3;

    readonly List<(string[] Path, string Value)> entries = [];

    ConfigFile(string path) => Path = path;

    /// <summary>The file as it was named.</summary>
    public string Path { get; }

    /// <summary>The text of a key; null where the file has none.</summary>
    public string? Find(string key) => entries.FirstOrDefault(e => string.Join('.', e.Path) == key).Value;

    /// <summary>Models and their settings: <c>models: {v3: {hidden: 32}}</c>.</summary>
    public IEnumerable<(string Model, string Name, string Value)> ModelSettings =>
        entries.Where(e => e.Path is ["models", _, _]).Select(e => (e.Path[1], e.Path[2], e.Value));

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keys">Keys that the command has; <c>folds.count</c> stands for a key in a section, <c>models.*</c> for all models'
    /// settings.</param>
    /// <exception cref="UsageException">The file is missing, is no YAML, or has an unknown key.</exception>
    public static ConfigFile Read(string path, IReadOnlyCollection<string> keys)
    {
        var file = new ConfigFile(path);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > LargestFile })
                throw new UsageException($"{path}: expected a configuration file of at most {LargestFile:N0} bytes");
            string text = File.ReadAllText(path);
            RequireShallow(path, text);
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents.Count > 1) throw new UsageException($"{path}: expected one YAML document, got {yaml.Documents.Count}");
            if (yaml.Documents.Count == 1) file.AddAll([], yaml.Documents[0].RootNode);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}: line {e.Start.Line}: is not valid YAML: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: cannot be read: {e.Message}");
        }
        foreach ((string[] entry, _) in file.entries) file.Check(entry, keys);
        return file;
    }

    /// <summary>
    /// Reads no further than a level below what any key may hold, or than an alias: the library builds what is nested by recursion, and
    /// aliases let a short file nest, and repeat, without end.
    /// </summary>
    static void RequireShallow(string path, string text)
    {
        const int around = 2;       // the stream and the document
        var parser = new Parser(new StringReader(text));
        for (int depth = 0; parser.MoveNext();)
        {
            long line = parser.Current!.Start.Line;
            if (parser.Current is AnchorAlias alias)
                throw new UsageException($"{path}: line {line}: expected no aliases, got '*{alias.Value.Value}'");
            if ((depth += parser.Current.NestingIncrease) > around + Deepest + 1)
                throw new UsageException($"{path}: line {line}: expected at most {Deepest} levels of keys and lists, got more");
        }
    }

    void Check(string[] entry, IReadOnlyCollection<string> keys)
    {
        string key = string.Join('.', entry);
        if (entry is ["models", _, _] ? keys.Contains("models.*") : keys.Contains(key)) return;
        if (entry.Length > 1 && keys.Contains(entry[0]) && entry[0] is not ("models" or "folds"))
            throw new UsageException($"{Path}: key '{entry[0]}': expected a value, got a mapping");
        if (entry is ["models", _] && keys.Contains("models.*"))
            throw new UsageException($"{Path}: key '{key}': expected settings, for example {{epochs: 10}}, got a value");
        throw new UsageException($"{Path}: key '{key}': expected one of {string.Join(", ", keys)}");
    }

    void AddAll(string[] at, YamlNode node)
    {
        if (node is YamlScalarNode scalar && at.Length > 0)
            entries.Add((at is ["folds"] ? ["folds", "count"] : at, scalar.Value ?? ""));
        else if (node is YamlMappingNode mapping && at.Length < Deepest)
            foreach ((YamlNode key, YamlNode value) in mapping.Children)
                AddAll([.. at, key is YamlScalarNode { Value: { } name } ? name : throw Unexpected(at, "keys of text", key)], value);
        else if (node is YamlSequenceNode list && at.Length == 1)
            entries.Add((at, string.Join(',', list.Children.Select(item => Item(at, item)))));
        else
            throw Unexpected(at, at.Length == 0 ? "options as 'key: value'" : "a value", node);
    }

    /// <summary>An entry of a list; a model in a list may bring its settings: <c>models: [v2, v3: {hidden: 32}]</c>.</summary>
    string Item(string[] at, YamlNode item)
    {
        if (item is YamlScalarNode { Value: { } value }) return value;
        if (at is not ["models"] || item is not YamlMappingNode { Children.Count: 1 } model) throw Unexpected(at, "a list of texts", item);
        AddAll(at, model);
        return ((YamlScalarNode)model.Children[0].Key).Value!;
    }

    UsageException Unexpected(string[] at, string expected, YamlNode node)
    {
        string what = node switch { YamlMappingNode => "a mapping", YamlSequenceNode => "a list", _ => $"'{node}'" };
        return new($"{Path}: line {node.Start.Line}: {(at.Length == 0 ? "" : $"key '{string.Join('.', at)}': ")}expected {expected}, got "
            + $"{what}");
    }
}
