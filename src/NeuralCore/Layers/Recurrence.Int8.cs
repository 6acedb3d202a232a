using NeuralCore.Kernels;

namespace NeuralCore;

// The steps of a quantised model: x_t and h_(t-1) become whole numbers, each row by itself at each step; cells stay floats.
abstract partial class Recurrence
{
    private protected Int8Weights? int8Input, int8Hidden;   // x·W_ih and h·W_hh, columns as in Z

    private protected virtual void PackInt8()
    {
        int8Input = Int8Of(weights.Ih, gate => inputSlots[gate]);
        int8Hidden = Int8Of(weights.Hh, gate => HiddenOperand(gate) == I ? hiddenSlots[gate] : -1);
    }

    /// <summary>W (G·H, N) with columns [block][slot][16], the gates at their slots, -1: left out.</summary>
    private protected Int8Weights Int8Of(Parameter w, Func<int, int> slotOf)
    {
        int[] gates = [.. Enumerable.Range(0, slots)
            .Select(slot => Enumerable.Range(0, inputSlots.Length).FirstOrDefault(gate => slotOf(gate) == slot, -1))];
        return Int8Weights.Of(w, zPadded, column =>
        {
            (int gate, int unit) = (gates[column / Lane % slots], column / (slots * Lane) * Lane + column % Lane);
            return gate >= 0 && unit < H ? gate * H + unit : -1;
        });
    }

    /// <summary>As <see cref="Steps"/>; Z is as wide as all units.</summary>
    void Int8Steps(Tensor u, Tensor z, Tensor c, Tape tape)
    {
        (int T, int B) = (u.Shape[0] - 1, u.Shape[1]);
        (int nextZ, int nextC) = (z.Shape[0] == 1 ? 0 : B * zPadded, c.IsEmpty || c.Shape[0] == 1 ? 0 : B * hPadded);
        bool few = B < FewRows;   // then the input products of all steps come first
        if (few) InputProduct(T * B, ref u.Ref, ref z.Ref, tape);
        ref float none = ref u.Ref, c0 = ref c.IsEmpty ? ref none : ref c.Ref;
        for (int t = 0; t < T; t++)
        {
            ref float uT = ref Add(ref u.Ref, t * B * uPadded), zT = ref Add(ref z.Ref, t * nextZ), before = ref Add(ref c0, t * nextC);
            if (!few) InputProduct(B, ref uT, ref zT, tape);
            Int8Product(int8Hidden!, B, ref Add(ref uT, I), ref zT, tape);
            Int8Cells(B, ref zT, ref before, ref Add(ref before, nextC), ref Add(ref uT, I), ref Add(ref uT, B * uPadded + I), tape);
        }
    }

    /// <summary>The cells of a step for all units: from their sums in Z and the states before to those after.</summary>
    private protected abstract void Int8Cells(int B, ref float z, ref float before, ref float after, ref float hBefore,
        ref float h, Tape tape);

    /// <summary>z = bias + x·W_ih.</summary>
    void InputProduct(int rows, ref float x, ref float z, Tape tape)
    {
        var mark = tape.Mark();
        int8Input!.Multiply(new Int8Rows(tape, rows, I, ref x, uPadded), ref AlignedArray.First(bias), 0, ref z, zPadded);
        tape.Release(mark);
    }

    /// <summary>z += h·W for H values of each row of U.</summary>
    private protected void Int8Product(Int8Weights w, int B, ref float h, ref float z, Tape tape)
    {
        var mark = tape.Mark();
        w.Multiply(new Int8Rows(tape, B, H, ref h, uPadded), ref z, zPadded, ref z, zPadded);
        tape.Release(mark);
    }
}
