using System.Numerics.Tensors;

namespace NeuralCore.Benchmarks;

/// <summary>A matrix in a graph of computations in double; a sequence batch (B, T, F) is one of B·T rows.</summary>
sealed class Node(int rows, int columns, double[] value)
{
    public int Rows => rows;
    public int Columns => columns;
    public double[] Value => value;
    public double[] Gradient { get; } = new double[value.Length];
    public Action? Back { get; init; }
    public Span<double> Row(int row) => value.AsSpan(row * columns, columns);
    public Span<double> GradientRow(int row) => Gradient.AsSpan(row * columns, columns);
}

/// <summary>
/// The layers' mathematics in double on the parameters of a model, written as plainly as possible, one matrix operation after the other;
/// each knows its own gradient, so that the graph runs backward from the last to the first.
/// </summary>
/// <param name="model">Its parameters as they are now.</param>
/// <param name="dropoutSeed">Seed of a training pass's dropout; none: inference.</param>
sealed class Reference(Model model, ulong? dropoutSeed = null)
{
    readonly Dictionary<string, Node> parameters = model.Parameters.ToDictionary(p => p.Name, p => new Node(
        p.Shape.Rows, p.Shape[-1], [.. p.Value.ToArray().Select(v => (double)v)]));
    readonly List<Node> nodes = [];
    ulong dropoutStream;

    /// <summary>Gradients of all parameters in the order of the model's values.</summary>
    public IEnumerable<double> Gradients => model.Parameters.SelectMany(p => parameters[p.Name].Gradient);

    public Node Input(ReadOnlySpan<float> values, int columns) => Make(values.Length / columns, columns, [.. values.ToArray().Select(v => (double)v)], () => { });

    /// <summary>Runs backward from gradients of the last results.</summary>
    public void Backward(params (Node Node, double[] Gradient)[] seeds)
    {
        foreach ((Node node, double[] gradient) in seeds) TensorPrimitives.Add(node.Gradient, gradient, node.Gradient);
        for (int i = nodes.Count - 1; i >= 0; i--) nodes[i].Back!();
    }

    /// <summary>x·Wᵀ + b.</summary>
    public Node Dense(string layer, Node x) => AddRow(Product(x, parameters[layer + "weight"]), parameters[layer + "bias"]);

    /// <summary>z = x_t·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh,  c = σ(z_f)∘c + σ(z_i)∘tanh(z_g),  h = σ(z_o)∘tanh(c).   Returns h of every step in its place.</summary>
    public Node Lstm(string layer, Node x, int steps, ref Node? h, ref Node? c, bool reverse = false, string suffix = "_l0")
    {
        Node[] y = new Node[steps];
        for (int i = 0; i < steps; i++)
        {
            int t = reverse ? steps - 1 - i : i;
            Node z = Gates(layer, "ih", suffix, Step(x, steps, t));
            int H = z.Columns / 4;
            if (h is not null) z = Add(z, Product(h, parameters[$"{layer}weight_hh{suffix}"]));
            z = AddRow(z, parameters[$"{layer}bias_hh{suffix}"]);
            Node fresh = Times(Sigmoid(Columns(z, 0, H)), Tanh(Columns(z, 2 * H, H)));
            c = c is null ? fresh : Add(Times(Sigmoid(Columns(z, H, H)), c), fresh);
            y[t] = h = Times(Sigmoid(Columns(z, 3 * H, H)), Tanh(c));
        }
        return Interleave(y);
    }

    /// <summary>r, z = σ(a + b),  n = tanh(a_n + r∘b_n) with a = x_t·W_ihᵀ + b_ih, b = h·W_hhᵀ + b_hh,  h = n + z∘(h - n).</summary>
    public Node Gru(string layer, Node x, int steps, ref Node? h, string suffix = "_l0")
    {
        Node[] y = new Node[steps];
        for (int t = 0; t < steps; t++)
        {
            Node a = Gates(layer, "ih", suffix, Step(x, steps, t));
            int H = a.Columns / 3;
            h ??= Make(a.Rows, H, new double[a.Rows * H], () => { });
            Node b = Gates(layer, "hh", suffix, h);
            Node r = Sigmoid(Add(Columns(a, 0, H), Columns(b, 0, H))), z = Sigmoid(Add(Columns(a, H, H), Columns(b, H, H)));
            Node n = Tanh(Add(Columns(a, 2 * H, H), Times(r, Columns(b, 2 * H, H))));
            y[t] = h = Add(n, Times(z, Add(h, Map(n, v => -v, (_, _) => -1))));
        }
        return Interleave(y);
    }

    Node Gates(string layer, string part, string suffix, Node x)
        => AddRow(Product(x, parameters[$"{layer}weight_{part}{suffix}"]), parameters[$"{layer}bias_{part}{suffix}"]);

    /// <summary>Σ_t a_t·x_t,  a = softmax_t(v·tanh(W·x_t + b)).</summary>
    public Node AdditiveAttention(string layer, Node x, int steps)
    {
        Node e = Product(Tanh(Dense(layer, x)), parameters[layer + "v"]);
        Node a = Softmax(Reshape(e, e.Rows / steps, steps));
        return Concat([.. Enumerable.Range(0, x.Rows / steps).Select(row => Product(Rows(a, row, 1), Transpose(Rows(x, row * steps, steps))))], byRows: true);
    }

    /// <summary>Self-attention: for each row and head  softmax(q·kᵀ / √d)·v,  then a projection.</summary>
    public Node MultiHeadAttention(string layer, Node x, int steps, int heads, float dropout)
    {
        int E = x.Columns, d = E / heads;
        Node qkv = AddRow(Product(x, parameters[layer + "in_proj_weight"]), parameters[layer + "in_proj_bias"]);
        CounterRandom random = Random();
        var rows = new List<Node>();
        for (int row = 0; row < x.Rows / steps; row++)
        {
            Node one = Rows(qkv, row * steps, steps);
            var results = new List<Node>();
            for (int head = 0; head < heads; head++)
            {
                Node q = Columns(one, head * d, d), k = Columns(one, E + head * d, d), v = Columns(one, 2 * E + head * d, d);
                double root = Math.Sqrt(d);
                Node a = Softmax(Map(Product(q, k), s => s / root, (_, _) => 1 / root));
                results.Add(Product(Drop(a, dropout, ref random), Transpose(v)));
            }
            rows.Add(Concat(results, byRows: false));
        }
        return Dense(layer + "out_proj.", Concat(rows, byRows: true));
    }

    /// <summary>Post-norm layer with ReLU: h = norm(x + attention(x)),  norm(h + linear2(relu(linear1(h)))), dropout after each part.</summary>
    public Node TransformerEncoderLayer(string layer, Node x, int steps, int heads, float dropout)
    {
        Node h = LayerNorm(layer + "norm1.", Add(x, Dropout(MultiHeadAttention(layer + "self_attn.", x, steps, heads, dropout), dropout)));
        Node feed = Dense(layer + "linear2.", Dropout(Relu(Dense(layer + "linear1.", h)), dropout));
        return LayerNorm(layer + "norm2.", Add(h, Dropout(feed, dropout)));
    }

    /// <summary>(x - μ) / √(v + 1e-5)∘γ + β over each row.</summary>
    public Node LayerNorm(string layer, Node x)
    {
        Node gamma = parameters[layer + "weight"];
        int n = x.Columns;
        double[] normal = new double[x.Value.Length], inverse = new double[x.Rows];
        for (int row = 0; row < x.Rows; row++)
        {
            double mean = TensorPrimitives.Sum(x.Row(row)) / n, variance = 0;
            foreach (double v in x.Row(row)) variance += (v - mean) * (v - mean) / n;
            inverse[row] = 1 / Math.Sqrt(variance + 1e-5);
            for (int j = 0; j < n; j++) normal[row * n + j] = (x.Row(row)[j] - mean) * inverse[row];
        }
        Node hat = null!;
        hat = Make(x.Rows, n, normal, () =>
        {
            for (int row = 0; row < x.Rows; row++)
            {
                ReadOnlySpan<double> d = hat.GradientRow(row), y = hat.Row(row);
                double mean = TensorPrimitives.Sum(d) / n, along = TensorPrimitives.Dot(d, y) / n;
                for (int j = 0; j < n; j++) x.GradientRow(row)[j] += inverse[row] * (d[j] - mean - along * y[j]);
            }
        });
        return AddRow(TimesRow(hat, gamma), parameters[layer + "bias"]);
    }

    /// <summary>x + the first rows of a parameter, for each row of the batch.</summary>
    public Node AddPositions(string layer, Node x, int steps)
    {
        Node positions = Rows(parameters[layer + "weight"], 0, steps);
        return Add(x, Concat([.. Enumerable.Repeat(positions, x.Rows / steps)], byRows: true));
    }

    /// <summary>x∘mask in training, with the library's random numbers in the order of the elements; x in inference.</summary>
    public Node Dropout(Node x, float p)
    {
        CounterRandom random = Random();
        return Drop(x, p, ref random);
    }

    CounterRandom Random() => new(dropoutSeed ?? 0, dropoutStream++);

    Node Drop(Node x, float p, ref CounterRandom random)
    {
        if (dropoutSeed is null) return x;
        var mask = new double[x.Value.Length];
        foreach (ref double m in mask.AsSpan()) m = random.NextSingle() < p ? 0 : 1 / (1 - (double)p);
        return Times(x, new Node(x.Rows, x.Columns, mask));
    }

    public Node Relu(Node x) => Map(x, v => Math.Max(v, 0), (v, _) => v > 0 ? 1 : 0);
    public Node Tanh(Node x) => Map(x, Math.Tanh, (_, y) => 1 - y * y);
    public Node Sigmoid(Node x) => Map(x, v => 1 / (1 + Math.Exp(-v)), (_, y) => y * (1 - y));

    /// <summary>Step t of every row of a sequence batch.</summary>
    public Node Step(Node x, int steps, int t)
    {
        int n = x.Columns, B = x.Rows / steps;
        Node y = null!;
        y = Make(B, n, new double[B * n], () =>
        {
            for (int row = 0; row < B; row++) AddTo(y.GradientRow(row), x.GradientRow(row * steps + t));
        });
        for (int row = 0; row < B; row++) x.Row(row * steps + t).CopyTo(y.Row(row));
        return y;
    }

    /// <summary>Steps (B, F) each to a sequence batch.</summary>
    Node Interleave(Node[] steps)
    {
        (int T, int B, int n) = (steps.Length, steps[0].Rows, steps[0].Columns);
        Node y = null!;
        y = Make(B * T, n, new double[B * T * n], () =>
        {
            for (int i = 0; i < B * T; i++) AddTo(y.GradientRow(i), steps[i % T].GradientRow(i / T));
        });
        for (int i = 0; i < B * T; i++) steps[i % T].Row(i / T).CopyTo(y.Row(i));
        return y;
    }

    /// <summary>a·bᵀ.</summary>
    Node Product(Node a, Node b)
    {
        Node y = null!;
        y = Make(a.Rows, b.Rows, new double[a.Rows * b.Rows], () =>
        {
            for (int m = 0; m < a.Rows; m++)
                for (int n = 0; n < b.Rows; n++)
                {
                    double d = y.GradientRow(m)[n];
                    TensorPrimitives.MultiplyAdd(b.Row(n), d, a.GradientRow(m), a.GradientRow(m));
                    TensorPrimitives.MultiplyAdd(a.Row(m), d, b.GradientRow(n), b.GradientRow(n));
                }
        });
        for (int m = 0; m < a.Rows; m++)
            for (int n = 0; n < b.Rows; n++) y.Row(m)[n] = TensorPrimitives.Dot<double>(a.Row(m), b.Row(n));
        return y;
    }

    Node Transpose(Node x)
    {
        Node y = null!;
        y = Make(x.Columns, x.Rows, new double[x.Value.Length], () =>
        {
            for (int i = 0; i < y.Value.Length; i++) x.GradientRow(i % x.Rows)[i / x.Rows] += y.Gradient[i];
        });
        for (int i = 0; i < y.Value.Length; i++) y.Value[i] = x.Row(i % x.Rows)[i / x.Rows];
        return y;
    }

    /// <summary>Softmax over each row.</summary>
    public Node Softmax(Node x)
    {
        Node y = null!;
        y = Make(x.Rows, x.Columns, new double[x.Value.Length], () =>
        {
            for (int row = 0; row < x.Rows; row++)
            {
                double mean = TensorPrimitives.Dot<double>(y.Row(row), y.GradientRow(row));
                for (int j = 0; j < x.Columns; j++) x.GradientRow(row)[j] += y.Row(row)[j] * (y.GradientRow(row)[j] - mean);
            }
        });
        for (int row = 0; row < x.Rows; row++) TensorPrimitives.SoftMax<double>(x.Row(row), y.Row(row));
        return y;
    }

    public Node Add(Node a, Node b)
    {
        var sum = new double[a.Value.Length];
        TensorPrimitives.Add(a.Value, b.Value, sum);
        Node y = null!;
        return y = Make(a.Rows, a.Columns, sum, () => { AddTo(y.Gradient, a.Gradient); AddTo(y.Gradient, b.Gradient); });
    }

    Node Times(Node a, Node b)
    {
        var product = new double[a.Value.Length];
        TensorPrimitives.Multiply(a.Value, b.Value, product);
        Node y = null!;
        return y = Make(a.Rows, a.Columns, product, () =>
        {
            TensorPrimitives.MultiplyAdd<double>(y.Gradient, b.Value, a.Gradient, a.Gradient);
            TensorPrimitives.MultiplyAdd<double>(y.Gradient, a.Value, b.Gradient, b.Gradient);
        });
    }

    Node AddRow(Node x, Node row)
    {
        Node y = null!;
        y = Make(x.Rows, x.Columns, new double[x.Value.Length], () =>
        {
            AddTo(y.Gradient, x.Gradient);
            for (int m = 0; m < x.Rows; m++) AddTo(y.GradientRow(m), row.Gradient);
        });
        for (int m = 0; m < x.Rows; m++) TensorPrimitives.Add(x.Row(m), row.Value, y.Row(m));
        return y;
    }

    Node TimesRow(Node x, Node row)
    {
        Node y = null!;
        y = Make(x.Rows, x.Columns, new double[x.Value.Length], () =>
        {
            for (int m = 0; m < x.Rows; m++)
            {
                TensorPrimitives.MultiplyAdd<double>(y.GradientRow(m), row.Value, x.GradientRow(m), x.GradientRow(m));
                TensorPrimitives.MultiplyAdd<double>(y.GradientRow(m), x.Row(m), row.Gradient, row.Gradient);
            }
        });
        for (int m = 0; m < x.Rows; m++) TensorPrimitives.Multiply(x.Row(m), row.Value, y.Row(m));
        return y;
    }

    /// <summary>f of each element; <paramref name="slope"/> of x and f(x).</summary>
    Node Map(Node x, Func<double, double> f, Func<double, double, double> slope)
    {
        Node y = null!;
        return y = Make(x.Rows, x.Columns, [.. x.Value.Select(f)], () =>
        {
            for (int i = 0; i < x.Value.Length; i++) x.Gradient[i] += y.Gradient[i] * slope(x.Value[i], y.Value[i]);
        });
    }

    Node Columns(Node x, int first, int count)
    {
        Node y = null!;
        y = Make(x.Rows, count, new double[x.Rows * count], () =>
        {
            for (int row = 0; row < x.Rows; row++) AddTo(y.GradientRow(row), x.GradientRow(row).Slice(first, count));
        });
        for (int row = 0; row < x.Rows; row++) x.Row(row).Slice(first, count).CopyTo(y.Row(row));
        return y;
    }

    Node Rows(Node x, int first, int count)
    {
        int n = x.Columns;
        Node y = null!;
        return y = Make(count, n, x.Value[(first * n)..((first + count) * n)], () => AddTo(y.Gradient, x.Gradient.AsSpan(first * n, count * n)));
    }

    Node Reshape(Node x, int rows, int columns)
    {
        Node y = null!;
        return y = Make(rows, columns, x.Value, () => AddTo(y.Gradient, x.Gradient));
    }

    /// <summary>One below the other, or side by side.</summary>
    public Node Concat(IReadOnlyList<Node> parts, bool byRows)
    {
        int rows = byRows ? parts.Sum(p => p.Rows) : parts[0].Rows, columns = byRows ? parts[0].Columns : parts.Sum(p => p.Columns);
        Node y = null!;
        y = Make(rows, columns, new double[rows * columns], () => Each((whole, part) => AddTo(y.Gradient.AsSpan(whole.Start, whole.Count), part.Node.Gradient.AsSpan(part.Start, whole.Count))));
        Each((whole, part) => part.Node.Value.AsSpan(part.Start, whole.Count).CopyTo(y.Value.AsSpan(whole.Start, whole.Count)));
        return y;

        void Each(Action<(int Start, int Count), (Node Node, int Start)> copy)
        {
            int at = 0;
            foreach (Node part in parts)
            {
                for (int row = 0; row < part.Rows; row++)
                    copy((byRows ? at + row * columns : row * columns + at, part.Columns), (part, row * part.Columns));
                at += byRows ? part.Value.Length : part.Columns;
            }
        }
    }

    Node Make(int rows, int columns, double[] value, Action back)
    {
        var node = new Node(rows, columns, value) { Back = back };
        nodes.Add(node);
        return node;
    }

    static void AddTo(ReadOnlySpan<double> x, Span<double> sum) => TensorPrimitives.Add(sum, x, sum);
}
