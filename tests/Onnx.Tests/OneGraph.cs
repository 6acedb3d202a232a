using Google.Protobuf;
using NeuralCore.Onnx.Export;
using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Tests;

/// <summary>Small graphs of opset 18, written by hand.</summary>
static class OneGraph
{
    /// <summary>The model that has such inputs and gives the values that <paramref name="build"/> names.</summary>
    public static ModelProto Model(Dictionary<string, OnnxTensor> inputs, Func<GraphBuilder, string[]> build)
    {
        var graph = new GraphBuilder(18);
        foreach ((string name, OnnxTensor x) in inputs) graph.Input(name, x.Type, [.. x.Shape]);
        foreach (string output in build(graph))
        {
            var type = new TypeProto { TensorType = new() { ElemType = (int)OnnxType.Float } };
            graph.Graph.Output.Add(new ValueInfoProto { Name = output, Type = type });
        }
        return new ModelProto { IrVersion = 8, Graph = graph.Graph, OpsetImport = { new OperatorSetIdProto { Version = 18 } } };
    }

    /// <summary>Its outputs, in their order.</summary>
    public static OnnxTensor[] Run(Dictionary<string, OnnxTensor> inputs, Func<GraphBuilder, string[]> build, OnnxLimits? limits = null)
    {
        OnnxModel model = OnnxModel.Read(Model(inputs, build).ToByteArray(), "m.onnx");
        model.Limits = limits ?? new();
        Dictionary<string, OnnxTensor> got = model.Run(inputs);
        return [.. model.Outputs.Select(port => got[port.Name])];
    }
}
