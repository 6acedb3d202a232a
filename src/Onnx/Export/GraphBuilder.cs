using Google.Protobuf;
using NeuralCore.Onnx.Proto;
using static NeuralCore.Onnx.Proto.AttributeProto.Types;

namespace NeuralCore.Onnx.Export;

/// <summary>
/// A graph that grows by nodes and constants; every value gets a name of its own, which begins with the place of its layer.
/// </summary>
sealed class GraphBuilder(int opset)
{
    readonly HashSet<string> names = [];
    readonly Dictionary<string, string> shared = [];   // small constants by their content

    internal int Opset => opset;

    /// <summary>The graph that nodes are added to; constants go to the outermost, whose values bodies of loops see.</summary>
    internal GraphProto Graph { get; private set; } = new() { Name = "model" };

    const string Short = "s";   // what compact names begin with, after their layer's
    GraphProto? outermost;

    /// <summary>
    /// Whether names are short and nodes have none: the many small nodes of an int8 model would fill a file of a quarter of the size with
    /// them.
    /// </summary>
    internal bool Compact { get; set; }

    /// <summary>Place of the layer that adds nodes now.</summary>
    internal string Scope { get; set; } = "";

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    internal string Node(string op, string[] inputs, params (string Name, object Value)[] attributes) => Node(op, 1, inputs, attributes)[0];

    /// <summary>Adds a node and returns the names of its outputs.</summary>
    internal string[] Node(string op, int outputs, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = Compact ? "" : Name(op) };
        node.Input.AddRange(inputs);
        for (int i = 0; i < outputs; i++) node.Output.Add(Name(Compact ? Short : outputs == 1 ? op + "_out" : $"{op}_out{i}"));
        node.Attribute.AddRange(attributes.Select(a => Attribute(a.Name, a.Value)));
        Graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Adds an input of the graph; -1 stands for the batch, -2 for the time.</summary>
    internal string Input(string name, OnnxType type, params ReadOnlySpan<int> sizes)
    {
        if (!names.Add(name)) throw new ArgumentException($"ONNX: expected different names of inputs and outputs, got '{name}' twice");
        Graph.Input.Add(Port(name, type, sizes));
        return name;
    }

    /// <summary>
    /// Adds a Scan: one step of a loop over the first axis of some values. <paramref name="step"/> is given the names of the states and of
    /// a step's values, and gives those of the states after it and of its outputs; the result names the last states and all outputs.
    /// </summary>
    internal string[] Scan(string[] states, string[] values, OnnxType[] types, bool backwards, Func<string[], string[]> step)
    {
        (GraphProto graph, string scope) = (Graph, Scope);
        Scope = "";
        outermost ??= graph;
        Graph = new GraphProto { Name = "step" };
        string[] inputs = [.. types.Select(_ => Name(Short))];
        for (int i = 0; i < inputs.Length; i++) Graph.Input.Add(Port(inputs[i], types[i]));
        foreach (string output in step(inputs)) Graph.Output.Add(Port(Node("Identity", [output]), OnnxType.Float));
        GraphProto body = Graph;
        (Graph, Scope) = (graph, scope);
        if (graph == outermost) outermost = null;
        int outputs = body.Output.Count - states.Length;
        List<(string, object)> attributes = [("body", body), ("num_scan_inputs", values.Length)];
        if (backwards)
        {
            attributes.Add(("scan_input_directions", Enumerable.Repeat(1L, values.Length).ToArray()));
            attributes.Add(("scan_output_directions", Enumerable.Repeat(1L, outputs).ToArray()));
        }
        return Node("Scan", body.Output.Count, [.. states, .. values], [.. attributes]);
    }

    /// <summary>Gives a value the name of an output of the graph.</summary>
    internal void Output(string name, string value, params ReadOnlySpan<int> sizes)
    {
        if (!names.Add(name)) throw new ArgumentException($"ONNX: expected different names of inputs and outputs, got '{name}' twice");
        Graph.Node.Add(new NodeProto { OpType = "Identity", Name = $"{name}/Identity", Input = { value }, Output = { name } });
        Graph.Output.Add(Port(name, OnnxType.Float, sizes));
    }

    /// <summary>An input or output of any shape.</summary>
    static ValueInfoProto Port(string name, OnnxType type)
        => new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };

    static ValueInfoProto Port(string name, OnnxType type, ReadOnlySpan<int> sizes)
    {
        var shape = new TensorShapeProto();
        foreach (int size in sizes)
            shape.Dim.Add(size switch
            {
                -1 => new TensorShapeProto.Types.Dimension { DimParam = "batch" },
                -2 => new TensorShapeProto.Types.Dimension { DimParam = "time" },
                _ => new TensorShapeProto.Types.Dimension { DimValue = size },
            });
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    /// <summary>Adds a constant under a name that begins with the scope.</summary>
    internal string Constant<T>(string hint, ReadOnlySpan<T> values, params ReadOnlySpan<int> sizes) where T : unmanaged
    {
        TensorProto tensor = OnnxFile.Message(Name(hint), values, sizes);
        (outermost ?? Graph).Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>A list of whole numbers, such as axes.</summary>
    internal string Integers(params long[] values)
        => Shared($"integers_{string.Join('_', values)}", name => OnnxFile.Message<long>(name, values, values.Length));

    /// <summary>A single whole number.</summary>
    internal string Integer(long value) => Shared($"integer_{value}", name => OnnxFile.Message<long>(name, [value]));

    /// <summary>A single byte.</summary>
    internal string Byte(byte value) => Shared($"byte_{value}", name => OnnxFile.Message<byte>(name, [value]));

    /// <summary>A single float.</summary>
    internal string Number(float value)
        => Shared(FormattableString.Invariant($"{value:R}"), name => OnnxFile.Message<float>(name, [value]));

    /// <summary>A single double.</summary>
    internal string Double(double value)
        => Shared(FormattableString.Invariant($"double_{value:R}"), name => OnnxFile.Message<double>(name, [value]));

    string Shared(string name, Func<string, TensorProto> make)
    {
        if (shared.TryGetValue(name, out string? known)) return known;
        string scope = Scope;
        Scope = "";
        TensorProto tensor = make(Name(Compact ? "c" : name));
        Scope = scope;
        (outermost ?? Graph).Initializer.Add(tensor);
        return shared[name] = tensor.Name;
    }

    string Name(string hint)
    {
        string name = Scope.Length == 0 ? hint : $"{Scope}/{hint}", unique = name;
        for (int i = 1; !names.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }

    static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int i: (attribute.Type, attribute.I) = (AttributeType.Int, i); break;
            case float f: (attribute.Type, attribute.F) = (AttributeType.Float, f); break;
            case string s: (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(s)); break;
            case long[] list: attribute.Type = AttributeType.Ints; attribute.Ints.AddRange(list); break;
            case float[] list: attribute.Type = AttributeType.Floats; attribute.Floats.AddRange(list); break;
            case string[] list:
                attribute.Type = AttributeType.Strings;
                attribute.Strings.AddRange(list.Select(ByteString.CopyFromUtf8));
                break;
            case GraphProto graph: (attribute.Type, attribute.G) = (AttributeType.Graph, graph); break;
            case TensorProto tensor: (attribute.Type, attribute.T) = (AttributeType.Tensor, tensor); break;
            default: throw new ArgumentException($"attribute '{name}': expected a known type, got {value.GetType().Name}");
        }
        return attribute;
    }
}
