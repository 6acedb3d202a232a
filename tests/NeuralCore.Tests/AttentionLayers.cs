namespace NeuralCore.Tests;

/// <summary>A layer that takes masks, with masks.</summary>
sealed class Masked : Layer
{
    readonly Layer inner;
    readonly AttentionMask? mask;
    readonly StepMask? steps;

    public Masked(Layer inner, AttentionMask? mask = null, StepMask? steps = null)
        => (this.inner, this.mask, this.steps) = (Child("", inner), mask, steps);

    public override Shape OutputShape(Shape input) => inner.OutputShape(input);

    public override Tensor Forward(Tensor x, Tape tape) => inner switch
    {
        MultiHeadAttention attention => attention.Forward(x, tape, mask, steps),
        AdditiveAttention attention => attention.Forward(x, tape, out _, steps),
        TransformerEncoderLayer layer => layer.Forward(x, tape, mask, steps),
        TransformerEncoder encoder => encoder.Forward(x, tape, mask, steps),
        _ => throw new ArgumentException($"{inner} takes no masks"),
    };

    public override Tensor Backward(Tensor dY, Tape tape) => inner.Backward(dY, tape);
}

/// <summary>Attention of the first steps of a sequence to the others.   x (B, Tq + Tk, E), y (B, Tq, E)</summary>
sealed class Cross : Layer
{
    readonly MultiHeadAttention attention;
    readonly int Tq;
    readonly int[] lengths;   // of the keys; none: all

    public Cross(MultiHeadAttention attention, int queries, params int[] lengths)
        => (this.attention, Tq, this.lengths) = (Child("", attention), queries, lengths);

    public override Shape OutputShape(Shape input) => new(input[0], Tq, input[2]);

    public override Tensor Forward(Tensor x, Tape tape)
    {
        Tensor keys = Part(x, Tq, x.Shape[1] - Tq, tape);
        return attention.Forward(Part(x, 0, Tq, tape), keys.WithCheckedLengths(lengths.Length == 0 ? null : lengths), tape, out _);
    }

    static Tensor Part(Tensor x, int first, int count, Tape tape)
    {
        (int B, int T, int size) = (x.Shape[0], x.Shape[1], count * x.Columns);
        Tensor part = tape.Tensor(B, count, x.Columns);
        for (int row = 0; row < B; row++) x.Span.Slice((row * T + first) * x.Columns, size).CopyTo(part.Span[(row * size)..]);
        return part;
    }

    public override Tensor Backward(Tensor dY, Tape tape)
    {
        Tensor dQuery = attention.Backward(dY, tape, out Tensor dKeyValue);
        int B = dQuery.Shape[0], Tk = dKeyValue.Shape[1], E = dQuery.Columns;
        Tensor dX = tape.Tensor(B, Tq + Tk, E);
        for (int row = 0; row < B; row++)
        {
            dQuery.Span.Slice(row * Tq * E, Tq * E).CopyTo(dX.Span[(row * (Tq + Tk) * E)..]);
            dKeyValue.Span.Slice(row * Tk * E, Tk * E).CopyTo(dX.Span[((row * (Tq + Tk) + Tq) * E)..]);
        }
        return dX;
    }
}
