namespace NeuralCore.Onnx.Export;

/// <summary>
/// A value on its way through a model: its name in the graph, its shape for a batch of one row, and whether it has lengths.
/// </summary>
readonly record struct Flow(string Name, Shape Shape, bool HasLengths)
{
    internal int Rank => Shape.Rank;
}

/// <summary>Nodes for layers: each method adds those of one kind of layer, as the layer computes in inference.</summary>
sealed partial class LayerExport(GraphBuilder graph, Flow input, string? lengths)
{
    string? mask;   // (B, T), true within the lengths

    /// <summary>Whether a layer fixes the number of steps.</summary>
    internal bool FixedTime { get; private set; }

    /// <summary>Adds the nodes of a layer and all below it.</summary>
    /// <exception cref="NotSupportedException">The layer is not one of NeuralCore's.</exception>
    internal Flow Add(Layer layer, Flow x)
    {
        Shape shape = layer.OutputShape(x.Shape);
        string above = graph.Scope;
        graph.Scope = layer.Path.Replace('.', '/');
        string y = layer switch
        {
            Sequential or TransformerEncoder => layer.Children.Aggregate(x, (now, child) => Add(child.Layer, now)).Name,
            Residual => graph.Node("Add", [x.Name, Add(layer.Children[0].Layer, x).Name]),
            Concat => graph.Node("Concat", [.. layer.Children.Select(branch => Add(branch.Layer, x).Name)], ("axis", -1)),
            Dropout => x.Name,
            ReluDropout => graph.Node("Relu", [x.Name]),
            Activation => Activate(layer, x),
            Dense dense => Project(dense, x),
            Embedding => Embed(layer, x),
            Flatten => Flat(layer, x),
            LayerNorm => Normalize(layer, x),
            BatchNorm1d => BatchNormalize(layer, x),
            LearnedPositions => AddPositions(layer, x),
            SinusoidalPositions => AddWaves(layer, x),
            RecurrentLayer recurrent => recurrent.Parameters[0].IsInt8 ? Int8Recurrent(recurrent, x) : Recurrent(recurrent, x),
            TakeLast => Last(x),
            TakeSteps => Taken(layer, x),
            MeanOverTime => Mean(x),
            MaxOverTime => Largest(x),
            AdditiveAttention => AttentionPooling(layer, x),
            MultiHeadAttention => Attention(layer, x),
            TransformerEncoderLayer => EncoderLayer(layer, x),
            _ => throw new NotSupportedException($"{layer}: has no form in ONNX; only models of NeuralCore's own layers can be exported"),
        };
        graph.Scope = above;
        bool sameSteps = shape.Rank >= 3 && x.Rank >= 2 && shape[1] == x.Shape[1];   // as Tensor.WithLengthsOf
        return new Flow(y, shape, x.HasLengths && sameSteps);
    }

    /// <summary>Which steps are within the lengths, (B, T, 1, ...) with as many axes as asked.</summary>
    string Mask(int rank)
    {
        string scope = graph.Scope;
        graph.Scope = "";
        mask ??= graph.Node("Less", [Row(Steps()), Column(lengths!)]);
        graph.Scope = scope;
        return rank == 2 ? mask : graph.Node("Unsqueeze", [mask, graph.Integers([.. Enumerable.Range(2, rank - 2).Select(a => (long)a)])]);
    }

    string Row(string vector) => graph.Node("Unsqueeze", [vector, graph.Integers(0)]);

    string Column(string vector) => graph.Node("Unsqueeze", [vector, graph.Integers(1)]);

    /// <summary>0, 1, ... T - 1.</summary>
    string Steps()
    {
        string count = graph.Node("Gather", [graph.Node("Shape", [input.Name]), graph.Integer(1)]);
        return graph.Node("Range", [graph.Integer(0), count, graph.Integer(1)]);
    }

    /// <summary>x, and another value past the lengths, if there are any.</summary>
    string Within(Flow x, float otherwise) => x.HasLengths ? graph.Node("Where", [Mask(x.Rank), x.Name, graph.Number(otherwise)]) : x.Name;

    string Constant(Parameter parameter)
    {
        Span<int> sizes = stackalloc int[parameter.Shape.Rank];
        for (int axis = 0; axis < sizes.Length; axis++) sizes[axis] = parameter.Shape[axis];
        return graph.Constant<float>(parameter.LocalName, parameter.Value, sizes);
    }

    /// <summary>y = x·Wᵀ + b.</summary>
    string Project(Dense dense, Flow x)
    {
        (Parameter w, Parameter? b) = (dense.Parameters[0], dense.Parameters.Count > 1 ? dense.Parameters[1] : null);
        if (w.IsInt8) return Int8Project(Rows(x.Name), w, 0, w.Shape[0], b is null ? [] : b.Value);
        if (x.Rank == 2) return graph.Node("Gemm", b is null ? [x.Name, Constant(w)] : [x.Name, Constant(w), Constant(b)], ("transB", 1));
        return Project(x.Name, w.Value, w.Shape[0], w.Shape[1], b is null ? [] : b.Value);
    }

    /// <summary>x·Wᵀ + b for W (rows, columns) and x with any number of axes.</summary>
    string Project(string x, ReadOnlySpan<float> w, int rows, int columns, ReadOnlySpan<float> b)
    {
        var transposed = new float[w.Length];
        for (int i = 0; i < w.Length; i++) transposed[i % columns * rows + i / columns] = w[i];
        string y = graph.Node("MatMul", [x, graph.Constant<float>("weight_t", transposed, columns, rows)]);
        return b.IsEmpty ? y : graph.Node("Add", [y, graph.Constant("bias", b, rows)]);
    }

    /// <summary>y = W[x]; past the lengths 0.</summary>
    string Embed(Layer layer, Flow x)
    {
        string indices = graph.Node("Cast", [Within(x, 0)], ("to", (int)OnnxType.Int64));
        string y = graph.Node("Gather", [Constant(layer.Parameters[0]), indices]);
        return Within(new Flow(y, layer.OutputShape(x.Shape), x.HasLengths), 0);
    }

    string Flat(Layer layer, Flow x)
    {
        if (x.HasLengths)
            throw new ArgumentException($"{layer}: expected an export without lengths, because padding would become features");
        FixedTime |= x.Rank > 2;
        return graph.Node("Flatten", [x.Name], ("axis", 1));
    }
}
