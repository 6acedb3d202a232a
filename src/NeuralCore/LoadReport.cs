using System.Globalization;
using System.Text;

namespace NeuralCore;

/// <summary>A parameter and the tensor of a file that goes by its name.</summary>
/// <param name="Parameter">Name in the model.</param>
/// <param name="Tensor">Name in the file.</param>
/// <param name="Expected">Shape in the model.</param>
/// <param name="Actual">Shape in the file.</param>
public sealed record LoadPair(string Parameter, string Tensor, Shape Expected, Shape Actual);

/// <summary>What <see cref="Model.LoadPartial"/> found.</summary>
/// <param name="Matched">Parameters that were loaded.</param>
/// <param name="Missing">Parameters for which there is no tensor.</param>
/// <param name="Unexpected">Tensors for which there is no parameter.</param>
/// <param name="OtherShapes">Parameters whose tensor has another shape.</param>
/// <param name="LeftOut">Tensors that the key map left out.</param>
public sealed record LoadReport(IReadOnlyList<LoadPair> Matched, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected,
    IReadOnlyList<LoadPair> OtherShapes, IReadOnlyList<string> LeftOut)
{
    /// <summary>Whether every parameter was loaded from the tensor of its own name, and every tensor of the file.</summary>
    internal bool IsWhole => Missing.Count + Unexpected.Count + OtherShapes.Count + LeftOut.Count == 0
        && Matched.All(pair => pair.Parameter == pair.Tensor);

    /// <summary>A line with the counts and a line for each name that was not loaded.</summary>
    public override string ToString()
    {
        int all = Matched.Count + Missing.Count + OtherShapes.Count;
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"loaded {Matched.Count} of {all} parameters");
        foreach (string name in Missing) text.AppendLine().Append("  missing      ").Append(name);
        foreach (string name in Unexpected) text.AppendLine().Append("  unexpected   ").Append(name);
        foreach (LoadPair pair in OtherShapes)
            text.AppendLine().Append("  other shape  ").Append(pair.Parameter).Append(": ").Append(Shapes(pair));
        foreach (string name in LeftOut) text.AppendLine().Append("  left out     ").Append(name);
        return text.ToString();
    }

    internal static string Shapes(LoadPair pair) => $"expected shape {pair.Expected}, got {pair.Actual}";
}
