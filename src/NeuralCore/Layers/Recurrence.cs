using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>Parameters of one layer and direction of a recurrent stack, with the layer they belong to.</summary>
sealed record RecurrentWeights(Layer Owner, int Inputs, int Units, bool Reverse, Parameter Ih, Parameter Hh, Parameter? BiasIh, Parameter? BiasHh);

/// <summary>
/// One layer and direction of a recurrent stack: everything but the mathematics of the cell. Here stand the order in which steps are
/// read, lengths, states, and the gradients that are one product over all steps.
/// </summary>
/// <remarks>
/// Inside, time is the outermost axis and a step's operands lie side by side: U (T + 1, B, [x | h | ...]). T is the greatest length; a
/// shorter sequence reads zeros from its end on, and what it computes there is never looked at. Units are cut into blocks of 16 with
/// their sums side by side: Z (T, B, [block][slot][16]). The backward pass overwrites Z with its gradients.
/// </remarks>
abstract class Recurrence
{
    private protected const int Lane = Gemm.Lane, FewRows = 5;

    /// <summary>I inputs, H units, both padded widths; zPadded floats in a row of Z and uPadded in one of U.</summary>
    private protected readonly int I, H, hPadded, zPadded, uPadded;
    private protected readonly RecurrentWeights weights;
    readonly int slots;
    readonly int[] inputSlots, hiddenSlots;   // where in a block of Z a gate's sum over the input and over the hidden state stand

    private protected Recurrence(RecurrentWeights weights, int slots, int[] inputSlots, int[] hiddenSlots, int hiddenOperands = 1)
    {
        (this.weights, this.slots, this.inputSlots, this.hiddenSlots) = (weights, slots, inputSlots, hiddenSlots);
        (I, H) = (weights.Inputs, weights.Units);
        hPadded = Gemm.RoundUp(H);
        zPadded = checked(slots * hPadded);
        uPadded = Gemm.RoundUp(checked(I + hiddenOperands * hPadded));
    }

    /// <summary>Whether there are cell states besides the hidden ones.</summary>
    internal abstract bool HasCells { get; }

    /// <summary>Packs the weights for the kernels.</summary>
    internal abstract void ParametersChanged();

    /// <summary>Runs all steps: from the inputs in U and the state in step 0 of U and C to the hidden states in U.</summary>
    private protected abstract void Steps(Tensor u, Tensor z, Tensor c);

    /// <summary>One step back: Z becomes dZ; dH and dC, the gradients of this step's states, become those of the step before.</summary>
    private protected abstract void StepBack(int t, Tensor u, Tensor z, Tensor c, Tensor dH, Tensor dC, Tape tape);

    /// <summary>dX = dZ·W_ih over all steps, into zeros.</summary>
    private protected abstract void InputGradient(Tensor dZ, Tensor dX);

    /// <summary>Where in U the operand of a gate's hidden weights stands.</summary>
    private protected virtual int HiddenOperand(int gate) => I;

    /// <summary>Writes the output into columns <paramref name="column"/>.. of y (all steps, or the last one if y has rank two).</summary>
    /// <param name="x">Input (B, T, I).</param>
    /// <param name="initial">States (layers·directions, B, H), or empty.</param>
    /// <param name="final">Where this layer and direction writes its final state.</param>
    /// <param name="index">Place of this layer and direction in the states.</param>
    /// <param name="y">Output.</param>
    /// <param name="column">First column of the output.</param>
    /// <param name="tape">The tape of this pass.</param>
    internal void Forward(Tensor x, LstmState initial, LstmState final, int index, Tensor y, int column, Tape tape)
    {
        (int B, int T) = (x.Shape[0], StepsOf(x));
        // A pass that saves nothing reuses the gates and cells of one step.
        int steps = tape.Training || B < FewRows ? T : 1, cells = tape.Training || x.HasLengths ? T + 1 : 1;
        Tensor u = tape.Tensor(T + 1, B, uPadded), z = tape.Tensor(steps, B, zPadded), c = HasCells ? tape.Tensor(cells, B, hPadded) : default;
        Gather(x, u);
        SetState(initial.H, index, u, I);
        if (HasCells) SetState(initial.C, index, c, 0);
        Steps(u, z, c);
        Scatter(x, u, y, column);
        for (int row = 0; row < B; row++)
        {
            int length = Length(x, row, T);
            StepRow(u, length, row).Slice(I, H).CopyTo(final.H.Row(index * B + row));
            if (HasCells) StepRow(c, cells == 1 ? 0 : length, row)[..H].CopyTo(final.C.Row(index * B + row));
        }
        tape.Push(weights.Owner, x);
        tape.Push(weights.Owner, u);
        tape.Push(weights.Owner, z);
        tape.Push(weights.Owner, c);
    }

    /// <summary>Reads columns <paramref name="column"/>.. of dY; adds to <paramref name="dX"/>, or makes it if it is empty and wanted.</summary>
    internal void Backward(Tensor dY, int column, LstmState dFinal, LstmState dInitial, int index, Tape tape, ref Tensor dX)
    {
        Tensor c = tape.Pop(weights.Owner), z = tape.Pop(weights.Owner), u = tape.Pop(weights.Owner), x = tape.Pop(weights.Owner);
        (int T, int B) = (z.Shape[0], z.Shape[1]);
        Tensor dH = tape.Zeros(new Shape(B, hPadded)), dC = HasCells ? tape.Zeros(new Shape(B, hPadded)) : default;
        for (int t = T - 1; t >= 0; t--)
        {
            AddOutputGradient(x, dY, column, dFinal, index, t, T, dH, dC);
            StepBack(t, u, z, c, dH, dC, tape);
        }
        AddParameterGradients(z, u, tape);
        if (x.NeedsGradient) AddInputGradient(x, z, tape, ref dX);
        for (int row = 0; row < B; row++)
        {
            dH.Row(row)[..H].CopyTo(dInitial.H.Row(index * B + row));
            if (HasCells) dC.Row(row)[..H].CopyTo(dInitial.C.Row(index * B + row));
        }
    }

    /// <summary>A sequence's gradients enter at its last step that is read, those of its outputs at each step.</summary>
    void AddOutputGradient(Tensor x, Tensor dY, int column, LstmState dFinal, int index, int t, int T, Tensor dH, Tensor dC)
    {
        int B = dH.Shape[0];
        bool lastStep = dY.Shape.Rank == 2;
        for (int row = 0; row < B; row++)
        {
            int length = Length(x, row, T);
            if (t >= length) continue;
            if (t == length - 1)
            {
                if (!dFinal.H.IsEmpty) dFinal.H.Row(index * B + row).CopyTo(dH.Row(row));
                if (!dFinal.C.IsEmpty) dFinal.C.Row(index * B + row).CopyTo(dC.Row(row));
            }
            if (dY.IsEmpty || (lastStep && t != length - 1)) continue;
            Span<float> target = dH.Row(row)[..H];
            Elementwise.Apply<Add>(target, dY.Row(lastStep ? row : row * x.Shape[1] + Time(t, length)).Slice(column, H), target);
        }
    }

    /// <summary>[dW_ih | dW_hh]ᵀ += Uᵀ·dZ over all steps as one product, db += Σ dZ.</summary>
    void AddParameterGradients(Tensor dZ, Tensor u, Tape tape)
    {
        (int depth, int operands) = (dZ.Rows, I + hPadded);
        for (int gate = 0; gate < hiddenSlots.Length; gate++) operands = Math.Max(operands, HiddenOperand(gate) + hPadded);
        var mark = tape.Mark();
        Tensor dW = tape.Tensor(operands, zPadded), dB = tape.Zeros(new Shape(zPadded));
        Gemm.Multiply(operands, zPadded, depth, ref u.Ref, 1, uPadded, ref dZ.Ref, zPadded, 1, ref dW.Ref, zPadded, accumulate: false);
        Elementwise.AddRows(dZ.Span, depth, zPadded, dB.Span);
        for (int gate = 0; gate < inputSlots.Length; gate++)
        {
            AddGate(gate, inputSlots[gate], dW, 0, I, tape.Gradient(weights.Ih));
            AddGate(gate, hiddenSlots[gate], dW, HiddenOperand(gate), H, tape.Gradient(weights.Hh));
            if (weights.BiasIh is not null) AddGate(gate, inputSlots[gate], dB, 0, 1, tape.Gradient(weights.BiasIh));
            if (weights.BiasHh is not null) AddGate(gate, hiddenSlots[gate], dB, 0, 1, tape.Gradient(weights.BiasHh));
        }
        tape.Release(mark);
    }

    /// <summary>gradient (G·H, N) += rows <paramref name="first"/>.. of a slot's columns, transposed.</summary>
    void AddGate(int gate, int slot, Tensor columns, int first, int count, Span<float> gradient)
    {
        for (int unit = 0; unit < H; unit++)
        {
            ref float from = ref Add(ref columns.Ref, first * zPadded + (unit / Lane * slots + slot) * Lane + unit % Lane);
            Span<float> to = gradient.Slice((gate * H + unit) * count, count);
            for (int k = 0; k < to.Length; k++) to[k] += Add(ref from, k * zPadded);
        }
    }

    void AddInputGradient(Tensor x, Tensor dZ, Tape tape, ref Tensor dX)
    {
        (int T, int B) = (dZ.Shape[0], dZ.Shape[1]);
        if (dX.IsEmpty) dX = tape.Zeros(x.Shape);
        var mark = tape.Mark();
        Tensor timeMajor = tape.Zeros(new Shape(T, B, I));
        InputGradient(dZ, timeMajor);
        for (int t = 0; t < T; t++)
            for (int row = 0; row < B; row++)
            {
                int length = Length(x, row, T);
                if (t >= length) continue;
                Span<float> target = dX.Row(row * x.Shape[1] + Time(t, length));
                Elementwise.Apply<Add>(target, timeMajor.Row(t * B + row), target);
            }
        tape.Release(mark);
    }

    /// <summary>Steps that are read: the greatest length.</summary>
    static int StepsOf(Tensor x)
    {
        if (x.Lengths.IsEmpty) return x.Shape[1];
        int steps = 0;
        foreach (int length in x.Lengths) steps = Math.Max(steps, length);
        return steps;
    }

    static int Length(Tensor x, int row, int T) => x.HasLengths ? x.Lengths[row] : T;

    /// <summary>Time of the step that is read as number <paramref name="step"/>, and the other way round.</summary>
    int Time(int step, int length) => weights.Reverse ? length - 1 - step : step;

    /// <summary>U[t, row] = [x | .].</summary>
    void Gather(Tensor x, Tensor u)
    {
        (int B, int T) = (u.Shape[1], u.Shape[0] - 1);
        for (int t = 0; t < T; t++)
            for (int row = 0; row < B; row++)
            {
                int length = Length(x, row, T);
                Span<float> to = StepRow(u, t, row)[..I];
                if (t < length) x.Row(row * x.Shape[1] + Time(t, length)).CopyTo(to);
                else to.Clear();
            }
    }

    void Scatter(Tensor x, Tensor u, Tensor y, int column)
    {
        (int B, int T) = (u.Shape[1], u.Shape[0] - 1);
        bool lastStep = y.Shape.Rank == 2;
        for (int t = 0; t < x.Shape[1]; t++)
            for (int row = 0; row < B; row++)
            {
                int length = Length(x, row, T);
                if (lastStep && t != length - 1) continue;
                Span<float> to = y.Row(lastStep ? row : row * x.Shape[1] + (t < length ? Time(t, length) : t)).Slice(column, H);
                if (t < length) StepRow(u, t + 1, row).Slice(I, H).CopyTo(to);
                else to.Clear();
            }
    }

    /// <summary>Columns <paramref name="at"/>.. of step 0 = state, padded with zeros.</summary>
    void SetState(Tensor state, int index, Tensor steps, int at)
    {
        int B = steps.Shape[1];
        for (int row = 0; row < B; row++)
        {
            Span<float> to = StepRow(steps, 0, row).Slice(at, hPadded);
            to.Clear();
            if (!state.IsEmpty) state.Row(index * B + row).CopyTo(to);
        }
    }

    static Span<float> StepRow(Tensor steps, int t, int row) => steps.Row(t * steps.Shape[1] + row);

    /// <summary>Columns of some gates of W (G·H, N) for 16 units from <paramref name="unit"/>: panel[k][gate][16].</summary>
    private protected void PackColumns(Parameter w, ReadOnlySpan<int> gates, int unit, ref float panel)
    {
        int width = Math.Min(Lane, H - unit), columns = w.Shape[1];
        for (int i = 0; i < gates.Length; i++)
            Gemm.PackColumns(ref w.Value[(gates[i] * H + unit) * columns], 1, columns, columns, width, ref Add(ref panel, i * Lane), gates.Length * Lane);
    }

    /// <summary>Rows of some gates of W (G·H, N) as a packed right operand: <paramref name="depth"/> rows [block][gate][16] from a unit on.</summary>
    private protected void PackRows(Parameter w, int packedColumns, ReadOnlySpan<int> gates, int unit, int depth, Span<float> packed)
    {
        ReadOnlySpan<float> values = w.Value;
        int columns = w.Shape[1];
        for (int n = 0; n < packedColumns; n += Gemm.PanelColumns)
        {
            int width = Math.Min(Gemm.PanelColumns, columns - n), padded = Gemm.RoundUp(Math.Min(Gemm.PanelColumns, packedColumns - n));
            for (int k = 0, first = unit; k < depth; first += Lane)
                foreach (int gate in gates)
                    for (int j = first; j < first + Lane; j++, k++)
                        if (j < H && width > 0) values.Slice((gate * H + j) * columns + n, width).CopyTo(packed[(n * depth + k * padded)..]);
        }
    }

    private protected static ref float Add(ref float origin, int offset) => ref Unsafe.Add(ref origin, offset);

    private protected static ref float First(float[] aligned) => ref aligned[AlignedArray.Start(aligned)];
}
