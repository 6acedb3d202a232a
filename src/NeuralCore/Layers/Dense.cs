using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// y = x·Wᵀ + b over the last axis.   x (…, I), y (…, O), W <c>weight</c> (O, I), b <c>bias</c> (O).
/// <para>The same as PyTorch's nn.Linear.</para>
/// </summary>
public sealed class Dense : Layer
{
    readonly int inputs, outputs;
    readonly Parameter w;
    readonly Parameter? b;
    Int8Weights? int8;
    float[] packedForward = [], packedBackward = [], packedBias = [], zeros = [];   // Wᵀ (I, O), W (O, I), b, 0 (I)

    /// <summary>Declares weight (O, I) and bias (O), by default drawn uniformly from ±1/√I as PyTorch does.</summary>
    public Dense(int inputs, int outputs, bool bias = true, Initializer? weights = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        (this.inputs, this.outputs) = (inputs, outputs);
        w = Weight("weight", new Shape(outputs, inputs), weights ?? Initializers.Uniform(inputs));
        if (bias) b = Parameter("bias", new Shape(outputs), weights is null ? Initializers.Uniform(inputs) : 0f);
    }

    /// <summary>Whether its weights are whole numbers.</summary>
    internal bool IsInt8 => int8 is not null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank >= 1 && input[-1] == inputs ? input.WithLast(outputs)
        : throw ShapeError($"input (..., {inputs})", input);

    /// <inheritdoc/>
    protected internal override LayerConfig Describe()
        => new LayerConfig(nameof(Dense)).Set("inputs", inputs).Set("outputs", outputs).Set("bias", b is not null);

    internal static Layer From(LayerConfig c) => new Dense(c.Integer("inputs"), c.Integer("outputs"), c.Flag("bias", true));

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input) => (long)input.Rows * inputs * outputs;

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
    {
        if (w.IsInt8)
        {
            int8 = Int8Weights.Of(w, outputs, row => row);
            packedBias = AlignedArray.New(Gemm.RoundUp(outputs));
            b?.Value.CopyTo(AlignedArray.All(packedBias));
            return;
        }
        int8 = null;
        if (zeros.Length == 0)
        {
            packedForward = AlignedArray.New(Gemm.PackedSize(inputs, outputs));
            packedBackward = AlignedArray.New(Gemm.PackedSize(outputs, inputs));
            packedBias = AlignedArray.New(Gemm.RoundUp(outputs));
            zeros = AlignedArray.New(Gemm.RoundUp(inputs));
        }
        ref float weight = ref w.Value[0];
        Gemm.Pack(ref weight, 1, inputs, inputs, outputs, ref AlignedArray.First(packedForward));
        Gemm.Pack(ref weight, inputs, 1, outputs, inputs, ref AlignedArray.First(packedBackward));
        b?.Value.CopyTo(packedBias.AsSpan(AlignedArray.Start(packedBias)));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape)
    {
        w.Bound();
        Tensor y = tape.Tensor(OutputShape(x.Shape)).WithLengthsOf(x);
        if (int8 is null)
            Gemm.MultiplyPacked(x.Rows, outputs, inputs, ref x.Ref, inputs, ref AlignedArray.First(packedForward),
                ref AlignedArray.First(packedBias), 0, ref y.Ref, outputs);
        else
        {
            var mark = tape.Mark();
            int8.Multiply(new Int8Rows(tape, x.Rows, inputs, ref x.Ref, inputs), ref AlignedArray.First(packedBias), 0, ref y.Ref, outputs);
            tape.Release(mark);
        }
        tape.Push(this, x);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor x = tape.Pop(this);
        RequireGradient(dY, x.Shape.WithLast(outputs));
        // dW += dYᵀ·x,  db += Σ dY,  dX = dY·W
        Gemm.Multiply(outputs, inputs, x.Rows, ref dY.Ref, 1, outputs, ref x.Ref, inputs, 1, ref tape.Gradient(w)[0], inputs,
            accumulate: true);
        if (b is not null) Elementwise.AddRows(dY.Span, dY.Rows, outputs, tape.Gradient(b));
        if (!x.NeedsGradient) return default;
        Tensor dX = tape.Tensor(x.Shape);
        Gemm.MultiplyPacked(x.Rows, inputs, outputs, ref dY.Ref, outputs, ref AlignedArray.First(packedBackward),
            ref AlignedArray.First(zeros), 0, ref dX.Ref, inputs);
        return dX;
    }
}
