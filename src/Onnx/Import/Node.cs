using NeuralCore.Onnx.Proto;
using static NeuralCore.Onnx.Proto.AttributeProto.Types;

namespace NeuralCore.Onnx.Import;

/// <summary>A node of a graph with its attributes. An operator reads every attribute that it knows before the node runs.</summary>
sealed class Node
{
    readonly Dictionary<string, AttributeProto> attributes = [];
    readonly HashSet<string> read = [];
    readonly string file;
    readonly Func<GraphProto, Graph> prepare;
    readonly List<Graph> bodies = [];

    /// <param name="proto">The message.</param>
    /// <param name="opset">Version of the operators.</param>
    /// <param name="file">Its file, for errors.</param>
    /// <param name="prepare">Makes a graph of an attribute ready to run.</param>
    internal Node(NodeProto proto, int opset, string file, Func<GraphProto, Graph> prepare)
    {
        this.prepare = prepare;
        (Op, Domain, Opset, this.file) = (proto.OpType, proto.Domain is "ai.onnx" ? "" : proto.Domain, opset, file);
        (Inputs, Outputs) = ([.. proto.Input], [.. proto.Output]);
        Name = proto.Name.Length > 0 ? proto.Name : Outputs.FirstOrDefault(o => o.Length > 0) ?? "";
        foreach (AttributeProto attribute in proto.Attribute)
            if (!attributes.TryAdd(attribute.Name, attribute)) throw Error($"two attributes are named '{attribute.Name}'");
    }

    /// <summary>Type of the operator.</summary>
    internal string Op { get; }

    /// <summary>Domain of the operator; empty for ONNX's own.</summary>
    internal string Domain { get; }

    /// <summary>Version of the operators in the file.</summary>
    internal int Opset { get; }

    /// <summary>The node's own name, or that of its first output.</summary>
    internal string Name { get; }

    /// <summary>Names of the values that it reads; empty where an optional one is left out.</summary>
    internal string[] Inputs { get; }

    /// <summary>Names of the values that it makes; empty where nobody wants one.</summary>
    internal string[] Outputs { get; }

    internal bool Has(string name) => attributes.ContainsKey(name);

    /// <summary>Whether an input is there.</summary>
    internal bool HasInput(int index) => index < Inputs.Length && Inputs[index].Length > 0;

    /// <summary>Whether an output is wanted.</summary>
    internal bool HasOutput(int index) => index < Outputs.Length && Outputs[index].Length > 0;

    internal int Integer(string name, int otherwise) => Get(name, AttributeType.Int) is not { } a ? otherwise
        : a.I is >= int.MinValue and <= int.MaxValue ? (int)a.I
            : throw Error($"attribute '{name}': expected a number of 32 bits, got {a.I}");

    internal bool Flag(string name, bool otherwise) => Integer(name, otherwise ? 1 : 0) != 0;

    internal float Real(string name, float otherwise) => Get(name, AttributeType.Float)?.F ?? otherwise;

    internal string Text(string name, string otherwise) => Get(name, AttributeType.String) is { } a ? a.S.ToStringUtf8() : otherwise;

    internal long[]? Integers(string name) => Get(name, AttributeType.Ints) is { } a ? [.. a.Ints] : null;

    internal float[]? Reals(string name) => Get(name, AttributeType.Floats) is { } a ? [.. a.Floats] : null;

    internal string[]? Texts(string name)
        => Get(name, AttributeType.Strings) is { } a ? [.. a.Strings.Select(s => s.ToStringUtf8())] : null;

    internal OnnxTensor? Tensor(string name)
        => Get(name, AttributeType.Tensor) is { } a ? OnnxFile.Value(a.T ?? new TensorProto(), file, $"{this}: '{name}'") : null;

    /// <summary>The graphs among the attributes, in the order in which they were asked for.</summary>
    internal IReadOnlyList<Graph> Bodies => bodies;

    /// <summary>A graph that must be there.</summary>
    internal Graph Body(string name)
    {
        Graph body = prepare(Get(name, AttributeType.Graph)?.G ?? throw Error($"expected a graph '{name}', got none"));
        bodies.Add(body);
        return body;
    }

    /// <summary>An attribute that has no effect here.</summary>
    internal void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) read.Add(name);
    }

    /// <summary>Requires that every attribute was read: what nobody knows would change the meaning in silence.</summary>
    internal void RequireAllRead()
    {
        foreach (string name in attributes.Keys)
            if (!read.Contains(name)) throw Error($"attribute '{name}' is not supported");
    }

    AttributeProto? Get(string name, AttributeType type)
    {
        read.Add(name);
        if (!attributes.TryGetValue(name, out AttributeProto? a)) return null;
        if (a.RefAttrName.Length > 0) throw Error($"attribute '{name}': expected a value, got a reference to '{a.RefAttrName}'");
        return a.Type == type || a.Type == AttributeType.Undefined ? a : throw Error($"attribute '{name}': expected {type}, got {a.Type}");
    }

    /// <summary>An error that names file, operator, node and version.</summary>
    internal InvalidDataException Error(string problem, Exception? inner = null) => new($"{file}: {this}: {problem}", inner);

    /// <summary>How errors name the node, for example <c>LSTM 'encoder' (opset 14)</c>.</summary>
    public override string ToString() => $"{(Domain.Length > 0 ? Domain + "." : "")}{Op} '{Name}' (opset {Opset})";
}
