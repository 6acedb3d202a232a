using System.Globalization;
using System.Text;

namespace NeuralCore;

public sealed partial class Model
{
    /// <summary>
    /// Multiply-adds of one forward pass over an input of the given shape; layers that do not tell their flow count as nothing.
    /// </summary>
    public long MultiplyAdds(Shape input)
    {
        return Sum(Root, input);

        static long Sum(Layer layer, Shape input) => layer.MultiplyAdds(input) + layer.Flow(input).Sum(part => Sum(part.Layer, part.Input));
    }

    /// <summary>
    /// A table of layers with output shapes, parameters and multiply-adds for an input of the given shape, and the memory that it takes:
    /// that of the values without the copies that layers pack for their kernels, that of the activations measured by one pass over zeros. A
    /// dash stands where a layer does not tell what flows into its children.
    /// </summary>
    /// <exception cref="ArgumentException">The model does not take inputs of that shape.</exception>
    public string Summary(Shape input)
    {
        List<string[]> rows = [["layer", "output", "parameters", "frozen", "multiply-adds"]];
        bool known = List(Root, "", input, 0, rows);
        long frozen = Frozen(parameters);
        rows.Add(["total", Root.OutputShape(input).ToString(), Number(Count), Number(frozen),
            (known ? "" : "at least ") + Number(MultiplyAdds(input))]);
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        string line = new('-', widths.Sum() + 2 * (widths.Length - 1));
        var text = new StringBuilder();
        for (int r = 0; r < rows.Count; r++)
        {
            if (r == 1 || r == rows.Count - 1) text.AppendLine(line);
            text.AppendLine(string.Join("  ", rows[r].Select((cell, c) => c < 2 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))));
        }
        string kept = buffers.Length == 0 ? "" : $", {Number(buffers.Sum(b => (long)b.Shape.Count))} not trained (running statistics)";
        text.AppendLine().AppendLine($"parameters   {Number(Count - frozen)} trainable, {Number(frozen)} frozen{kept}");
        text.AppendLine($"memory       values {Bytes(4L * State.Length)}, beside which layers keep packed copies of their weights");
        text.AppendLine($"training     gradients {Bytes(4L * Count)} for each thread and for their sum, Adam's "
            + $"moments {Bytes(8L * Count)}");
        text.AppendLine($"activations  of a training pass over {input}: {Activations(input, training: true)}");
        text.AppendLine($"             of a prediction over {input}: {Activations(input, training: false)}");
        return text.ToString();
    }

    /// <summary>Adds a row for a layer and for everything below it; whether all multiply-adds are known.</summary>
    static bool List(Layer layer, string name, Shape? input, int depth, List<string[]> rows)
    {
        string label = new string(' ', 2 * depth) + (name.Length == 0 ? "" : name + " ") + layer.TypeName;
        rows.Add([label, input is Shape x ? layer.OutputShape(x).ToString() : "-", Number(layer.Parameters.Sum(p => (long)p.Shape.Count)),
            Number(Frozen(layer.Parameters)), input is Shape shape ? Number(layer.MultiplyAdds(shape)) : "-"]);
        bool known = input is not null;
        (Layer Layer, Shape Input)[] flow = input is Shape flows ? [.. layer.Flow(flows)] : [];
        HashSet<Layer> flown = [.. flow.Select(f => f.Layer)];
        foreach ((Layer child, Shape childInput) in flow) known &= List(child, child.LocalName, childInput, depth + 1, rows);
        foreach ((string childName, Layer child) in layer.Children)
            if (!flown.Contains(child)) known &= List(child, childName, null, depth + 1, rows);
        return known;
    }

    /// <summary>Memory of the tensors that a pass holds at its peak. Some layers do not train on every input: then why not.</summary>
    string Activations(Shape input, bool training)
    {
        Tape tape = Tape();
        tape.Begin(training);
        try
        {
            Tensor y = Root.Forward(new Tensor(input), tape);
            if (training) Root.Backward(new Tensor(y.Shape), tape);
            return Bytes(tape.PeakBytes);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException or NotImplementedException)
        {
            return $"unknown ({e.Message})";
        }
    }

    static long Frozen(IEnumerable<Parameter> parameters) => parameters.Where(p => p.Frozen).Sum(p => (long)p.Shape.Count);

    static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} B",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:F1} GiB"),
    };
}
