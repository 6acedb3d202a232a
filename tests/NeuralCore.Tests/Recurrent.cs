namespace NeuralCore.Tests;

/// <summary>The recurrent layers under one signature: a GRU's state has no cells.</summary>
static class Recurrent
{
    public static readonly string[] Cells = ["LSTM", "GRU", "GRU, reset before"];

    public static RecurrentLayer Make(string cell, int I, int H, int layers = 1, bool both = false, bool bias = true, float dropout = 0,
        bool lastStep = false)
        => cell == "LSTM" ? new Lstm(I, H, layers, both, bias, dropout, lastStep)
            : new Gru(I, H, layers, both, bias, dropout, lastStep, resetAfter: cell == "GRU");

    public static Tensor Forward(this RecurrentLayer layer, Tensor x, LstmState initial, Tape tape, out LstmState final)
    {
        if (layer is Lstm lstm) return lstm.Forward(x, initial, tape, out final);
        Tensor y = ((Gru)layer).Forward(x, initial.H, tape, out Tensor h);
        final = new LstmState(h, default);
        return y;
    }

    public static Tensor Backward(this RecurrentLayer layer, Tensor dY, LstmState dFinal, Tape tape, out LstmState dInitial)
    {
        if (layer is Lstm lstm) return lstm.Backward(dY, dFinal, tape, out dInitial);
        Tensor dX = ((Gru)layer).Backward(dY, dFinal.H, tape, out Tensor dH);
        dInitial = new LstmState(dH, default);
        return dX;
    }

    public static Tensor Step(this RecurrentLayer layer, Tensor x, ref LstmState state, Tape tape)
    {
        if (layer is Lstm lstm) return lstm.Step(x, ref state, tape);
        Tensor h = state.H, y = ((Gru)layer).Step(x, ref h, tape);
        state = new LstmState(h, default);
        return y;
    }

    /// <summary>Random states; of a GRU without cells.</summary>
    public static LstmState State(this RecurrentLayer layer, int batch, ulong stream)
    {
        Shape shape = layer.StateShape(batch);
        return new LstmState(Draw.Tensor(stream, shape[0], batch, shape[2]),
            layer is Lstm ? Draw.Tensor(stream + 1, shape[0], batch, shape[2]) : default);
    }

    /// <summary>
    /// Rows first.. of a tensor whose axis <paramref name="axis"/> counts the batch, in memory of their own, without lengths.
    /// </summary>
    public static Tensor Rows(Tensor x, int first, int size, int axis = 0)
    {
        if (x.IsEmpty) return default;
        int[] sizes = [.. Enumerable.Range(0, x.Shape.Rank).Select(a => x.Shape[a])];
        int outer = axis == 0 ? 1 : sizes[0], batch = sizes[axis], each = x.Count / Math.Max(1, outer * batch);
        sizes[axis] = size;
        var part = new Tensor(sizes);
        for (int o = 0; o < outer; o++) x.Span.Slice((o * batch + first) * each, size * each).CopyTo(part.Span[(o * size * each)..]);
        return part.WithGradient(x.NeedsGradient);
    }

    public static LstmState Rows(LstmState state, int first, int size) => new(Rows(state.H, first, size, 1), Rows(state.C, first, size, 1));

    /// <summary>Steps from..to of sequences.</summary>
    public static Tensor Steps(Tensor x, int from, int to)
    {
        var part = new Tensor(x.Shape[0], to - from, x.Shape[2]);
        for (int row = 0; row < x.Shape[0]; row++)
            for (int t = from; t < to; t++) x.Row(row * x.Shape[1] + t).CopyTo(part.Row(row * (to - from) + t - from));
        return part.WithGradient(x.NeedsGradient);
    }
}
