namespace NeuralCore;

/// <summary>
/// Two recurrent layers over the same sequence, one from its start and one from its end, concatenated.   x (B, T, I), y (B, T, 2H); for
/// the last step only (B, 2H): the final states of both directions, so that the backward half has seen the whole window too.
/// <para>Parameter names are PyTorch's: the second layer's end in <c>_reverse</c>. Source: Schuster and Paliwal, "Bidirectional recurrent
/// neural networks", 1997.</para>
/// </summary>
public sealed class Bidirectional : Layer
{
    readonly Lstm ahead, back;
    readonly int H;

    /// <summary>Makes the reversed twin of <paramref name="forward"/>, with parameters of its own.</summary>
    public Bidirectional(Lstm forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        if (forward.Reverse) throw new ArgumentException("Bidirectional: expected a layer that reads forward, got a reversed one");
        ahead = Child("", forward);
        back = Child("", forward.Reversed());
        H = forward.HiddenSize;
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => ahead.OutputShape(input).WithLast(2 * H);

    /// <inheritdoc/>
    protected internal override IEnumerable<(Layer Layer, Shape Input)> Flow(Shape input) => [(ahead, input), (back, input)];

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, default, default, tape, out _, out _);

    /// <summary>The same from given initial states of the two directions.</summary>
    public Tensor Forward(Tensor x, LstmState initial, LstmState initialReverse, Tape tape, out LstmState final, out LstmState finalReverse)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape));
        final = ahead.Forward(x, initial, tape, y, 0);
        finalReverse = back.Forward(x, initialReverse, tape, y, H);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape) => Backward(dY, default, default, tape, out _, out _);

    /// <summary>The same with gradients of the final states coming in and of the initial states going out.</summary>
    public Tensor Backward(Tensor dY, LstmState dFinal, LstmState dFinalReverse, Tape tape, out LstmState dInitial, out LstmState dInitialReverse)
    {
        if (!dY.IsEmpty && dY.Columns != 2 * H) throw ShapeError($"a gradient (..., {2 * H})", dY.Shape);
        Tensor dX = default;
        dInitialReverse = back.Backward(dY, H, dFinalReverse, tape, ref dX);
        dInitial = ahead.Backward(dY, 0, dFinal, tape, ref dX);
        return dX;
    }
}
