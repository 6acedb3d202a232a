using System.Text;

namespace NeuralCore;

/// <summary>
/// The layers under a root, and what they declared under its full name, as PyTorch names it: <c>encoder.0.weight</c>. Nothing has memory
/// yet and no layer is changed, so that names and shapes can be compared with a file before anything grows with them.
/// </summary>
sealed class Naming
{
    readonly Action<string, Parameter>? check;
    readonly bool int8;
    readonly List<Parameter> int8Values = [];
    Parameter? scales;
    readonly StringBuilder path = new();
    readonly HashSet<Layer> seen = new(ReferenceEqualityComparer.Instance);
    readonly HashSet<string> names = [];

    /// <summary>Names everything; <paramref name="check"/> hears of each name and parameter and may stop it with an exception.</summary>
    /// <exception cref="InvalidOperationException">A layer occurs twice or belongs to a model, or two parameters have one name.</exception>
    /// <param name="root">The outermost layer.</param>
    /// <param name="check">See above.</param>
    /// <param name="int8">Whether weights that can be int8 are: the last buffer, <c>int8_scales</c>, then has their scales.</param>
    internal Naming(Layer root, Action<string, Parameter>? check = null, bool int8 = false)
    {
        ArgumentNullException.ThrowIfNull(root);
        (this.check, this.int8) = (check, int8);
        Visit(root, null, "");
        if (int8Values.Count == 0) return;
        long count = Math.Min(int8Values.Sum(w => (long)w.ScaleCount), Shape.MaxCount);   // a Model refuses so many values
        scales = new Parameter(root, "int8_scales", new Shape((int)count), 1f);
        Buffers.Add((scales, FullName(scales)));
    }

    /// <summary>All layers with the parent and the name that it gave, parents first.</summary>
    internal List<(Layer Layer, Layer? Parent, string Name)> Layers { get; } = [];

    internal List<(Parameter Parameter, string Name)> Parameters { get; } = [];

    /// <summary>Whether there are int8 weights.</summary>
    internal bool IsInt8 => scales is not null;

    internal List<(Parameter Parameter, string Name)> Buffers { get; } = [];

    void Visit(Layer layer, Layer? parent, string name)
    {
        int length = path.Length;
        if (length > 0 && name.Length > 0) path.Append('.');
        path.Append(name);
        if (!seen.Add(layer))
            throw new InvalidOperationException($"{layer.At(path.ToString())}: is declared a second time; make another layer instead");
        Layers.Add((layer, parent, name));
        foreach (Parameter parameter in layer.Parameters)
        {
            Parameters.Add((parameter, FullName(parameter)));
            if (int8 && parameter.ScaleCount > 0) int8Values.Add(parameter);
        }
        foreach (Parameter buffer in layer.Buffers) Buffers.Add((buffer, FullName(buffer)));
        foreach ((string child, Layer below) in layer.Children) Visit(below, layer, child);
        path.Length = length;
    }

    string FullName(Parameter parameter)
    {
        parameter.RequireUnbound();
        string name = path.Length == 0 ? parameter.LocalName : $"{path}.{parameter.LocalName}";
        if (!names.Add(name))
            throw new InvalidOperationException($"{parameter.Owner.At(path.ToString())}: two parameters are named '{name}'");
        check?.Invoke(name, parameter);
        return name;
    }

    /// <summary>
    /// Gives every layer its place, and every parameter its name and its part of the model's memory: parameters first, then buffers.
    /// </summary>
    internal void Bind(Model model)
    {
        foreach ((Layer layer, Layer? parent, string name) in Layers) layer.Place(parent, name);
        int start = 0;
        foreach ((Parameter parameter, string name) in Parameters.Concat(Buffers))
        {
            parameter.Bind(model, name, start);
            start += parameter.Shape.Count;
        }
        int first = 0;
        foreach (Parameter values in int8Values)
        {
            values.Quantize(scales!, first);
            first += values.ScaleCount;
        }
    }

    internal void Unbind()
    {
        foreach ((Layer layer, _, _) in Layers) layer.Place(null, "");
        foreach ((Parameter parameter, _) in Parameters.Concat(Buffers)) parameter.Unbind();
    }
}
