namespace NeuralCore.Benchmarks;

/// <summary>The layers' mathematics in double, on the parameters of a model.</summary>
/// <param name="model">Its parameters as they are now.</param>
/// <param name="dropoutSeed">Seed of a training pass's dropout; none: inference.</param>
sealed class Reference(Model model, ulong? dropoutSeed = null) : Graph
{
    readonly Dictionary<string, Node> parameters = model.Parameters.ToDictionary(p => p.Name, p => Input(p.Value, p.Shape[-1]));
    ulong dropoutStream;

    /// <summary>Adds the gradients of all parameters to <paramref name="sum"/>, in the order of the model's values.</summary>
    public void AddGradients(Span<double> sum)
    {
        foreach (Parameter p in model.Parameters) AddTo(parameters[p.Name].Gradient, sum.Slice(p.Start, p.Shape.Count));
    }

    /// <summary>x·Wᵀ + b.</summary>
    public Node Dense(string layer, Node x) => Affine(x, parameters[layer + "weight"], parameters[layer + "bias"]);

    /// <summary>
    /// z = x_t·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh,  c = σ(z_f)∘c + σ(z_i)∘tanh(z_g),  h = σ(z_o)∘tanh(c).
    /// Returns h of every step in its place, and the last states.
    /// </summary>
    public (Node Y, Node H, Node C) Lstm(
        string layer, Node x, int steps, Node? h = null, Node? c = null, string suffix = "_l0", bool reverse = false)
    {
        var y = new Node[steps];
        for (int i = 0; i < steps; i++)
        {
            int t = reverse ? steps - 1 - i : i;
            Node z = Gates(layer, "ih", suffix, Step(x, steps, t));
            int H = z.Columns / 4;
            z = Add(z, Gates(layer, "hh", suffix, h ?? Zeros(z.Rows, H)));
            c = Add(Times(Sigmoid(Columns(z, H, H)), c ?? Zeros(z.Rows, H)), Times(Sigmoid(Columns(z, 0, H)), Tanh(Columns(z, 2 * H, H))));
            y[t] = h = Times(Sigmoid(Columns(z, 3 * H, H)), Tanh(c));
        }
        return (Interleave(y), h!, c!);
    }

    /// <summary>r, z = σ(a + b),  n = tanh(a_n + r∘b_n) with a = x_t·W_ihᵀ + b_ih, b = h·W_hhᵀ + b_hh,  h = n + z∘(h - n).</summary>
    public (Node Y, Node H) Gru(string layer, Node x, int steps, Node? h = null, string suffix = "_l0")
    {
        var y = new Node[steps];
        for (int t = 0; t < steps; t++)
        {
            Node a = Gates(layer, "ih", suffix, Step(x, steps, t));
            int H = a.Columns / 3;
            h ??= Zeros(a.Rows, H);
            Node b = Gates(layer, "hh", suffix, h);
            Node r = Sigmoid(Add(Columns(a, 0, H), Columns(b, 0, H))), z = Sigmoid(Add(Columns(a, H, H), Columns(b, H, H)));
            Node n = Tanh(Add(Columns(a, 2 * H, H), Times(r, Columns(b, 2 * H, H))));
            y[t] = h = Add(n, Times(z, Add(h, Scale(n, -1))));
        }
        return (Interleave(y), h!);
    }

    /// <summary>Σ_t a_t·x_t,  a = softmax_t(v·tanh(W·x_t + b)).</summary>
    public Node AdditiveAttention(string layer, Node x, int steps)
    {
        Node e = Product(Tanh(Dense(layer, x)), parameters[layer + "v"]);
        Node a = Softmax(Reshape(e, e.Rows / steps, steps));
        return Stack([.. Enumerable.Range(0, a.Rows).Select(row => Product(Rows(a, row, 1), Transpose(Rows(x, row * steps, steps))))]);
    }

    /// <summary>Self-attention: for each row and head  softmax(q·kᵀ / √d)·v,  then a projection.</summary>
    public Node MultiHeadAttention(string layer, Node x, int steps, int heads, float dropout)
    {
        int E = x.Columns, d = E / heads;
        Node qkv = Affine(x, parameters[layer + "in_proj_weight"], parameters[layer + "in_proj_bias"]);
        CounterRandom random = Random();
        var rows = new List<Node>();
        for (int row = 0; row < x.Rows / steps; row++)
        {
            Node one = Rows(qkv, row * steps, steps);
            var results = new List<Node>();
            for (int head = 0; head < heads; head++)
            {
                Node q = Columns(one, head * d, d), k = Columns(one, E + head * d, d), v = Columns(one, 2 * E + head * d, d);
                Node a = Softmax(Scale(Product(q, k), 1 / Math.Sqrt(d)));
                results.Add(Product(Dropout(a, dropout, ref random), Transpose(v)));
            }
            rows.Add(Concat(results));
        }
        return Dense(layer + "out_proj.", Stack(rows));
    }

    /// <summary>
    /// Post-norm layer with ReLU: h = norm(x + attention(x)),  norm(h + linear2(relu(linear1(h)))), dropout after each part.
    /// </summary>
    public Node TransformerEncoderLayer(string layer, Node x, int steps, int heads, float dropout)
    {
        Node h = LayerNorm(layer + "norm1.", Add(x, Dropout(MultiHeadAttention(layer + "self_attn.", x, steps, heads, dropout), dropout)));
        Node feed = Dense(layer + "linear2.", Dropout(Relu(Dense(layer + "linear1.", h)), dropout));
        return LayerNorm(layer + "norm2.", Add(h, Dropout(feed, dropout)));
    }

    /// <summary>(x - μ) / √(v + 1e-5)∘γ + β over each row.</summary>
    public Node LayerNorm(string layer, Node x) => Add(Times(Normalize(x), parameters[layer + "weight"]), parameters[layer + "bias"]);

    /// <summary>x + the first rows of a parameter, for each row of the batch.</summary>
    public Node AddPositions(string layer, Node x, int steps) => Add(x, Rows(parameters[layer + "weight"], 0, steps));

    /// <summary>x∘mask in training, with the library's random numbers in the order of the elements; x in inference.</summary>
    public Node Dropout(Node x, float p)
    {
        CounterRandom random = Random();
        return Dropout(x, p, ref random);
    }

    Node Dropout(Node x, float p, ref CounterRandom random)
    {
        if (dropoutSeed is null) return x;
        Node mask = Zeros(x.Rows, x.Columns);
        foreach (ref double m in mask.Value.AsSpan()) m = random.NextSingle() < p ? 0 : 1 / (1 - (double)p);
        return Times(x, mask);
    }

    CounterRandom Random() => new(dropoutSeed ?? 0, dropoutStream++);

    Node Gates(string layer, string part, string suffix, Node x)
        => Affine(x, parameters[$"{layer}weight_{part}{suffix}"], parameters[$"{layer}bias_{part}{suffix}"]);

    Node Affine(Node x, Node weight, Node bias) => Add(Product(x, weight), bias);

    /// <summary>Steps (B, F) each to a sequence batch.</summary>
    Node Interleave(Node[] steps) => Reshape(Concat(steps), steps.Length * steps[0].Rows, steps[0].Columns);

    static Node Zeros(int rows, int columns) => new(rows, columns, new double[rows * columns]);
}
