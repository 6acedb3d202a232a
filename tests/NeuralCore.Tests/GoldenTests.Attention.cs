namespace NeuralCore.Tests;

public sealed partial class GoldenTests
{
    /// <summary>The elements of a mask (rows, columns) of a file; null if it does not have it.</summary>
    static bool[,]? Mask(GoldenFile g, string name)
    {
        if (!g.Has(name)) return null;
        (int rows, int columns) = (g.Shape(name)[0], g.Shape(name)[1]);
        double[] values = g.Values(name);
        var mask = new bool[rows, columns];
        for (int i = 0; i < values.Length; i++) mask[i / columns, i % columns] = values[i] != 0;
        return mask;
    }

    /// <summary>
    /// The masks of a file as typed masks; one that only cuts ends off can also be told by lengths and by the layer's own flag.
    /// </summary>
    static IEnumerable<(int[]? Lengths, bool Causal, AttentionMask? Mask, StepMask? Steps)> Masks(GoldenFile g, StepMask? steps)
    {
        AttentionMask? mask = Mask(g, "attn_mask") is { } blocked ? AttentionMask.Block(blocked) : null;
        int[]? lengths = g.Configures("lengths") ? [.. g.List("lengths").Select(n => (int)n)] : null;
        bool causal = g.Flag("causal", false);
        Assert.False(causal && g.Has("kv"), "a causal mask between two sequences, of which the file does not say what it means");
        Assert.True((lengths is null || steps is not null) && (!causal || mask is not null), "a configuration without its mask");
        yield return (null, false, mask, steps);
        if (lengths is not null || causal) yield return (lengths, causal, causal ? null : mask, lengths is null ? steps : null);
        if (causal) yield return (lengths, false, AttentionMask.Causal, lengths is null ? steps : null);
    }

    static StepMask? KeyPadding(GoldenFile g) => Mask(g, "key_padding_mask") is { } ignored ? StepMask.Ignore(ignored) : null;

    static Tensor WithLengths(Tensor x, int[]? lengths) => lengths is null ? x : x.WithLengths(lengths);

    static void AttentionPool(GoldenFile g)
    {
        KindIs(g, "additive_attention_pool");
        g.KnowsOnly("B", "T", "D", "A", "lengths", "mask", "bias");
        var layer = new AdditiveAttention(g.Integer("D"), g.Integer("A"), bias: g.Flag("bias", true));
        var model = new Model(layer, seed: 1);
        static string Names(string name) => name switch { "weight" => "W", "bias" => "b", _ => name };
        SetParameters(model, g, Names);
        foreach ((int[]? lengths, _, _, StepMask? steps) in Masks(g, Mask(g, "mask") is { } kept ? StepMask.Keep(kept) : null))
        {
            Tape tape = TrainingTape(model);
            g.Check("y", layer.Forward(WithLengths(g.Tensor("x"), lengths), tape, out Tensor attention, steps).Span);
            g.Check("attn", attention.Span);
            g.Check("grad.x", layer.Backward(g.Tensor("dy"), tape).Span);
            tape.End();
            CheckGradients(model, tape, g, Names);
        }
    }

    static void Attention(GoldenFile g)
    {
        KindIs(g, "multihead_attention");
        g.KnowsOnly("d", "heads", "B", "T", "kv_T", "causal", "lengths", "bias", "gain");   // the gain was in the weights' draw
        foreach ((int[]? lengths, bool causal, AttentionMask? mask, StepMask? steps) in Masks(g, KeyPadding(g)))
        {
            var layer = new MultiHeadAttention(g.Integer("d"), g.Integer("heads"), bias: g.Flag("bias", true), causal: causal);
            var model = new Model(layer, seed: 1);
            SetParameters(model, g);
            Tape tape = TrainingTape(model);
            bool cross = g.Has("kv");
            Tensor x = g.Tensor("x"), keyValue = WithLengths(cross ? g.Tensor("kv") : x, lengths);
            g.Check("y", layer.Forward(x, keyValue, tape, out Tensor attention, mask, steps).Span);
            g.Check("attn", attention.Span);
            Tensor dKeyValue = default,
                dX = cross ? layer.Backward(g.Tensor("dy"), tape, out dKeyValue) : layer.Backward(g.Tensor("dy"), tape);
            tape.End();
            g.Check("grad.x", dX.Span);
            if (cross) g.Check("grad.kv", dKeyValue.Span);
            CheckGradients(model, tape, g);
        }
    }

    static void Transformer(GoldenFile g)
    {
        KindIs(g, "transformer_encoder_layer", "transformer_encoder");
        g.KnowsOnly("d", "heads", "ff", "B", "T", "activation", "norm_first", "causal", "lengths", "eps", "layers", "final_norm");
        (int d, int heads, int ff, bool normFirst, double epsilon) = (g.Integer("d"), g.Integer("heads"), g.Integer("ff"),
            g.Flag("norm_first", false), g.Number("eps", 1e-5));
        FeedForwardActivation activation = g.Text("activation", "relu") switch
        {
            "relu" => FeedForwardActivation.Relu,
            "gelu" => FeedForwardActivation.Gelu,
            var other => throw new ArgumentException($"unknown activation '{other}'"),
        };
        foreach ((int[]? lengths, bool causal, AttentionMask? mask, StepMask? steps) in Masks(g, KeyPadding(g)))
        {
            Layer layer = g.Kind == "transformer_encoder_layer"
                ? new TransformerEncoderLayer(d, heads, ff, 0, activation, normFirst, causal, epsilon)
                : new TransformerEncoder(g.Integer("layers"), d, heads, ff, 0, activation, normFirst, causal, epsilon,
                    finalNorm: g.Flag("final_norm", false));
            var masked = new Masked(layer, mask, steps);
            var model = new Model(masked, seed: 1);
            SetParameters(model, g);
            Tape tape = TrainingTape(model);
            g.Check("y", masked.Forward(WithLengths(g.Tensor("x"), lengths), tape).Span);
            g.Check("grad.x", masked.Backward(g.Tensor("dy"), tape).Span);
            tape.End();
            CheckGradients(model, tape, g);
        }
    }

    static void Positions(GoldenFile g)
    {
        KindIs(g, "sinusoidal_pe");
        g.KnowsOnly("T", "d", "base");
        var layer = new SinusoidalPositions(g.Number("base", 10000));
        g.Check("y", layer.Values(g.Integer("T"), g.Integer("d")).Span);
        var model = new Model(layer, seed: 1);
        g.Check("y", model.Predict(new Tensor(1, g.Integer("T"), g.Integer("d")), model.Tape()).Span);
    }
}
