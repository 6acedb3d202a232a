namespace NeuralCore.Tests;

public class LstmTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 1, 3)]
    [InlineData(3, 5, 2, 3)]
    [InlineData(1, 16, 4, 4)]
    [InlineData(6, 17, 5, 7)]
    [InlineData(7, 31, 6, 2)]
    [InlineData(19, 33, 7, 5)]
    [InlineData(5, 15, 8, 6)]
    [InlineData(3, 7, 33, 4)]
    public void AgreesWithTheReference(int inputSize, int hiddenSize, int batch, int time)
    {
        foreach (bool reverse in (bool[])[false, true])
            foreach (bool lastStep in (bool[])[false, true]) CheckAgainstReference(inputSize, hiddenSize, batch, time, reverse, lastStep);
    }

    static void CheckAgainstReference(int I, int H, int B, int T, bool reverse, bool lastStep)
    {
        var lstm = new Lstm(I, H, lastStep, reverse);
        var model = new Model(lstm, 3);
        Tape tape = model.Tape();
        Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true), dY = Draw.Tensor(4, lastStep ? [B, H] : [B, T, H]);
        LstmState initial = new(Draw.Tensor(2, B, H), Draw.Tensor(3, B, H)), dFinal = new(Draw.Tensor(5, B, H), Draw.Tensor(6, B, H));
        tape.Begin(training: true);
        Tensor y = lstm.Forward(x, initial, tape, out LstmState final);
        Assert.Equal(dY.Shape, y.Shape);
        Tensor dX = lstm.Backward(dY, dFinal, tape, out LstmState dInitial);
        tape.End();

        double[][] p = [.. model.Parameters.Select(q => Doubles(q.Value))];
        var reference = new ReferenceLstm(I, H, p[0], p[1], p[2], p[3]);
        int[] order = [.. Enumerable.Range(0, T).Select(t => reverse ? T - 1 - t : t)];   // order[s]: time of the step read as number s
        for (int row = 0; row < B; row++)
        {
            reference.Forward([.. order.Select(t => Doubles(x.Row(row * T + t)))], Doubles(initial.H.Row(row)), Doubles(initial.C.Row(row)));
            var dHidden = new double[T][];
            for (int step = 0; step < T; step++)
            {
                bool seen = !lastStep || step == T - 1;
                int at = lastStep ? row : row * T + order[step];
                if (seen) Close(reference.Hidden[step + 1], y.Row(at), "y");
                dHidden[step] = seen ? Doubles(dY.Row(at)) : new double[H];
            }
            for (int j = 0; j < H; j++) dHidden[^1][j] += dFinal.H[row, j];
            Close(reference.Hidden[^1], final.H.Row(row), "final h");
            Close(reference.Cell[^1], final.C.Row(row), "final c");
            (double[][] dSteps, double[] dH0, double[] dC0) = reference.Backward(dHidden, Doubles(dFinal.C.Row(row)));
            for (int step = 0; step < T; step++) Close(dSteps[step], dX.Row(row * T + order[step]), "dX");
            Close(dH0, dInitial.H.Row(row), "dh0");
            Close(dC0, dInitial.C.Row(row), "dc0");
        }
        Close(reference.DWIh, tape.Gradient(model.Parameters[0]), "dW_ih");
        Close(reference.DWHh, tape.Gradient(model.Parameters[1]), "dW_hh");
        Close(reference.DB, tape.Gradient(model.Parameters[2]), "db_ih");
        Close(reference.DB, tape.Gradient(model.Parameters[3]), "db_hh");
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

    [Fact]
    [Trait("Category", "Bits")]
    public void ARowDependsNeitherOnTheBatchNorOnItsPlace()
    {
        const int T = 5, I = 3, H = 19;
        Layer[] layers = [new Lstm(I, H), new Lstm(I, H, lastStep: true), new Lstm(I, H, reverse: true), new Bidirectional(new Lstm(I, H))];
        foreach (Layer layer in layers)
        {
            var model = new Model(layer, 1);
            Tensor x = Draw.Tensor(1, 33, T, I), dY = Draw.Tensor(2, [.. Sizes(layer.OutputShape(x.Shape))]);
            (float[][] yAll, float[][] dXAll) = Pass(model, x, dY, 0, 33);
            foreach (int size in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 11])
                for (int first = 0; first + size <= 33; first += size)
                {
                    (float[][] y, float[][] dX) = Pass(model, x, dY, first, size);
                    for (int row = 0; row < size; row++)
                    {
                        Draw.SameBits(yAll[first + row], y[row], $"{layer}: row {first + row} in a batch of {size}");
                        Draw.SameBits(dXAll[first + row], dX[row], $"{layer}: dX of row {first + row} in a batch of {size}");
                    }
                }
        }
    }

    static IEnumerable<int> Sizes(Shape shape) => Enumerable.Range(0, shape.Rank).Select(axis => shape[axis]);

    /// <summary>Output and input gradient of rows first.., one array for each, from training; inference must give the same output.</summary>
    static (float[][] Y, float[][] DX) Pass(Model model, Tensor x, Tensor dY, int first, int size)
    {
        Tensor part = Rows(x, first, size).WithGradient(true);
        float[] predicted = [.. model.Predict(part, model.Tape()).Span];
        Tape tape = model.Tape();
        tape.Begin(training: true);
        Tensor y = model.Root.Forward(part, tape);
        Draw.SameBits(predicted, y.Span, "inference and training");
        Tensor dX = model.Root.Backward(Rows(dY, first, size), tape);
        return (Each(y), Each(dX));

        float[][] Each(Tensor rows) => [.. Enumerable.Range(0, size).Select(r => Rows(rows, r, 1).Span.ToArray())];
    }

    static Tensor Rows(Tensor x, int first, int size)
    {
        int each = x.Count / x.Shape[0];
        return Tensor.From(x.Span.Slice(first * each, size * each).ToArray(), [size, .. Sizes(x.Shape).Skip(1)]);
    }

    [Theory]
    [Trait("Category", "Bits")]
    [InlineData(2)]
    [InlineData(7)]
    public void ASequenceInTwoPartsWithCarriedStateHasTheSameBits(int B)
    {
        const int T = 7, I = 3, H = 17;
        var lstm = new Lstm(I, H);
        var model = new Model(lstm, 4);
        Tensor x = Draw.Tensor(1, B, T, I);
        float[] whole = [.. model.Predict(x, model.Tape()).Span];
        for (int cut = 1; cut < T; cut++)
        {
            Tape tape = model.Tape();
            tape.Begin(training: false);
            Tensor head = lstm.Forward(Steps(x, 0, cut), default, tape, out LstmState state);
            Tensor tail = lstm.Forward(Steps(x, cut, T), state, tape, out _);
            for (int row = 0; row < B; row++)
                for (int t = 0; t < T; t++)
                {
                    Span<float> part = t < cut ? head.Row(row * cut + t) : tail.Row(row * (T - cut) + t - cut);
                    Draw.SameBits(whole.AsSpan((row * T + t) * H, H), part, $"cut at {cut}");
                }
        }
    }

    static Tensor Steps(Tensor x, int from, int to)
    {
        var part = new Tensor(x.Shape[0], to - from, x.Shape[2]);
        for (int row = 0; row < x.Shape[0]; row++)
            for (int t = from; t < to; t++) x.Row(row * x.Shape[1] + t).CopyTo(part.Row(row * (to - from) + t - from));
        return part;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLastStepIsTheSequencesLast(bool reverse)
    {
        const int B = 6, T = 4, I = 3, H = 5;
        Model all = new(new Lstm(I, H, reverse: reverse), 5), last = new(new Lstm(I, H, lastStep: true, reverse), 5);
        Tensor x = Draw.Tensor(1, B, T, I), y = all.Predict(x, all.Tape()), final = last.Predict(x, last.Tape());
        for (int row = 0; row < B; row++) Draw.SameBits(y.Row(row * T + (reverse ? 0 : T - 1)), final.Row(row), "last step");
    }

    [Fact]
    public void AReversedLayerReadsTheSequenceFromItsEnd()
    {
        const int B = 3, T = 5, I = 2, H = 4;
        Model ahead = new(new Lstm(I, H), 6), back = new(new Lstm(I, H, reverse: true), 6);
        Tensor x = Draw.Tensor(1, B, T, I), mirrored = new(x.Shape);
        for (int row = 0; row < B; row++)
            for (int t = 0; t < T; t++) x.Row(row * T + t).CopyTo(mirrored.Row(row * T + T - 1 - t));
        Tensor y = back.Predict(x, back.Tape()), expected = ahead.Predict(mirrored, ahead.Tape());
        for (int row = 0; row < B; row++)
            for (int t = 0; t < T; t++) Draw.SameBits(expected.Row(row * T + T - 1 - t), y.Row(row * T + t), "reversed");
    }

    [Fact]
    public void WrongShapesNameLayerExpectedAndActual()
    {
        var model = new Model(new Sequential(("encoder", new Lstm(20, 4))), 1);
        var error = Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 60, 18), model.Tape()));
        Assert.Equal("Lstm 'encoder': expected input (batch, time, 20) with at least one step, got (32, 60, 18)", error.Message);
        Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 20), model.Tape()));
        Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 0, 20), model.Tape()));

        var lstm = new Lstm(2, 3);
        Tape tape = new Model(lstm, 1).Tape();
        tape.Begin(training: false);
        error = Assert.Throws<ArgumentException>(() => lstm.Forward(new Tensor(4, 5, 2), new LstmState(new Tensor(4, 2), default), tape, out _));
        Assert.Equal("Lstm: expected state (4, 3), got (4, 2)", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(3, 0));
    }

    [Fact]
    public void ParametersHavePyTorchsNamesAndShapes()
    {
        var model = new Model(new Bidirectional(new Lstm(3, 5)), 1);
        string[] names = [.. model.Parameters.Select(p => $"{p.Name} {p.Shape}")];
        Assert.Equal(["weight_ih_l0 (20, 3)", "weight_hh_l0 (20, 5)", "bias_ih_l0 (20)", "bias_hh_l0 (20)", "weight_ih_l0_reverse (20, 3)",
            "weight_hh_l0_reverse (20, 5)", "bias_ih_l0_reverse (20)", "bias_hh_l0_reverse (20)"], names);
    }
}
