namespace NeuralCore.Onnx.Export;

// Activations, normalisations and positions.
sealed partial class LayerExport
{
    string Activate(Layer layer, Flow x)
    {
        LayerConfig c = layer.Describe();
        string function = c.Text("function", "");
        switch (function)
        {
            case "relu": return graph.Node("Relu", [x.Name]);
            case "tanh": return graph.Node("Tanh", [x.Name]);
            case "sigmoid": return graph.Node("Sigmoid", [x.Name]);
            case "leakyRelu": return graph.Node("LeakyRelu", [x.Name], ("alpha", (float)c.Number("slope")));
            case "elu": return graph.Node("Elu", [x.Name], ("alpha", (float)c.Number("alpha")));
            case "silu": return graph.Node("Mul", [x.Name, graph.Node("Sigmoid", [x.Name])]);
            case "gelu": return Gelu(x);
            case "geluTanh": return GeluTanh(x);
            case "softplus": return Softplus(x, (float)c.Number("beta"), (float)c.Number("threshold"));
            case "softmax" or "logSoftmax": return Softmax(layer, x, function == "softmax" ? "Softmax" : "LogSoftmax", c.Integer("axis"));
            default: throw new NotSupportedException($"{layer}: the function '{function}' has no form in ONNX");
        }
    }

    /// <summary>½x·(1 + erf(x/√2)).</summary>
    string Gelu(Flow x)
    {
        if (graph.Opset >= 20) return graph.Node("Gelu", [x.Name]);
        string erf = graph.Node("Erf", [Times(x.Name, (float)Math.Sqrt(0.5))]);
        return graph.Node("Mul", [Times(x.Name, 0.5f), graph.Node("Add", [erf, graph.Number(1)])]);
    }

    /// <summary>½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) = x·σ(2·√(2/π)·x·(1 + 0.044715·x²)).</summary>
    string GeluTanh(Flow x)
    {
        string square = graph.Node("Add", [Times(graph.Node("Mul", [x.Name, x.Name]), 0.044715f), graph.Number(1)]);
        string inner = Times(graph.Node("Mul", [x.Name, square]), (float)Math.Sqrt(8 / Math.PI));
        return graph.Node("Mul", [x.Name, graph.Node("Sigmoid", [inner])]);
    }

    string Times(string x, float factor) => graph.Node("Mul", [x, graph.Number(factor)]);

    /// <summary>log(1 + e^(β·x)) / β, and x itself where β·x is over the threshold.</summary>
    string Softplus(Flow x, float beta, float threshold)
    {
        string z = Times(x.Name, beta), y = graph.Node("Div", [graph.Node("Softplus", [z]), graph.Number(beta)]);
        return graph.Node("Where", [graph.Node("Greater", [z, graph.Number(threshold)]), x.Name, y]);
    }

    /// <summary>Along the time only steps within the lengths count, and the others give 0.</summary>
    string Softmax(Layer layer, Flow x, string op, int axis)
    {
        int a = axis < 0 ? axis + x.Rank : axis;
        if (x.HasLengths && a == 0)
            throw new ArgumentException($"{layer}: expected an export without lengths, because axis {axis} is the batch");
        bool masked = x.HasLengths && a == 1;
        string y = graph.Node(op, [masked ? Within(x, float.NegativeInfinity) : x.Name], ("axis", a));
        return masked ? Within(x with { Name = y }, 0) : y;
    }

    /// <summary>Over the last axis, or the last two.</summary>
    string Normalize(Layer layer, Flow x)
    {
        LayerConfig c = layer.Describe();
        int steps = c.Integer("steps", 0), features = c.Integer("features"), rank = steps > 0 ? 2 : 1;
        bool overTime = rank > x.Rank - 2;
        if (overTime && x.HasLengths)
            throw new ArgumentException($"{layer}: expected an export without lengths, because it normalises over time");
        FixedTime |= overTime;
        if (graph.Compact)
            return Int8Normalize(layer, x, [.. Enumerable.Range(-rank, rank).Select(axis => (long)axis)], c.Number("epsilon"));
        string[] parameters = c.Flag("affine", true) ? [.. layer.Parameters.Select(Constant)] : [Ones()];
        return graph.Node("LayerNormalization", [x.Name, .. parameters], ("axis", -rank), ("epsilon", (float)c.Number("epsilon")));

        string Ones()
        {
            float[] ones = [.. Enumerable.Repeat(1f, Math.Max(steps, 1) * features)];
            return rank == 2 ? graph.Constant<float>("ones", ones, steps, features) : graph.Constant<float>("ones", ones, features);
        }
    }

    /// <summary>(x - μ) / √(v + ε), γ∘ and + β, with the running statistics, or with those of the batch where there are none.</summary>
    string BatchNormalize(Layer layer, Flow x)
    {
        double epsilon = layer.Describe().Number("epsilon");
        string centred, y;
        if (layer.Buffers.Count > 0)
        {
            centred = graph.Node("Sub", [x.Name, Constant(layer.Buffers[0])]);
            float[] inverse = [.. layer.Buffers[1].Value.ToArray().Select(v => (float)(1 / Math.Sqrt(v + epsilon)))];
            y = graph.Node("Mul", [centred, graph.Constant<float>("inverse", inverse, inverse.Length)]);
        }
        else
        {
            centred = graph.Node("Sub", [x.Name, BatchMean(x)]);
            string variance = BatchMean(x with { Name = graph.Node("Mul", [centred, centred]) });
            y = graph.Node("Div", [centred, graph.Node("Sqrt", [graph.Node("Add", [variance, graph.Number((float)epsilon)])])]);
        }
        return layer.Parameters.Count == 0 ? y
            : graph.Node("Add", [graph.Node("Mul", [y, Constant(layer.Parameters[0])]), Constant(layer.Parameters[1])]);
    }

    /// <summary>Mean of each feature over the rows, or over the steps within the lengths.</summary>
    string BatchMean(Flow x)
    {
        long[] axes = x.Rank == 2 ? [0] : [0, 1];
        if (!x.HasLengths) return Reduce("ReduceMean", x.Name, axes);
        string sum = graph.Node("ReduceSum", [Within(x, 0), graph.Integers(axes)], ("keepdims", 0));
        string count = graph.Node("ReduceSum", [lengths!, graph.Integers(0)], ("keepdims", 0));
        return graph.Node("Div", [sum, graph.Node("Cast", [count], ("to", (int)OnnxType.Float))]);
    }

    /// <summary>ReduceMean or ReduceMax, whose axes became an input in opset 18.</summary>
    string Reduce(string op, string x, params long[] axes)
        => graph.Opset < 18 ? graph.Node(op, [x], ("axes", axes), ("keepdims", 0))
            : graph.Node(op, [x, graph.Integers(axes)], ("keepdims", 0));

    /// <summary>x_t + W_t.</summary>
    string AddPositions(Layer layer, Flow x)
    {
        string steps = graph.Node("Slice", [graph.Node("Shape", [x.Name]), graph.Integers(1), graph.Integers(2)]);
        string w = layer.Parameters[0].IsInt8 ? Int8Table(layer.Parameters[0]) : Constant(layer.Parameters[0]);
        return graph.Node("Add", [x.Name, graph.Node("Slice", [w, graph.Integers(0), steps, graph.Integers(0)])]);
    }

    /// <summary>
    /// x_t + sin(t·ω + φ), computed in double since t·ω grows; φ is 0 in even columns, and π/2, for the cosine, in odd ones.
    /// </summary>
    string AddWaves(Layer layer, Flow x)
    {
        double frequencyBase = layer.Describe().Number("frequencyBase");
        int D = x.Shape[2];
        double[] omega = [.. Enumerable.Range(0, D).Select(column => 1 / ScalarMath.Pow(frequencyBase, (double)(column & ~1) / D))];
        double[] phase = [.. Enumerable.Range(0, D).Select(column => column % 2 * Math.PI / 2)];
        string t = Column(graph.Node("Cast", [Steps()], ("to", (int)OnnxType.Double)));
        string turned = graph.Node("Mul", [t, graph.Constant<double>("omega", omega, D)]);
        string angles = graph.Node("Add", [turned, graph.Constant<double>("phase", phase, D)]);
        return graph.Node("Add", [x.Name, graph.Node("Cast", [graph.Node("Sin", [angles])], ("to", (int)OnnxType.Float))]);
    }
}
