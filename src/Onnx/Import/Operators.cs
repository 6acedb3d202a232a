namespace NeuralCore.Onnx.Import;

/// <summary>All operators that are supported.</summary>
static class Operators
{
    static readonly Dictionary<string, Func<Node, Kernel>> Makers = new IEnumerable<(string, Func<Node, Kernel>)>[]
    {
        Functions.All, Arithmetic.All, Casting.All, Reductions.All, Softmaxes.All, Normalizations.All, Products.All,
        Constants.All, Shapes.All, Slices.All, Gathers.All, Selections.All, Recurrent.All, AttentionOperator.All,
        Integers.All, Loops.All, Einsum.All, Convolutions.All,
    }.SelectMany(group => group).ToDictionary();

    /// <summary>Lets the operator of a node read its attributes.</summary>
    /// <exception cref="InvalidDataException">The operator is not supported, or an attribute is not as it must be.</exception>
    internal static Kernel Prepare(Node node)
        => node.Domain.Length == 0 && Makers.TryGetValue(node.Op, out Func<Node, Kernel>? make) ? make(node)
            : throw node.Error("is not supported");
}
