namespace NeuralCore.Tests;

public class BidirectionalTests
{
    const int B = 3, T = 6, I = 2, H = 5;

    [Fact]
    public void TheBackwardHalfOfTheLastStepHasSeenTheWholeWindow()
    {
        var model = new Model(new Bidirectional(new Lstm(I, H, lastStep: true)), 1);
        Tensor x = Draw.Tensor(1, B, T, I);
        float[] before = [.. model.Predict(x, model.Tape()).Span];
        for (int row = 0; row < B; row++) x.Row(row * T)[0] += 0.5f;   // candle 0
        float[] after = [.. model.Predict(x, model.Tape()).Span];
        // The backward half reads candle 0 last: every unit changes, some by far more than rounding.
        for (int row = 0; row < B; row++)
        {
            float[] changes = [.. Enumerable.Range(row * 2 * H + H, H).Select(i => Math.Abs(after[i] - before[i]))];
            Assert.All(changes, c => Assert.NotEqual(0, c));
            Assert.True(changes.Max() > 1e-2f, $"backward half of row {row}: the largest change is {changes.Max()}");
        }
    }

    [Fact]
    public void HalvesAreTheTwoLayersAlone()
    {
        var model = new Model(new Bidirectional(new Lstm(I, H)), 1);
        Model ahead = new(new Lstm(I, H), 7), back = new(new Lstm(I, H, reverse: true), 8);
        model.Values[..ahead.Count].CopyTo(ahead.Values);
        model.Values[ahead.Count..].CopyTo(back.Values);
        ahead.ParametersChanged();
        back.ParametersChanged();
        Tensor x = Draw.Tensor(1, B, T, I), y = model.Predict(x, model.Tape());
        Tensor first = ahead.Predict(x, ahead.Tape()), second = back.Predict(x, back.Tape());
        for (int row = 0; row < B * T; row++)
        {
            Draw.SameBits(first.Row(row), y.Row(row)[..H], "forward half");
            Draw.SameBits(second.Row(row), y.Row(row)[H..], "backward half");
        }
    }

    [Fact]
    public void TheLastStepIsTheFinalStateOfBothDirections()
    {
        var layer = new Bidirectional(new Lstm(I, H, lastStep: true));
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: false);
        Tensor y = layer.Forward(Draw.Tensor(1, B, T, I), default, default, tape, out LstmState final, out LstmState finalReverse);
        for (int row = 0; row < B; row++)
        {
            Draw.SameBits(final.H.Row(row), y.Row(row)[..H], "forward");
            Draw.SameBits(finalReverse.H.Row(row), y.Row(row)[H..], "backward");
        }
    }

    [Fact]
    public void StatesAndTheirGradientsPassThroughBothDirections()
    {
        var layer = new Bidirectional(new Lstm(I, H));
        var model = new Model(layer, 1);
        Tape tape = model.Tape();
        Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true), dY = Draw.Tensor(2, B, T, 2 * H);
        LstmState State(ulong stream) => new(Draw.Tensor(stream, B, H), Draw.Tensor(stream + 1, B, H));
        LstmState s1 = State(3), s2 = State(5);
        tape.Begin(training: true);
        layer.Forward(x, s1, s2, tape, out _, out _);
        layer.Backward(dY, default, default, tape, out LstmState d1, out LstmState d2);
        tape.End();
        float[][] gradients = [[.. d1.H.Span], [.. d1.C.Span], [.. d2.H.Span], [.. d2.C.Span]];

        // Along a random direction in all four states together.
        Tensor[] states = [s1.H, s1.C, s2.H, s2.C];
        double analytic = 0;
        float[][] direction = [.. states.Select((s, i) => Draw.Floats(s.Count, 20 + (ulong)i))];
        for (int s = 0; s < 4; s++)
            for (int i = 0; i < direction[s].Length; i++) analytic += (double)gradients[s][i] * direction[s][i];
        double At(float h)
        {
            for (int s = 0; s < 4; s++)
                for (int i = 0; i < direction[s].Length; i++) states[s].Span[i] += h * direction[s][i];
            tape.Begin(training: false);
            Tensor y = layer.Forward(x, s1, s2, tape, out _, out _);
            double sum = 0;
            for (int i = 0; i < y.Count; i++) sum += (double)y.Span[i] * dY.Span[i];
            for (int s = 0; s < 4; s++)
                for (int i = 0; i < direction[s].Length; i++) states[s].Span[i] -= h * direction[s][i];
            return sum;
        }
        const float h = 1f / 64;
        Assert.Equal(analytic, (At(-2 * h) - 8 * At(-h) + 8 * At(h) - At(2 * h)) / (12 * h), 2e-3 * Math.Abs(analytic));
    }

    [Fact]
    public void AReversedLayerIsRefused()
        => Assert.Contains("expected a layer that reads forward",
            Assert.Throws<ArgumentException>(() => new Bidirectional(new Lstm(2, 3, reverse: true))).Message);
}
