using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Scaled dot-product attention with several heads: each query step takes a weighted mean of the values of the key steps.
/// x_q (B, Tq, E), x_kv (B, Tk, E), y (B, Tq, E); heads of d = E / heads values; weights a (B, heads, Tq, Tk)
/// <code>
/// q = (x_q·W_qᵀ + b_q) / √d     k = x_kv·W_kᵀ + b_k     v = x_kv·W_vᵀ + b_v
/// for each head   s = q·kᵀ     a = softmax over the keys that may be attended     p = dropout(a)     o = p·v
/// y = o·W_oᵀ + b_o
/// </code>
/// Parameters: W_q, W_k, W_v <c>in_proj_weight</c> (3E, E), b_q, b_k, b_v <c>in_proj_bias</c> (3E), W_o <c>out_proj.weight</c> (E, E),
/// b_o <c>out_proj.bias</c> (E), as PyTorch's nn.MultiheadAttention with batch_first.
/// <para>
/// A query attends to a key that lies within the <see cref="Tensor.Lengths"/> of x_kv, that <see cref="StepMask"/> keeps and that
/// <see cref="AttentionMask"/> allows. Other keys have the weight 0 and take no part, not even as 0·NaN. A query to which these together
/// leave no key has all weights 0: o = 0 and no gradient. Queries past the length of x_q are computed like any other, so in training they
/// must be finite, as in self-attention every step must; what attention to another sequence leaves out may hold anything in training too.
/// </para>
/// <para>Source: Vaswani et al., "Attention is all you need", 2017.</para>
/// </summary>
public sealed partial class MultiHeadAttention : Layer
{
    readonly int E, heads, d;
    readonly bool causal;
    readonly Parameter w;
    readonly Parameter? b;
    readonly Dense output;
    readonly Dropout? dropout;
    float[] packedQuery = [], packedKeyValue = [], packedDQuery = [], packedDKeyValue = [];   // W_qᵀ, [W_kᵀ W_vᵀ], W_q, [W_k; W_v]
    Int8Weights? int8Query, int8KeyValue;
    float[] packedBias = [], zeros = [];   // b, 0 (E)

    /// <summary>
    /// Declares in_proj_weight (Xavier uniform), in_proj_bias (0) and out_proj (weight uniform in ±1/√E, bias 0) as PyTorch does.
    /// </summary>
    /// <param name="embedSize">E, values of a step.</param>
    /// <param name="heads">Heads, which divide E.</param>
    /// <param name="dropout">Probability with which training drops a weight.</param>
    /// <param name="bias">Whether the projections have biases.</param>
    /// <param name="causal">Whether a step attends only to itself and to steps before it.</param>
    public MultiHeadAttention(int embedSize, int heads, float dropout = 0, bool bias = true, bool causal = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(embedSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        if (embedSize % heads != 0)
            throw new ArgumentException($"MultiHeadAttention: expected heads that divide embedSize {embedSize}, got {heads}");
        (E, this.heads, d, this.causal) = (embedSize, heads, embedSize / heads, causal);
        w = Weight("in_proj_weight", new Shape(checked(3 * E), E), Initializers.XavierUniform());
        if (bias) b = Parameter("in_proj_bias", new Shape(3 * E), 0f);
        output = Child("out_proj", new Dense(E, E, bias, Initializers.Uniform(E)));
        if (dropout != 0) this.dropout = Child("dropout", new Dropout(dropout));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[2] == E && input[1] > 0 ? input
        : throw ShapeError($"input (batch, time, {E}) with at least one step", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(nameof(MultiHeadAttention)).Set("embedSize", E)
        .Set("heads", heads)
        .Set("dropout", dropout?.P ?? 0).Set("bias", b is not null).Set("causal", causal);

    internal static Layer From(LayerConfig c) => new MultiHeadAttention(c.Integer("embedSize"), c.Integer("heads"),
        (float)c.Number("dropout", 0), c.Flag("bias", true), c.Flag("causal", false));

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input)
        => dropout is null ? [(output, input)] : [(dropout, new Shape(input[0], heads, input[1], input[1])), (output, input)];

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input) => (long)input[0] * input[1] * E * (3L * E + 2L * input[1]);

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
    {
        if (packedBias.Length == 0) packedBias = AlignedArray.New(E + Gemm.RoundUp(2 * E) + Gemm.Lane);
        b?.Value.CopyTo(packedBias.AsSpan(AlignedArray.Start(packedBias)));
        if (w.IsInt8)
        {
            (int8Query, int8KeyValue) = (Int8Weights.Of(w, E, row => row), Int8Weights.Of(w, 2 * E, row => E + row));
            return;
        }
        (int8Query, int8KeyValue) = (null, null);
        if (zeros.Length == 0)
        {
            packedQuery = AlignedArray.New(Gemm.PackedSize(E, E));
            packedDQuery = AlignedArray.New(Gemm.PackedSize(E, E));
            packedKeyValue = AlignedArray.New(Gemm.PackedSize(E, 2 * E));
            packedDKeyValue = AlignedArray.New(Gemm.PackedSize(2 * E, E));
            zeros = AlignedArray.New(Gemm.RoundUp(E));
        }
        ref float query = ref w.Value[0], keyValue = ref w.Value[E * E];
        Gemm.Pack(ref query, 1, E, E, E, ref AlignedArray.First(packedQuery));
        Gemm.Pack(ref query, E, 1, E, E, ref AlignedArray.First(packedDQuery));
        Gemm.Pack(ref keyValue, 1, E, E, 2 * E, ref AlignedArray.First(packedKeyValue));
        Gemm.Pack(ref keyValue, E, 1, 2 * E, E, ref AlignedArray.First(packedDKeyValue));
    }

    /// <summary>Self-attention: x is queries, keys and values.</summary>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, x, tape, null, null, show: false, out _);

    /// <summary>Self-attention under masks.</summary>
    /// <param name="x">Queries, keys and values (B, T, E).</param>
    /// <param name="tape">The pass.</param>
    /// <param name="mask">Which steps (T, T) a step may attend to.</param>
    /// <param name="steps">Which steps (B, T) count as keys, beside the lengths of x.</param>
    public Tensor Forward(Tensor x, Tape tape, AttentionMask? mask, StepMask? steps = null)
        => Forward(x, x, tape, mask, steps, show: false, out _);

    /// <summary>Attention of <paramref name="query"/> to <paramref name="keyValue"/>, with the weights that it gave.</summary>
    /// <param name="query">Queries (B, Tq, E).</param>
    /// <param name="keyValue">Keys and values (B, Tk, E); what lies past its lengths is not attended to.</param>
    /// <param name="tape">The pass.</param>
    /// <param name="weights">Weights (B, heads, Tq, Tk); in training after dropout, as PyTorch gives them.</param>
    /// <param name="mask">Which keys a query may attend to (Tq, Tk).</param>
    /// <param name="steps">Which steps of <paramref name="keyValue"/> count (B, Tk).</param>
    public Tensor Forward(Tensor query, Tensor keyValue, Tape tape, out Tensor weights, AttentionMask? mask = null, StepMask? steps = null)
        => Forward(query, keyValue, tape, mask, steps, show: true, out weights);

    Tensor Forward(Tensor query, Tensor keyValue, Tape tape, AttentionMask? mask, StepMask? steps, bool show, out Tensor weights)
    {
        RequireInputs(query.Shape, keyValue.Shape, mask, steps);
        w.Bound();
        if (!Same(query, keyValue)) keyValue = StepMask.Counted(keyValue, steps, tape);
        (int B, int Tq, int Tk) = (query.Shape[0], query.Shape[1], keyValue.Shape[1]);
        bool past = causal || mask == AttentionMask.Causal;   // only keys up to the query
        if (mask == AttentionMask.Causal) mask = null;
        Tensor q = tape.Tensor(query.Shape), kv = tape.Tensor(B, Tk, 2 * E);
        Project(query, keyValue, q, kv, tape);
        InPlace.Apply(new Scale(q.Span, InverseRoot), q.Count);
        steps?.ClearIgnored(kv);   // so that nothing of them comes through

        // Head by head, so that its weights stay in cache; those of all heads are kept only for whoever looks at them later.
        Shape all = new(B, heads, Tq, Tk), one = new(Tq, Tk);
        Tensor bits = dropout is null ? default : dropout.Draw(all.Count, tape);
        Tensor a = tape.Tensor(tape.Training || show ? all : one), p = bits.IsEmpty ? a : tape.Tensor(show ? all : one);
        Tensor o = tape.Tensor(query.Shape).WithLengthsOf(query);
        if (int8Query is not null) Int8Heads(q, kv, keyValue, a, o, past, mask, steps, tape);
        else Heads(q, kv, keyValue, bits, a, p, o, past, mask, steps);
        tape.Push(this, query);
        tape.Push(this, keyValue);
        tape.Push(this, q);
        tape.Push(this, kv);
        tape.Push(this, a);
        tape.Push(this, bits);
        weights = p;
        return output.Forward(o, tape);
    }

    /// <summary>q = x_q·W_qᵀ + b_q, [k | v] = x_kv·[W_k; W_v]ᵀ + [b_k | b_v].</summary>
    void Project(Tensor query, Tensor keyValue, Tensor q, Tensor kv, Tape tape)
    {
        ref float bQuery = ref AlignedArray.First(packedBias), bKeyValue = ref Unsafe.Add(ref bQuery, E);
        if (int8Query is null || int8KeyValue is null)
        {
            Gemm.MultiplyPacked(query.Rows, E, E, ref query.Ref, E, ref AlignedArray.First(packedQuery), ref bQuery, 0, ref q.Ref, E);
            Gemm.MultiplyPacked(keyValue.Rows, 2 * E, E, ref keyValue.Ref, E, ref AlignedArray.First(packedKeyValue), ref bKeyValue, 0,
                ref kv.Ref, 2 * E);
            return;
        }
        var mark = tape.Mark();
        var rows = new Int8Rows(tape, query.Rows, E, ref query.Ref, E);
        int8Query.Multiply(rows, ref bQuery, 0, ref q.Ref, E);
        int8KeyValue.Multiply(Same(query, keyValue) ? rows : new Int8Rows(tape, keyValue.Rows, E, ref keyValue.Ref, E), ref bKeyValue, 0,
            ref kv.Ref, 2 * E);
        tape.Release(mark);
    }

    /// <summary>The weights (Tq, Tk) of the n-th head of all rows, or the only ones there are.</summary>
    static Span<float> Head(Tensor weights, int n)
    {
        int size = weights.Shape[-2] * weights.Shape[-1];
        return weights.Span.Slice(weights.Shape.Rank == 2 ? 0 : n * size, size);
    }

    static bool Same(Tensor query, Tensor keyValue) => query.Shape == keyValue.Shape && Unsafe.AreSame(ref query.Ref, ref keyValue.Ref);

    float InverseRoot => (float)(1 / Math.Sqrt(d));

    /// <summary>Number of steps of a row that are not padding.</summary>
    static int Keys(Tensor keyValue, int row) => keyValue.HasLengths ? keyValue.Lengths[row] : keyValue.Shape[1];

    /// <summary>Where the values of a head begin in the steps of a row: queries, or keys; values lie E further.</summary>
    ref float At(Tensor x, int row, int head, int part = 0)
        => ref Unsafe.Add(ref x.Ref, row * x.Shape[1] * x.Columns + part * E + head * d);

    /// <summary>After self-attention: the gradient with respect to x.</summary>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor dQuery = Backward(dY, tape, out Tensor dKeyValue, out bool self);
        if (!self)
            throw new InvalidOperationException($"{this}: expected Backward(dY, tape, out dKeyValue) after attention to another sequence");
        Elementwise.Apply<Add>(dQuery.Span, dKeyValue.Span, dQuery.Span);
        return dQuery;
    }

    /// <summary>Gradients with respect to the queries and to the keys and values; each is empty where its input did not want one.</summary>
    public Tensor Backward(Tensor dY, Tape tape, out Tensor dKeyValue) => Backward(dY, tape, out dKeyValue, out _);

    Tensor Backward(Tensor dY, Tape tape, out Tensor dKeyValue, out bool self)
    {
        Tensor dO = output.Backward(dY, tape);
        Tensor bits = tape.Pop(this), a = tape.Pop(this), kv = tape.Pop(this), q = tape.Pop(this), keyValue = tape.Pop(this),
            query = tape.Pop(this);
        (int B, int Tq, int Tk) = (query.Shape[0], query.Shape[1], keyValue.Shape[1]);
        self = Same(query, keyValue);
        Tensor dQ = tape.Tensor(q.Shape), dKV = tape.Tensor(kv.Shape), dA = tape.Tensor(Tq, Tk),
            p = dropout is null ? default : tape.Tensor(Tq, Tk);
        for (int row = 0; row < B; row++)
            for (int head = 0; head < heads; head++)
            {
                // p = dropout(a),  dp = do·vᵀ,  dv = pᵀ·do,  ds = a∘(da - Σ a∘da),  dq = ds·k,  dk = dsᵀ·q
                (int keys, int n) = (Keys(keyValue, row), row * heads + head);
                Span<float> aHead = Head(a, n), pHead = dropout is null ? aHead : p.Span;
                if (dropout is not null) InPlace.Apply(new Drop(dropout.Mask(bits, n * Tq * Tk), aHead, pHead), Tq * Tk);
                Gemm.Multiply(Tq, keys, d, ref At(dO, row, head), E, 1, ref At(kv, row, head, 1), 1, 2 * E, ref dA.Ref, Tk,
                    accumulate: false);
                Gemm.Multiply(keys, d, Tq, ref pHead[0], 1, Tk, ref At(dO, row, head), E, 1, ref At(dKV, row, head, 1), 2 * E,
                    accumulate: false);
                if (dropout is not null) InPlace.Apply(new Drop(dropout.Mask(bits, n * Tq * Tk), dA.Span, dA.Span), Tq * Tk);
                Softmax.Backward(aHead, dA.Span, Tq, keys, Tk);
                Gemm.Multiply(Tq, d, keys, ref dA.Ref, Tk, 1, ref At(kv, row, head), 2 * E, 1, ref At(dQ, row, head), E, accumulate: false);
                Gemm.Multiply(keys, d, Tq, ref dA.Ref, 1, Tk, ref At(q, row, head), E, 1, ref At(dKV, row, head), 2 * E, accumulate: false);
            }
        for (int row = 0; row < B; row++) dKV.Span[((row * Tk + Keys(keyValue, row)) * 2 * E)..((row + 1) * Tk * 2 * E)].Clear();
        InPlace.Apply(new Scale(dQ.Span, InverseRoot), dQ.Count);   // q was divided by √d

        // dW += dᵀ·x,  db += Σ d,  dx = d·W
        Span<float> dW = tape.Gradient(w);
        Gemm.Multiply(E, E, B * Tq, ref dQ.Ref, 1, E, ref query.Ref, E, 1, ref dW[0], E, accumulate: true);
        Gemm.Multiply(2 * E, E, B * Tk, ref dKV.Ref, 1, 2 * E, ref keyValue.Ref, E, 1, ref dW[E * E], E, accumulate: true);
        if (b is not null)
        {
            Elementwise.AddRows(dQ.Span, B * Tq, E, tape.Gradient(b)[..E]);
            Elementwise.AddRows(dKV.Span, B * Tk, 2 * E, tape.Gradient(b)[E..]);
        }
        dKeyValue = keyValue.NeedsGradient ? Product(dKV, packedDKeyValue, keyValue.Shape, tape) : default;
        return query.NeedsGradient ? Product(dQ, packedDQuery, query.Shape, tape) : default;
    }

    Tensor Product(Tensor d, float[] packed, Shape shape, Tape tape)
    {
        Tensor dX = tape.Tensor(shape);
        Gemm.MultiplyPacked(d.Rows, E, d.Columns, ref d.Ref, d.Columns, ref AlignedArray.First(packed), ref AlignedArray.First(zeros), 0,
            ref dX.Ref, E);
        return dX;
    }
}
