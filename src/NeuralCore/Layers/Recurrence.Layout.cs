using NeuralCore.Kernels;

namespace NeuralCore;

// Where things stand: the order and the lengths in which steps are read, states, and the packed weights.
abstract partial class Recurrence
{
    /// <summary>Steps that are read: the greatest length.</summary>
    static int StepsOf(Tensor x)
    {
        if (x.Lengths.IsEmpty) return x.Shape[1];
        int steps = 0;
        foreach (int length in x.Lengths) steps = Math.Max(steps, length);
        return steps;
    }

    static int Length(ReadOnlySpan<int> lengths, int row, int T) => lengths.IsEmpty ? T : lengths[row];

    /// <summary>Time of the step that is read as number <paramref name="step"/>.</summary>
    int Time(int step, int length) => weights.Reverse ? length - 1 - step : step;

    /// <summary>U[t, row] = [x | .], zeros past a length.</summary>
    void Gather(Tensor x, Tensor u)
    {
        (int B, int T, int steps) = (x.Shape[0], u.Shape[0] - 1, x.Shape[1]);
        ReadOnlySpan<int> lengths = x.Lengths;
        int next = weights.Reverse ? -I : I;
        for (int row = 0; row < B; row++)
        {
            int length = Length(lengths, row, T);
            ref float from = ref Add(ref x.Ref, (row * steps + Time(0, length)) * I), to = ref Add(ref u.Ref, row * uPadded);
            if (length > 0) Rows.Copy(ref from, next, ref to, B * uPadded, length, I);
            for (int t = length; t < T; t++) u.Span.Slice((t * B + row) * uPadded, I).Clear();
        }
    }

    /// <summary>Columns of y = h of all steps, zeros past a length, or of the last step.</summary>
    void Scatter(Tensor x, Tensor u, Tensor y, int column)
    {
        (int B, int T, int steps, int columns) = (x.Shape[0], u.Shape[0] - 1, x.Shape[1], y.Columns);
        ReadOnlySpan<int> lengths = x.Lengths;
        int next = weights.Reverse ? -columns : columns;
        bool last = y.Shape.Rank == 2;
        for (int row = 0; row < B; row++)
        {
            int length = Length(lengths, row, T), read = last ? length : 1, at = last ? row : row * steps + Time(0, length);
            if (length > 0 || last)
                Rows.Copy(ref Add(ref u.Ref, (read * B + row) * uPadded + I), B * uPadded, ref Add(ref y.Ref, at * columns + column), next,
                    last ? 1 : length, H);
            for (int t = length; t < steps && !last; t++) y.Span.Slice((row * steps + t) * columns + column, H).Clear();
        }
    }

    /// <summary>Some rows (B, H) of this layer and direction in states, or nothing.</summary>
    Span<float> StateOf(Tensor states, int index, int first, int rows)
        => states.IsEmpty ? [] : states.Span.Slice((index * states.Shape[1] + first) * H, rows * H);

    /// <summary>H values of each row from <paramref name="at"/> on = state; up to hPadded zeros follow.</summary>
    void SetState(ReadOnlySpan<float> state, Span<float> rows, int at, int stride, int B)
    {
        for (int row = 0; row < B; row++)
        {
            Span<float> to = rows.Slice(row * stride + at, hPadded);
            to.Clear();
            if (!state.IsEmpty) state.Slice(row * H, H).CopyTo(to);
        }
    }

    /// <summary>state = those values of each row after its last step; steps lie <paramref name="next"/> floats apart.</summary>
    void GetState(Tensor x, ReadOnlySpan<float> rows, int at, int next, int stride, int T, Span<float> state)
    {
        ReadOnlySpan<int> lengths = x.Lengths;
        for (int row = 0; row < x.Shape[0]; row++)
            rows.Slice(Length(lengths, row, T) * next + row * stride + at, H).CopyTo(state[(row * H)..]);
    }

    /// <summary>
    /// The gates (B, G, H) of the last step that each row reads, in the order of the parameters; zeros where it reads none.
    /// </summary>
    Tensor LastGates(Tensor x, Tensor z, Tape tape)
    {
        (int T, int B, int G) = (z.Shape[0], z.Shape[1], inputSlots.Length);
        Tensor gates = tape.Zeros(new Shape(B, G, H));
        for (int row = 0; row < B; row++)
        {
            int last = Length(x.Lengths, row, T) - 1;
            for (int i = 0; last >= 0 && i < G * H; i++)
            {
                (int gate, int unit) = (i / H, i % H);
                gates.Span[row * G * H + i] = z.Span[(last * B + row) * zPadded + (unit / Lane * slots + inputSlots[gate]) * Lane
                    + unit % Lane];
            }
        }
        return gates;
    }

    /// <summary>Columns of some gates of W (G·H, N) for 16 units from <paramref name="unit"/>: panel[k][gate][16].</summary>
    private protected void PackColumns(Parameter w, ReadOnlySpan<int> gates, int unit, ref float panel)
    {
        int width = Math.Min(Lane, H - unit), columns = w.Shape[1];
        for (int i = 0; i < gates.Length; i++)
            Gemm.PackColumns(ref w.Value[(gates[i] * H + unit) * columns], 1, columns, columns, width, ref Add(ref panel, i * Lane),
                gates.Length * Lane);
    }

    /// <summary>Rows of some gates of W (G·H, N) as a packed right operand: <paramref name="depth"/> rows [block][gate][16].</summary>
    private protected void PackRows(Parameter w, int packedColumns, ReadOnlySpan<int> gates, int depth, Span<float> packed)
    {
        ReadOnlySpan<float> values = w.Value;
        int columns = w.Shape[1];
        for (int n = 0; n < packedColumns; n += Gemm.PanelColumns)
        {
            int width = Math.Min(Gemm.PanelColumns, columns - n), padded = Gemm.RoundUp(Math.Min(Gemm.PanelColumns, packedColumns - n));
            for (int k = 0, first = 0; k < depth; first += Lane)
                foreach (int gate in gates)
                    for (int j = first; j < first + Lane; j++, k++)
                        if (j < H && width > 0)
                            values.Slice((gate * H + j) * columns + n, width).CopyTo(packed[(n * depth + k * padded)..]);
        }
    }
}
