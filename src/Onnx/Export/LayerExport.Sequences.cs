namespace NeuralCore.Onnx.Export;

// Layers that look along the time.
sealed partial class LayerExport
{
    /// <summary>ONNX's gates i, o, f, c of our i, f, g, o, and z, r, h of our r, z, n.</summary>
    static readonly int[] LstmGates = [0, 3, 1, 2], GruGates = [1, 0, 2];

    /// <summary>
    /// One LSTM or GRU node for each layer of the stack. Between them values are (T, B, ·): x (B, T, I) is turned round before the first
    /// and y after the last.
    /// </summary>
    string Recurrent(RecurrentLayer layer, Flow x)
    {
        LayerConfig c = layer.Describe();
        (bool lstm, bool bias, int D, int H) = (layer is Lstm, c.Flag("bias", true), layer.Bidirectional ? 2 : 1, layer.HiddenSize);
        string u = graph.Node("Transpose", [x.Name], ("perm", new long[] { 1, 0, 2 }));
        string steps = x.HasLengths ? graph.Node("Cast", [lengths!], ("to", (int)OnnxType.Int32)) : "";
        int each = bias ? 4 : 2;
        for (int k = 0; ; k++)
        {
            Parameter[] own = [.. layer.Parameters.Skip(k * D * each).Take(D * each)];
            int I = own[0].Shape[1];
            int[] gates = lstm ? LstmGates : GruGates;
            string w = graph.Constant<float>($"W_l{k}", Stack(I, 0), D, gates.Length * H, I);
            string r = graph.Constant<float>($"R_l{k}", Stack(H, 1), D, gates.Length * H, H);
            string b = bias ? graph.Constant<float>($"B_l{k}", Stack(1, 2, 3), D, 2 * gates.Length * H) : "";
            List<(string, object)> attributes = [("hidden_size", H), ("direction", D == 2 ? "bidirectional" : "forward")];
            if (!lstm) attributes.Add(("linear_before_reset", c.Flag("resetAfter", true) ? 1 : 0));
            string[] inputs = steps.Length > 0 ? [u, w, r, b, steps] : bias ? [u, w, r, b] : [u, w, r];
            string[] y = graph.Node(lstm ? "LSTM" : "GRU", 2, inputs, [.. attributes]);
            bool top = k == layer.Layers - 1;
            if (top && c.Flag("lastStep", false)) return Side(y[1], D, 1, 0, 2);                       // (D, B, H) to (B, D·H)
            if (top) return Side(y[0], D, 2, 0, 1, 3);                                                 // (T, D, B, H) to (B, T, D·H)
            u = Side(y[0], D, 0, 2, 1, 3);                                                             // to (T, B, D·H)

            // Parameters of both directions, gate by gate in ONNX's order.
            float[] Stack(int columns, params int[] parts)
                => [.. Enumerable.Range(0, D).SelectMany(d => parts.SelectMany(part => Gates(own[d * each + part], columns)))];
            IEnumerable<float> Gates(Parameter parameter, int columns)
                => gates.SelectMany(gate => parameter.Value.Slice(gate * H * columns, H * columns).ToArray());
        }
    }

    /// <summary>The axes in another order, and then the last two, directions and units, as one.</summary>
    string Side(string y, int directions, params long[] order)
    {
        long[] shape = [.. Enumerable.Repeat(0L, order.Length - 2), -1];
        return graph.Node("Reshape", [graph.Node("Transpose", [y], ("perm", order)), graph.Integers(shape)]);
    }

    string Last(Flow x)
    {
        if (!x.HasLengths) return graph.Node("Gather", [x.Name, graph.Integer(-1)], ("axis", 1));
        string last = graph.Node("Unsqueeze", [graph.Node("Sub", [lengths!, graph.Integer(1)]), graph.Integers(1)]);
        return graph.Node("GatherND", [x.Name, last], ("batch_dims", 1));
    }

    /// <summary>Every k-th step, the first (n - 1)·k before the last, and of each some features.</summary>
    string Taken(Layer layer, Flow x)
    {
        if (x.HasLengths)
            throw new ArgumentException($"{layer}: expected an export without lengths, because steps are counted from the common end");
        LayerConfig c = layer.Describe();
        (int n, int k, int first, int m) = (c.Integer("steps"), c.Integer("stride"), c.Integer("first"), c.Integer("features"));
        return graph.Node("Slice", [x.Name, graph.Integers(-((n - 1L) * k + 1), first), graph.Integers(int.MaxValue, first + m),
            graph.Integers(1, 2), graph.Integers(k, 1)]);
    }

    string Largest(Flow x) => Reduce("ReduceMax", Within(x, float.NegativeInfinity), 1);

    string Mean(Flow x)
    {
        if (graph.Compact) return Int8Mean(x);
        if (!x.HasLengths) return Reduce("ReduceMean", x.Name, 1);
        string sum = graph.Node("ReduceSum", [Within(x, 0), graph.Integers(1)], ("keepdims", 0));
        string count = graph.Node("Unsqueeze", [graph.Node("Cast", [lengths!], ("to", (int)OnnxType.Float)), graph.Integers(1)]);
        return graph.Node("Div", [sum, count]);
    }

    /// <summary>e_t = v·tanh(x_t·Wᵀ + b), a = softmax_t(e), y = Σ a_t·x_t; of int8 models all after tanh in double.</summary>
    string AttentionPooling(Layer layer, Flow x)
    {
        var projection = (Dense)layer.Children[0].Layer;
        bool int8 = projection.Parameters[0].IsInt8;
        string sum = Project(projection, x), q = int8 ? Wide(Int8Tanh(sum)) : graph.Node("Tanh", [sum]);
        string v = graph.Constant<float>("v", layer.Parameters[0].Value, layer.Parameters[0].Shape[0], 1);
        // (B, T, 1)
        string e = graph.Node("MatMul", [q, int8 ? Wide(v) : v]);
        if (x.HasLengths) e = graph.Node("Where", [Mask(x.Rank), e, Nothing(int8)]);
        // (B, 1, T)
        string row = graph.Node("Transpose", [graph.Node("Softmax", [e], ("axis", 1))], ("perm", new long[] { 0, 2, 1 }));
        string known = Within(x, 0),
            y = graph.Node("Squeeze", [graph.Node("MatMul", [row, int8 ? Wide(known) : known]), graph.Integers(1)]);
        return int8 ? Narrow(y) : y;
    }

    /// <summary>The score of a step that does not count, in double or as a float.</summary>
    string Nothing(bool wide) => wide ? graph.Double(double.NegativeInfinity) : graph.Number(float.NegativeInfinity);

    /// <summary>
    /// q = (x·W_qᵀ + b_q) / √d, k and v the same without the root, y = softmax(q·kᵀ)·v for each head, side by side, and a projection. Keys
    /// and values past the lengths are made of zeros, so that a weight of 0 leaves nothing of them. Of int8 models scores, softmax and sums
    /// are taken in double.
    /// </summary>
    string Attention(Layer layer, Flow x)
    {
        LayerConfig c = layer.Describe();
        (int E, int heads) = (c.Integer("embedSize"), c.Integer("heads"));
        int d = E / heads;
        string known = Within(x, 0);
        bool int8 = layer.Parameters[0].IsInt8;
        Int8Rows rows = int8 ? Rows(x.Name) : default, knownRows = known == x.Name ? rows : int8 ? Rows(known) : default;
        string q = Heads(Times(Part(0, x.Name, rows), (float)(1 / Math.Sqrt(d))), 0, 2, 1, 3);
        string k = Heads(Part(1, known, knownRows), 0, 2, 3, 1), v = Heads(Part(2, known, knownRows), 0, 2, 1, 3);
        string s = graph.Node("MatMul", [q, k]);                                                       // (B, heads, T, T)
        if (x.HasLengths)
            s = graph.Node("Where", [graph.Node("Unsqueeze", [Mask(2), graph.Integers(1, 2)]), s, Nothing(int8)]);
        if (c.Flag("causal", false))
        {
            string t = Steps(), past = graph.Node("LessOrEqual", [Row(t), Column(t)]);
            s = graph.Node("Where", [past, s, Nothing(int8)]);
        }
        string o = graph.Node("MatMul", [graph.Node("Softmax", [s], ("axis", -1)), v]);
        if (int8) o = Narrow(o);
        string side = graph.Node("Reshape", [graph.Node("Transpose", [o], ("perm", new long[] { 0, 2, 1, 3 })), graph.Integers(0, 0, E)]);
        return Add(layer.Children[0].Layer, x with { Name = side }).Name;

        string Part(int part, string from, Int8Rows rows)
        {
            Span<float> bias = layer.Parameters.Count < 2 ? [] : layer.Parameters[1].Value.Slice(part * E, E);
            return int8 ? Int8Project(rows, layer.Parameters[0], part * E, E, bias)
                : Project(from, layer.Parameters[0].Value.Slice(part * E * E, E * E), E, E, bias);
        }
        string Heads(string y, params long[] order)
        {
            string apart = graph.Node("Transpose", [graph.Node("Reshape", [y, graph.Integers(0, 0, heads, d)])], ("perm", order));
            return int8 ? Wide(apart) : apart;
        }
    }

    /// <summary>
    /// Post-norm: h = norm1(x + attention(x)), y = norm2(h + ff(h)); pre-norm: h = x + attention(norm1(x)), y = h + ff(norm2(h)).
    /// </summary>
    string EncoderLayer(Layer layer, Flow x)
    {
        Layer[] parts = [.. layer.Children.Select(child => child.Layer)];
        (Layer attention, Layer feed, Layer norm1, Layer norm2) = (parts[0], parts[1], parts[2], parts[3]);
        if (layer.Describe().Flag("normFirst", false)) return Onto(feed, Onto(attention, x, norm1), norm2).Name;
        Flow h = Add(norm1, Onto(attention, x, null));
        return Add(norm2, Onto(feed, h, null)).Name;

        Flow Onto(Layer inner, Flow below, Layer? norm)
            => below with { Name = graph.Node("Add", [below.Name, Add(inner, norm is null ? below : Add(norm, below)).Name]) };
    }
}
