using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>Hidden and cell state of a recurrent layer, each (B, H); empty tensors stand for zeros.</summary>
public readonly record struct LstmState(Tensor H, Tensor C);

/// <summary>
/// Long short-term memory over a sequence.   x (B, T, I), y (B, T, H) or, for the last step only, (B, H)
/// <code>
/// z = x_t·W_ihᵀ + b_ih + h_(t-1)·W_hhᵀ + b_hh          z = [i | f | g | o]
/// i, f, o = σ(z_i), σ(z_f), σ(z_o)    g = tanh(z_g)    c_t = f∘c_(t-1) + i∘g    h_t = o∘tanh(c_t)
/// </code>
/// Parameters as in PyTorch's nn.LSTM: <c>weight_ih_l0</c> (4H, I), <c>weight_hh_l0</c> (4H, H), <c>bias_ih_l0</c> and <c>bias_hh_l0</c>
/// (4H), gates in the order i, f, g, o. A reversed layer reads the sequence from its end and has names ending in <c>_reverse</c>.
/// <para>Sources: Hochreiter and Schmidhuber, "Long short-term memory", 1997; Gers et al., "Learning to forget", 2000.</para>
/// </summary>
/// <remarks>
/// Inside, time is the outermost axis and a step's operands lie side by side: U (T + 1, B, [x | h]). Units are cut into blocks of 16
/// with their four gates side by side, so that one product per step and block gives all gates: Z (T, B, [block][i f g o][16]).
/// </remarks>
public sealed class Lstm : Layer
{
    const int Lane = Gemm.Lane;

    readonly int I, H, hPadded, zPadded, uPadded;     // hPadded = H to a multiple of 16, zPadded = 4·hPadded, uPadded = I + hPadded to 16
    readonly bool lastStep, reverse;
    readonly Parameter wIh, wHh, bIh, bHh;
    readonly Initializer? weights, recurrent;
    readonly float forgetBias;
    float[] forwardW = [], backwardH = [], backwardX = [], bias = [];   // packed: [x | h]·W, dZ·W_hh, dZ·W_ih, b_ih + b_hh

    /// <summary>Declares the parameters of a layer with <paramref name="hiddenSize"/> units.</summary>
    /// <param name="inputSize">Features I of a step.</param>
    /// <param name="hiddenSize">Units H.</param>
    /// <param name="lastStep">Whether the output is the last hidden state (B, H) alone instead of all (B, T, H).</param>
    /// <param name="reverse">Whether the sequence is read from its end; then "last" is the step at time 0.</param>
    /// <param name="weights">Initializer of weight_ih; by default all parameters are uniform in ±1/√H, as in PyTorch.</param>
    /// <param name="recurrent">Initializer of weight_hh, by default that of weight_ih.</param>
    /// <param name="forgetBias">With <paramref name="weights"/>: what the forget gate's bias starts at; other biases start at 0.</param>
    public Lstm(int inputSize, int hiddenSize, bool lastStep = false, bool reverse = false,
        Initializer? weights = null, Initializer? recurrent = null, float forgetBias = 0f)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hiddenSize);
        (I, H, this.lastStep, this.reverse) = (inputSize, hiddenSize, lastStep, reverse);
        (this.weights, this.recurrent, this.forgetBias) = (weights, recurrent, forgetBias);
        hPadded = Gemm.RoundUp(H);
        zPadded = 4 * hPadded;
        uPadded = Gemm.RoundUp(I + hPadded);
        string suffix = reverse ? "_l0_reverse" : "_l0";
        wIh = Parameter("weight_ih" + suffix, new Shape(4 * H, I), weights ?? Initializers.Uniform(H));
        wHh = Parameter("weight_hh" + suffix, new Shape(4 * H, H), recurrent ?? weights ?? Initializers.Uniform(H));
        bIh = Parameter("bias_ih" + suffix, new Shape(4 * H), weights is null ? Initializers.Uniform(H) : Initializers.ForgetGate(forgetBias));
        bHh = Parameter("bias_hh" + suffix, new Shape(4 * H), weights is null ? Initializers.Uniform(H) : 0f);
    }

    /// <summary>Features of a step.</summary>
    public int InputSize => I;

    /// <summary>Number of units.</summary>
    public int HiddenSize => H;

    internal bool Reverse => reverse;

    internal Lstm Reversed() => new(I, H, lastStep, !reverse, weights, recurrent, forgetBias);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 && input[2] == I && input[1] > 0
        ? lastStep ? new Shape(input[0], H) : new Shape(input[0], input[1], H)
        : throw ShapeError($"input (batch, time, {I}) with at least one step", input);

    /// <inheritdoc/>
    protected internal override long MultiplyAdds(Shape input) => 4L * input[0] * input[1] * H * (I + H);

    /// <inheritdoc/>
    protected internal override void ParametersChanged()
    {
        if (bias.Length == 0)
        {
            forwardW = AlignedArray.New(Gemm.PackedSize(I + hPadded, zPadded));
            backwardH = AlignedArray.New(Gemm.PackedSize(zPadded, hPadded));
            backwardX = AlignedArray.New(Gemm.PackedSize(zPadded, I));
            bias = AlignedArray.New(zPadded);
        }
        ref float packed = ref forwardW[AlignedArray.Start(forwardW)], packedBias = ref bias[AlignedArray.Start(bias)];
        for (int gate = 0; gate < 4; gate++)
            for (int unit = 0; unit < H; unit += Lane)
            {
                int width = Math.Min(Lane, H - unit), row = gate * H + unit, column = 4 * unit + gate * Lane;
                ref float panel = ref Add(ref packed, 4 * unit * (I + hPadded) + gate * Lane);
                Gemm.PackColumns(ref wIh.Value[row * I], 1, I, I, width, ref panel, 4 * Lane);
                Gemm.PackColumns(ref wHh.Value[row * H], 1, H, H, width, ref Add(ref panel, 4 * Lane * I), 4 * Lane);
                for (int j = 0; j < width; j++) Add(ref packedBias, column + j) = bIh.Value[row + j] + bHh.Value[row + j];
            }
        PackBackward(wHh.Value, H, hPadded, backwardH);
        PackBackward(wIh.Value, I, I, backwardX);
    }

    /// <summary>W (4H, N) as the right operand of dZ·W: its rows in the order [block][gate][16] of Z.</summary>
    void PackBackward(ReadOnlySpan<float> w, int columns, int packedColumns, float[] target)
    {
        Span<float> packed = target.AsSpan(AlignedArray.Start(target));
        for (int n = 0; n < packedColumns; n += Gemm.PanelColumns)
        {
            int width = Math.Min(Gemm.PanelColumns, columns - n), padded = Gemm.RoundUp(Math.Min(Gemm.PanelColumns, packedColumns - n));
            for (int k = 0; k < zPadded; k++)
            {
                (int unit, int gate) = (k / (4 * Lane) * Lane + k % Lane, k / Lane % 4);
                if (unit < H && width > 0) w.Slice((gate * H + unit) * columns + n, width).CopyTo(packed[(n * zPadded + k * padded)..]);
            }
        }
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tape tape) => Forward(x, default, tape, out _);

    /// <summary>The same from a given initial state.</summary>
    /// <param name="x">Input (B, T, I).</param>
    /// <param name="initial">State before the first step that is read.</param>
    /// <param name="tape">The tape of this pass.</param>
    /// <param name="final">State after the last step that is read.</param>
    public Tensor Forward(Tensor x, LstmState initial, Tape tape, out LstmState final)
    {
        Tensor y = tape.Tensor(OutputShape(x.Shape));
        final = Forward(x, initial, tape, y, 0);
        return y;
    }

    /// <summary>Writes the output into columns <paramref name="column"/>.. of <paramref name="y"/>.</summary>
    internal LstmState Forward(Tensor x, LstmState initial, Tape tape, Tensor y, int column)
    {
        wIh.Bound();
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        // A pass that saves nothing reuses the gates and cells of one step.
        int steps = tape.Training || B < 5 ? T : 1, cells = tape.Training ? T + 1 : 1;
        Tensor u = tape.Tensor(T + 1, B, uPadded), z = tape.Tensor(steps, B, zPadded), c = tape.Tensor(cells, B, hPadded);
        Gather(x, u);
        SetState(initial, u, c);

        ref float u0 = ref u.Ref, z0 = ref z.Ref, c0 = ref c.Ref;
        ref float w = ref forwardW[AlignedArray.Start(forwardW)], b = ref bias[AlignedArray.Start(bias)];
        // With few rows the input products of all steps are one matrix product; each chain is resumed at its step, with the same bits.
        bool few = B < 5;
        if (few)
            for (int block = 0; block < zPadded; block += 4 * Lane)
                Product(T * B, I, ref u0, uPadded, ref Add(ref w, block * (I + hPadded)), ref Add(ref b, block), 0, ref Add(ref z0, block));

        for (int t = 0; t < T; t++)
        {
            ref float uT = ref Add(ref u0, t * B * uPadded), hT = ref Add(ref u0, (t + 1) * B * uPadded + I);
            ref float zT = ref Add(ref z0, steps == 1 ? 0 : t * B * zPadded);
            ref float before = ref Add(ref c0, cells == 1 ? 0 : t * B * hPadded), after = ref Add(ref c0, cells == 1 ? 0 : (t + 1) * B * hPadded);
            for (int unit = 0; unit < hPadded; unit += Lane)
            {
                ref float panel = ref Add(ref w, 4 * unit * (I + hPadded)), gates = ref Add(ref zT, 4 * unit);
                if (few) Product(B, hPadded, ref Add(ref uT, I), uPadded, ref Add(ref panel, 4 * Lane * I), ref gates, zPadded, ref gates);
                else Product(B, I + hPadded, ref uT, uPadded, ref panel, ref Add(ref b, 4 * unit), 0, ref gates);
                LstmCell.Forward(B, ref gates, zPadded, ref Add(ref before, unit), ref Add(ref after, unit), hPadded, ref Add(ref hT, unit), uPadded);
            }
        }
        Scatter(u, y, column);
        tape.Push(this, u.WithGradient(x.NeedsGradient));
        tape.Push(this, z);
        tape.Push(this, c);
        return FinalState(u, c, tape);
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor dY, Tape tape) => Backward(dY, default, tape, out _);

    /// <summary>The same with gradients of the final state coming in and of the initial state going out.</summary>
    public Tensor Backward(Tensor dY, LstmState dFinal, Tape tape, out LstmState dInitial)
    {
        if (!dY.IsEmpty && dY.Columns != H) throw ShapeError($"a gradient (..., {H})", dY.Shape);
        Tensor dX = default;
        dInitial = Backward(dY, 0, dFinal, tape, ref dX);
        return dX;
    }

    /// <summary>Reads columns <paramref name="column"/>.. of dY; adds to <paramref name="dX"/>, or makes it if it is empty and wanted.</summary>
    internal LstmState Backward(Tensor dY, int column, LstmState dFinal, Tape tape, ref Tensor dX)
    {
        Tensor c = tape.Pop(this), z = tape.Pop(this), u = tape.Pop(this);
        (int T, int B) = (z.Shape[0], z.Shape[1]);
        Tensor dH = tape.Zeros(new Shape(B, hPadded)), dC = tape.Zeros(new Shape(B, hPadded));
        AddState(dFinal.H, dH);
        AddState(dFinal.C, dC);

        ref float c0 = ref c.Ref, z0 = ref z.Ref, wH = ref backwardH[AlignedArray.Start(backwardH)];
        for (int t = T - 1; t >= 0; t--)
        {
            AddOutputGradient(dY, column, t, T, dH);
            ref float dZ = ref Add(ref z0, t * B * zPadded), before = ref Add(ref c0, t * B * hPadded), after = ref Add(ref before, B * hPadded);
            for (int unit = 0; unit < hPadded; unit += Lane)
                LstmCell.Backward(B, ref Add(ref dZ, 4 * unit), zPadded, ref Add(ref before, unit), ref Add(ref after, unit),
                    ref Add(ref dH.Ref, unit), ref Add(ref dC.Ref, unit), hPadded);
            // dh_(t-1) = dZ·W_hh
            dH.Span.Clear();
            Gemm.MultiplyPacked(B, hPadded, zPadded, ref dZ, zPadded, ref wH, ref dH.Ref, hPadded, ref dH.Ref, hPadded);
        }
        AddParameterGradients(z, u, tape);
        if (u.NeedsGradient) AddInputGradient(z, tape, ref dX);
        return new LstmState(Unpadded(dH, tape), Unpadded(dC, tape));
    }

    /// <summary>[dW_ih | dW_hh]ᵀ += Uᵀ·dZ over all steps as one product, db += Σ dZ.</summary>
    void AddParameterGradients(Tensor dZ, Tensor u, Tape tape)
    {
        int depth = dZ.Rows;
        var mark = tape.Mark();
        Tensor dW = tape.Tensor(I + hPadded, zPadded), dB = tape.Zeros(new Shape(zPadded));
        Gemm.Multiply(I + hPadded, zPadded, depth, ref u.Ref, 1, uPadded, ref dZ.Ref, zPadded, 1, ref dW.Ref, zPadded, accumulate: false);
        Elementwise.AddRows(dZ.Span, depth, zPadded, dB.Span);
        Span<float> dWIh = tape.Gradient(wIh), dWHh = tape.Gradient(wHh), dBIh = tape.Gradient(bIh), dBHh = tape.Gradient(bHh);
        for (int gate = 0; gate < 4; gate++)
            for (int unit = 0; unit < H; unit++)
            {
                int column = unit / Lane * 4 * Lane + gate * Lane + unit % Lane, row = gate * H + unit;
                ref float from = ref Add(ref dW.Ref, column);
                Span<float> ih = dWIh.Slice(row * I, I), hh = dWHh.Slice(row * H, H);
                for (int k = 0; k < ih.Length; k++) ih[k] += Add(ref from, k * zPadded);
                for (int k = 0; k < hh.Length; k++) hh[k] += Add(ref from, (I + k) * zPadded);
                dBIh[row] += dB.Span[column];
                dBHh[row] += dB.Span[column];
            }
        tape.Release(mark);
    }

    /// <summary>dX += dZ·W_ih over all steps as one product.</summary>
    void AddInputGradient(Tensor dZ, Tape tape, ref Tensor dX)
    {
        (int T, int B) = (dZ.Shape[0], dZ.Shape[1]);
        if (dX.IsEmpty) dX = tape.Zeros(new Shape(B, T, I));
        var mark = tape.Mark();
        Tensor timeMajor = tape.Zeros(new Shape(T, B, I));
        Gemm.MultiplyPacked(T * B, I, zPadded, ref dZ.Ref, zPadded, ref backwardX[AlignedArray.Start(backwardX)], ref timeMajor.Ref, I, ref timeMajor.Ref, I);
        for (int t = 0; t < T; t++)
            for (int row = 0; row < B; row++)
                Elementwise.Apply<Add>(dX.Row(row * T + Time(t, T)), timeMajor.Row(t * B + row), dX.Row(row * T + Time(t, T)));
        tape.Release(mark);
    }

    int Time(int step, int T) => reverse ? T - 1 - step : step;

    /// <summary>U[t, row] = [x | .].</summary>
    void Gather(Tensor x, Tensor u)
    {
        (int B, int T) = (x.Shape[0], x.Shape[1]);
        ReadOnlySpan<float> from = x.Span;
        Span<float> to = u.Span;
        for (int t = 0; t < T; t++)
            for (int row = 0; row < B; row++)
                from.Slice((row * T + Time(t, T)) * I, I).CopyTo(to[((t * B + row) * uPadded)..]);
    }

    void SetState(LstmState initial, Tensor u, Tensor c)
    {
        int B = u.Shape[1];
        for (int row = 0; row < B; row++)
        {
            Span<float> h = u.Span.Slice(row * uPadded + I, hPadded), cell = c.Span.Slice(row * hPadded, hPadded);
            h.Clear();
            cell.Clear();
            if (!initial.H.IsEmpty) StateRow(initial.H, B, row).CopyTo(h);
            if (!initial.C.IsEmpty) StateRow(initial.C, B, row).CopyTo(cell);
        }
    }

    ReadOnlySpan<float> StateRow(Tensor state, int B, int row) => state.Shape == new Shape(B, H) ? state.Row(row)
        : throw ShapeError($"state ({B}, {H})", state.Shape);

    LstmState FinalState(Tensor u, Tensor c, Tape tape)
    {
        (int steps, int B) = (u.Shape[0], u.Shape[1]);
        Tensor h = tape.Tensor(B, H), cell = tape.Tensor(B, H);
        for (int row = 0; row < B; row++)
        {
            u.Span.Slice(((steps - 1) * B + row) * uPadded + I, H).CopyTo(h.Row(row));
            c.Span.Slice(((c.Shape[0] - 1) * B + row) * hPadded, H).CopyTo(cell.Row(row));
        }
        return new LstmState(h, cell);
    }

    void Scatter(Tensor u, Tensor y, int column)
    {
        (int T, int B) = (u.Shape[0] - 1, u.Shape[1]);
        for (int t = lastStep ? T - 1 : 0; t < T; t++)
            for (int row = 0; row < B; row++)
                u.Span.Slice(((t + 1) * B + row) * uPadded + I, H).CopyTo(y.Row(lastStep ? row : row * T + Time(t, T))[column..]);
    }

    void AddOutputGradient(Tensor dY, int column, int t, int T, Tensor dH)
    {
        if (dY.IsEmpty || (lastStep && t != T - 1)) return;
        for (int row = 0; row < dH.Shape[0]; row++)
        {
            Span<float> target = dH.Row(row)[..H];
            Elementwise.Apply<Add>(target, dY.Row(lastStep ? row : row * T + Time(t, T)).Slice(column, H), target);
        }
    }

    void AddState(Tensor dState, Tensor padded)
    {
        if (dState.IsEmpty) return;
        for (int row = 0; row < padded.Shape[0]; row++) StateRow(dState, padded.Shape[0], row).CopyTo(padded.Row(row));
    }

    Tensor Unpadded(Tensor padded, Tape tape)
    {
        Tensor state = tape.Tensor(padded.Shape[0], H);
        for (int row = 0; row < padded.Shape[0]; row++) padded.Row(row)[..H].CopyTo(state.Row(row));
        return state;
    }

    void Product(int rows, int depth, ref float a, int rowA, ref float panel, ref float start, int rowStart, ref float z)
        => Gemm.MultiplyPacked(rows, 4 * Lane, depth, ref a, rowA, ref panel, ref start, rowStart, ref z, zPadded);

    static ref float Add(ref float origin, int offset) => ref System.Runtime.CompilerServices.Unsafe.Add(ref origin, offset);
}
