using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Tests;

/// <summary>Models with int8 weights: what they compute, that nothing but a row decides it, and their files.</summary>
public sealed class QuantizeTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("int8").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>The layers of the library in the list of gradient checks that have weights which can be int8.</summary>
    public static TheoryData<string> Names => [.. GradientTests.Layers.Where(l => l.Make().GetType().Assembly == typeof(Layer).Assembly
        && CanBeInt8(l.Make()))
        .Select(l => l.Name)];

    static bool CanBeInt8(Layer layer) => layer.Parameters.Any(p => p.ScaleCount > 0) || layer.Children.Any(c => CanBeInt8(c.Layer));

    static (Model Float, Model Int8, LayerInput Input) Make(string name)
    {
        (_, Func<Layer> make, LayerInput input) = GradientTests.Layers.Single(l => l.Name == name);
        var model = new Model(make(), seed: 4);
        return (model, model.Quantize(), input);
    }

    static Model Plan() => new(Layers(), seed: 3);

    static Sequential Layers() => new(("rnn", new Lstm(5, 20, bidirectional: true)),
        ("pool", new Concat(("attention", new AdditiveAttention(40, 6)), ("last", new TakeLast()))),
        ("more", new Residual(new Dense(80, 80))), ("head", new Dense(80, 3)));

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void A_row_is_alone_in_any_batch_on_any_number_of_threads(string name)
    {
        (_, Model model, LayerInput input) = Make(name);
        InferenceSession[] sessions = [new(model, 1), new(model, 3)];
        foreach (int rows in (int[])[1, 2, 5, 7, 33, 130])
        {
            Tensor x = input.Make(rows, stream: 5), y = model.Predict(x, model.Tape());
            Tape alone = model.Tape();
            int size = y.Count / rows;
            for (int row = 0; row < rows; row++)
                Draw.SameBits(model.Predict(x.Slice(row), alone).Span, y.Span.Slice(row * size, size), $"row {row} of {rows}");
            foreach (InferenceSession session in sessions) Draw.SameBits(y.Span, session.Predict(x).Span, $"{rows} rows in a session");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gives_nearly_what_the_floats_give(string name)
    {
        (Model model, Model int8, LayerInput input) = Make(name);
        Assert.True(int8.IsQuantized && !model.IsQuantized);
        Assert.Equal(model.Parameters.Select(p => (p.Name, p.Shape)), int8.Parameters.Select(p => (p.Name, p.Shape)));
        Tensor x = input.Make(40, stream: 6), y = model.Predict(x, model.Tape());
        float[] expected = y.Span.ToArray(), got = int8.Predict(x, int8.Tape()).Span.ToArray();
        float scale = expected.Max(Math.Abs);
        Assert.InRange(expected.Zip(got, (a, b) => (double)(a - b) * (a - b)).Average(), 0, scale * scale * 4e-4);
        Assert.False(expected.AsSpan().SequenceEqual(got), "expected another result with int8 weights");
    }

    /// <summary>The definition, a step at a time and in plain C#, and its bits.</summary>
    [Fact]
    [Trait("Category", "Bits")]
    public void A_dense_layer_is_its_definition()
    {
        var model = new Model(new Dense(37, 19), seed: 1);
        Model int8 = model.Quantize();
        Tensor x = Draw.Tensor(1, 3, 37);
        float[] w = [.. model.Parameters[0].Value], b = [.. model.Parameters[1].Value], expected = new float[3 * 19];
        for (int row = 0; row < 3; row++)
            for (int n = 0; n < 19; n++)
            {
                (float s, float scale, int sum) = (Largest(x.Row(row)), Largest(w.AsSpan(n * 37, 37)), 0);
                for (int k = 0; k < 37; k++)
                    sum += (int)MathF.Round(x[row, k] * (127f / s)) * (int)MathF.Round(w[n * 37 + k] * (127f / scale));
                expected[row * 19 + n] = b[n] + sum * (s / 127f) * (scale / 127f);
            }
        Draw.SameBits(expected, int8.Predict(x, int8.Tape()).Span, "y");

        static float Largest(ReadOnlySpan<float> values) => values.ToArray().Max(Math.Abs);
    }

    [Fact]
    [Trait("Category", "Bits")]
    public void Positions_are_their_definition()
    {
        var model = new Model(new LearnedPositions(9, 5), seed: 1);
        Model int8 = model.Quantize();
        Tensor x = Draw.Tensor(1, 2, 7, 5);
        float[] w = [.. model.Parameters[0].Value], expected = [.. x.Span];
        float most = w.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++) expected[i] += MathF.Round(w[i % (7 * 5)] * (127f / most)) * (most / 127f);
        Draw.SameBits(expected, int8.Predict(x, int8.Tape()).Span, "y");
    }

    /// <summary>Run with every set of instructions (see <see cref="BitsTests"/>), and so with and without VNNI.</summary>
    [Fact]
    [Trait("Category", "Bits")]
    public void A_network_has_one_hash()
    {
        var model = new Model(new Sequential(new Dense(6, 12), new TransformerEncoderLayer(12, 2, 17, 0),
            new Gru(12, 17, resetAfter: false),
            new Gru(17, 9), new Lstm(9, 21, layers: 2, bidirectional: true), new AdditiveAttention(42, 7), new Dense(42, 3)), seed: 5);
        Model int8 = model.Quantize();
        Tensor y = int8.Predict(Draw.Tensor(9, 50, 11, 6), int8.Tape());
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(y.Span)));
        Assert.True(hash == "201686B5FCFB77ACD5FF7B92F2CB2E62320089F20E92BAB15071641580600353", $"expected another hash than {hash}");
    }

    /// <summary>Scores, softmax and sums in double, here in plain C# on the layer's own projections.</summary>
    [Fact]
    public void Attention_is_its_definition_in_double()
    {
        const int T = 7, E = 8, Heads = 2, D = E / Heads;
        Model model = new(new MultiHeadAttention(E, Heads), seed: 2), int8 = model.Quantize();
        var projections = new Model(new Concat(new Dense(E, E), new Dense(E, E), new Dense(E, E)), seed: 1);
        for (int part = 0; part < 3; part++)
        {
            model.Parameters[0].Value.Slice(part * E * E, E * E).CopyTo(projections.Parameters[2 * part].Value);
            model.Parameters[1].Value.Slice(part * E, E).CopyTo(projections.Parameters[2 * part + 1].Value);
        }
        projections.ParametersChanged();
        Model int8Projections = projections.Quantize();
        Tensor x = Draw.Tensor(1, 1, T, E), qkv = int8Projections.Predict(x, int8Projections.Tape()), o = new(1, T, E);
        var expected = new float[Heads * T * T];
        for (int head = 0; head < Heads; head++)
            for (int i = 0; i < T; i++)
            {
                int first = head * D;
                double[] e = [.. Enumerable.Range(0, T).Select(j => Math.Exp(Enumerable.Range(first, D)
                    .Sum(c => (double)(qkv[i, c] * (float)(1 / Math.Sqrt(D))) * qkv[j, E + c])))];
                for (int j = 0; j < T; j++) expected[(head * T + i) * T + j] = (float)(e[j] / e.Sum());
                for (int c = first; c < first + D; c++)
                    o.Row(i)[c] = (float)(e.Select((weight, j) => weight * qkv[j, 2 * E + c]).Sum() / e.Sum());
            }
        var layer = (MultiHeadAttention)int8.Root;
        Tape tape = int8.Tape();
        tape.Begin(training: false);
        float[] y = [.. layer.Forward(x, x, tape, out Tensor weights).Span];
        Draw.SameBits(expected, weights.Span, "weights");
        tape.Begin(training: false);
        Draw.SameBits(((Dense)layer.Children[0].Layer).Forward(o, tape).Span, y, "y");
        Draw.SameBits(y, int8.Predict(x, int8.Tape()).Span, "y without weights");
    }

    /// <summary>What may not be attended to takes no part, not even as 0·NaN.</summary>
    [Fact]
    public void Masked_steps_of_int8_attention_leave_nothing()
    {
        Model causal = new Model(new MultiHeadAttention(8, 2, causal: true), seed: 2).Quantize(),
            all = new Model(new MultiHeadAttention(8, 2), seed: 2).Quantize();
        Tensor x = Draw.Tensor(1, 2, 6, 8), broken = new(2, 6, 8);
        x.Span.CopyTo(broken.Span);
        foreach (int step in (int[])[5, 11]) broken.Row(step).Fill(float.NaN);   // the last of each row
        var blocked = new bool[6, 6];
        for (int query = 0; query < 5; query++) blocked[query, 5] = true;
        AttentionMask mask = AttentionMask.Block(blocked);
        StepMask steps = StepMask.Ignore(new bool[,] { { false, false, false, false, false, true },
            { false, false, false, false, false, true } });
        Check(causal, (x, tape) => causal.Predict(x, tape));
        Check(all, (x, tape) => ((MultiHeadAttention)all.Root).Forward(x, tape, mask));
        Check(all, (x, tape) => ((MultiHeadAttention)all.Root).Forward(x, tape, null, steps));
        Check(all, (x, tape) => all.Predict(x.WithLengths([5, 5]), tape));

        void Check(Model model, Func<Tensor, Tape, Tensor> forward)
        {
            float[] expected = [.. forward(x, model.Tape()).Span], got = [.. forward(broken, model.Tape()).Span];
            for (int row = 0; row < 2; row++) Draw.SameBits(expected.AsSpan(row * 48, 40), got.AsSpan(row * 48, 40), "y of whole steps");
            Assert.DoesNotContain(got.AsSpan(0, 40).ToArray(), float.IsNaN);
        }
    }

    /// <summary>A step that does not count is as if it were not there; rows of several lengths, more than are taken at once.</summary>
    [Fact]
    [Trait("Category", "Bits")]
    public void Int8_pooling_leaves_steps_out_to_the_bit()
    {
        const int Rows = 19, T = 7, D = 9;
        Model int8 = new Model(new AdditiveAttention(D, 5), seed: 2).Quantize();
        var layer = (AdditiveAttention)int8.Root;
        Tensor whole = Draw.Tensor(4, Rows, T, D), x = new(Rows, T, D);
        whole.Span.CopyTo(x.Span);
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(row => 3 + row % (T - 2))];
        var ignored = new bool[Rows, T];
        for (int row = 0; row < Rows; row++)
        {
            ignored[row, row % 3] = true;
            for (int t = 0; t < T; t++)
                if (ignored[row, t] || t >= lengths[row]) x.Row(row * T + t).Fill(float.NaN);
        }
        Tape tape = int8.Tape(), alone = int8.Tape();
        tape.Begin(training: false);
        Tensor y = layer.Forward(x.WithLengths(lengths), tape, out Tensor weights, StepMask.Ignore(ignored));
        for (int row = 0; row < Rows; row++)
        {
            int[] kept = [.. Enumerable.Range(0, lengths[row]).Where(t => !ignored[row, t])];
            var one = new Tensor(1, kept.Length, D);
            for (int i = 0; i < kept.Length; i++) whole.Row(row * T + kept[i]).CopyTo(one.Row(i));
            alone.Begin(training: false);
            Tensor expected = layer.Forward(one, alone, out Tensor given);
            Draw.SameBits(expected.Span, y.Row(row), $"row {row}");
            Draw.SameBits(given.Span, kept.Select(t => weights.Row(row)[t]).ToArray(), $"weights of row {row}");
            Assert.Equal(1f, weights.Row(row).ToArray().Sum(), 1e-5f);
        }
    }

    [Fact]
    public void Live_steps_give_the_bits_of_the_sequence()
    {
        var lstm = new Lstm(5, 20, layers: 2);
        var gru = new Gru(20, 18);
        var model = new Model(new Sequential(lstm, gru), seed: 2);
        Model int8 = model.Quantize();
        (lstm, gru) = ((Lstm)int8.Root.Children[0].Layer, (Gru)int8.Root.Children[1].Layer);
        Tensor x = Draw.Tensor(3, 2, 9, 5), y = int8.Predict(x, int8.Tape());
        Tape tape = int8.Tape();
        LstmState state = default;
        Tensor h = default;
        for (int t = 0; t < 9; t++)
        {
            var step = new Tensor(2, 5);
            for (int row = 0; row < 2; row++) x.Row(row * 9 + t).CopyTo(step.Row(row));
            tape.Begin(training: false);
            Tensor now = gru.Step(lstm.Step(step, ref state, tape), ref h, tape);
            for (int row = 0; row < 2; row++) Draw.SameBits(y.Row(row * 9 + t), now.Row(row), $"step {t}");
        }
    }

    [Fact]
    public void Nothing_is_allocated_once_warm()
    {
        Model model = Plan().Quantize();
        Tensor x = Draw.Tensor(1, 3, 7, 5);
        Tape tape = model.Tape();
        for (int i = 0; i < 3; i++) model.Predict(x, tape);
        Assert.Equal(0, Allocation.Of(() => model.Predict(x, tape)));
    }

    [Fact]
    public void Files_hold_bytes_and_scales()
    {
        Model model = Plan(), int8 = model.Quantize();
        string path = Path.Combine(folder, "m.safetensors"), floats = Path.Combine(folder, "f.safetensors");
        int8.Save(path);
        model.Save(floats);
        Safetensors file = Safetensors.Read(path);
        Assert.Equal(("I8", new Shape(80, 5)), (file.Type("rnn.weight_ih_l0"), file.Shape("rnn.weight_ih_l0")));
        Assert.Equal(("F32", new Shape(4 * 80 + 6 + 80 + 3)), (file.Type("int8_scales"), file.Shape("int8_scales")));
        Assert.Equal([.. model.Parameters.Select(p => p.Name).Order(), "int8_scales"], file.Names.OrderBy(n => n == "int8_scales")
            .ThenBy(n => n));
        Assert.Equal(Enumerable.Range(0, 80).Select(row => model.Parameters[0].Value.Slice(row * 5, 5).ToArray().Max(Math.Abs) / 127f),
            file.Floats("int8_scales").Take(80));
        Assert.Equal("F32", file.Type("pool.attention.v"));
        Assert.Equal(127, file.Floats("head.weight").Max(Math.Abs));
        Assert.True(new FileInfo(path).Length < 0.38 * new FileInfo(floats).Length);

        Tensor x = Draw.Tensor(1, 3, 7, 5);
        float[] expected = int8.Predict(x, int8.Tape()).Span.ToArray();
        Model read = Model.FromFile(Layers(), path);
        Assert.True(read.IsQuantized);
        Draw.SameBits(expected, read.Predict(x, read.Tape()).Span, "read from a file");
        string target = Path.Combine(folder, "model");
        int8.SaveFolder(target, new Dictionary<string, string> { ["pair"] = "BTC" });
        Model loaded = Model.LoadFolder(target, out IReadOnlyDictionary<string, string> metadata);
        Assert.Equal("BTC", metadata["pair"]);
        Draw.SameBits(expected, loaded.Predict(x, loaded.Tape()).Span, "read from a folder");
    }

    [Fact]
    public void Bytes_are_never_loaded_without_their_scales()
    {
        Model int8 = Plan().Quantize();
        string path = Path.Combine(folder, "part.safetensors");
        int8.Save(path);
        float[][] before = [.. int8.Parameters.Concat(int8.Buffers).Select(p => p.Value.ToArray())];
        foreach ((string, string?) rename in new (string, string?)[] { ("head.*", null), ("int8_scales", null), ("head.weight", "other") })
        {
            var options = new LoadOptions { Keys = LoadOptions.Rename(rename), AllowOtherShapes = true };
            string error = Assert.Throws<InvalidDataException>(() => int8.LoadPartial(path, options)).Message;
            Assert.Contains("expected all tensors of the same int8 model under their own names", error);
        }
        Assert.Equal(before, [.. int8.Parameters.Concat(int8.Buffers).Select(p => p.Value.ToArray())]);
        Assert.Empty(int8.LoadPartial(path).Missing);
    }

    [Fact]
    public void Files_of_floats_and_of_bytes_are_told_apart()
    {
        var model = new Model(new Dense(3, 2), seed: 1);
        Model int8 = model.Quantize();
        string bytes = Path.Combine(folder, "bytes.safetensors"), floats = Path.Combine(folder, "floats.safetensors"),
            mixed = Path.Combine(folder, "mixed.safetensors");
        int8.Save(bytes);
        model.Save(floats);
        Safetensors.WriteExact(mixed, [("0.weight", new Shape(2, 3), new sbyte[6]), ("0.weight_scale", new Shape(2), new float[2]),
            ("0.bias", new Shape(2), new float[2]), ("1.weight", new Shape(2, 2), new float[4]), ("1.bias", new Shape(2), new float[2])]);
        Assert.Equal($"{bytes}: does not fit the model: 'weight': expected a tensor of floating point, got I8; 'int8_scales' is unexpected",
            Assert.Throws<InvalidDataException>(() => model.Load(bytes)).Message);
        Assert.Equal($"{floats}: does not fit the model: 'weight': expected a tensor of I8, got F32; 'int8_scales' (2) is missing",
            Assert.Throws<InvalidDataException>(() => int8.Load(floats)).Message);
        Assert.Equal($"{mixed}: does not fit the model: '1.weight': expected a tensor of I8, got F32; 'int8_scales' (4) is missing; "
            + "'0.weight_scale' is unexpected",
            Assert.Throws<InvalidDataException>(() => Model.FromFile(new Sequential(new Dense(3, 2), new Dense(2, 2)), mixed)).Message);
        int8.Load(bytes);
    }

    [Fact]
    public void It_is_for_inference_and_made_once_of_finite_weights()
    {
        Model model = Plan(), int8 = model.Quantize();
        Assert.Equal("Sequential: expected a model of floats to train, got a quantised one, which is for inference only",
            Assert.Throws<InvalidOperationException>(() => int8.Tape().Begin(training: true)).Message);
        Assert.Equal("Sequential: expected a model of floats to quantise, got a quantised one",
            Assert.Throws<InvalidOperationException>(int8.Quantize).Message);
        Assert.Equal("LayerNorm: expected weights that can be int8, got none",
            Assert.Throws<InvalidOperationException>(new Model(new LayerNorm(3), seed: 1).Quantize).Message);
        Assert.Throws<NotSupportedException>(new Model(new Sequential(new Dense(2, 2), new Silent()), seed: 1).Quantize);
        model.Parameters[1].Value[7] = float.NaN;
        Assert.Equal("'rnn.weight_hh_l0': expected finite weights to quantise, got a row with others",
            Assert.Throws<InvalidOperationException>(model.Quantize).Message);
    }

    sealed class Silent : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape) => x;

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }
}
