namespace NeuralCore.Onnx.Import;

/// <summary>All operators that are supported.</summary>
static class Operators
{
    static readonly Dictionary<string, Func<Node, Kernel>> Makers = new IEnumerable<(string, Func<Node, Kernel>)>[]
    {
        Functions.All, Arithmetic.All, Casting.All, Reductions.All, Softmaxes.All, Normalizations.All, Products.All,
        Constants.All, Shapes.All, Slices.All, Gathers.All, Selections.All, Recurrent.All, AttentionOperator.All,
        Integers.All, Quantization.All, Loops.All, Einsum.All, Convolutions.All, Resizing.All, Sequences.All,
    }.SelectMany(group => group).ToDictionary();

    /// <summary>Those that take 16-bit floats as they are, or whose results do not follow the type of their inputs.</summary>
    static readonly HashSet<string> OfAnyType = [.. Casting.All.Concat(Constants.All).Concat(Loops.All).Concat(Sequences.All)
        .Select(pair => pair.Item1)];

    /// <summary>Those of which an input may be a sequence.</summary>
    static readonly HashSet<string> OfSequences = ["Identity", .. Loops.All.Concat(Sequences.All).Select(pair => pair.Item1)];

    /// <summary>
    /// Lets the operator of a node read its attributes. 16-bit floats are computed with in 32 bits, and results rounded back to the type of
    /// the first of them; but a power is of the type of its base, and the moments of LayerNormalization stay in 32 bits.
    /// </summary>
    /// <exception cref="InvalidDataException">The operator is not supported, or an attribute is not as it must be.</exception>
    internal static Kernel Prepare(Node node)
    {
        if (node.Domain.Length > 0 || !Makers.TryGetValue(node.Op, out Func<Node, Kernel>? make)) throw node.Error("is not supported");
        Kernel made = make(node);
        Kernel kernel = OfSequences.Contains(node.Op) ? made
            : call => call.Sequence is { } sequence ? throw call.Error($"expected tensors, got {sequence}") : made(call);
        if (OfAnyType.Contains(node.Op)) return kernel;
        (bool power, bool moments) = (node.Op == "Pow", node.Op == "LayerNormalization");
        return call => call.Narrow is not { } first ? kernel(call) : [.. kernel(call.Wide()).Select((y, i)
            => y is OnnxTensor<float> && !(moments && i > 0) ? Casting.To(call, y, power ? call[0].Type : first) : y)];
    }
}
