using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Tests;

/// <summary>LayerNorm, activations, embedding and pooling beyond their gradients and reference values.</summary>
[Trait("Category", "Bits")]
public sealed class NormTests
{
    static readonly (string Name, Func<Layer> Make)[] OnSequences =
    [
        ("LayerNorm", () => new LayerNorm(19)),
        ("BatchNorm1d", () => new BatchNorm1d(19)),
        ("gelu", () => Activation.Gelu()),
        ("silu", Activation.Silu),
        ("softmax", () => Activation.Softmax()),
        ("softmax over time", () => Activation.Softmax(1)),
        ("log-softmax over time", () => Activation.LogSoftmax(-2)),
        ("MeanOverTime", () => new MeanOverTime()),
        ("MaxOverTime", () => new MaxOverTime()),
        ("TakeLast", () => new TakeLast()),
    ];

    public static TheoryData<string> Names => [.. OnSequences.Select(l => l.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_with_a_length_equals_its_steps_alone_whatever_the_padding(string name)
    {
        int[] lengths = [3, 7, 1, 5, 7];
        Tensor x = Draw.Tensor(1, 5, 7, 19);
        for (int row = 0; row < 5; row++)
            for (int t = lengths[row]; t < 7; t++) x.Row(row * 7 + t).Fill(float.NaN);
        var model = new Model(OnSequences.Single(l => l.Name == name).Make(), seed: 1);
        Tensor y = model.Predict(x.WithLengths(lengths), model.Tape());
        for (int row = 0; row < 5; row++)
        {
            int size = lengths[row] * 19;
            Tensor alone = model.Predict(Tensor.From(x.Span.Slice(row * 7 * 19, size).ToArray(), 1, lengths[row], 19), model.Tape());
            Draw.SameBits(alone.Span, y.Span.Slice(row * (y.Count / 5), alone.Count), $"row {row}");
            Assert.DoesNotContain(alone.Span.ToArray(), float.IsNaN);
        }
        Assert.Equal(y.Shape.Rank == 3, y.HasLengths);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Padding_gets_no_gradient_where_it_gave_nothing(string name)
    {
        var model = new Model(OnSequences.Single(l => l.Name == name).Make(), seed: 1);
        Tensor x = Draw.Tensor(1, 2, 4, 19).WithLengths(2, 4).WithGradient(true);
        if (model.Root.OutputShape(x.Shape).Rank == 3) return;
        Tape tape = model.Tape();
        tape.Begin(training: true);
        model.Root.Forward(x, tape);
        Tensor dX = model.Root.Backward(Draw.Tensor(2, 2, 19), tape);
        Assert.All(dX.Span.Slice(2 * 19, 2 * 19).ToArray(), g => Assert.Equal(0, g));
        Assert.Contains(dX.Span[..(2 * 19)].ToArray(), g => g != 0);
    }

    [Fact]
    public void LayerNorm_keeps_accuracy_at_a_large_mean_and_gives_the_bias_for_a_constant_row()
    {
        var model = new Model(new LayerNorm(4, epsilon: 0), seed: 1);
        float[] y = model.Predict(Tensor.From([16777000f, 16777001f, 16777003f, 16777004f], 1, 4), model.Tape()).Span.ToArray();
        Assert.All(y.Zip((double[])[-2, -1, 1, 2]), pair => Assert.Equal(pair.Second / Math.Sqrt(2.5), pair.First, 2e-7));
        var constant = new Model(new LayerNorm(37), seed: 1);
        Draw.Floats(37, 4).CopyTo(constant.Parameters[1].Value);
        var x = new Tensor(3, 37);
        for (int row = 0; row < 3; row++) x.Row(row).Fill(0.1f + row / 3f);
        Tensor biases = constant.Predict(x, constant.Tape());
        for (int row = 0; row < 3; row++) Draw.SameBits(constant.Parameters[1].Value, biases.Row(row), $"row {row}");
    }

    [Fact]
    public void Softmax_along_any_axis_sums_to_one_and_is_the_exponential_of_log_softmax()
    {
        Tensor x = Draw.Tensor(1, 3, 4, 5);
        foreach (ref float v in x.Span) v *= 30;
        foreach (int axis in (int[])[-3, -2, -1, 0, 1, 2])
        {
            Model soft = new(Activation.Softmax(axis), 1), log = new(Activation.LogSoftmax(axis), 1);
            Tensor y = soft.Predict(x, soft.Tape()), logY = log.Predict(x, log.Tape());
            for (int i = 0; i < x.Count; i++) Assert.Equal(Math.Exp(logY.Span[i]), y.Span[i], 1e-6);
            int[] strides = [20, 5, 1], sizes = [3, 4, 5];
            int a = (axis + 3) % 3;
            for (int i = 0; i < x.Count; i++)
                if (i / strides[a] % sizes[a] == 0)
                    Assert.Equal(1, Enumerable.Range(0, sizes[a]).Sum(k => (double)y.Span[i + k * strides[a]]), 3e-7);
        }
    }

    [Fact]
    public void Softmax_of_a_row_does_not_depend_on_the_batch()
    {
        var model = new Model(Activation.Softmax(), 1);
        Tensor x = Draw.Tensor(1, 9, 21);
        float[] all = model.Predict(x, model.Tape()).Span.ToArray();
        for (int row = 0; row < 9; row++)
            Draw.SameBits(model.Predict(Tensor.From(x.Row(row).ToArray(), 1, 21), model.Tape()).Span,
                all.AsSpan(row * 21, 21), $"row {row}");
    }

    [Fact]
    public void MaxOverTime_takes_the_first_of_equals_and_NaN_wins()
    {
        var layer = new MaxOverTime();
        var model = new Model(layer, 1);
        Tensor x = Tensor.From([1, 5, float.NaN, 2, 5, 7, 2, 4, float.NaN], 1, 3, 3).WithGradient(true);
        Tape tape = model.Tape();
        tape.Begin(training: true);
        Assert.Equal([2, 5, float.NaN], layer.Forward(x, tape).Span.ToArray());
        Assert.Equal([0, 2, 3, 1, 0, 0, 0, 0, 0], layer.Backward(Tensor.From([1, 2, 3], 1, 3), tape).Span.ToArray());
    }

    [Fact]
    public void Embedding_draws_a_normal_distribution_and_keeps_the_padding_vector_at_zero()
    {
        var model = new Model(new Embedding(500, 20, paddingIndex: 7), seed: 3);
        float[] w = model.Values.ToArray();
        Assert.All(w[140..160], v => Assert.Equal(0, v));
        Assert.Equal(0, w.Average(), 0.05);
        Assert.Equal(1, w.Average(v => (double)v * v), 0.05);
        model.Values.Slice(140, 20).Fill(3);
        Assert.All(model.Predict(Tensor.From([7], 1), model.Tape()).Span.ToArray(), v => Assert.Equal(3, v));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(1.5f)]
    [InlineData(-1f)]
    [InlineData(4f)]
    public void Embedding_refuses_what_is_no_index_except_in_padding(float value)
    {
        var model = new Model(new Sequential(("words", new Embedding(4, 3))), seed: 1);
        Tensor x = Tensor.From([0, 3, 1, 2, value, 1], 2, 3);
        string message = Assert.Throws<ArgumentException>(() => model.Predict(x, model.Tape())).Message;
        Assert.StartsWith("Embedding 'words': expected whole numbers from 0 to 3, got ", message, StringComparison.Ordinal);
        Assert.EndsWith(" at position 4 of (2, 3)", message, StringComparison.Ordinal);
        Tensor y = model.Predict(x.WithLengths(3, 1), model.Tape());
        Draw.SameBits(model.Values.Slice(6, 3), y.Row(3), "the vector of index 2");
        Assert.Equal([3, 1], y.Lengths.ToArray());
        Assert.All(y.Span[12..].ToArray(), v => Assert.Equal(0, v));
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        Refused(new Flatten(), new Tensor(2, 3, 4).WithLengths(1, 3), "without lengths");
        Refused(new LayerNorm(new Shape(3, 4)), new Tensor(2, 3, 4).WithLengths(1, 3), "without lengths");
        Refused(new LayerNorm(5), new Tensor(2, 3, 4), "expected input (..., 5), got (2, 3, 4)");
        Refused(new LayerNorm(new Shape(2, 4)), new Tensor(2, 3, 4), "expected input (..., 2, 4), got (2, 3, 4)");
        Refused(Activation.Softmax(0), new Tensor(2, 3, 4).WithLengths(1, 3), "without lengths");
        Refused(Activation.Softmax(3), new Tensor(2, 3, 4), "Softmax: expected input with an axis 3");
        Refused(Activation.LogSoftmax(-3), new Tensor(2, 3), "LogSoftmax: expected input with an axis -3");
        Refused(new MeanOverTime(), new Tensor(2, 3), "expected input (batch, time, features)");
        Refused(new MaxOverTime(), new Tensor(2, 0, 3), "at least one step");
        Assert.Equal(new Shape(1, 1), new MaxOverTime().OutputShape(new Shape(1, 1 << 24, 1)));
        Assert.Contains("at most 16777216, got (1, 16777217, 1)",
            Assert.Throws<ArgumentException>(() => new MaxOverTime().OutputShape(new Shape(1, (1 << 24) + 1, 1))).Message);
        Refused(new Embedding(4, 3), new Tensor(1, 1, 1, 1), "one to three axes");
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding((1 << 24) + 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(4, 3, paddingIndex: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerNorm(new Shape(2, 3, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerNorm(3, epsilon: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activation.Softmax(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activation.Softplus(beta: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Activation.Elu(double.NaN));

        static void Refused(Layer layer, Tensor x, string says)
        {
            var model = new Model(layer, 1);
            Assert.Contains(says, Assert.Throws<ArgumentException>(() => model.Predict(x, model.Tape())).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A hash changes when the arithmetic changes, and only then; it is the same at every vector width, as in BitsTests.</summary>
    [Fact]
    public void Twenty_steps_have_the_same_bits_everywhere()
    {
        var model = new Model(new Sequential(new LayerNorm(19), new Dense(19, 21), Activation.Gelu(), new BatchNorm1d(21), Activation.Elu(),
            new LayerNorm(21),
            Activation.Gelu(tanh: true), new Dense(21, 18), Activation.Silu(), Activation.Softplus(), Activation.Softmax(1),
            Activation.LogSoftmax(), new Concat(new MeanOverTime(), new MaxOverTime(), new TakeLast())), seed: 1);
        Tensor x = Draw.Tensor(1, 5, 7, 19).WithLengths(7, 2, 5, 1, 6), dY = Draw.Tensor(2, 5, 54);
        Tape tape = model.Tape();
        for (int step = 0; step < 20; step++)
        {
            tape.Begin(training: true);
            tape.Gradients.Clear();
            model.Root.Forward(x, tape);
            model.Root.Backward(dY, tape);
            for (int i = 0; i < model.Count; i++) model.Values[i] -= 0.01f * tape.Gradients[i];
            model.ParametersChanged();
            tape.Commit();
        }
        Assert.All(model.State.ToArray(), v => Assert.True(float.IsFinite(v)));
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.State)));
        Assert.True(hash == "3A79AAA697354D9C9E8A36E8C4803C4DCA02AFD23D3F6D73F4EDC2AEC3073A2F", $"weights and statistics: got hash {hash}");
    }

    [Fact]
    public void Once_warm_a_training_pass_allocates_nothing()
    {
        var model = new Model(new Sequential(new LayerNorm(19), Activation.Gelu(), new BatchNorm1d(19), Activation.Softmax(1),
            Activation.LogSoftmax(), new Concat(new MeanOverTime(), new MaxOverTime(), new TakeLast())), seed: 1);
        Tensor x = Draw.Tensor(1, 4, 5, 19).WithLengths(5, 2, 3, 4).WithGradient(true), dY = Draw.Tensor(2, 4, 57);
        Tape tape = model.Tape();
        for (int pass = 0; pass < 3; pass++) Pass();
        Assert.Equal(0, Allocation.Of(Pass));

        void Pass()
        {
            tape.Begin(training: true);
            model.Root.Forward(x, tape);
            model.Root.Backward(dY, tape);
            tape.Commit();
            tape.End();
        }
    }
}
