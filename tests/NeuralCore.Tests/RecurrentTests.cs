using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

public class RecurrentTests
{
    public static TheoryData<string> Cells => [.. Recurrent.Cells];

    /// <summary>Everything that comes out of one training pass; inference must give the same output and final state.</summary>
    static (string Name, Tensor Value, int BatchAxis)[] Pass(RecurrentLayer layer, Model model, Tensor x, Tensor dY, LstmState initial,
        LstmState dFinal)
    {
        Tape tape = model.Tape(), inference = model.Tape();
        Tensor predicted = layer.Forward(x, initial, inference, out LstmState predictedFinal);
        tape.Begin(training: true, dropoutSeed: 1);
        tape.Gradients.Clear();
        Tensor y = layer.Forward(x, initial, tape, out LstmState final);
        Draw.SameBits(predicted.Span, y.Span, "inference and training: y");
        Draw.SameBits(predictedFinal.H.Span, final.H.Span, "inference and training: h");
        Draw.SameBits(predictedFinal.C.Span, final.C.Span, "inference and training: c");
        Tensor dX = layer.Backward(dY, dFinal, tape, out LstmState dInitial);
        tape.End();
        return [("y", y, 0), ("h", final.H, 1), ("c", final.C, 1), ("dX", dX, 0), ("dh", dInitial.H, 1), ("dc", dInitial.C, 1),
            ("dW", Tensor.From([.. tape.Gradients], 1, tape.Gradients.Length), -1)];
    }

    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void ARowDependsNeitherOnTheBatchNorOnItsPlace(string cell)
    {
        const int B = 33, T = 5, I = 3, H = 19;
        foreach ((int layers, bool both, bool lastStep) in ((int, bool, bool)[])[(1, false, false), (1, true, true), (2, false, true),
            (2, true, false)])
        {
            RecurrentLayer layer = Recurrent.Make(cell, I, H, layers, both, lastStep: lastStep);
            var model = new Model(layer, 1);
            Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true), dY = new(layer.OutputShape(x.Shape));
            Draw.Floats(dY.Count, 2).CopyTo(dY.Span);
            LstmState initial = layer.State(B, 3), dFinal = layer.State(B, 5);
            var all = Pass(layer, model, x, dY, initial, dFinal);
            foreach (int size in (int[])[1, 2, 4, 5, 6, 7, 11])
                for (int first = 0; first + size <= B; first += size)
                {
                    var part = Pass(layer, model, Recurrent.Rows(x, first, size), Recurrent.Rows(dY, first, size),
                        Recurrent.Rows(initial, first, size), Recurrent.Rows(dFinal, first, size));
                    foreach ((var whole, var some) in all.Zip(part).Where(p => p.First.BatchAxis >= 0))
                        Draw.SameBits(Recurrent.Rows(whole.Value, first, size, whole.BatchAxis).Span, some.Value.Span,
                            $"{layer}: {whole.Name} from row {first}, {size} rows");
                }
        }
    }

    /// <summary>A batch so large that it is read some rows at a time.</summary>
    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void ALargeBatchThatSavesNothingHasTheSameBits(string cell)
    {
        const int B = 149, T = 4, I = 3, H = 19;
        foreach ((int layers, bool both, bool lastStep) in ((int, bool, bool)[])[(1, false, false), (1, true, true), (2, true, false)])
            foreach (bool lengths in (bool[])[false, true])
            {
                RecurrentLayer layer = Recurrent.Make(cell, I, H, layers, both, lastStep: lastStep);
                var model = new Model(layer, 1);
                int[] valid = [.. Enumerable.Range(0, B).Select(row => lengths ? 1 + row % T : T)];
                Tensor x = Draw.Tensor(1, B, T, I);
                LstmState initial = layer.State(B, 3);
                (Tensor y, LstmState final) = Predict(lengths ? x.WithLengths(valid) : x, initial);
                for (int row = 0; row < B; row += 7)
                {
                    Tensor alone = Recurrent.Rows(x, row, 1);
                    (Tensor yAlone, LstmState finalAlone) = Predict(lengths ? alone.WithLengths(valid[row]) : alone,
                        Recurrent.Rows(initial, row, 1));
                    Draw.SameBits(Recurrent.Rows(y, row, 1).Span, yAlone.Span, $"{layer}: row {row}");
                    Draw.SameBits(Recurrent.Rows(final.H, row, 1, 1).Span, finalAlone.H.Span, $"{layer}: h of row {row}");
                    if (layer is Lstm)
                        Draw.SameBits(Recurrent.Rows(final.C, row, 1, 1).Span, finalAlone.C.Span, $"{layer}: c of row {row}");
                }

                (Tensor, LstmState) Predict(Tensor x, LstmState initial)
                {
                    Tape tape = model.Tape();
                    tape.Begin(training: false);
                    return (layer.Forward(x, initial, tape, out LstmState final), final);
                }
            }
    }

    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void ABatchWithLengthsIsEachSequenceAlone(string cell)
    {
        var cases = from b in Gen.Choose(1, 9)
                    from t in Gen.Choose(1, 8)
                    from i in Gen.Choose(1, 5)
                    from h in Gen.Elements(1, 3, 16, 17)
                    from layers in Gen.Choose(1, 3)
                    from flags in Gen.Choose(0, 7)
                    from lengths in Gen.Choose(1, t).ListOf(b)
                    select (B: b, T: t, I: i, H: h, Layers: layers, Flags: flags, Lengths: lengths.ToArray());
        int count = 0;
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            count++;
            CheckAlone(cell, c.B, c.T, c.I, c.H, c.Layers, (c.Flags & 1) > 0, (c.Flags & 2) > 0, (c.Flags & 4) > 0, c.Lengths);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
        Assert.Equal(40, count);
    }

    static void CheckAlone(string cell, int B, int T, int I, int H, int layers, bool both, bool lastStep, bool states, int[] lengths)
    {
        RecurrentLayer layer = Recurrent.Make(cell, I, H, layers, both, lastStep: lastStep);
        var model = new Model(layer, 1);
        Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true), dY = new(layer.OutputShape(x.Shape));
        Draw.Floats(dY.Count, 2).CopyTo(dY.Span);
        LstmState initial = states ? layer.State(B, 3) : default, dFinal = states ? layer.State(B, 5) : default;

        // What the padding holds has no influence on anything.
        var zeros = Pass(layer, model, Padded(x, 0).WithLengths(lengths), lastStep ? dY : Padded(dY, 0), initial, dFinal);
        var all = Pass(layer, model, Padded(x, float.NaN).WithLengths(lengths), lastStep ? dY : Padded(dY, float.NaN), initial, dFinal);
        foreach ((var zero, var nan) in zeros.Zip(all))
            Draw.SameBits(zero.Value.Span, nan.Value.Span, $"{layer}: {zero.Name} with NaN in the padding");
        Assert.All(all.Last().Value.Span.ToArray(), g => Assert.True(float.IsFinite(g)));
        Assert.Equal(lastStep ? [] : lengths, all[0].Value.Lengths.ToArray());

        for (int row = 0; row < B; row++)
        {
            int length = lengths[row];
            Tensor dRow = Recurrent.Rows(dY, row, 1);
            var alone = Pass(layer, model, Recurrent.Steps(Recurrent.Rows(x, row, 1), 0, length),
                lastStep ? dRow : Recurrent.Steps(dRow, 0, length), Recurrent.Rows(initial, row, 1), Recurrent.Rows(dFinal, row, 1));
            foreach ((var whole, var one) in all.Zip(alone).Where(p => p.First.BatchAxis >= 0))
            {
                Tensor of = Recurrent.Rows(whole.Value, row, 1, whole.BatchAxis);
                Draw.SameBits(one.Value.Span, of.Span[..one.Value.Count], $"{layer}: {whole.Name} of row {row} alone");
                Draw.SameBits(new float[of.Count - one.Value.Count], of.Span[one.Value.Count..], $"{layer}: {whole.Name} past the length "
                    + $"of row {row}");
            }
        }

        Tensor Padded(Tensor sequence, float padding)
        {
            Tensor copy = sequence.Copy();
            for (int row = 0; row < B; row++)
                for (int t = lengths[row]; t < T; t++) copy.Row(row * T + t).Fill(padding);
            return copy;
        }
    }

    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void ASequenceInTwoPartsWithCarriedStateHasTheSameBits(string cell)
    {
        const int T = 7, I = 3, H = 17;
        foreach (int B in (int[])[2, 7])
        {
            RecurrentLayer layer = Recurrent.Make(cell, I, H, layers: 2);
            var model = new Model(layer, 4);
            Tensor x = Draw.Tensor(1, B, T, I);
            float[] whole = [.. model.Predict(x, model.Tape()).Span];
            for (int cut = 1; cut < T; cut++)
            {
                Tape tape = model.Tape();
                tape.Begin(training: false);
                Tensor head = layer.Forward(Recurrent.Steps(x, 0, cut), default, tape, out LstmState state);
                Tensor tail = layer.Forward(Recurrent.Steps(x, cut, T), state, tape, out _);
                for (int row = 0; row < B; row++)
                    for (int t = 0; t < T; t++)
                    {
                        Span<float> part = t < cut ? head.Row(row * cut + t) : tail.Row(row * (T - cut) + t - cut);
                        Draw.SameBits(whole.AsSpan((row * T + t) * H, H), part, $"{layer} cut at {cut}");
                    }
            }
        }
    }

    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void StepsAreTheSequence(string cell)
    {
        const int T = 9, I = 3, H = 17, Before = 4;
        foreach (int B in (int[])[1, 4, 5, 8])
            foreach (int layers in (int[])[1, 3])
            {
                RecurrentLayer layer = Recurrent.Make(cell, I, H, layers, dropout: 0.5f);
                var model = new Model(layer, 4);
                Tensor x = Draw.Tensor(1, B, T, I);
                Tape whole = model.Tape(), tape = model.Tape();
                whole.Begin(training: false);
                Tensor y = layer.Forward(x, default, whole, out LstmState final);

                // From zeros, and from the state that a pass over the first steps gave.
                LstmState streamed = default, continued = default;
                for (int t = 0; t < T; t++)
                {
                    tape.Begin(training: false);
                    Tensor step = Recurrent.Steps(x, t, t + 1).Reshape(new Shape(B, I));
                    Same(layer.Step(step, ref streamed, tape), t);
                    if (t >= Before) Same(layer.Step(step, ref continued, tape), t);
                    if (t == Before - 1)
                    {
                        layer.Forward(Recurrent.Steps(x, 0, Before), default, tape, out LstmState carried);
                        continued = carried.Copy();
                    }
                }
                foreach (LstmState state in (LstmState[])[streamed, continued])
                {
                    Draw.SameBits(final.H.Span, state.H.Span, "h after all steps");
                    Draw.SameBits(final.C.Span, state.C.Span, "c after all steps");
                }

                void Same(Tensor got, int t)
                {
                    Assert.Equal(new Shape(B, H), got.Shape);
                    for (int row = 0; row < B; row++) Draw.SameBits(y.Row(row * T + t), got.Row(row), $"{layer}: step {t}");
                }
            }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void StepsAmongOtherLayersAllocateNothing(string cell)
    {
        const int T = 6, I = 3, H = 5;
        (RecurrentLayer layer, Dense head) = (Recurrent.Make(cell, I, H, layers: 2), new Dense(H, 2));
        var model = new Model(new Sequential(layer, head), 1);
        Tensor x = Draw.Tensor(1, 1, T, I);
        float[] expected = [.. model.Predict(x, model.Tape()).Span];
        Tape tape = model.Tape();
        Tensor step = new(1, I);
        LstmState state = default;
        for (int t = 0; t < T; t++) Draw.SameBits(expected.AsSpan(2 * t, 2), Logits(t).Span, $"step {t}");
        for (int i = 0; i < 100; i++) Logits(i % T);
        Span<float> memory = state.H.Span;
        Assert.Equal(0, Allocation.Of(() =>
        {
            for (int i = 0; i < 50; i++) Logits(i % T);
        }));
        Assert.True(memory == state.H.Span, "the state is moved on in its own memory");

        Tensor Logits(int t)
        {
            tape.Begin(training: false);
            x.Row(t).CopyTo(step.Span);
            return head.Forward(layer.Step(step, ref state, tape), tape);
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void StepsThatCannotBeAreRefused(string cell)
    {
        RecurrentLayer both = Recurrent.Make(cell, 2, 3, both: true), one = Recurrent.Make(cell, 2, 3, layers: 2);
        Tape tape = new Model(both, 1).Tape(), other = new Model(one, 1).Tape();
        LstmState state = default;
        tape.Begin(training: false);
        Assert.Contains("expected one direction for Step, got two",
            Assert.Throws<InvalidOperationException>(() => both.Step(new Tensor(1, 2), ref state, tape)).Message);
        other.Begin(training: true);
        state = default;
        Assert.Contains("expected a tape that does not train for Step",
            Assert.Throws<InvalidOperationException>(() => one.Step(new Tensor(1, 2), ref state, other)).Message);
        other.Begin(training: false);
        Assert.Contains("expected input (batch, 2) of one step, got (1, 3)",
            Assert.Throws<ArgumentException>(() => one.Step(new Tensor(1, 3), ref state, other)).Message);
        Assert.Contains("expected input (batch, 2) of one step, got (1, 1, 2)",
            Assert.Throws<ArgumentException>(() => one.Step(new Tensor(1, 1, 2), ref state, other)).Message);
        Assert.True(state.H.IsEmpty, "a step that is refused makes no state");
        one.Step(new Tensor(1, 2), ref state, other);
        Assert.Contains("expected state (2, 3, 3), got (2, 1, 3)",
            Assert.Throws<ArgumentException>(() => one.Step(new Tensor(3, 2), ref state, other)).Message);
    }

    /// <summary>A stack is its layers one after another, with dropout between them, bit for bit.</summary>
    [Theory]
    [Trait("Category", "Bits")]
    [MemberData(nameof(Cells))]
    public void AStackIsItsLayersOneAfterAnother(string cell)
    {
        const int B = 6, T = 5, I = 3, H = 17, D = 2;
        Model stack = new(Recurrent.Make(cell, I, H, layers: 3, both: true, dropout: 0.4f, lastStep: true), 1);
        Model chain = new(new Sequential(Recurrent.Make(cell, I, H, both: true), new Dropout(0.4f),
            Recurrent.Make(cell, D * H, H, both: true), new Dropout(0.4f), Recurrent.Make(cell, D * H, H, both: true, lastStep: true)), 2);
        stack.Values.CopyTo(chain.Values);
        chain.ParametersChanged();
        Tensor x = Draw.Tensor(1, B, T, I).WithGradient(true).WithLengths(5, 1, 3, 5, 4, 2), dY = Draw.Tensor(2, B, D * H);
        Draw.SameBits(chain.Predict(x, chain.Tape()).Span, stack.Predict(x, stack.Tape()).Span, "prediction");
        (float[] y, float[] dX, float[] dW) expected = Train(chain), got = Train(stack);
        Draw.SameBits(expected.y, got.y, "y");
        Draw.SameBits(expected.dX, got.dX, "dX");
        Draw.SameBits(expected.dW, got.dW, "dW");

        (float[], float[], float[]) Train(Model model)
        {
            Tape tape = model.Tape();
            tape.Begin(training: true, dropoutSeed: 7);
            tape.Gradients.Clear();
            float[] y = [.. model.Root.Forward(x, tape).Span], dX = [.. model.Root.Backward(dY, tape).Span];
            tape.End();
            return (y, dX, [.. tape.Gradients]);
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void TheLastStepIsTheFinalStateOfTheTopLayer(string cell)
    {
        const int B = 3, T = 6, I = 2, H = 5;
        RecurrentLayer layer = Recurrent.Make(cell, I, H, layers: 2, both: true, lastStep: true);
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: false);
        Tensor y = layer.Forward(Draw.Tensor(1, B, T, I), default, tape, out LstmState final);
        for (int row = 0; row < B; row++)
        {
            Draw.SameBits(final.H.Row(2 * B + row), y.Row(row)[..H], "forward");
            Draw.SameBits(final.H.Row(3 * B + row), y.Row(row)[H..], "backward");
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void TheBackwardHalfOfTheLastStepHasSeenTheWholeWindow(string cell)
    {
        const int B = 3, T = 6, I = 2, H = 5;
        var model = new Model(Recurrent.Make(cell, I, H, both: true, lastStep: true), 1);
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
    public void WrongShapesNameLayerExpectedAndActual()
    {
        var model = new Model(new Sequential(("encoder", new Lstm(20, 4))), 1);
        var error = Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 60, 18), model.Tape()));
        Assert.Equal("Lstm 'encoder': expected input (batch, time, 20) with at least one step, got (32, 60, 18)", error.Message);
        Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 20), model.Tape()));
        Assert.Throws<ArgumentException>(() => model.Predict(new Tensor(32, 0, 20), model.Tape()));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void WrongStatesAndGradientsAreRefused(string cell)
    {
        const int B = 4, T = 5;
        RecurrentLayer layer = Recurrent.Make(cell, 2, 3, layers: 2, both: true);
        Tape tape = new Model(layer, 1).Tape();
        tape.Begin(training: true);
        foreach (int[] sizes in (int[][])[[4, 3], [2, 4, 3], [4, 5, 3], [4, 4, 2]])
            Refused("state (4, 4, 3)", sizes,
                () => layer.Forward(new Tensor(B, T, 2), new LstmState(new Tensor(sizes), default), tape, out _));
        if (layer is Lstm)
            Refused("state (4, 4, 3)", [4, 3],
                () => layer.Forward(new Tensor(B, T, 2), new LstmState(default, new Tensor(4, 3)), tape, out _));
        foreach (int[] sizes in (int[][])[[4, 5, 3], [4, 6], [4, 4, 6], [3, 5, 6], [20, 6]])
        {
            tape.Begin(training: true);
            layer.Forward(new Tensor(B, T, 2), tape);
            Refused("a gradient of its output (4, 5, 6)", sizes, () => layer.Backward(new Tensor(sizes), tape));
        }
        tape.Begin(training: true);
        layer.Forward(new Tensor(B, T, 2), tape);
        Refused("state (4, 4, 3)", [4, 3],
            () => layer.Backward(new Tensor(4, 5, 6), new LstmState(new Tensor(4, 3), default), tape, out _));

        void Refused(string expected, int[] sizes, Action act)
            => Assert.Equal($"{layer}: expected {expected}, got {new Shape(sizes)}", Assert.Throws<ArgumentException>(act).Message);
    }

    [Fact]
    public void ConstructorsRefuseWhatCannotBe()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Gru(3, 3, layers: 0));
        foreach (float p in (float[])[-0.1f, 1, float.NaN])
            Assert.Throws<ArgumentOutOfRangeException>(() => new Gru(3, 3, layers: 2, dropout: p));
    }

    [Theory]
    [InlineData("LSTM", 20)]
    [InlineData("GRU", 15)]
    public void ParametersHavePyTorchsNamesShapesAndOrder(string cell, int rows)
    {
        static string[] Names(Model model) => [.. model.Parameters.Select(p => $"{p.Name} {p.Shape}")];
        string[] Direction(string suffix, int inputs, bool bias = true)
            => [$"weight_ih{suffix} ({rows}, {inputs})", $"weight_hh{suffix} ({rows}, 5)",
                .. bias ? (string[])[$"bias_ih{suffix} ({rows})", $"bias_hh{suffix} ({rows})"] : []];
        Assert.Equal([.. Direction("_l0", 3), .. Direction("_l0_reverse", 3), .. Direction("_l1", 10), .. Direction("_l1_reverse", 10)],
            Names(new Model(Recurrent.Make(cell, 3, 5, layers: 2, both: true), 1)));
        Assert.Equal([.. Direction("_l0", 3, bias: false), .. Direction("_l1", 5, bias: false)],
            Names(new Model(Recurrent.Make(cell, 3, 5, layers: 2, bias: false), 1)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void TheSummaryCountsAllLayersAndDirections(string cell)
    {
        const int B = 2, T = 7, I = 3, H = 5;
        int gates = cell == "LSTM" ? 4 : 3;
        var model = new Model(Recurrent.Make(cell, I, H, layers: 3, both: true), 1);
        long first = gates * H * (I + H), above = gates * H * (2 * H + H);
        Assert.Equal(2 * B * T * (first + 2 * above), model.MultiplyAdds(new Shape(B, T, I)));
        Assert.Equal(2 * (first + 2 * above) + 3 * 2 * 2 * gates * H, model.Count);
        Assert.Contains("(2, 7, 10)", model.Summary(new Shape(B, T, I)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void InitializersArePlacedByKind(string cell)
    {
        Layer layer = cell == "LSTM" ? new Lstm(3, 5, 2, true, weights: 2f, recurrent: 3f, forgetBias: 1f)
            : new Gru(3, 5, 2, true, resetAfter: cell == "GRU", weights: 2f, recurrent: 3f);
        foreach (Parameter p in new Model(layer, 1).Parameters)
            for (int i = 0; i < p.Shape.Count; i++)
                Assert.Equal(p.Name.StartsWith("weight_ih", StringComparison.Ordinal) ? 2
                    : p.Name.StartsWith("weight_hh", StringComparison.Ordinal) ? 3
                    : cell == "LSTM" && p.Name.StartsWith("bias_ih", StringComparison.Ordinal) && i / 5 == 1 ? 1 : 0, p.Value[i]);
    }

    [Fact]
    public void AForgetBiasAloneLeavesTheWeightsTheirDefault()
    {
        Model plain = new(new Lstm(3, 5), 1), forgetful = new(new Lstm(3, 5, forgetBias: 2f), 1);
        Draw.SameBits(plain.Parameters[0].Value, forgetful.Parameters[0].Value, "weight_ih");
        for (int i = 0; i < 20; i++)
            Assert.Equal((i / 5 == 1 ? 2f : 0f, 0f), (forgetful.Parameters[2].Value[i], forgetful.Parameters[3].Value[i]));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void ADescriptionMakesTheSameLayer(string cell)
    {
        Model made = new(Recurrent.Make(cell, 3, 5, layers: 2, both: true, bias: false, dropout: 0.3f, lastStep: true), 1);
        Model again = new(Architecture.Make(made.Root.Describe()), 1);
        Assert.Equal(made.Parameters.Select(p => p.Name), again.Parameters.Select(p => p.Name));
        Tensor x = Draw.Tensor(1, 4, 6, 3);
        Tape first = made.Tape(), second = again.Tape();
        first.Begin(training: true, dropoutSeed: 3);
        second.Begin(training: true, dropoutSeed: 3);
        Draw.SameBits(made.Root.Forward(x, first).Span, again.Root.Forward(x, second).Span, "the layer made again");
        Assert.Throws<InvalidDataException>(() => Architecture.Make(new LayerConfig(cell == "LSTM" ? "Lstm" : "Gru").Set("inputSize", 1)
            .Set("hiddenSize", int.MaxValue)));
    }
}
