using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// Attention pooling over time: a weighted mean of the steps with weights that the layer computes from the steps themselves.
/// x (B, T, D), y (B, D), weights a (B, T)
/// <code>
/// q_t = tanh(x_t·Wᵀ + b)    e_t = v·q_t    a = softmax_t(e)    y = Σ_t a_t·x_t
/// </code>
/// Parameters: W <c>weight</c> (A, D), b <c>bias</c> (A), v <c>v</c> (A).
/// <para>Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate", 2015.</para>
/// </summary>
public sealed class AdditiveAttention : Layer
{
    readonly int D, A;
    readonly Dense projection;
    readonly Parameter v;
    readonly float[] packedV;

    /// <summary>Attention over steps of <paramref name="features"/> values with <paramref name="attentionSize"/> hidden values a step.</summary>
    public AdditiveAttention(int features, int attentionSize, Initializer? weights = null)
    {
        (D, A) = (features, attentionSize);
        projection = Child("", new Dense(features, attentionSize, weights: weights));
        v = Parameter("v", new Shape(attentionSize), weights ?? Initializers.Uniform(attentionSize));
        packedV = AlignedArray.New(Gemm.PackedSize(A, 1));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[2] == D && input[1] > 0 ? new Shape(input[0], D)
        : throw ShapeError($"input (batch, time, {D}) with at least one step", input);

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => [(projection, input)];

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input) => (long)input[0] * input[1] * (A + D);

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
        => Gemm.Pack(ref v.Value[0], 1, 1, A, 1, ref packedV[AlignedArray.Start(packedV)]);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, tape, out _);

    /// <summary>The same, with the weights a (B, T) that the steps were given.</summary>
    public Tensor Forward(Tensor x, Tape tape, out Tensor weights)
    {
        Tensor y = tape.Zeros(OutputShape(x.Shape));
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        Tensor q = projection.Forward(x, tape);
        Functions.Apply<Tanh>(q.Span, q.Span);
        Tensor a = tape.Zeros(new Shape(B, T));
        Gemm.MultiplyPacked(B * T, 1, A, ref q.Ref, A, ref packedV[AlignedArray.Start(packedV)], ref a.Ref, 1, ref a.Ref, 1);
        Elementwise.Softmax(a.Span, a.Span, T);
        for (int row = 0; row < B; row++)
            for (int t = 0; t < T; t++)
                Elementwise.AddScaled(a.Span[row * T + t], x.Row(row * T + t), y.Row(row));
        tape.Push(this, x);
        tape.Push(this, q);
        tape.Push(this, a);
        weights = a;
        return y;
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
            Gemm.Multiply(T, 1, D, ref x.Row(row * T)[0], D, 1, ref dY.Row(row)[0], 1, 1, ref dE.Row(row)[0], 1, accumulate: false);
            Span<float> de = dE.Row(row), weights = a.Row(row);
            float mean = 0;
            for (int t = 0; t < T; t++) mean = MathF.FusedMultiplyAdd(weights[t], de[t], mean);
            for (int t = 0; t < T; t++) de[t] = weights[t] * (de[t] - mean);
        }
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
