using NeuralCore.Onnx.Export;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

/// <summary>A graph of one node, all of whose inputs come from outside; an input that is null is left out.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Opset">Version of the operators.</param>
/// <param name="Op">The operator.</param>
/// <param name="Inputs">Values of the inputs.</param>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="Attributes">Attributes by name.</param>
sealed record OperatorCase(string Name, int Opset, string Op, OnnxTensor?[] Inputs, int Outputs,
    params (string Name, object Value)[] Attributes)
{
    /// <summary>The file; types of the outputs are those that a run gives.</summary>
    public byte[] Model()
    {
        Dictionary<string, OnnxTensor> values = OnnxModel.Read(Model(_ => OnnxType.Float), Name).Run(Given());
        return Model(output => values[output].Type);
    }

    byte[] Model(Func<string, OnnxType> type)
    {
        var graph = new GraphBuilder(Opset);
        graph.Node(Op, Outputs, [.. Inputs.Select((x, i) => x is null ? "" : graph.Input($"in{i}", x.Type, [.. x.Shape]))], Attributes);
        for (int i = 0; i < Outputs; i++)
        {
            string name = graph.Graph.Node[0].Output[i] = $"out{i}";
            graph.Graph.Output.Add(new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type(name) } }
            });
        }
        return Google.Protobuf.MessageExtensions.ToByteArray(new ModelProto
        {
            IrVersion = Opset switch { < 11 => 5, < 15 => 7, < 19 => 8, < 21 => 9, < 23 => 10, _ => 11 },
            Graph = graph.Graph,
            OpsetImport = { new OperatorSetIdProto { Version = Opset } },
        });
    }

    /// <summary>The inputs by name.</summary>
    public Dictionary<string, OnnxTensor> Given()
        => Inputs.Select((x, i) => (x, i)).Where(p => p.x is not null).ToDictionary(p => $"in{p.i}", p => p.x!);
}
