namespace NeuralCore.Tests;

/// <summary>Stacks against the same mathematics in double.</summary>
public class RecurrentReferenceTests
{
    public static TheoryData<string, int, int, int, int> Sizes
    {
        get
        {
            var data = new TheoryData<string, int, int, int, int>();
            foreach (string cell in Recurrent.Cells)
                foreach ((int I, int H, int B, int T) in ((int, int, int, int)[])[(1, 1, 1, 1), (2, 3, 1, 3), (3, 5, 2, 3),
                    (1, 16, 4, 4), (6, 17, 5, 7),
                    (7, 31, 6, 2), (19, 33, 7, 5), (5, 15, 8, 6), (3, 7, 33, 4), (5, 33, 13, 6),
                    (67, 49, 5, 3)]) data.Add(cell, I, H, B, T);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void OneLayer(string cell, int inputSize, int hiddenSize, int batch, int time)
    {
        foreach (bool both in (bool[])[false, true])
            foreach (bool lastStep in (bool[])[false, true])
                foreach (bool lengths in (bool[])[false, true])
                    Check(cell, inputSize, hiddenSize, batch, time, 1, both, bias: true, lastStep, lengths);
    }

    [Theory]
    [InlineData("LSTM")]
    [InlineData("GRU")]
    [InlineData("GRU, reset before")]
    public void Stacks(string cell)
    {
        foreach (bool both in (bool[])[false, true])
            foreach (bool bias in (bool[])[false, true])
                foreach (bool lengths in (bool[])[false, true])
                {
                    Check(cell, 3, 17, 3, 5, 2, both, bias, lastStep: bias, lengths);
                    Check(cell, 4, 5, 7, 4, 3, both, bias, lastStep: !bias, lengths);
                }
    }

    static void Check(string cell, int I, int H, int B, int T, int layers, bool both, bool bias, bool lastStep, bool hasLengths)
    {
        RecurrentLayer layer = Recurrent.Make(cell, I, H, layers, both, bias, lastStep: lastStep);
        var model = new Model(layer, 3);
        Tape tape = model.Tape();
        int directions = both ? 2 : 1, states = layers * directions;
        int[] lengths = [.. Enumerable.Range(0, B).Select(row => hasLengths ? 1 + (row * 5 + 2) % T : T)];
        Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true), dY = Draw.Tensor(4, lastStep ? [B, directions * H] : [B, T, directions * H]);
        if (hasLengths) x = x.WithLengths(lengths);
        LstmState initial = layer.State(B, 5), dFinal = layer.State(B, 7);
        tape.Begin(training: true);
        Tensor y = layer.Forward(x, initial, tape, out LstmState final);
        Assert.Equal(dY.Shape, y.Shape);
        Tensor dX = layer.Backward(dY, dFinal, tape, out LstmState dInitial);
        tape.End();

        ReferenceStack reference = Reference(cell, model, I, H, layers, directions, bias);
        for (int row = 0; row < B; row++)
        {
            double[][] Of(Tensor state)
                => [.. Enumerable.Range(0, states).Select(i => state.IsEmpty ? [] : Doubles(state.Row(i * B + row)))];
            double[][] steps = [.. Enumerable.Range(0, lengths[row]).Select(t => Doubles(x.Row(row * T + t)))];
            double[][] outputs = reference.Forward(steps, Of(initial.H), Of(initial.C));
            double[][] dOut = [.. outputs.Select((o, t) => lastStep ? new double[o.Length] : Doubles(dY.Row(row * T + t)))];
            if (lastStep)
                for (int j = 0; j < directions * H; j++)
                    dOut[j < H ? ^1 : 0][j] = dY[row, j];
            for (int t = 0; t < T; t++)
            {
                if (!lastStep) Close(t < lengths[row] ? outputs[t] : new double[directions * H], y.Row(row * T + t), "y");
                else if (t == 0) Close([.. outputs[^1][..H], .. outputs[0][H..]], y.Row(row), "last y");
            }
            for (int i = 0; i < states; i++)
            {
                Close(reference.Cells[i].Hidden[^1], final.H.Row(i * B + row), "final h");
                if (layer is Lstm) Close(reference.Cells[i].Cell[^1], final.C.Row(i * B + row), "final c");
            }
            (double[][] dSteps, double[][] dH0, double[][] dC0) = reference.Backward(dOut, Of(dFinal.H), Of(dFinal.C));
            for (int t = 0; t < T; t++) Close(t < lengths[row] ? dSteps[t] : new double[I], dX.Row(row * T + t), "dX");
            for (int i = 0; i < states; i++)
            {
                Close(dH0[i], dInitial.H.Row(i * B + row), "dh0");
                if (layer is Lstm) Close(dC0[i], dInitial.C.Row(i * B + row), "dc0");
            }
        }
        double[][] gradients =
            [.. reference.Cells.SelectMany(c => (double[][])(bias ? [c.DWIh, c.DWHh, c.DBIh, c.DBHh] : [c.DWIh, c.DWHh]))];
        Assert.Equal(gradients.Length, model.Parameters.Count);
        for (int i = 0; i < gradients.Length; i++) Close(gradients[i], tape.Gradient(model.Parameters[i]), model.Parameters[i].Name);
    }

    static ReferenceStack Reference(string cell, Model model, int I, int H, int layers, int directions, bool bias)
    {
        var parameters = model.Parameters.ToDictionary(p => p.Name, p => Doubles(p.Value));
        ReferenceCell Cell(int layer, int direction)
        {
            string suffix = $"_l{layer}{(direction == 1 ? "_reverse" : "")}";
            int inputs = layer == 0 ? I : directions * H;
            double[] wIh = parameters["weight_ih" + suffix], wHh = parameters["weight_hh" + suffix];
            double[] bIh = bias ? parameters["bias_ih" + suffix] : new double[wHh.Length / H],
                bHh = bias ? parameters["bias_hh" + suffix] : new double[wHh.Length / H];
            return cell == "LSTM" ? new ReferenceLstm(inputs, H, wIh, wHh, bIh, bHh)
                : new ReferenceGru(inputs, H, wIh, wHh, bIh, bHh, resetAfter: cell == "GRU");
        }
        return new ReferenceStack([.. Enumerable.Range(0, layers * directions).Select(i => Cell(i / directions, i % directions))],
            directions, H);
    }

    static double[] Doubles(ReadOnlySpan<float> values)
    {
        var doubles = new double[values.Length];
        for (int i = 0; i < doubles.Length; i++) doubles[i] = values[i];
        return doubles;
    }

    static void Close(double[] expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = Math.Max(1, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 3e-6 * scale, $"{what}[{i}]: expected {expected[i]}, got {actual[i]}");
    }
}
