using System.Globalization;
using System.IO.Enumeration;
using System.Text;

namespace NeuralCore;

/// <summary>
/// A layer with everything below it, its parameters named as PyTorch names them, laid out in one contiguous buffer and initialised.
/// Any number of threads may predict with one model at the same time, each with its own <see cref="NeuralCore.Tape"/>.
/// </summary>
public sealed partial class Model
{
    readonly float[] values;
    readonly int start;
    readonly List<Parameter> parameters = [], buffers = [];
    readonly List<Layer> layers = [];

    /// <summary>Names and lays out the parameters of <paramref name="root"/> and initialises them from <paramref name="seed"/>.</summary>
    /// <exception cref="InvalidOperationException">A layer occurs twice, or two parameters have one name.</exception>
    public Model(Layer root, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(root);
        Root = root;
        Place(root, "");
        int count = 0;
        foreach (Layer layer in layers) Lay(layer, layer.Parameters, parameters, ref count);
        Count = count;
        foreach (Layer layer in layers) Lay(layer, layer.Buffers, buffers, ref count);
        values = AlignedArray.New(count);
        start = AlignedArray.Start(values);
        ulong stream = 0;
        foreach (Parameter parameter in parameters.Concat(buffers))
        {
            var random = new CounterRandom(seed, stream++);
            parameter.Initializer.Fill(parameter.Value, parameter.Shape, ref random);
        }
        ParametersChanged();
    }

    /// <summary>The outermost layer.</summary>
    public Layer Root { get; }

    /// <summary>All parameters in layout order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Numbers that belong to the model but are not trained, for example running statistics.</summary>
    public IReadOnlyList<Parameter> Buffers => buffers;

    /// <summary><see cref="Values"/> and then all buffers: what a copy of the model consists of.</summary>
    public Span<float> State => AlignedArray.All(values);

    /// <summary>All parameter values in one buffer. Whoever writes here calls <see cref="ParametersChanged"/>.</summary>
    public Span<float> Values => values.AsSpan(start, Count);

    /// <summary>Number of trainable values.</summary>
    public int Count { get; }

    /// <summary>A tape for one thread.</summary>
    public Tape Tape() => new(this);

    /// <summary>Keeps optimizers from changing the parameters whose names match, for example <c>encoder.*</c>; returns their number.</summary>
    /// <param name="pattern">A name in which * stands for any characters and ? for one.</param>
    /// <exception cref="ArgumentException">No parameter matches.</exception>
    public int Freeze(string pattern) => SetFrozen(pattern, true);

    /// <summary>Lets optimizers change the parameters whose names match again; returns their number.</summary>
    /// <exception cref="ArgumentException">No parameter matches.</exception>
    public int Unfreeze(string pattern) => SetFrozen(pattern, false);

    int SetFrozen(string pattern, bool frozen)
    {
        IReadOnlyList<Parameter> matching = Matching(pattern);
        foreach (Parameter parameter in matching) parameter.Frozen = frozen;
        return matching.Count;
    }

    /// <summary>The parameters whose names match a pattern with * and ?, at least one.</summary>
    internal IReadOnlyList<Parameter> Matching(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        Parameter[] matching = [.. parameters.Where(p => FileSystemName.MatchesSimpleExpression(pattern, p.Name, ignoreCase: false))];
        return matching.Length > 0 ? matching
            : throw new ArgumentException($"model: expected parameters that match '{pattern}', got none among {string.Join(", ", parameters.Select(p => p.Name))}");
    }

    /// <summary>Tells all layers that parameter values were written, so that they pack their weights anew.</summary>
    public void ParametersChanged()
    {
        foreach (Layer layer in layers) layer.ParametersChanged();
    }

    /// <summary>Runs the model without training. The result lives until the tape is used again.</summary>
    public Tensor Predict(Tensor x, Tape tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        tape.Begin(training: false);
        return Root.Forward(x, tape);
    }

    /// <summary>Multiply-adds of one forward pass over an input of the given shape.</summary>
    public long MultiplyAdds(Shape input)
    {
        return Sum(Root, input);

        static long Sum(Layer layer, Shape input) => layer.MultiplyAdds(input) + layer.Flow(input).Sum(part => Sum(part.Layer, part.Input));
    }

    /// <summary>A table of layers with output shapes, parameters and multiply-adds for an input of the given shape.</summary>
    public string Summary(Shape input)
    {
        List<string[]> rows = [["layer", "output", "parameters", "multiply-adds"]];
        Describe(Root, input, 0);
        string shape = Root.OutputShape(input).ToString();
        rows.Add(["total", shape, Number(Count), Number(MultiplyAdds(input))]);
        int[] widths = [.. Enumerable.Range(0, 4).Select(c => rows.Max(r => r[c].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
            text.Append(row[0].PadRight(widths[0])).Append("  ").Append(row[1].PadRight(widths[1])).Append("  ")
                .Append(row[2].PadLeft(widths[2])).Append("  ").AppendLine(row[3].PadLeft(widths[3]));
        return text.Append(CultureInfo.InvariantCulture, $"memory of the parameters: {4.0 * Count / 1024:F1} KiB").AppendLine().ToString();

        void Describe(Layer layer, Shape shape, int depth)
        {
            int own = layer.Parameters.Sum(p => p.Shape.Count);
            string name = layer.Path.Length == 0 ? layer.GetType().Name : $"{layer.Path[(layer.Path.LastIndexOf('.') + 1)..]} {layer.GetType().Name}";
            rows.Add([new string(' ', 2 * depth) + name, layer.OutputShape(shape).ToString(), Number(own), Number(layer.MultiplyAdds(shape))]);
            foreach ((Layer child, Shape childInput) in layer.Flow(shape)) Describe(child, childInput, depth + 1);
        }

        static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);
    }

    void Place(Layer layer, string path)
    {
        if (layers.Contains(layer)) throw new InvalidOperationException($"{layer}: is declared twice; make a second layer instead");
        layers.Add(layer);
        layer.Path = path;
        foreach ((string name, Layer child) in layer.Children)
            Place(child, name.Length == 0 || path.Length == 0 ? path + name : $"{path}.{name}");
    }

    void Lay(Layer layer, IReadOnlyList<Parameter> declared, List<Parameter> laid, ref int count)
    {
        foreach (Parameter parameter in declared)
        {
            parameter.Bind(this, layer.Path.Length == 0 ? "" : layer.Path + ".", count);
            if (parameters.Concat(buffers).Any(p => p.Name == parameter.Name))
                throw new InvalidOperationException($"{layer}: two parameters are named '{parameter.Name}'");
            laid.Add(parameter);
            count = checked(count + parameter.Shape.Count);
        }
    }
}
