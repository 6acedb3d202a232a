using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

// Operators with graphs of their own.
static partial class OperatorCases
{
    static GraphProto Body(string inputs, string outputs, params NodeProto[] nodes)
    {
        var graph = new GraphProto { Name = "body" };
        graph.Input.AddRange(Ports(inputs));
        graph.Output.AddRange(Ports(outputs));
        graph.Node.AddRange(nodes);
        return graph;

        // Names, those of single truth values with a question mark, of single whole numbers with a hash.
        static IEnumerable<ValueInfoProto> Ports(string names) => names.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(name => new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto
                {
                    TensorType = name[^1] switch
                    {
                        '?' => new() { ElemType = (int)OnnxType.Bool, Shape = new() },
                        '#' => new() { ElemType = (int)OnnxType.Int64, Shape = new() },
                        _ => new() { ElemType = (int)OnnxType.Float },
                    },
                },
            });
    }

    static NodeProto Node(string op, string inputs, string output, params (string Name, int Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = output + "/" + op, Output = { output } };
        node.Input.AddRange(inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach ((string name, int value) in attributes)
            node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });
        return node;
    }

    static IEnumerable<OperatorCase> Bodies()
    {
        // Bodies of loops and branches read in0 and in2 from the graph around them.
        OnnxTensor<float> h = F(80, 2, 3), x = F(81, 5, 2, 3), factor = F(82, 3);
        GraphProto scan = Body("h v", "next y more", Node("Tanh", "h", "kept"), Node("Add", "kept v", "next"), Node("Sin", "next", "y"),
            Node("Neg", "v", "more"));
        yield return new("Scan", 17, "Scan", [h, x], 3, ("body", scan), ("num_scan_inputs", 1));
        yield return new("Scan-backwards", 11, "Scan", [h, x], 3, ("body", scan), ("num_scan_inputs", 1),
            ("scan_input_directions", new long[] { 1 }), ("scan_output_directions", new long[] { 1, 0 }));
        yield return new("Scan-axes", 17, "Scan", [h, F(81, 2, 5, 3)], 3, ("body", scan), ("num_scan_inputs", 1),
            ("scan_input_axes", new long[] { 1 }), ("scan_output_axes", new long[] { 1, -1 }));
        yield return new("Loop-count", 17, "Loop", [Scalar(4), null, factor], 2,
            ("body", Body("i# on? s", "go? next y", Node("Identity", "on?", "go?"), Node("Add", "s in2", "next"), Node("Exp", "s", "y"))));
        yield return new("Loop-while", 17, "Loop", [null, OnnxTensor.From([true]), OnnxTensor.From([1f])], 2,
            ("body", Body("i# on? s", "go? next y#", Node("Add", "s s", "next"), Node("Add", "in2 in2", "two"),
                Node("Mul", "two two", "four"),
                Node("Mul", "four four", "sixteen"), Node("Less", "next sixteen", "go?"), Node("Add", "i# i#", "y#"))));
        foreach (bool yes in new[] { false, true })
            yield return new($"If-{(yes ? "then" : "else")}", 17, "If", [OnnxTensor.From([yes])], 1,
                ("then_branch", Body("", "a", Node("Cast", "in0", "a", ("to", 1)))),
                ("else_branch", Body("", "b", Node("Cast", "in0", "c", ("to", 1)),
                    Node("Cos", "c", "b"))));
    }

    static IEnumerable<OperatorCase> Sequences()
    {
        yield return Once("Sequence-concat", "y", Node("SequenceConstruct", "a b", "s"), Node("SequenceInsert", "s a", "t"),
            Node("ConcatFromSequence", "t", "y", ("axis", 1)));
        yield return Once("Sequence-stack", "y", Node("SequenceEmpty", "", "e"), Node("SequenceInsert", "e b", "s"),
            Node("SequenceInsert", "s a i#", "t"), Node("ConcatFromSequence", "t", "y", ("axis", -1), ("new_axis", 1)));
        yield return Once("Sequence-split", "y", Node("SplitToSequence", "a", "s", ("axis", 1), ("keepdims", 0)),
            Node("SequenceErase", "s", "t"), Node("ConcatFromSequence", "t", "y", ("axis", 0), ("new_axis", 1)));
        yield return Once("Sequence-at", "y", Node("Add", "b b", "c"), Node("SequenceConstruct", "a b c", "s"),
            Node("SequenceErase", "s i#", "t"), Node("SequenceAt", "t i#", "y"));
        yield return Once("Sequence-length", "y#", Node("SplitToSequence", "a", "s", ("axis", 0)), Node("SequenceLength", "s", "y#"));

        // A loop of one step, whose body makes a value of a and b.
        static OperatorCase Once(string name, string output, params NodeProto[] nodes)
            => new(name, 17, "Loop", [Scalar(1), null, F(83, 3, 5), F(84, 3, 5)], 3, ("body", Body("i# on? a b", $"go? a+ b+ {output}",
                [Node("Identity", "on?", "go?"), Node("Identity", "a", "a+"), Node("Identity", "b", "b+"), .. nodes])));
    }
}
