using System.Text.Json;
using System.Text.Json.Nodes;

namespace NeuralCore.Tests;

/// <summary>What holds for every layer in the list of <see cref="GradientTests"/>, in bits.</summary>
[Trait("Category", "Bits")]
public class EveryLayerTests
{
    /// <summary>The layers of the library in the list; the others there are wrappers that tests need.</summary>
    public static TheoryData<string> Names => [.. OfTheLibrary.Select(l => l.Name)];

    /// <summary>Those whose input is a sequence.</summary>
    public static TheoryData<string> SequenceNames => [.. OfTheLibrary.Where(l => l.Input.IsSequence).Select(l => l.Name)];

    static IEnumerable<(string Name, Func<Layer> Make, LayerInput Input)> OfTheLibrary
        => GradientTests.Layers.Where(l => l.Make().GetType().Assembly == typeof(Layer).Assembly);

    static (Model Model, Tensor X, bool Sequence) Make(string name, int rows)
    {
        var (_, make, input) = GradientTests.Layers.Single(l => l.Name == name);
        var model = new Model(make(), seed: 4);
        foreach (Parameter buffer in model.Buffers) buffer.Value.Fill(0.75f);
        return (model, input.Make(rows, stream: 5), input.IsSequence);
    }

    /// <summary>The first steps of one row, or all of it, as a batch of its own.</summary>
    static Tensor Alone(Tensor x, int row, int? steps = null)
    {
        int[] sizes = [1, .. Enumerable.Range(1, x.Shape.Rank - 1).Select(axis => x.Shape[axis])];
        int size = x.Count / x.Shape[0], step = size / sizes[1];
        if (steps is int count) sizes[1] = count;
        var alone = new Tensor(sizes);
        x.Span.Slice(row * size, sizes[1] * step).CopyTo(alone.Span);
        return x.HasLengths && steps is null ? alone.WithLengths(x.Lengths[row]) : alone;
    }

    static IEnumerable<Layer> All(Layer layer) => layer.Children.SelectMany(c => All(c.Layer)).Prepend(layer);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_s_output_depends_neither_on_the_batch_nor_on_its_place(string name)
    {
        // These two mix rows by definition: a softmax over the batch, and batch statistics where no running ones are kept.
        if (name.Contains("over the batch", StringComparison.Ordinal) || name == "BatchNorm1d without weights and statistics") return;
        foreach (int rows in (int[])[1, 2, 5, 6, 7, 33, 70])
        {
            (Model model, Tensor x, _) = Make(name, rows);
            Tape tape = model.Tape(), alone = model.Tape();
            Tensor y = model.Predict(x, tape);
            int size = y.Count / rows;
            for (int row = 0; row < rows; row++)
                Draw.SameBits(model.Predict(Alone(x, row), alone).Span, y.Span.Slice(row * size, size), $"row {row} of {rows}");
        }
    }

    [Theory]
    [MemberData(nameof(SequenceNames))]
    public void A_sequence_with_a_length_gives_what_it_gives_alone(string name)
    {
        (Model model, Tensor x, _) = Make(name, rows: 9);
        int T = x.Shape[1], step = x.Count / (9 * T);
        int[] lengths = [.. Enumerable.Range(0, 9).Select(row => 1 + row * 5 % T)];
        for (int row = 0; row < 9; row++) x.Span[((row * T + lengths[row]) * step)..((row + 1) * T * step)].Fill(float.NaN);
        Tape tape = model.Tape(), alone = model.Tape();
        if (model.Root is Flatten || name.StartsWith("TakeSteps", StringComparison.Ordinal)
            || name.Contains("over two axes", StringComparison.Ordinal))
        {
            // Would mix padding into the result.
            var error = Assert.Throws<ArgumentException>(() => model.Predict(x.WithLengths(lengths), tape));
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
        (Model model, Tensor x, _) = Make(name, rows: 6);
        float[] inference = Forward(model, false, 1);
        (JsonNode description, bool drops) = WithoutDropout(model.Root);
        Assert.Equal(name.Contains("dropout", StringComparison.OrdinalIgnoreCase) || drops,
            !Forward(model, true, 1).AsSpan().SequenceEqual(Forward(model, true, 2)));

        // The same layer, by its description, with every probability of dropping 0.
        using JsonDocument json = JsonDocument.Parse(description.ToJsonString());
        var certain = new Model(Architecture.Make(Architecture.Read(json.RootElement, int.MaxValue)), seed: 9);
        model.State.CopyTo(certain.State);
        certain.ParametersChanged();
        Draw.SameBits(inference, Forward(certain, false, 1), "inference of the copy");
        if (!All(model.Root).Any(layer => layer is BatchNorm1d)) Draw.SameBits(inference, Forward(certain, true, 1), "a pass that trains");

        float[] Forward(Model of, bool trains, ulong dropoutSeed)
        {
            Tape tape = of.Tape();
            tape.Begin(trains, dropoutSeed);
            return [.. of.Root.Forward(x, tape).Span];
        }
    }

    /// <summary>A layer's description with every probability of dropping 0, and whether one was not.</summary>
    static (JsonNode Description, bool Dropped) WithoutDropout(Layer layer)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory)) Architecture.Write(writer, layer.Describe());
        JsonNode root = JsonNode.Parse(memory.ToArray())!;
        bool dropped = false;
        foreach (JsonObject config in Objects(root).ToArray())
            foreach (string key in (string[])["dropout", "p"])
            {
                if (config[key] is not { } probability) continue;
                dropped |= (double)probability > 0;
                config[key] = 0.0;
            }
        return (root, dropped);

        static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
        {
            JsonObject config => config.SelectMany(argument => Objects(argument.Value)).Prepend(config),
            JsonArray list => list.SelectMany(Objects),
            _ => [],
        };
    }
}
