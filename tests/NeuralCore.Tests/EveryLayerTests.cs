namespace NeuralCore.Tests;

/// <summary>What holds for every layer in the list of <see cref="GradientTests"/>, in bits.</summary>
[Trait("Category", "Bits")]
public class EveryLayerTests
{
    /// <summary>The layers of the library in the list; the others there are wrappers that tests need.</summary>
    public static TheoryData<string> Names => [.. GradientTests.Layers.Where(l => l.Make().GetType().Assembly == typeof(Layer).Assembly).Select(l => l.Name)];

    /// <summary>Those whose input is a sequence.</summary>
    public static TheoryData<string> SequenceNames
        => [.. GradientTests.Layers.Where(l => l.Input.Rank == 3 && l.Make().GetType().Assembly == typeof(Layer).Assembly).Select(l => l.Name)];

    static (Model Model, Tensor X) Make(string name, int rows)
    {
        var (_, make, input) = GradientTests.Layers.Single(l => l.Name == name);
        var model = new Model(make(), seed: 4);
        foreach (Parameter buffer in model.Buffers) buffer.Value.Fill(0.75f);
        return (model, input.Rank == 2 ? Draw.Tensor(5, rows, input[1]) : Draw.Tensor(5, rows, input[1], input[2]));
    }

    /// <summary>The first steps of one row, as a batch of its own.</summary>
    static Tensor Alone(Tensor x, int row, int steps)
    {
        int size = x.Count / x.Shape[0], step = x.Shape.Rank == 3 ? x.Shape[2] : size;
        float[] values = x.Span.Slice(row * size, steps * step).ToArray();
        return x.Shape.Rank == 3 ? Tensor.From(values, 1, steps, step) : Tensor.From(values, 1, size);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_s_output_depends_neither_on_the_batch_nor_on_its_place(string name)
    {
        // These two mix rows by definition: a softmax over the batch, and batch statistics where no running ones are kept.
        if (name.Contains("over the batch", StringComparison.Ordinal) || name == "BatchNorm1d without weights and statistics") return;
        foreach (int rows in (int[])[1, 2, 5, 6, 7, 33, 70])
        {
            (Model model, Tensor x) = Make(name, rows);
            Tape tape = model.Tape(), alone = model.Tape();
            Tensor y = model.Predict(x, tape);
            int size = y.Count / rows;
            for (int row = 0; row < rows; row++)
                Draw.SameBits(model.Predict(Alone(x, row, x.Shape.Rank == 3 ? x.Shape[1] : 1), alone).Span, y.Span.Slice(row * size, size), $"row {row} of {rows}");
        }
    }

    [Theory]
    [MemberData(nameof(SequenceNames))]
    public void A_sequence_with_a_length_gives_what_it_gives_alone(string name)
    {
        (Model model, Tensor x) = Make(name, rows: 9);
        int T = x.Shape[1];
        int[] lengths = [.. Enumerable.Range(0, 9).Select(row => 1 + row * 5 % T)];
        for (int row = 0; row < 9; row++) x.Span[((row * T + lengths[row]) * x.Shape[2])..((row + 1) * T * x.Shape[2])].Fill(float.NaN);
        Tape tape = model.Tape(), alone = model.Tape();
        if (model.Root is Flatten || name.Contains("over two axes", StringComparison.Ordinal) || name.Contains("softmax over", StringComparison.Ordinal))
        {
            var error = Assert.Throws<ArgumentException>(() => model.Predict(x.WithLengths(lengths), tape));   // would mix padding into the result
            Assert.Contains("lengths", error.Message, StringComparison.Ordinal);
            return;
        }
        Tensor y = model.Predict(x.WithLengths(lengths), tape);
        bool sequence = y.Shape.Rank == 3;
        Assert.Equal(sequence, y.HasLengths);
        for (int row = 0; row < 9; row++)
        {
            ReadOnlySpan<float> expected = model.Predict(Alone(x, row, lengths[row]), alone).Span;
            Draw.SameBits(expected, y.Span.Slice(row * (y.Count / 9), expected.Length), $"row {row} of length {lengths[row]}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_without_chance_gives_the_bits_of_inference(string name)
    {
        (Model model, Tensor x) = Make(name, rows: 6);
        float[] inference = Forward(false, 1);
        Draw.SameBits(model.Predict(x, model.Tape()).Span, inference, "a pass that does not train");
        float[] training = Forward(true, 1), other = Forward(true, 2);
        bool chance = !training.AsSpan().SequenceEqual(other);
        Assert.Equal(name.Contains("dropout", StringComparison.OrdinalIgnoreCase) || Drops(model.Root), chance);
        if (!chance && model.Root is not BatchNorm1d) Draw.SameBits(inference, training, "a pass that trains");

        float[] Forward(bool trains, ulong dropoutSeed)
        {
            Tape tape = model.Tape();
            tape.Begin(trains, dropoutSeed);
            return [.. model.Root.Forward(x, tape).Span];
        }

        // A description holds a layer's probability of dropping, or that of the layers in it.
        static bool Drops(Layer layer) => layer.Describe().Arguments.Any(a => a.Key is "dropout" or "p" && a.Value is > 0.0) || layer.Children.Any(c => Drops(c.Layer));
    }
}
