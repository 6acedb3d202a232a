using System.Globalization;

namespace NeuralCore;

/// <summary>
/// What a layer was made with: its type and its constructor arguments by name. <see cref="Layer.Describe"/> sets them,
/// <see cref="Architecture"/> writes them to config.json and reads them back, and a layer is made from them again.
/// </summary>
/// <example><code>
/// protected internal override LayerConfig Describe() => new LayerConfig("Scale").Set("features", features);
/// Architecture.Register("Scale", c => new Scale(c.Integer("features")));
/// </code></example>
public sealed class LayerConfig
{
    readonly OrderedDictionary<string, object> arguments = [];
    readonly HashSet<string> read = [];
    readonly Allowance allowance;
    readonly LayerConfig? parent;
    readonly string name;

    /// <summary>A description without arguments yet.</summary>
    public LayerConfig(string type) : this(type, new Allowance(int.MaxValue), null, "") { }

    /// <summary>
    /// A description read from a file: <paramref name="name"/> is that of a child in a list, or of the parent's argument.
    /// </summary>
    internal LayerConfig(string type, Allowance allowance, LayerConfig? parent, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        (Type, this.allowance, this.parent, this.name) = (type, allowance, parent, name);
    }

    /// <summary>
    /// How many parts a description may still ask for, all layers together, so that a damaged file cannot ask for a billion.
    /// </summary>
    internal sealed class Allowance(int parts)
    {
        internal int Parts { get; set; } = parts;
    }

    /// <summary>Name of the layer's type, under which it is known to <see cref="Architecture"/>.</summary>
    public string Type { get; }

    internal IEnumerable<KeyValuePair<string, object>> Arguments => arguments;

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
        if (name is "type" or "name")
            throw new ArgumentException($"{this}: expected another name for an argument than '{name}', which has its meaning already");
        if (!arguments.TryAdd(name, value)) throw new ArgumentException($"{this}: two arguments are named '{name}'");
        return this;
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="InvalidDataException">It is missing or something else.</exception>
    public int Integer(string name) => Get<double>(name, "a whole number") is double value && value == (int)value ? (int)value
        : throw Unexpected(name, "a whole number");

    /// <summary>A whole number, or <paramref name="otherwise"/> if it is missing.</summary>
    public int Integer(string name, int otherwise) => Has(name) ? Integer(name) : otherwise;

    /// <summary>A finite number.</summary>
    /// <exception cref="InvalidDataException">It is missing or something else.</exception>
    public double Number(string name) => Get<double>(name, "a number") is double value && double.IsFinite(value) ? value
        : throw Unexpected(name, "a finite number");

    /// <summary>A finite number, or <paramref name="otherwise"/> if it is missing.</summary>
    public double Number(string name, double otherwise) => Has(name) ? Number(name) : otherwise;

    /// <summary>A yes or no, or <paramref name="otherwise"/> if it is missing.</summary>
    public bool Flag(string name, bool otherwise) => Has(name) ? Get<bool>(name, "true or false") : otherwise;

    /// <summary>A text, or <paramref name="otherwise"/> if it is missing.</summary>
    public string Text(string name, string otherwise) => Has(name) ? Get<string>(name, "a text") : otherwise;

    /// <summary>
    /// A number of equal parts that the constructor makes, for example layers of a stack. A file may not ask for more parts than it has
    /// tensors, so that a damaged number cannot ask for a billion.
    /// </summary>
    public int Parts(string name, int otherwise)
    {
        int parts = Integer(name, otherwise);
        int more = Math.Max(0, parts - 1);
        if (more > allowance.Parts)
            throw new InvalidDataException($"{this}: expected '{name}' within the number of tensors in the file, got {parts}");
        allowance.Parts -= more;
        return parts;
    }

    /// <summary>A layer.</summary>
    public Layer Layer(string name) => Architecture.Make(Get<LayerConfig>(name, "a layer"));

    /// <summary>Named layers, in order.</summary>
    public (string Name, Layer Layer)[] Layers(string name)
        => [.. Get<(string Name, LayerConfig Config)[]>(name, "a list of layers").Select(l => (l.Name, Architecture.Make(l.Config)))];

    /// <summary>Requires that every argument was read: one that nobody knows would be lost in silence.</summary>
    internal void RequireAllRead()
    {
        foreach (string argument in arguments.Keys)
            if (!read.Contains(argument)) throw new InvalidDataException($"{this}: expected no argument '{argument}'");
    }

    /// <summary>Type and place, for example <c>Dense '1.head'</c>: how errors name this description.</summary>
    public override string ToString() => Place.Length == 0 ? Type : $"{Type} '{Place}'";

    string Place => parent is null ? "" : parent.Place is { Length: > 0 } above ? $"{above}.{name}" : name;

    bool Has(string name) => arguments.ContainsKey(name);

    T Get<T>(string name, string expected)
    {
        read.Add(name);
        return arguments.TryGetValue(name, out object? value) && value is T right ? right : throw Unexpected(name, expected);
    }

    InvalidDataException Unexpected(string name, string expected)
        => new($"{this}: expected '{name}' to be {expected}, got {Kind(arguments.GetValueOrDefault(name))}");

    static string Kind(object? value) => value switch
    {
        null => "nothing",
        LayerConfig layer => $"the layer {layer.Type}",
        (string, LayerConfig)[] => "a list of layers",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
