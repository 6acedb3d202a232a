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
    static readonly HashSet<string> OfAnyType = [.. Casting.All.Concat(Constants.All).Concat(Loops.All).Concat(Sequences.All).Select(pair => pair.Item1)];

    /// <summary>
    /// Lets the operator of a node read its attributes. 16-bit floats are computed with in 32 bits, and results rounded back to the type of
    /// the first of them.
    /// </summary>
    /// <exception cref="InvalidDataException">The operator is not supported, or an attribute is not as it must be.</exception>
    internal static Kernel Prepare(Node node)
    {
        if (node.Domain.Length > 0 || !Makers.TryGetValue(node.Op, out Func<Node, Kernel>? make)) throw node.Error("is not supported");
        Kernel kernel = make(node);
        return OfAnyType.Contains(node.Op) ? kernel : call => call.Narrow is not { } type ? kernel(call)
            : [.. kernel(call.Wide()).Select(y => y is OnnxTensor<float> ? Casting.To(call, y, type) : y)];
    }
}
