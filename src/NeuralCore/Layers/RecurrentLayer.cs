namespace NeuralCore;

/// <summary>
/// A stack of recurrent layers, each in one direction or in both. What <see cref="Lstm"/> and <see cref="Gru"/> have in common.
/// <para>x (B, T, I), y (B, T, H) or, in both directions, (B, T, 2H) = [forward | backward]; for the last step only without T. Every layer
/// but the first reads the output of the one below, with dropout between them in training. The backward direction reads a sequence from its
/// end. States are (layers·directions, B, H), in the order of the parameters, as in PyTorch.</para>
/// <para>Lengths: a sequence is read up to its <see cref="Tensor.Lengths"/>; the output is zero past it, the final state is that of
/// its last step, and the backward direction begins there. What the input holds past it has no influence, and its gradient there is zero.
/// The result is, bit for bit, that of each sequence alone.</para>
/// <para>Sources: Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997; Zaremba et al., "Recurrent neural network
/// regularization", 2014 (dropout between layers only).</para>
/// </summary>
public abstract class RecurrentLayer : Layer
{
    readonly Recurrence[] recurrences;   // [layer][direction]
    readonly int I, H, gates, layers, directions;
    readonly bool bias, lastStep;
    readonly float dropout;
    readonly Dropout? between;

    private protected RecurrentLayer(int gates, int inputSize, int hiddenSize, int layers, bool bidirectional, bool bias,
        float dropout, bool lastStep,
        Initializer? weights, Initializer? recurrent, Initializer? biases, Func<RecurrentWeights, Recurrence> recurrence)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(layers);
        (I, H, this.gates, this.layers, this.bias, this.dropout, this.lastStep) = (inputSize, hiddenSize, gates, layers, bias,
            dropout, lastStep);
        directions = bidirectional ? 2 : 1;
        if (dropout != 0) between = Child("dropout", new Dropout(dropout));
        recurrences = new Recurrence[checked(layers * directions)];
        int rows = checked(gates * H);
        for (int i = 0; i < recurrences.Length; i++)
        {
            (int layer, bool reverse) = (i / directions, i % directions == 1);
            int inputs = layer == 0 ? I : checked(directions * H);
            string suffix = $"_l{layer}{(reverse ? "_reverse" : "")}";
            Initializer uniform = Initializers.Uniform(H);
            recurrences[i] = recurrence(new RecurrentWeights(this, inputs, H, reverse,
                Weight("weight_ih" + suffix, new Shape(rows, inputs), weights ?? uniform),
                Weight("weight_hh" + suffix, new Shape(rows, H), recurrent ?? weights ?? uniform),
                bias ? Parameter("bias_ih" + suffix, new Shape(rows), biases ?? uniform) : null,
                bias ? Parameter("bias_hh" + suffix, new Shape(rows), biases is null ? uniform : 0f) : null));
        }
    }

    /// <summary>Features of a step.</summary>
    public int InputSize => I;

    /// <summary>Number of units of one direction.</summary>
    public int HiddenSize => H;

    /// <summary>Number of layers in the stack.</summary>
    public int Layers => layers;

    /// <summary>Whether every layer reads the sequence in both directions.</summary>
    public bool Bidirectional => directions == 2;

    /// <summary>Sizes of the states for a batch: (layers·directions, B, H).</summary>
    public Shape StateShape(int batch) => new(recurrences.Length, batch, H);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[2] == I && input[1] > 0 ? OutputShape(input, layers - 1)
        : throw ShapeError($"input (batch, time, {I}) with at least one step", input);

    Shape OutputShape(Shape input, int layer) => lastStep && layer == layers - 1 ? new Shape(input[0], directions * H)
        : new Shape(input[0], input[1], directions * H);

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input)
        => (long)gates * input[0] * input[1] * directions * H * (I + H + (layers - 1L) * (directions * H + H));

    /// <inheritdoc/>
    protected internal override LayerConfig Describe() => new LayerConfig(GetType().Name).Set("inputSize", I).Set("hiddenSize", H)
        .Set("layers", layers)
        .Set("bidirectional", Bidirectional).Set("bias", bias).Set("dropout", dropout).Set("lastStep", lastStep);

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
    {
        foreach (Recurrence recurrence in recurrences) recurrence.ParametersChanged();
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Run(x, default, tape, out _);

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape) => RunBack(dY, default, tape, out _);

    private protected Tensor Run(Tensor x, RecurrentState initial, Tape tape, out RecurrentState final)
    {
        OutputShape(x.Shape);
        final = NewState(x.Shape[0], tape);
        return Run(x, initial, final, tape);
    }

    /// <summary>Writes the final state into <paramref name="final"/>, which may be the initial one.</summary>
    Tensor Run(Tensor x, RecurrentState initial, RecurrentState final, Tape tape)
    {
        Parameters[0].Bound();
        RequireState(initial, x.Shape[0]);
        Tensor y = default;
        for (int layer = 0; layer < layers; layer++)
        {
            if (layer > 0) x = between is null ? y : between.Forward(y, tape);
            y = tape.Tensor(OutputShape(x.Shape, layer)).WithLengthsOf(x);
            for (int d = 0; d < directions; d++)
            {
                int i = layer * directions + d;
                recurrences[i].Forward(x, initial, final, i, y, d * H, tape);
            }
        }
        tape.Push(this, y);
        tape.Watch?.Invoke(this, "h", final.H);
        return y;
    }

    private protected Tensor RunBack(Tensor dY, RecurrentState dFinal, Tape tape, out RecurrentState dInitial)
    {
        Tensor y = tape.Pop(this), dX = default;
        if (!dY.IsEmpty) RequireGradient(dY, y.Shape);
        RequireState(dFinal, y.Shape[0]);
        dInitial = NewState(y.Shape[0], tape);
        for (int layer = layers - 1; layer >= 0; layer--)
        {
            dX = default;
            for (int d = directions - 1; d >= 0; d--)
            {
                int i = layer * directions + d;
                recurrences[i].Backward(dY, d * H, dFinal, dInitial, i, tape, ref dX);
            }
            if (layer > 0) dY = between is null ? dX : between.Backward(dX, tape);
        }
        return dX;
    }

    private protected void RequireStep(Tensor x, Tape tape)
    {
        if (Bidirectional)
            throw new InvalidOperationException($"{this}: expected one direction for Step, got two; the second one begins at the end of "
                + "the sequence");
        if (tape.Training) throw new InvalidOperationException($"{this}: expected a tape that does not train for Step, got one that does");
        if (x.Shape.Rank != 2 || x.Columns != I) throw ShapeError($"input (batch, {I}) of one step", x.Shape);
    }

    /// <summary>One step as a sequence: x (B, I) to the top layer's y (B, H), the state moved on in its own memory.</summary>
    private protected Tensor RunStep(Tensor x, RecurrentState state, Tape tape)
    {
        int B = x.Shape[0];
        return Run(x.Reshape(new Shape(B, 1, I)), state, state, tape).Reshape(new Shape(B, H));
    }

    RecurrentState NewState(int batch, Tape tape)
    {
        Shape shape = StateShape(batch);
        return new RecurrentState(tape.Tensor(shape), recurrences[0].HasCells ? tape.Tensor(shape) : default);
    }

    void RequireState(RecurrentState state, int batch)
    {
        Shape shape = StateShape(batch);
        if (!state.H.IsEmpty && state.H.Shape != shape) throw ShapeError($"state {shape}", state.H.Shape);
        if (!state.C.IsEmpty && state.C.Shape != shape) throw ShapeError($"state {shape}", state.C.Shape);
    }
}

/// <summary>
/// Hidden states of a recurrent stack, (layers·directions, B, H), and beside them its cell states where it has cells. An empty tensor
/// stands for zeros.
/// </summary>
readonly record struct RecurrentState(Tensor H, Tensor C = default);

/// <summary>Parameters of one layer and direction of a recurrent stack, with the layer they belong to.</summary>
sealed record RecurrentWeights(Layer Owner, int Inputs, int Units, bool Reverse, Parameter Ih, Parameter Hh, Parameter? BiasIh,
    Parameter? BiasHh);
