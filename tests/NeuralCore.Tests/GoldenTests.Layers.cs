namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static bool Lstm(GoldenFile g)
    {
        KindIs(g, "lstm");
        g.KnowsOnly("cell", "I", "H", "B", "T", "layers", "bidirectional", "init", "bias", "back", "lengths", "batch_first");
        if (g.Integer("layers") > 1 || g.Has("lengths") || !g.Flag("bias", true)) return false;
        int H = g.Integer("H");
        bool timeFirst = !g.Flag("batch_first", true);
        Tensor x = InOrder(g.Tensor("x"), timeFirst), dY = g.Has("dy") ? InOrder(g.Tensor("dy"), timeFirst) : default;
        var lstm = new Lstm(g.Integer("I"), H);
        Bidirectional? both = g.Flag("bidirectional", false) ? new Bidirectional(lstm) : null;
        var model = new Model(both is null ? lstm : both, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);

        LstmState final, finalReverse = default, dInitial, dInitialReverse = default;
        Tensor y = both is null ? lstm.Forward(x, State(g, "h0", "c0", 0), tape, out final)
            : both.Forward(x, State(g, "h0", "c0", 0), State(g, "h0", "c0", 1), tape, out final, out finalReverse);
        g.Check("y", InOrder(y, timeFirst).Span);
        g.Check("hn", [.. final.H.Span, .. finalReverse.H.Span]);
        g.Check("cn", [.. final.C.Span, .. finalReverse.C.Span]);

        Tensor dX = both is null ? lstm.Backward(dY, State(g, "dhn", "dcn", 0), tape, out dInitial)
            : both.Backward(dY, State(g, "dhn", "dcn", 0), State(g, "dhn", "dcn", 1), tape, out dInitial, out dInitialReverse);
        tape.End();
        g.Check("grad.x", InOrder(dX, timeFirst).Span);
        if (g.Has("grad.h0"))
        {
            g.Check("grad.h0", [.. dInitial.H.Span, .. dInitialReverse.H.Span]);
            g.Check("grad.c0", [.. dInitial.C.Span, .. dInitialReverse.C.Span]);
        }
        CheckGradients(model, tape, g);
        return true;
    }

    /// <summary>(B, T, F) from (T, B, F), and back.</summary>
    static Tensor InOrder(Tensor sequence, bool timeFirst)
    {
        if (!timeFirst) return sequence;
        (int rows, int columns) = (sequence.Shape[0], sequence.Shape[1]);
        var swapped = new Tensor(columns, rows, sequence.Columns).WithGradient(true);
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                sequence.Row(row * columns + column).CopyTo(swapped.Row(column * rows + row));
        return swapped;
    }

    /// <summary>States are (directions, B, H) in the file; what it does not have stays empty.</summary>
    static LstmState State(GoldenFile g, string h, string c, int direction)
    {
        return new LstmState(Of(g.Tensor(h)), Of(g.Tensor(c)));

        Tensor Of(Tensor all)
        {
            if (all.IsEmpty || direction >= all.Shape[0]) return default;
            var state = new Tensor(all.Shape[1], all.Shape[2]);
            all.Span.Slice(direction * state.Count, state.Count).CopyTo(state.Span);
            return state;
        }
    }

    static bool Linear(GoldenFile g)
    {
        KindIs(g, "linear");
        g.KnowsOnly("shape", "O", "bias");
        Tensor x = g.Tensor("x");
        var layer = new Dense(x.Columns, g.Integer("O"), g.Flag("bias", true));
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);
        Tensor y = layer.Forward(x, tape);
        Assert.Equal(g.Shape("y"), y.Shape);
        g.Check("y", y.Span);
        g.Check("grad.x", layer.Backward(g.Tensor("dy"), tape).Span);
        CheckGradients(model, tape, g);
        return true;
    }
}
