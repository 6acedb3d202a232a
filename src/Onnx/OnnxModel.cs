using NeuralCore.Onnx.Import;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx;

/// <summary>An input or output of an ONNX graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Kind of its elements.</param>
/// <param name="Shape">Sizes of its axes, null where any will do, with the names that the file gives them or ?; null: of any rank.</param>
public sealed record OnnxPort(string Name, OnnxType Type, IReadOnlyList<(int? Size, string Name)>? Shape)
{
    /// <summary>Name, type and sizes, for example <c>'x' Float (batch, 8, 6)</c>.</summary>
    public override string ToString() => $"'{Name}' {Type} "
        + (Shape is null ? "of any shape" : $"({string.Join(", ", Shape.Select(axis => axis.Size?.ToString() ?? axis.Name))})");
}

/// <summary>
/// An ONNX file that is ready to run, on any number of threads at once. Opsets 7 to 23; LSTM, GRU and RNN with all their attributes,
/// Attention, and the element-wise, reduction, shape, matrix and normalisation operators around them. What depends on constants alone is
/// computed once, while the file is read.
/// <code>
/// OnnxModel model = OnnxModel.Load("model.onnx");
/// OnnxTensor y = model.Run(new() { ["x"] = OnnxTensor.From(values, 1, 60, 20) })["y"];
/// </code>
/// <para>Source: the operators' specification, github.com/onnx/onnx, docs/Operators.md and docs/Changelog.md.</para>
/// </summary>
public sealed class OnnxModel
{
    /// <summary>Oldest and newest version of the operators that is read.</summary>
    public const int OldestOpset = 7, NewestOpset = 23;

    readonly Graph graph;
    readonly string file;

    OnnxModel(ModelProto proto, string file, long bytes)
    {
        this.file = file;
        GraphProto graph = proto.Graph ?? throw Error("expected a graph, got none");
        OperatorSetIdProto[] sets = [.. proto.OpsetImport.Where(set => set.Domain is "" or "ai.onnx")];
        if (sets is not [{ Version: >= OldestOpset and <= NewestOpset } set])
            throw Error($"expected an opset from {OldestOpset} to {NewestOpset}, "
                + $"got {(sets is [] ? "none" : string.Join(", ", sets.Select(s => s.Version)))}");
        Opset = (int)set.Version;
        Producer = $"{proto.ProducerName} {proto.ProducerVersion}".Trim();
        var metadata = new Dictionary<string, string>();
        foreach (StringStringEntryProto entry in proto.MetadataProps) metadata[entry.Key] = entry.Value;
        Metadata = metadata;
        var constants = graph.Initializer.Select(tensor => tensor.Name).ToHashSet();   // files of old lists them among the inputs, too
        Inputs = [.. graph.Input.Where(input => !constants.Contains(input.Name)).Select(Port)];
        Outputs = [.. graph.Output.Select(Port)];
        if (Outputs.Count == 0) throw Error("expected an output, got none");
        this.graph = new Graph(graph, Opset, Inputs.Select(port => port.Name), Outputs.Select(port => port.Name), file, bytes);
    }

    /// <summary>Version of the operators.</summary>
    public int Opset { get; }

    /// <summary>What wrote the file, with its version; empty where the file does not say.</summary>
    public string Producer { get; }

    /// <summary>The texts that the file carries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What <see cref="Run"/> needs.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>What <see cref="Run"/> gives.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>What one run may cost.</summary>
    public OnnxLimits Limits { get; set; } = new();

    /// <summary>Reads a file, and those beside it in which its tensors may lie.</summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or needs something that is not supported; the message names file, node
    /// and reason.</exception>
    public static OnnxModel Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] bytes = OnnxFile.Content(path);
        ModelProto proto = OnnxFile.Parse(bytes, path);
        return new OnnxModel(proto, path, bytes.Length + ExternalData.Load(proto, path));
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="file">Where it comes from; it stands at the beginning of every error.</param>
    /// <exception cref="InvalidDataException">The content is damaged, or needs something that is not supported.</exception>
    public static OnnxModel Read(byte[] bytes, string file)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(file);
        return new OnnxModel(OnnxFile.Parse(bytes, file), file, bytes.Length);
    }

    /// <summary>Computes the outputs from the inputs, both by name. Floats for an input of type BFloat16 are rounded to it.</summary>
    /// <exception cref="ArgumentException">An input is missing, unknown, or of another type or shape than the file says.</exception>
    /// <exception cref="InvalidDataException">A node cannot compute with its inputs, or the run goes beyond
    /// <see cref="Limits"/>.</exception>
    public Dictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Keys.FirstOrDefault(name => Inputs.All(port => port.Name != name)) is { } unknown)
            throw new ArgumentException($"{file}: expected inputs {string.Join(", ", Inputs)}, got one named '{unknown}'", nameof(inputs));
        OnnxTensor[] values = graph.Run([.. Inputs.Select(port => Required(port, inputs))], Limits);
        var outputs = new Dictionary<string, OnnxTensor>();
        for (int i = 0; i < values.Length; i++)
            outputs[Outputs[i].Name] = values[i] is OnnxSequence sequence
                ? throw Error($"expected an output {Outputs[i]}, got {sequence}") : values[i];
        return outputs;
    }

    OnnxTensor Required(OnnxPort port, IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        if (!inputs.TryGetValue(port.Name, out OnnxTensor? x) || x is null)
            throw new ArgumentException($"{file}: expected an input {port}, got none", nameof(inputs));
        bool narrow = port.Type == OnnxType.BFloat16 && x.Type == OnnxType.Float;
        bool fits = (narrow || x.Type == port.Type) && (port.Shape is null || port.Shape.Count == x.Rank);
        for (int axis = 0; fits && axis < port.Shape?.Count; axis++) fits = port.Shape[axis].Size is not int size || size == x.Sizes[axis];
        return fits ? Casting.To(x, port.Type) : throw new ArgumentException($"{file}: expected an input {port}, got {x}", nameof(inputs));
    }

    OnnxPort Port(ValueInfoProto value)
    {
        if (value.Type?.TensorType is not { } tensor) throw Error($"'{value.Name}': expected a tensor, got something else");
        if (!Enum.IsDefined((OnnxType)tensor.ElemType)) throw Error($"'{value.Name}': its type {tensor.ElemType} is not supported");
        return new OnnxPort(value.Name, (OnnxType)tensor.ElemType, tensor.Shape is not { } shape ? null
            : [.. shape.Dim.Select(dim =>
                (dim.HasDimValue && dim.DimValue is >= 0 and <= int.MaxValue ? (int?)dim.DimValue : null,
                    dim.DimParam is "" ? "?" : dim.DimParam))]);
    }

    InvalidDataException Error(string problem) => new($"{file}: {problem}");
}
