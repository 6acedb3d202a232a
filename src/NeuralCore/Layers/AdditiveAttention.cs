using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Attention pooling over time: a weighted mean of the steps with weights that the layer computes from the steps themselves.
/// x (B, T, D), y (B, D), weights a (B, T)
/// <code>
/// q_t = tanh(x_t·Wᵀ + b)    e_t = v·q_t    a = softmax_t(e)    y = Σ_t a_t·x_t
/// </code>
/// Parameters: W <c>weight</c> (A, D), b <c>bias</c> (A), v <c>v</c> (A).
/// <para>
/// The softmax and the sum run over the steps within <see cref="Tensor.Lengths"/> that a <see cref="StepMask"/> keeps; the others have the
/// weight 0 and take no part, whatever they hold, in training too. Where these together leave no step of a row, all its weights are 0:
/// y = 0 and no gradient.
/// </para>
/// <para>Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate", 2015.</para>
/// </summary>
public sealed partial class AdditiveAttention : Layer
{
    readonly int D, A;
    readonly Dense projection;
    readonly Parameter v;
    readonly bool bias;
    float[] packedV = [];

    /// <summary>
    /// Attention over steps of <paramref name="features"/> values with <paramref name="attentionSize"/> hidden values a step.
    /// </summary>
    public AdditiveAttention(int features, int attentionSize, Initializer? weights = null, bool bias = true)
    {
        (D, A, this.bias) = (features, attentionSize, bias);
        projection = Child("", new Dense(features, attentionSize, bias, weights));
        v = Parameter("v", new Shape(attentionSize), weights ?? Initializers.Uniform(attentionSize));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[2] == D && input[1] > 0 ? new Shape(input[0], D)
        : throw ShapeError($"input (batch, time, {D}) with at least one step", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
        => new LayerConfig(nameof(AdditiveAttention)).Set("features", D).Set("attentionSize", A).Set("bias", bias);

    internal static Layer From(LayerConfig c)
        => new AdditiveAttention(c.Integer("features"), c.Integer("attentionSize"), bias: c.Flag("bias", true));

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => [(projection, input)];

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input) => (long)input[0] * input[1] * (A + D);

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
    {
        if (packedV.Length == 0) packedV = AlignedArray.New(Gemm.PackedSize(A, 1));
        Gemm.Pack(ref v.Value[0], 1, 1, A, 1, ref AlignedArray.First(packedV));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, tape, out _);

    /// <summary>The same over the steps that count, with the weights that they were given.</summary>
    /// <param name="x">Sequences (B, T, D); what lies past their lengths does not count.</param>
    /// <param name="tape">The pass.</param>
    /// <param name="weights">The weights a (B, T).</param>
    /// <param name="steps">Which steps (B, T) count, beside the lengths; null: all.</param>
    public Tensor Forward(Tensor x, Tape tape, out Tensor weights, StepMask? steps = null)
    {
        Tensor y = tape.Zeros(OutputShape(x.Shape));
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        if (steps is not null && !steps.Fits(B, T)) throw new ArgumentException($"{this}: expected a StepMask ({B}, {T}), got {steps}");
        x = StepMask.Counted(x, steps, tape);
        Tensor q = projection.Forward(x, tape), a = tape.Zeros(new Shape(B, T));
        if (projection.IsInt8) Int8Pool(x, q, a, y, steps, tape);
        else Pool(x, q, a, y, steps);
        tape.Push(this, x);
        tape.Push(this, q);
        tape.Push(this, a);
        tape.Watch?.Invoke(this, "weights", a);
        weights = a;
        return y;
    }

    /// <summary>q = tanh(q), the weights a and y, from the projection q and zeros.</summary>
    void Pool(Tensor x, Tensor q, Tensor a, Tensor y, StepMask? steps)
    {
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        Functions.Apply<Tanh>(q.Span, q.Span);
        Gemm.MultiplyPacked(B * T, 1, A, ref q.Ref, A, ref AlignedArray.First(packedV), ref a.Ref, 1, ref a.Ref, 1);
        for (int row = 0; row < B; row++)
        {
            Span<float> weight = a.Row(row);
            int length = x.HasLengths ? x.Lengths[row] : T, counted = 0;
            for (int t = 0; t < T; t++)
                if (t < length && (steps is null || steps.Keeps(row, t))) counted++;
                else weight[t] = float.NegativeInfinity;
            if (counted > 0) Softmax.Rows(weight, weight, 1, T, T);
            else weight.Clear();
            for (int t = 0; t < length; t++)
                if (weight[t] != 0) Elementwise.AddScaled(weight[t], x.Row(row * T + t), y.Row(row));
        }
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor a = tape.Pop(this), q = tape.Pop(this), x = tape.Pop(this);
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        RequireGradient(dY, new Shape(B, D));
        // da_t = x_t·dy,  de = a∘(da - Σ a∘da)
        Tensor dE = tape.Zeros(new Shape(B, T));
        for (int row = 0; row < B; row++)
        {
            Gemm.Multiply(1, T, D, ref dY.Row(row)[0], D, 1, ref x.Row(row * T)[0], 1, D, ref dE.Row(row)[0], T, accumulate: false);
        }
        Softmax.Backward(a.Span, dE.Span, B, T, T);
        // dv += deᵀ·q,  dq = de·v,  through tanh and the projection
        Gemm.Multiply(1, A, B * T, ref dE.Ref, B * T, 1, ref q.Ref, A, 1, ref tape.Gradient(v)[0], A, accumulate: true);
        Tensor dQ = tape.Zeros(q.Shape);
        for (int step = 0; step < B * T; step++) Elementwise.AddScaled(dE.Span[step], v.Value, dQ.Row(step));
        Elementwise.Apply<Gradient<Tanh>>(dQ.Span, q.Span, dQ.Span);
        Tensor dX = projection.Backward(dQ, tape);
        if (dX.IsEmpty) return default;
        for (int row = 0; row < B; row++)
            for (int t = 0; t < T; t++)
                Elementwise.AddScaled(a.Span[row * T + t], dY.Row(row), dX.Row(row * T + t));
        return dX;
    }
}
