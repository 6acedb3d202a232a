namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    static void Lstm(GoldenFile g)
    {
        (int I, int H, int layers, bool both, bool bias) = Stack(g, "lstm");
        var lstm = new Lstm(I, H, layers, both, bias);
        LstmState initial = new(g.Tensor("h0"), g.Tensor("c0")), dFinal = new(g.Tensor("dhn"), g.Tensor("dcn"));
        LstmState final = default, dInitial = default;
        CheckStack(g, lstm, (x, tape) => lstm.Forward(x, initial, tape, out final),
            (dY, tape) => lstm.Backward(dY, dFinal, tape, out dInitial));
        g.Check("hn", final.H.Span);
        g.Check("cn", final.C.Span);
        if (g.Has("grad.h0")) g.Check("grad.h0", dInitial.H.Span);
        if (g.Has("grad.c0")) g.Check("grad.c0", dInitial.C.Span);
    }

    static void Gru(GoldenFile g)
    {
        (int I, int H, int layers, bool both, bool bias) = Stack(g, "gru");
        var gru = new Gru(I, H, layers, both, bias);
        Tensor final = default, dInitial = default;
        CheckStack(g, gru, (x, tape) => gru.Forward(x, g.Tensor("h0"), tape, out final),
            (dY, tape) => gru.Backward(dY, g.Tensor("dhn"), tape, out dInitial));
        g.Check("hn", final.Span);
        if (g.Has("grad.h0")) g.Check("grad.h0", dInitial.Span);
    }

    static (int I, int H, int Layers, bool Both, bool Bias) Stack(GoldenFile g, string cell)
    {
        KindIs(g, cell);
        Assert.Equal(cell, g.Text("cell", cell));
        g.KnowsOnly("cell", "I", "H", "B", "T", "layers", "bidirectional", "init", "bias", "back", "lengths", "batch_first");
        Assert.Equal(g.Flag("init", false), g.Has("h0"));
        return (g.Integer("I"), g.Integer("H"), g.Integer("layers"), g.Flag("bidirectional", false), g.Flag("bias", true));
    }

    /// <summary>Output, input gradient and parameter gradients of a case; upstream gradients are those that the file has.</summary>
    static void CheckStack(GoldenFile g, Layer layer, Func<Tensor, Tape, Tensor> forward, Func<Tensor, Tape, Tensor> backward)
    {
        bool timeFirst = !g.Flag("batch_first", true);
        Tensor x = InOrder(g.Tensor("x"), timeFirst), dY = g.Has("dy") ? InOrder(g.Tensor("dy"), timeFirst) : default;
        if (g.Has("lengths")) x = x.WithLengths([.. g.Values("lengths").Select(length => (int)length)]);
        var model = new Model(layer, seed: 1);
        SetParameters(model, g);
        Tape tape = TrainingTape(model);
        g.Check("y", InOrder(forward(x, tape), timeFirst).Span);
        g.Check("grad.x", InOrder(backward(dY, tape), timeFirst).Span);
        tape.End();
        CheckGradients(model, tape, g);
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
}
