using NeuralCore.Kernels;

namespace NeuralCore.Onnx.Export;

// Layers of a quantised model, operation by operation as they compute themselves, so that numbers have the same bits: a last bit that
// differs could round the next layer's input to another whole number. What depends on the order of a sum or on eˣ is taken in double, after
// which floats are the same too, but for one in about 10⁸.
sealed partial class LayerExport
{
    /// <summary>Rows as whole numbers: bytes q + 128, and the scale of each row.</summary>
    readonly record struct Int8Rows(string Bytes, string Scale);

    /// <summary>m = max|x|, q = round(x·(127 / m)), s = m / 127 for each row.</summary>
    Int8Rows Rows(string x)
    {
        string absolute = graph.Node("Abs", [x]);
        string largest = graph.Opset < 18 ? graph.Node("ReduceMax", [absolute], ("axes", new long[] { -1 }))
            : graph.Node("ReduceMax", [absolute, graph.Integers(-1)]);
        string m = graph.Node("Max", [largest, graph.Number(Int8.Smallest)]);
        string q = graph.Node("Round", [graph.Node("Mul", [x, graph.Node("Div", [graph.Number(Int8.Largest), m])])]);
        string bytes = graph.Node("Cast", [graph.Node("Add", [q, graph.Number(Int8.Zero)])], ("to", (int)OnnxType.UInt8));
        return new(bytes, graph.Node("Div", [m, graph.Number(Int8.Largest)]));
    }

    /// <summary>(Σ q·v)·s·scale + b for some rows of W.</summary>
    string Int8Project(Int8Rows x, Parameter w, int first, int count, ReadOnlySpan<float> bias)
    {
        string y = Int8Product(x, Int8Matrix(w, first, count));
        return bias.IsEmpty ? y : graph.Node("Add", [y, graph.Constant("bias", bias, count)]);
    }

    string Int8Product(Int8Rows x, (string Weights, string Scale) w)
    {
        string zero = graph.Byte(Int8.Zero), sum = graph.Node("MatMulInteger", [x.Bytes, w.Weights, zero, zero]);
        string scaled = graph.Node("Mul", [graph.Node("Cast", [sum], ("to", (int)OnnxType.Float)), x.Scale]);
        return graph.Node("Mul", [scaled, w.Scale]);
    }

    /// <summary>
    /// Some rows of W (outputs, inputs), turned round, as bytes v + 128, and their scales. Both sides are unsigned because ONNX Runtime's
    /// sums of unsigned and signed bytes saturate on processors without VNNI.
    /// </summary>
    (string Weights, string Scale) Int8Matrix(Parameter w, int first, int count)
    {
        int columns = w.Shape[1];
        var turned = new byte[count * columns];
        for (int i = 0; i < turned.Length; i++)
            turned[i % columns * count + i / columns] = (byte)(w.Value[first * columns + i] + Int8.Zero);
        return (graph.Constant<byte>($"{w.LocalName}_q", turned, columns, count),
            graph.Constant<float>($"{w.LocalName}_scale", w.Scales.Slice(first, count), count));
    }

    /// <summary>scale·v for a table with one scale.</summary>
    string Int8Table(Parameter w)
    {
        string bytes = graph.Constant<sbyte>($"{w.LocalName}_q", Array.ConvertAll(w.Value.ToArray(), v => (sbyte)v),
            w.Shape[0], w.Shape[1]);
        return graph.Node("Mul", [Narrow(bytes), graph.Number(w.Scales[0])]);
    }

    /// <summary>tanh x = x·(P(x²) / Q(x²)) for |x| up to a bound, products and sums apart.</summary>
    string Int8Tanh(string z)
    {
        string x = graph.Node("Clip", [z, graph.Number(-Tanh.Bound), graph.Number(Tanh.Bound)]), square = graph.Node("Mul", [x, x]);
        string p = Polynomial(Tanh.P4, Tanh.P3, Tanh.P2, Tanh.P1, 1), q = Polynomial(Tanh.Q4, Tanh.Q3, Tanh.Q2, Tanh.Q1, 1);
        return graph.Node("Clip", [graph.Node("Mul", [x, graph.Node("Div", [p, q])]), graph.Number(-1), graph.Number(1)]);

        string Polynomial(float highest, params ReadOnlySpan<float> others)
        {
            string y = graph.Number(highest);
            foreach (float c in others) y = graph.Node("Add", [graph.Node("Mul", [y, square]), graph.Number(c)]);
            return y;
        }
    }

    /// <summary>
    /// γ∘(x - μ) / √(v + ε) + β as <see cref="LayerNorm"/> computes it: sums in double, whose order is then of no matter, the mean as the
    /// sum of two floats, γ and β in one multiply-add.
    /// </summary>
    string Int8Normalize(Layer layer, Flow x, long[] axes, double epsilon)
    {
        string mean = Mean(Wide(x.Name)), high = Narrow(mean), low = Narrow(graph.Node("Sub", [mean, Wide(high)]));
        string centred = graph.Node("Sub", [graph.Node("Sub", [x.Name, high]), low]), wide = Wide(centred);
        string variance = graph.Node("Add", [Mean(graph.Node("Mul", [wide, wide])), graph.Double(epsilon)]);
        string inverse = Narrow(graph.Node("Div", [graph.Double(1), graph.Node("Sqrt", [variance])]));
        string y = graph.Node("Mul", [centred, inverse]);
        if (layer.Parameters.Count == 0) return y;
        string scaled = graph.Node("Mul", [Wide(y), Wide(Constant(layer.Parameters[0]))]);
        return Narrow(graph.Node("Add", [scaled, Wide(Constant(layer.Parameters[1]))]));

        string Mean(string value) => graph.Opset < 18 ? graph.Node("ReduceMean", [value], ("axes", axes))
            : graph.Node("ReduceMean", [value, graph.Integers(axes)]);
    }

    /// <summary>The steps within the lengths added one after another, over their number.</summary>
    string Int8Mean(Flow x)
    {
        string steps = graph.Node("Transpose", [Within(x, 0)], ("perm", new long[] { 1, 0, 2 }));
        OnnxType[] types = [OnnxType.Float, OnnxType.Float];
        string sum = graph.Scan([Zeros(steps, x.Shape[2])], [steps], types, backwards: false, inputs => [graph.Node("Add", inputs)])[0];
        string count = x.HasLengths ? graph.Node("Unsqueeze", [lengths!, graph.Integers(1)])
            : graph.Node("Gather", [graph.Node("Shape", [x.Name]), graph.Integer(1)]);
        return graph.Node("Div", [sum, Narrow(count)]);
    }

    string Wide(string x) => graph.Node("Cast", [x], ("to", (int)OnnxType.Double));

    string Narrow(string x) => graph.Node("Cast", [x], ("to", (int)OnnxType.Float));

    /// <summary>σ(x) = ½·tanh(½·x) + ½.</summary>
    string Int8Sigmoid(string x) => graph.Node("Add", [Times(Int8Tanh(Times(x, 0.5f)), 0.5f), graph.Number(0.5f)]);

    /// <summary>
    /// For each layer and direction the products with the input of all steps at once, and a Scan over them. Steps past the lengths leave
    /// the state as it is and give 0; the backward direction scans backwards, or, with lengths, forwards over what ReverseSequence turned
    /// round.
    /// </summary>
    string Int8Recurrent(RecurrentLayer layer, Flow x)
    {
        LayerConfig c = layer.Describe();
        (bool bias, int D, int each) = (c.Flag("bias", true), layer.Bidirectional ? 2 : 1, c.Flag("bias", true) ? 4 : 2);
        string u = graph.Node("Transpose", [x.Name], ("perm", new long[] { 1, 0, 2 }));
        string within = x.HasLengths
            ? graph.Node("Unsqueeze", [graph.Node("Transpose", [Mask(2)], ("perm", new long[] { 1, 0 })), graph.Integers(2)]) : "";
        for (int k = 0; ; k++)
        {
            string[] last = new string[D], all = new string[D];
            for (int d = 0; d < D; d++)
            {
                Parameter[] own = [.. layer.Parameters.Skip((k * D + d) * each).Take(each)];
                string read = d == 1 && x.HasLengths ? Reversed(u) : u;
                (last[d], string y) = layer is Lstm ? Int8Lstm(own, read, within, backwards: d == 1)
                    : Int8Gru(own, read, within, backwards: d == 1, c.Flag("resetAfter", true));
                all[d] = d == 1 && x.HasLengths ? Reversed(y) : y;
            }
            bool top = k == layer.Layers - 1;
            if (top && c.Flag("lastStep", false)) return Side(last);
            u = Side(all);
            if (top) return graph.Node("Transpose", [u], ("perm", new long[] { 1, 0, 2 }));
        }

        string Side(string[] parts) => parts.Length == 1 ? parts[0] : graph.Node("Concat", parts, ("axis", -1));
        string Reversed(string y) => graph.Node("ReverseSequence", [y, lengths!], ("time_axis", 0), ("batch_axis", 1));
    }

    /// <summary>
    /// z = x·W_ih + b + h·W_hh; i, f, o = σ(z), g = tanh(z); c = f∘c + i∘g; h = o∘tanh(c). Gates of all units are one product each.
    /// </summary>
    (string Last, string All) Int8Lstm(Parameter[] own, string u, string within, bool backwards)
    {
        int H = own[1].Shape[1];
        string sums = Int8Project(Rows(u), own[0], 0, 4 * H, own.Length < 3 ? [] : Sum(own[2].Value, own[3].Value));
        (string Weights, string Scale) hidden = Int8Matrix(own[1], 0, 4 * H);
        string zeros = Zeros(u, H);
        string[] made = Steps(sums, within, backwards, [zeros, zeros], (z, states) =>
        {
            z = graph.Node("Add", [z, Int8Product(Rows(states[0]), hidden)]);
            // One tanh for all: of ½·z for [i f] and o, which are then ½·tanh + ½, and of z for g.
            string[] parts = graph.Node("Split", 3, [z, graph.Integers(2 * H, H, H)], ("axis", -1));
            string tanh = Int8Tanh(graph.Node("Concat", [Times(parts[0], 0.5f), Times(parts[2], 0.5f), parts[1]], ("axis", -1)));
            string[] halves = graph.Node("Split", 2, [tanh, graph.Integers(3 * H, H)], ("axis", -1));
            string ifo = graph.Node("Add", [Times(halves[0], 0.5f), graph.Number(0.5f)]);
            string[] gates = graph.Node("Split", 3, [ifo, graph.Integers(H, H, H)], ("axis", -1));
            string c = graph.Node("Add", [graph.Node("Mul", [gates[1], states[1]]), graph.Node("Mul", [gates[0], halves[1]])]);
            return [graph.Node("Mul", [gates[2], Int8Tanh(c)]), c];
        });
        return (made[0], made[^1]);
    }

    /// <summary>
    /// r, z = σ(x·W + b + h·W); n = tanh(x·W + b_in + r∘(h·W + b_hn)), or with the reset gate before the product tanh(x·W + b + (r∘h)·W);
    /// h = n + z∘(h - n).
    /// </summary>
    (string Last, string All) Int8Gru(Parameter[] own, string u, string within, bool backwards, bool after)
    {
        int H = own[1].Shape[1];
        float[] bias = own.Length < 3 ? [] : Sum(own[2].Value, own[3].Value);
        if (after && bias.Length > 0) own[2].Value[(2 * H)..].CopyTo(bias.AsSpan(2 * H));
        string sums = Int8Project(Rows(u), own[0], 0, 3 * H, bias);
        (string Weights, string Scale) gatesOfH = Int8Matrix(own[1], 0, 2 * H), newOfH = Int8Matrix(own[1], 2 * H, H);
        string biasOfH = after && bias.Length > 0 ? graph.Constant<float>("bias_hn", own[3].Value[(2 * H)..], H) : "";
        string[] made = Steps(sums, within, backwards, [Zeros(u, H)], (z, states) =>
        {
            (string h, Int8Rows rows) = (states[0], Rows(states[0]));
            string[] x = graph.Node("Split", 2, [z, graph.Integers(2 * H, H)], ("axis", -1));
            string[] gates = graph.Node("Split", 2,
                [Int8Sigmoid(graph.Node("Add", [x[0], Int8Product(rows, gatesOfH)])), graph.Integers(H, H)], ("axis", -1));
            string sum = after ? Int8Product(rows, newOfH) : Int8Product(Rows(graph.Node("Mul", [gates[0], h])), newOfH);
            if (biasOfH.Length > 0) sum = graph.Node("Add", [sum, biasOfH]);
            if (after) sum = graph.Node("Mul", [gates[0], sum]);
            string n = Int8Tanh(graph.Node("Add", [x[1], sum]));
            return [graph.Node("Add", [graph.Node("Mul", [gates[1], graph.Node("Sub", [h, n])]), n])];
        });
        return (made[0], made[^1]);
    }

    /// <summary>A Scan whose first state is also its output; with lengths, a step past them changes nothing and gives 0.</summary>
    string[] Steps(string sums, string within, bool backwards, string[] states, Func<string, string[], string[]> step)
    {
        bool masked = within.Length > 0;
        OnnxType[] types = [.. states.Select(_ => OnnxType.Float), OnnxType.Float, .. masked ? [OnnxType.Bool] : Array.Empty<OnnxType>()];
        return graph.Scan(states, masked ? [sums, within] : [sums], types, backwards && !masked, inputs =>
        {
            string[] before = inputs[..states.Length], after = step(inputs[states.Length], before);
            if (!masked) return [.. after, after[0]];
            string mask = inputs[^1];
            return [.. after.Select((state, i) => graph.Node("Where", [mask, state, before[i]])),
                graph.Node("Where", [mask, after[0], graph.Number(0)])];
        });
    }

    /// <summary>0 (B, H) for a batch of u (T, B, ·).</summary>
    string Zeros(string u, int H)
    {
        string batch = graph.Node("Slice", [graph.Node("Shape", [u]), graph.Integers(1), graph.Integers(2)]);
        return graph.Node("ConstantOfShape", [graph.Node("Concat", [batch, graph.Integers(H)], ("axis", 0))]);
    }

    static float[] Sum(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = new float[a.Length];
        for (int i = 0; i < sum.Length; i++) sum[i] = a[i] + b[i];
        return sum;
    }
}
