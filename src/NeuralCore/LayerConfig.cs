namespace NeuralCore;

/// <summary>
/// What a layer was made with: its type and its constructor arguments by name. <see cref="Layer.Describe"/> sets them,
/// <see cref="Architecture"/> writes them to config.json and reads them back, and a layer is made from them again.
/// </summary>
/// <example><code>
/// protected override LayerConfig Describe() => new LayerConfig("Scale").Set("features", features);
/// Architecture.Register("Scale", c => new Scale(c.Integer("features")));
/// </code></example>
public sealed class LayerConfig
{
    readonly List<(string Name, object Value)> arguments = [];
    readonly HashSet<string> read = [];
    readonly Allowance allowance;

    /// <summary>A description without arguments yet.</summary>
    public LayerConfig(string type) : this(type, new Allowance(int.MaxValue)) { }

    internal LayerConfig(string type, Allowance allowance)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        (Type, this.allowance) = (type, allowance);
    }

    /// <summary>How many parts a description may still ask for, all layers together, so that a damaged file cannot ask for a billion.</summary>
    internal sealed class Allowance(int parts)
    {
        internal int Parts { get; set; } = parts;
    }

    /// <summary>Name of the layer's type, under which it is known to <see cref="Architecture"/>.</summary>
    public string Type { get; }

    internal IReadOnlyList<(string Name, object Value)> Arguments => arguments;

    /// <summary>Sets a whole number.</summary>
    public LayerConfig Set(string name, int value) => Add(name, (double)value);

    /// <summary>Sets a number.</summary>
    public LayerConfig Set(string name, double value) => Add(name, value);

    /// <summary>Sets a yes or no.</summary>
    public LayerConfig Set(string name, bool value) => Add(name, value);

    /// <summary>Sets a text.</summary>
    public LayerConfig Set(string name, string value) => Add(name, value);

    /// <summary>Sets a layer.</summary>
    public LayerConfig Set(string name, Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Add(name, layer.Describe());
    }

    /// <summary>Sets named layers, in order.</summary>
    public LayerConfig Set(string name, IEnumerable<(string Name, Layer Layer)> layers)
        => Add(name, layers.Select(l => (l.Name, l.Layer.Describe())).ToArray());

    internal LayerConfig Add(string name, object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        arguments.Add((name, value));
        return this;
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="InvalidDataException">It is missing or something else.</exception>
    public int Integer(string name) => Whole(name, Get<double>(name, "a whole number"));

    /// <summary>A whole number, or <paramref name="otherwise"/> if it is missing.</summary>
    public int Integer(string name, int otherwise) => Has(name) ? Integer(name) : otherwise;

    /// <summary>A number.</summary>
    public double Number(string name) => Get<double>(name, "a number");

    /// <summary>A number, or <paramref name="otherwise"/> if it is missing.</summary>
    public double Number(string name, double otherwise) => Has(name) ? Number(name) : otherwise;

    /// <summary>A yes or no, or <paramref name="otherwise"/> if it is missing.</summary>
    public bool Flag(string name, bool otherwise) => Has(name) ? Get<bool>(name, "true or false") : otherwise;

    /// <summary>A text, or <paramref name="otherwise"/> if it is missing.</summary>
    public string Text(string name, string otherwise) => Has(name) ? Get<string>(name, "a text") : otherwise;

    /// <summary>A number of equal parts, for example layers of a stack. A file may not ask for more parts than it has tensors.</summary>
    public int Parts(string name, int otherwise)
    {
        int parts = Integer(name, otherwise);
        allowance.Parts -= Math.Max(0, parts - 1);
        return allowance.Parts >= 0 ? parts : throw new InvalidDataException($"{Type}: expected '{name}' within the number of tensors in the file, got {parts}");
    }

    /// <summary>A layer.</summary>
    public Layer Layer(string name) => Architecture.Make(Get<LayerConfig>(name, "a layer"));

    /// <summary>Named layers, in order.</summary>
    public (string Name, Layer Layer)[] Layers(string name)
        => [.. Get<(string Name, LayerConfig Config)[]>(name, "a list of layers").Select(l => (l.Name, Architecture.Make(l.Config)))];

    /// <summary>Requires that every argument was read: one that nobody knows would be lost in silence.</summary>
    internal void RequireAllRead()
    {
        foreach ((string name, _) in arguments)
            if (!read.Contains(name)) throw new InvalidDataException($"{Type}: expected no argument '{name}'");
    }

    bool Has(string name) => arguments.Exists(a => a.Name == name);

    T Get<T>(string name, string expected)
    {
        read.Add(name);
        foreach ((string given, object value) in arguments)
            if (given == name) return value is T right ? right : throw new InvalidDataException($"{Type}: expected '{name}' to be {expected}, got {Kind(value)}");
        throw new InvalidDataException($"{Type}: expected '{name}', {expected}, got nothing");
    }

    int Whole(string name, double value) => value == (int)value ? (int)value
        : throw new InvalidDataException($"{Type}: expected '{name}' to be a whole number, got {value}");

    static string Kind(object value) => value switch
    {
        LayerConfig layer => $"the layer {layer.Type}",
        (string, LayerConfig)[] => "a list",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
