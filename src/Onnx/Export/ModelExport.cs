using NeuralCore.Onnx.Proto;

namespace NeuralCore.Onnx.Export;

/// <summary>A model's graph with its inputs, and the message of the file around it.</summary>
sealed class ModelExport
{
    readonly LayerExport layers;
    readonly OnnxExportOptions options;
    readonly Shape input;

    /// <param name="row">Sizes of one row of the input.</param>
    /// <param name="options">Names, version, lengths.</param>
    internal ModelExport(Shape row, OnnxExportOptions options)
    {
        this.options = options;
        Span<int> sizes = stackalloc int[row.Rank + 1];
        sizes[0] = 1;
        for (int axis = 0; axis < row.Rank; axis++) sizes[axis + 1] = row[axis];
        input = new Shape(sizes);
        Graph = new GraphBuilder(options.Opset);
        X = new Flow(options.Input, input, options.Lengths);
        layers = new LayerExport(Graph, X, options.Lengths ? OnnxExport.LengthsInput : null);
    }

    internal GraphBuilder Graph { get; }

    /// <summary>The input of the graph.</summary>
    internal Flow X { get; }

    /// <summary>Adds the nodes of a layer and all below it.</summary>
    internal Flow Add(Layer layer, Flow x)
    {
        Graph.Compact |= IsInt8(layer);
        return layers.Add(layer, x);
    }

    static bool IsInt8(Layer layer) => layer.Parameters.Any(p => p.IsInt8) || layer.Children.Any(child => IsInt8(child.Layer));

    /// <summary>Declares an output; where the time is open in the input, it is in an output with as many steps.</summary>
    internal void Output(string name, Flow y) => Graph.Output(name, y.Name, Sizes(y.Shape));

    /// <summary>The message of the whole file.</summary>
    internal ModelProto Finish(IReadOnlyDictionary<string, string> metadata)
    {
        Graph.Input(options.Input, OnnxType.Float, Sizes(input));
        if (options.Lengths) Graph.Input(OnnxExport.LengthsInput, OnnxType.Int64, -1);
        var model = new ModelProto
        {
            IrVersion = options.Opset switch { < 19 => 8, < 21 => 9, < 23 => 10, _ => 11 },
            ProducerName = "NeuralCore",
            ProducerVersion = typeof(ModelExport).Assembly.GetName().Version!.ToString(3),
            OpsetImport = { new OperatorSetIdProto { Version = options.Opset } },
            Graph = Graph.Graph,
        };
        foreach ((string key, string value) in metadata) model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    internal static ModelProto Of(Model model, Shape row, OnnxExportOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        var export = new ModelExport(row, options);
        export.Output(options.Output, export.Add(model.Root, export.X));
        return export.Finish(options.Metadata);
    }

    /// <summary>Sizes of an input or output; -1 the batch, -2 the time where it is open.</summary>
    int[] Sizes(Shape shape)
    {
        var sizes = new int[shape.Rank];
        for (int axis = 0; axis < sizes.Length; axis++) sizes[axis] = shape[axis];
        if (sizes.Length > 0) sizes[0] = -1;
        if (sizes.Length > 2 && input.Rank > 2 && sizes[1] == input[1] && !layers.FixedTime) sizes[1] = -2;
        return sizes;
    }
}
