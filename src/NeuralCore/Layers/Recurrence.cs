using System.Runtime.CompilerServices;
using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>
/// One layer and direction of a recurrent stack: everything but the mathematics of the cell. Here stand the order in which steps are
/// read, lengths, states, and the gradients that are one product over all steps.
/// </summary>
/// <remarks>
/// Inside, time is the outermost axis and a step's operands lie side by side: U (T + 1, B, [x | h | ...]). T is the greatest length; a
/// shorter sequence reads zeros from its end on, and what it computes there is never looked at. Units are cut into blocks of 16 with
/// their sums side by side: Z (T, B, [block][slot][16]). The backward pass overwrites Z with its gradients.
/// </remarks>
abstract partial class Recurrence
{
    private protected const int Lane = Gemm.Lane, FewRows = 5, FewSteps = 64, ManyRows = 48;

    /// <summary>I inputs, H units, both padded widths; zPadded floats in a row of Z and uPadded in one of U.</summary>
    private protected readonly int I, H, iPadded, hPadded, zPadded, uPadded;
    private protected readonly RecurrentWeights weights;
    private protected readonly int slots;
    private protected float[] bias = [];      // where each sum begins
    readonly int[] inputSlots, hiddenSlots;   // where in a block of Z a gate's sum over the input and over the hidden state stand

    private protected Recurrence(RecurrentWeights weights, int slots, int[] inputSlots, int[] hiddenSlots, int hiddenOperands = 1)
    {
        (this.weights, this.slots, this.inputSlots, this.hiddenSlots) = (weights, slots, inputSlots, hiddenSlots);
        (I, H) = (weights.Inputs, weights.Units);
        (iPadded, hPadded) = (Gemm.RoundUp(I), Gemm.RoundUp(H));
        zPadded = checked(slots * hPadded);
        uPadded = Gemm.RoundUp(checked(I + hiddenOperands * hPadded));
    }

    /// <summary>Whether there are cell states besides the hidden ones.</summary>
    internal abstract bool HasCells { get; }

    /// <summary>Whether a step is done with the gates of 16 units before it comes to the next.</summary>
    private protected abstract bool UnitsAlone { get; }

    /// <summary>Packs the weights for the kernels.</summary>
    internal void ParametersChanged()
    {
        if (bias.Length == 0) bias = AlignedArray.New(zPadded);
        if (weights.BiasIh is not null && weights.BiasHh is not null) PackBias(weights.BiasIh.Value, weights.BiasHh.Value);
        if (!weights.Ih.IsInt8) PackWeights();
        else PackInt8();
    }

    private protected abstract void PackWeights();

    /// <summary>Where the sums begin.</summary>
    private protected abstract void PackBias(ReadOnlySpan<float> bIh, ReadOnlySpan<float> bHh);

    /// <summary>
    /// Runs all steps: from the inputs in U and the state in step 0 of U and C to the hidden states in U. Z is as wide as all units, or as
    /// 16 of them.
    /// </summary>
    private protected abstract void Steps(Tensor u, Tensor z, Tensor c);

    /// <summary>One step back: Z becomes dZ; dH and dC, the gradients of this step's states, become those of the step before.</summary>
    private protected abstract void StepBack(int t, Tensor u, Tensor z, Tensor c, Tensor dH, Tensor dC, Tape tape);

    /// <summary>dX = dZ·W_ih for some rows, in whole tiles: a row of dX has iPadded columns.</summary>
    private protected abstract void InputGradient(int rows, ref float dZ, ref float dX);

    /// <summary>Where in U the operand of a gate's hidden weights stands.</summary>
    private protected virtual int HiddenOperand(int gate) => I;

    /// <summary>
    /// x (B, T, I) to columns <paramref name="column"/>.. of y: all steps, or the last one if y has rank two. Initial and final states
    /// stand at <paramref name="index"/> in those of the stack. A large batch that saves nothing goes some rows at a time, so that what
    /// they need stays in cache.
    /// </summary>
    internal void Forward(Tensor x, RecurrentState initial, RecurrentState final, int index, Tensor y, int column, Tape tape)
    {
        int B = x.Shape[0];
        if (tape.Training || B < 2 * ManyRows) Forward(x, initial, final, index, 0, y, column, tape);
        else
            for (int row = 0; row < B; row += ManyRows)
            {
                int rows = Math.Min(ManyRows, B - row);
                var mark = tape.Mark();
                Forward(x.Slice(row, rows), initial, final, index, row, y.Slice(row, rows), column, tape);
                tape.Release(mark);
            }
    }

    /// <summary>The same for the rows of x and y, which begin at row <paramref name="first"/> of the states.</summary>
    void Forward(Tensor x, RecurrentState initial, RecurrentState final, int index, int first, Tensor y, int column, Tape tape)
    {
        (int B, int T) = (x.Shape[0], StepsOf(x));
        // A pass that saves nothing, and that nobody watches, reuses the cells of one step, and the gates of one step or of 16 units.
        bool all = tape.Training || B < FewRows || tape.Watch is not null, blocks = UnitsAlone && int8Input is null;
        int cells = tape.Training || x.HasLengths ? T + 1 : 1;
        Tensor u = tape.Tensor(T + 1, B, uPadded), z = tape.Tensor(all ? T : 1, B, all || !blocks ? zPadded : slots * Lane);
        Tensor c = HasCells ? tape.Tensor(cells, B, hPadded) : default;
        Gather(x, u);
        SetState(StateOf(initial.H, index, first, B), u.Span, I, uPadded, B);
        if (HasCells) SetState(StateOf(initial.C, index, first, B), c.Span, 0, hPadded, B);
        if (int8Input is null) Steps(u, z, c);
        else Int8Steps(u, z, c, tape);
        Scatter(x, u, y, column);
        tape.Watch?.Invoke(weights.Owner, "gates" + weights.Ih.LocalName["weight_ih".Length..], LastGates(x, z, tape));
        GetState(x, u.Span, I, B * uPadded, uPadded, T, StateOf(final.H, index, first, B));
        if (HasCells) GetState(x, c.Span, 0, cells == 1 ? 0 : B * hPadded, hPadded, T, StateOf(final.C, index, first, B));
        tape.Push(weights.Owner, x);
        tape.Push(weights.Owner, u);
        tape.Push(weights.Owner, z);
        tape.Push(weights.Owner, c);
    }

    /// <summary>
    /// Reads columns <paramref name="column"/>.. of dY; adds to <paramref name="dX"/>, or makes it if it is empty and wanted.
    /// </summary>
    internal void Backward(Tensor dY, int column, RecurrentState dFinal, RecurrentState dInitial, int index, Tape tape, ref Tensor dX)
    {
        Tensor c = tape.Pop(weights.Owner), z = tape.Pop(weights.Owner), u = tape.Pop(weights.Owner), x = tape.Pop(weights.Owner);
        (int T, int B) = (z.Shape[0], z.Shape[1]);
        Tensor dH = tape.Zeros(new Shape(B, hPadded)), dC = HasCells ? tape.Zeros(new Shape(B, hPadded)) : default;
        bool first = dX.IsEmpty;
        if (x.NeedsGradient && first) dX = x.HasLengths ? tape.Zeros(x.Shape) : tape.Tensor(x.Shape);
        var mark = tape.Mark();
        Tensor dXt = x.NeedsGradient ? tape.Tensor(T, B, iPadded) : default;   // time-major, as dZ is
        bool few = B < FewRows;   // then one product for all steps; else step by step, while dZ is in cache
        for (int t = T - 1; t >= 0; t--)
        {
            AddOutputGradient(x, dY, column, dFinal, index, t, T, dH, dC);
            StepBack(t, u, z, c, dH, dC, tape);
            if (x.NeedsGradient && !few) InputGradient(B, ref Add(ref z.Ref, t * B * zPadded), ref Add(ref dXt.Ref, t * B * iPadded));
        }
        if (x.NeedsGradient && few) InputGradient(T * B, ref z.Ref, ref dXt.Ref);
        if (x.NeedsGradient) MoveInputGradient(x, dXt, dX, add: !first);
        tape.Release(mark);
        AddParameterGradients(z, u, tape);
        GetState(x, dH.Span, 0, 0, hPadded, T, StateOf(dInitial.H, index, 0, B));
        if (HasCells) GetState(x, dC.Span, 0, 0, hPadded, T, StateOf(dInitial.C, index, 0, B));
    }

    /// <summary>
    /// The first of the units and the distance to the next: up in one step and down in the other, so that the weights that were used last,
    /// which the cache still holds, are used first.
    /// </summary>
    private protected (int First, int Next) Order(int t) => (t & 1) == 0 ? (0, Lane) : (hPadded - Lane, -Lane);

    /// <summary>The gradient of a sequence's final state enters at its last step, those of its outputs at each step.</summary>
    void AddOutputGradient(Tensor x, Tensor dY, int column, RecurrentState dFinal, int index, int t, int T, Tensor dH, Tensor dC)
    {
        bool lastStep = dY.IsEmpty || dY.Shape.Rank == 2;
        ReadOnlySpan<int> lengths = x.Lengths;
        if (lastStep && lengths.IsEmpty && t < T - 1) return;
        (int B, int steps, int columns) = (x.Shape[0], x.Shape[1], dY.IsEmpty ? 0 : dY.Columns);
        if (lengths.IsEmpty && !lastStep && t < T - 1)
        {
            Rows.Add(ref Add(ref dY.Ref, Time(t, T) * columns + column), steps * columns, ref dH.Ref, hPadded, B, H);
            return;
        }
        ReadOnlySpan<float> from = dY.Span;
        Span<float> to = dH.Span;
        for (int row = 0; row < B; row++)
        {
            int length = Length(lengths, row, T);
            if (t == length - 1)
            {
                if (!dFinal.H.IsEmpty) dFinal.H.Row(index * B + row).CopyTo(dH.Row(row));
                if (!dFinal.C.IsEmpty) dFinal.C.Row(index * B + row).CopyTo(dC.Row(row));
            }
            if (dY.IsEmpty || (lastStep ? t != length - 1 : t >= length)) continue;
            Span<float> target = to.Slice(row * hPadded, H);
            Elementwise.Apply<Add>(target, from.Slice((lastStep ? row : row * steps + Time(t, length)) * columns + column, H), target);
        }
    }

    /// <summary>dW_ih += dZᵀ·X, dW_hh += dZᵀ·H as one product over all steps, db += Σ dZ.</summary>
    void AddParameterGradients(Tensor dZ, Tensor u, Tape tape)
    {
        int operands = I + hPadded;
        for (int gate = 0; gate < hiddenSlots.Length; gate++) operands = Math.Max(operands, HiddenOperand(gate) + hPadded);
        var mark = tape.Mark();
        bool few = Few(dZ);   // then dZᵀ·U by 16 units, else Uᵀ·dZ, of whole tiles, turned round
        Tensor dB = tape.Zeros(new Shape(zPadded)), dW = few ? tape.Tensor(Lane, Math.Max(I, H)) : tape.Tensor(operands, zPadded);
        Elementwise.AddRows(dZ.Span, dZ.Rows, zPadded, dB.Span);
        if (!few)
            Gemm.Multiply(operands, zPadded, dZ.Rows, ref u.Ref, 1, uPadded, ref dZ.Ref, zPadded, 1, ref dW.Ref, zPadded,
                accumulate: false);
        for (int gate = 0; gate < inputSlots.Length; gate++)
        {
            AddGate(gate, inputSlots[gate], dZ, u, dW, 0, I, tape.Gradient(weights.Ih), dB,
                weights.BiasIh is null ? [] : tape.Gradient(weights.BiasIh));
            AddGate(gate, hiddenSlots[gate], dZ, u, dW, HiddenOperand(gate), H, tape.Gradient(weights.Hh), dB,
                weights.BiasHh is null ? [] : tape.Gradient(weights.BiasHh));
        }
        tape.Release(mark);
    }

    /// <summary>Whether there are so few rows of all steps that a product over them writes more than it reads.</summary>
    static bool Few(Tensor dZ) => dZ.Rows <= FewSteps;

    /// <summary>
    /// gradient (G·H, N) += dZᵀ·U for the columns of a slot and N operands from <paramref name="first"/> on; and the bias's from dB.
    /// </summary>
    void AddGate(int gate, int slot, Tensor dZ, Tensor u, Tensor dW, int first, int count, Span<float> gradient, Tensor dB,
        Span<float> biasGradient)
    {
        for (int unit = 0; unit < H; unit += Lane)
        {
            int column = unit * slots + slot * Lane, row = gate * H + unit, units = Math.Min(Lane, H - unit);
            ref float to = ref gradient[row * count];
            if (Few(dZ))
            {
                Gemm.Multiply(units, count, dZ.Rows, ref Add(ref dZ.Ref, column), 1, zPadded, ref Add(ref u.Ref, first), uPadded, 1,
                    ref dW.Ref, count, accumulate: false);
                Rows.Add(ref dW.Ref, count, ref to, count, units, count);
            }
            else Transpose.Add(ref Add(ref dW.Ref, first * zPadded + column), zPadded, count, units, ref to, count);
            if (!biasGradient.IsEmpty)
                Elementwise.Apply<Add>(biasGradient.Slice(row, units), dB.Span.Slice(column, units), biasGradient.Slice(row, units));
        }
    }

    /// <summary>dX (B, T, I) from, or plus, dX (T, B, [I | 0]), which stands in the order in which steps were read.</summary>
    void MoveInputGradient(Tensor x, Tensor timeMajor, Tensor dX, bool add)
    {
        (int T, int B) = (timeMajor.Shape[0], timeMajor.Shape[1]);
        ReadOnlySpan<int> lengths = x.Lengths;
        int next = weights.Reverse ? -I : I;
        for (int row = 0; row < B; row++)
        {
            int length = Length(lengths, row, T);
            if (length == 0) continue;
            ref float from = ref Add(ref timeMajor.Ref, row * iPadded), to = ref Add(ref dX.Ref, (row * x.Shape[1] + Time(0, length)) * I);
            if (add) Rows.Add(ref from, B * iPadded, ref to, next, length, I);
            else Rows.Copy(ref from, B * iPadded, ref to, next, length, I);
        }
    }

    private protected static ref float Add(ref float origin, int offset) => ref Unsafe.Add(ref origin, offset);
}
