using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace NeuralCore.Tests;

[Trait("Category", "Bits")]
public class AttentionTests
{
    const int E = 12, Heads = 3;

    static MultiHeadAttention Made(out Model model, bool causal = false, float dropout = 0)
    {
        var layer = new MultiHeadAttention(E, Heads, dropout, causal: causal);
        model = new Model(layer, seed: 3);
        Draw.Floats(model.Count, 9, 0.6f).CopyTo(model.Values);
        model.ParametersChanged();
        return layer;
    }

    static Tape Inference(Model model)
    {
        Tape tape = model.Tape();
        tape.Begin(training: false);
        return tape;
    }

    static bool[,] Not(bool[,] mask)
    {
        var not = new bool[mask.GetLength(0), mask.GetLength(1)];
        for (int i = 0; i < not.GetLength(0); i++)
            for (int j = 0; j < not.GetLength(1); j++) not[i, j] = !mask[i, j];
        return not;
    }

    static bool[,] Filled(int rows, int columns, Func<int, int, bool> value)
    {
        var mask = new bool[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) mask[i, j] = value(i, j);
        return mask;
    }

    static Tensor Row(Tensor x, int row, int steps)
    {
        var part = new Tensor(1, steps, x.Columns);
        x.Span.Slice(row * x.Shape[1] * x.Columns, part.Count).CopyTo(part.Span);
        return part;
    }

    [Fact]
    public void AllowedIsWhatIsNotBlockedAndKeptIsWhatIsNotIgnored()
    {
        MultiHeadAttention layer = Made(out Model model);
        Tensor x = Draw.Tensor(1, 2, 5, E);
        bool[,] allowed = Filled(5, 5, (i, j) => (2 * i + j) % 3 != 1), kept = Filled(2, 5, (b, t) => (b + t) % 2 == 0);
        Tensor y = layer.Forward(x, x, Inference(model), out Tensor a, AttentionMask.Allow(allowed), StepMask.Keep(kept));
        Tensor same = layer.Forward(x, x, Inference(model), out Tensor b, AttentionMask.Block(Not(allowed)), StepMask.Ignore(Not(kept)));
        Draw.SameBits(y.Span, same.Span, "outputs");
        Draw.SameBits(a.Span, b.Span, "weights");
        for (int row = 0; row < 2; row++)
            for (int head = 0; head < Heads; head++)
                for (int i = 0; i < 5; i++)
                    for (int j = 0; j < 5; j++)
                        Assert.Equal(allowed[i, j] && kept[row, j], a.Row((row * Heads + head) * 5 + i)[j] > 0);
    }

    [Fact]
    public void CausalIsOneMaskInThreeWords()
    {
        MultiHeadAttention layer = Made(out Model model), causal = Made(out Model causalModel, causal: true);
        Tensor x = Draw.Tensor(1, 3, 7, E);
        Tensor y = causal.Forward(x, Inference(causalModel));
        Draw.SameBits(y.Span, layer.Forward(x, Inference(model), AttentionMask.Causal).Span, "AttentionMask.Causal");
        Draw.SameBits(y.Span, layer.Forward(x, Inference(model), AttentionMask.Allow(Filled(7, 7, (i, j) => j <= i))).Span, "triangle");
        Draw.SameBits(layer.Forward(x, Inference(model)).Span,
            layer.Forward(x, Inference(model), AttentionMask.Allow(Filled(7, 7, (_, _) => true))).Span, "everything allowed");
    }

    [Fact]
    public void AStepDoesNotSeeTheFutureNotEvenOneThatIsNoNumber()
    {
        MultiHeadAttention layer = Made(out Model model, causal: true);
        Tensor x = Draw.Tensor(1, 1, 9, E);
        float[] whole = [.. layer.Forward(x, Inference(model)).Span];
        for (int known = 1; known < 9; known++)
        {
            Draw.SameBits(whole.AsSpan(0, known * E), layer.Forward(Row(x, 0, known), Inference(model)).Span, $"the first {known} steps");
            Tensor poisoned = Row(x, 0, 9);
            poisoned.Span[(known * E)..].Fill(float.NaN);
            Draw.SameBits(whole.AsSpan(0, known * E), layer.Forward(poisoned, Inference(model)).Span[..(known * E)], $"{known} steps and "
                + "then NaN");
        }
    }

    [Fact]
    public void ASequenceWithLengthsIsThatSequenceAlone()
    {
        var sizes = from lengths in Gen.Choose(1, 12).ArrayOf().Where(l => l.Length is > 0 and < 6)
                    from more in Gen.Choose(0, 5)
                    from causal in Gen.Elements(false, true)
                    select (Lengths: lengths, T: lengths.Max() + more, Causal: causal);
        Prop.ForAll(sizes.ToArbitrary(), size =>
        {
            MultiHeadAttention layer = Made(out Model model, size.Causal);
            int[] lengths = size.Lengths;
            Tensor x = Draw.Tensor(4, lengths.Length, size.T, E).WithLengths(lengths), dY = Draw.Tensor(5, lengths.Length, size.T, E);
            for (int row = 0; row < lengths.Length; row++)   // what is past a length gets no gradient from what follows
                for (int t = lengths[row]; t < size.T; t++) dY.Row(row * size.T + t).Clear();
            (float[] y, float[] dX) = Pass(layer, model, x, dY);
            for (int row = 0; row < lengths.Length; row++)
            {
                (float[] alone, float[] dAlone) = Pass(layer, model, Row(x, row, lengths[row]), Row(dY, row, lengths[row]));
                Draw.SameBits(alone, y.AsSpan(row * size.T * E, alone.Length), $"row {row}");
                Draw.SameBits(dAlone, dX.AsSpan(row * size.T * E, alone.Length), $"gradient of row {row}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30).WithReplay(20240, 7));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEncoderPassWithLengthsIsEachSequenceAlone(bool normFirst)
    {
        var model = new Model(new TransformerEncoder(2, E, Heads, 20, 0, FeedForwardActivation.Gelu, normFirst, finalNorm: normFirst),
            seed: 3);
        int[] lengths = [4, 9, 1, 6];
        Tensor x = Draw.Tensor(4, 4, 9, E).WithLengths(lengths), dY = Draw.Tensor(5, 4, 9, E);
        for (int row = 0; row < 4; row++)
            for (int t = lengths[row]; t < 9; t++) dY.Row(row * 9 + t).Clear();
        (float[] y, float[] dX) = Pass(model.Root, model, x, dY);
        for (int row = 0; row < 4; row++)
        {
            (float[] alone, float[] dAlone) = Pass(model.Root, model, Row(x, row, lengths[row]), Row(dY, row, lengths[row]));
            Draw.SameBits(alone, y.AsSpan(row * 9 * E, alone.Length), $"row {row}");
            Draw.SameBits(dAlone, dX.AsSpan(row * 9 * E, alone.Length), $"gradient of row {row}");
            for (int t = lengths[row]; t < 9; t++) x.Row(row * 9 + t).Fill(float.NaN);
        }
        Tensor padded = model.Predict(x, model.Tape());
        Assert.Equal(lengths, padded.Lengths.ToArray());
        for (int row = 0; row < 4; row++)
            Draw.SameBits(y.AsSpan(row * 9 * E, lengths[row] * E), padded.Span.Slice(row * 9 * E, lengths[row] * E), $"row {row}, "
                + "padded with NaN");
    }

    [Fact]
    public void EveryLayerOfAnEncoderGetsTheMasks()
    {
        var encoder = new TransformerEncoder(2, E, Heads, 20, 0);
        var model = new Model(encoder, seed: 3);
        var causal = new TransformerEncoder(2, E, Heads, 20, 0, causal: true);
        var causalModel = new Model(causal, seed: 3);
        Tensor x = Draw.Tensor(1, 2, 6, E);
        StepMask steps = StepMask.Keep(Filled(2, 6, (row, t) => t < 5 - row));
        float[] expected = [.. causal.Forward(x.WithLengths(5, 4), Inference(causalModel)).Span];
        Draw.SameBits(expected, encoder.Forward(x, Inference(model), AttentionMask.Causal, steps).Span, "masks");
        Assert.Equal(["layers.0.self_attn.in_proj_weight", "layers.0.self_attn.in_proj_bias", "layers.0.self_attn.out_proj.weight",
            "layers.0.self_attn.out_proj.bias",
            "layers.0.linear1.weight", "layers.0.linear1.bias", "layers.0.linear2.weight", "layers.0.linear2.bias",
            "layers.0.norm1.weight", "layers.0.norm1.bias", "layers.0.norm2.weight", "layers.0.norm2.bias"],
            model.Parameters.Take(12).Select(p => p.Name));
        Assert.Equal(24, model.Parameters.Count);
    }

    static (float[] Y, float[] DX) Pass(Layer layer, Model model, Tensor x, Tensor dY)
    {
        Tape tape = model.Tape();
        tape.Begin(training: true);
        float[] y = [.. layer.Forward(x.WithGradient(true), tape).Span];
        float[] dX = [.. layer.Backward(dY, tape).Span];
        tape.End();
        return (y, dX);
    }

    [Fact]
    public void PaddingOfAnyAmountAndContentChangesNothing()
    {
        MultiHeadAttention layer = Made(out Model model);
        Tensor query = Draw.Tensor(1, 2, 4, E), keys = Draw.Tensor(2, 2, 6, E);
        float[] y = [.. layer.Forward(query, keys.WithLengths(6, 3), Inference(model), out _).Span];
        foreach (int T in (int[])[6, 7, 40])
            foreach (float padding in (float[])[0, 1e30f, float.NaN, float.PositiveInfinity])
            {
                var padded = new Tensor(2, T, E);
                padded.Span.Fill(padding);
                keys.Span[..(6 * E)].CopyTo(padded.Span);
                keys.Span.Slice(6 * E, 3 * E).CopyTo(padded.Span[(T * E)..]);
                Draw.SameBits(y, layer.Forward(query, padded.WithLengths(6, 3), Inference(model), out Tensor weights).Span, $"{T} steps, "
                    + $"padded with {padding}");
                Assert.All(weights.Span.ToArray(), w => Assert.InRange(w, 0, 1.000001f));
            }
    }

    [Fact]
    public void AGapIsASequenceWithoutThoseSteps()
    {
        MultiHeadAttention layer = Made(out Model model);
        var pooling = new AdditiveAttention(E, 5);
        var poolingModel = new Model(pooling, 2);
        Tensor query = Draw.Tensor(1, 1, 4, E), keys = Draw.Tensor(2, 1, 8, E), without = new(1, 5, E);
        int[] gaps = [0, 4, 5];
        int at = 0;
        for (int t = 0; t < 8; t++)
            if (!gaps.Contains(t)) keys.Row(t).CopyTo(without.Row(at++));
            else keys.Row(t).Fill(float.NaN);
        StepMask mask = StepMask.Ignore(Filled(1, 8, (_, t) => gaps.Contains(t)));
        Draw.SameBits(layer.Forward(query, without, Inference(model), out _).Span,
            layer.Forward(query, keys, Inference(model), out _, steps: mask).Span, "heads");
        Tensor expected = pooling.Forward(without, Inference(poolingModel), out _);
        Draw.SameBits(expected.Span, pooling.Forward(keys, Inference(poolingModel), out Tensor weights, mask).Span, "pooling");
        Assert.Equal(gaps, Enumerable.Range(0, 8).Where(t => weights.Span[t] == 0));
    }

    [Fact]
    public void PoolingWithLengthsIsThatSequenceAlone()
    {
        var layer = new AdditiveAttention(E, 17);
        var model = new Model(layer, 2);
        Tensor x = Draw.Tensor(1, 3, 9, E), dY = Draw.Tensor(2, 3, E);
        int[] lengths = [9, 1, 6];
        (float[] y, float[] dX) = Pass(layer, model, x.WithLengths(lengths), dY);
        for (int row = 0; row < 3; row++)
        {
            var dRow = Tensor.From([.. dY.Row(row)], 1, E);
            (float[] alone, float[] dAlone) = Pass(layer, model, Row(x, row, lengths[row]), dRow);
            Draw.SameBits(alone, y.AsSpan(row * E, E), $"row {row}");
            Draw.SameBits(dAlone, dX.AsSpan(row * 9 * E, dAlone.Length), $"gradient of row {row}");
            Assert.All(dX.AsSpan((row * 9 + lengths[row]) * E, (9 - lengths[row]) * E).ToArray(), d => Assert.Equal(0, d));
        }
        for (int t = 1; t < 9; t++) x.Row(9 + t).Fill(float.NaN);
        Draw.SameBits(y, layer.Forward(x.WithLengths(lengths), Inference(model)).Span, "NaN in the padding");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.MaxValue)]
    public void WhatDoesNotCountHasNoInfluenceOnAnyGradient(float padding)
    {
        var pooling = new AdditiveAttention(E, 17);
        var poolingModel = new Model(pooling, 2);
        MultiHeadAttention heads = Made(out Model headsModel);
        Tensor query = Draw.Tensor(3, 3, 4, E).WithGradient(true), dY = Draw.Tensor(4, 3, E), dHeads = Draw.Tensor(5, 3, 4, E);
        int[] lengths = [9, 1, 6];
        bool[,] ends = Filled(3, 9, (row, t) => t >= lengths[row]), gaps = Filled(3, 9, (row, t) => (row + t) % 3 == 1);
        foreach ((bool[,] ignored, int[]? valid, StepMask? steps) in (ReadOnlySpan<(bool[,], int[]?, StepMask?)>)
            [(ends, lengths, null), (gaps, null, StepMask.Ignore(gaps)),
                (Filled(3, 9, (row, t) => ends[row, t] || gaps[row, t]), lengths, StepMask.Ignore(gaps))])
        {
            float[] expected = [.. Pooled(0), .. Attended(0)], actual = [.. Pooled(padding), .. Attended(padding)];
            Draw.SameBits(expected, actual, "outputs and gradients");
            Assert.All(actual, g => Assert.True(float.IsFinite(g)));

            Tensor Sequence(float padding)
            {
                Tensor x = Draw.Tensor(1, 3, 9, E).WithGradient(true);
                for (int step = 0; step < 27; step++)
                    if (ignored[step / 9, step % 9]) x.Row(step).Fill(padding);
                return valid is null ? x : x.WithLengths(valid);
            }

            float[] Pooled(float padding)
            {
                Tape tape = Training(poolingModel);
                Tensor y = pooling.Forward(Sequence(padding), tape, out Tensor weights, steps);
                return [.. y.Span, .. weights.Span, .. pooling.Backward(dY, tape).Span, .. tape.Gradients];
            }

            float[] Attended(float padding)
            {
                Tape tape = Training(headsModel);
                Tensor y = heads.Forward(query, Sequence(padding), tape, out Tensor weights, steps: steps);
                Tensor dQuery = heads.Backward(dHeads, tape, out Tensor dKeyValue);
                return [.. y.Span, .. weights.Span, .. dQuery.Span, .. dKeyValue.Span, .. tape.Gradients];
            }
        }

        static Tape Training(Model model)
        {
            Tape tape = model.Tape();
            tape.Begin(training: true);
            return tape;
        }
    }

    [Fact]
    public void ARowDependsNeitherOnTheBatchNorOnItsPlace()
    {
        MultiHeadAttention layer = Made(out Model model);
        Tensor x = Draw.Tensor(1, 7, 5, E);
        float[] all = [.. model.Predict(x, model.Tape()).Span];
        for (int row = 0; row < 7; row++)
            Draw.SameBits(model.Predict(Row(x, row, 5), model.Tape()).Span, all.AsSpan(row * 5 * E, 5 * E), $"row {row}");
    }

    [Fact]
    public void AQueryWithoutAnyKeyGivesTheBiasAndNoGradient()
    {
        MultiHeadAttention layer = Made(out Model model);
        Tensor x = Draw.Tensor(1, 1, 3, E).WithGradient(true), dY = Draw.Tensor(2, 1, 3, E);
        AttentionMask mask = AttentionMask.Allow(Filled(3, 3, (i, j) => i == j || i == 2));
        StepMask steps = StepMask.Keep(new[,] { { false, true, true } });   // query 0 might attend to step 0 only
        Tape tape = model.Tape();
        tape.Begin(training: true);
        Tensor y = layer.Forward(x, x, tape, out Tensor weights, mask, steps);
        Draw.SameBits(model.Parameters.Single(p => p.Name == "out_proj.bias").Value, y.Row(0), "output");
        for (int head = 0; head < Heads; head++) Assert.Equal([0f, 0f, 0f], weights.Row(head * 3).ToArray());
        tape.Gradients.Clear();
        dY.Row(1).Clear();
        dY.Row(2).Clear();
        Assert.All(layer.Backward(dY, tape).Span.ToArray(), d => Assert.Equal(0, d));
        Assert.All(tape.Gradient(model.Parameters[0]).ToArray(), d => Assert.Equal(0, d));
    }

    [Fact]
    public void DropoutDropsWeightsAndScalesTheOthers()
    {
        MultiHeadAttention plain = Made(out Model plainModel), layer = Made(out Model model, dropout: 0.25f);
        Tensor x = Draw.Tensor(1, 4, 10, E);
        Tensor y = plain.Forward(x, x, Inference(plainModel), out Tensor a);
        Draw.SameBits(y.Span, layer.Forward(x, Inference(model)).Span, "inference");
        Tape tape = model.Tape();
        tape.Begin(training: true, dropoutSeed: 5);
        layer.Forward(x, x, tape, out Tensor p);
        int dropped = 0;
        for (int i = 0; i < a.Count; i++)
            if (p.Span[i] == 0) dropped++;
            else Assert.Equal(a.Span[i] / 0.75f, p.Span[i], 1e-6f);
        Assert.InRange(dropped, 0.2 * a.Count, 0.3 * a.Count);
    }

    [Fact]
    public void ErrorsNameWhatWasExpected()
    {
        MultiHeadAttention layer = Made(out Model model), causal = Made(out Model causalModel, causal: true);
        Tensor x = new(2, 3, E), other = new(2, 4, E);
        void Says(string message, Func<object> action) => Assert.Equal(message, Assert.ThrowsAny<Exception>(() => { action(); }).Message);

        Says("MultiHeadAttention: expected heads that divide embedSize 10, got 3", () => new MultiHeadAttention(10, 3));
        Says("MultiHeadAttention: expected input (batch, time, 12) with at least one step, got (2, 3, 5)",
            () => layer.Forward(new Tensor(2, 3, 5), Inference(model)));
        Says("MultiHeadAttention: expected keys and values (batch 2, time, 12), one row for each row of queries, got (1, 3, 12)",
            () => layer.Forward(x, new Tensor(1, 3, E), Inference(model), out _));
        Says("MultiHeadAttention: expected keys and values (2, 3, 12), as many steps as queries, since it is causal, got (2, 4, 12)",
            () => causal.Forward(x, other, Inference(causalModel), out _));
        Says("MultiHeadAttention: expected an AttentionMask (3, 4), got causal, as many keys as queries",
            () => layer.Forward(x, other, Inference(model), out _, AttentionMask.Causal));
        Says("MultiHeadAttention: expected an AttentionMask (3, 3), got (3, 4)",
            () => layer.Forward(x, Inference(model), AttentionMask.Block(new bool[3, 4])));
        Says("MultiHeadAttention: expected a StepMask (2, 3), got (3, 3)",
            () => layer.Forward(x, Inference(model), null, StepMask.Ignore(new bool[3, 3])));
        Says("AttentionMask: expected at least one allowed key for every query, got none for query 1",
            () => AttentionMask.Allow(new[,] { { true, false }, { false, false } }));
        Says("StepMask: expected at least one step that counts in every row, got none in row 0",
            () => StepMask.Ignore(new[,] { { true, true } }));

        Tape tape = model.Tape();
        tape.Begin(training: true);
        Tensor y = layer.Forward(x, other, tape, out _);
        Says("MultiHeadAttention: expected Backward(dY, tape, out dKeyValue) after attention to another sequence",
            () => layer.Backward(y, tape));
        var pooling = new AdditiveAttention(E, 2);
        Says("AdditiveAttention: expected a StepMask (2, 3), got (2, 4)",
            () => pooling.Forward(x, Inference(new Model(pooling, 1)), out _, StepMask.Ignore(new bool[2, 4])));
    }

    static readonly Func<Layer>[] Described =
    [
        () => new AdditiveAttention(E, 5), () => new AdditiveAttention(E, 5, bias: false),
        () => new MultiHeadAttention(E, 4), () => new MultiHeadAttention(E, 2, dropout: 0.25f, bias: false, causal: true),
        () => new TransformerEncoderLayer(E, 3, 7),
        () => new TransformerEncoderLayer(E, 2, 5, 0.3f, FeedForwardActivation.Gelu, true, true, 1e-3),
        () => new TransformerEncoder(2, E, 3, 7),
        () => new TransformerEncoder(3, E, 2, 5, 0.3f, FeedForwardActivation.Gelu, true, true, 1e-3, true),
        () => new SinusoidalPositions(50), () => new LearnedPositions(8, E),
    ];

    [Fact]
    public void ALayerIsMadeAgainFromItsDescription()
    {
        Tensor x = Draw.Tensor(1, 2, 6, E);
        foreach (Func<Layer> make in Described)
        {
            string json = Json(make()), again;
            using JsonDocument document = JsonDocument.Parse(json);
            Layer layer = Architecture.Make(Architecture.Read(document.RootElement, parts: 1000));
            Assert.Equal(json, again = Json(layer));
            Model expected = new(make(), seed: 4), actual = new(layer, seed: 4);
            foreach (bool training in (bool[])[false, true])
                Draw.SameBits(Output(expected, x, training), Output(actual, x, training), again);
        }

        static string Json(Layer layer)
        {
            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) Architecture.Write(writer, layer.Describe());
            return Encoding.UTF8.GetString(stream.ToArray());
        }

        static float[] Output(Model model, Tensor x, bool training)
        {
            Tape tape = model.Tape();
            tape.Begin(training, dropoutSeed: 6);
            return [.. model.Root.Forward(x, tape).Span];
        }
    }
}
