namespace NeuralCore;

public sealed partial class Model
{
    static readonly LoadOptions Strict = new() { AllowMissing = false, AllowUnexpected = false };

    /// <summary>
    /// Writes parameters and buffers under PyTorch's names as a safetensors file, which appears whole or not at all. Weights of a quantised
    /// model (<see cref="Quantize"/>) are I8; <c>int8_scales</c> has the scales of all in their order.
    /// </summary>
    /// <param name="path">The file; an old one is replaced.</param>
    /// <param name="metadata">Texts to store beside the tensors.</param>
    /// <exception cref="ArgumentException">The file would have more than <see cref="Safetensors.MaxBytes"/>; nothing was
    /// written.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        IEnumerable<Parameter> all = Parameters.Concat(Buffers).OrderBy(p => p.IsInt8);   // bytes last: floats stay aligned
        Safetensors.WriteExact(path, [.. all.Select(p => (p.Name, p.Shape, Stored(p)))], metadata);
    }

    static Array Stored(Parameter p) => p.IsInt8 ? Array.ConvertAll(p.Value.ToArray(), v => (sbyte)v)
        : p.Whole ? Array.ConvertAll(p.Value.ToArray(), v => (long)v) : p.Value.ToArray();

    /// <summary>
    /// Reads all parameters and buffers from a safetensors file and returns its texts. If anything does not fit, nothing changes.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or a tensor is missing, unexpected, of another shape or not of floating
    /// point.</exception>
    public IReadOnlyDictionary<string, string> Load(string path)
    {
        Safetensors file = Safetensors.Read(path);
        Load(file, Strict);
        return file.Metadata;
    }

    /// <summary>
    /// Reads those parameters and buffers that a safetensors file has, for example those of a trained encoder; the others keep their
    /// values. If the result is an error, nothing changes. A quantised model takes whole files of its own kind only, since its scales
    /// belong to its weights by their order.
    /// </summary>
    /// <example><code>
    /// LoadReport report = model.LoadPartial("encoder.safetensors", new()
    /// {
    ///     Keys = LoadOptions.Rename(("head.*", null), ("*", "trunk.*")),
    /// });
    /// model.Freeze("trunk.*");
    /// </code></example>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, something does not fit that the options do not allow, or nothing
    /// fits.</exception>
    public LoadReport LoadPartial(string path, LoadOptions? options = null)
    {
        Safetensors file = Safetensors.Read(path);
        return Load(file, options ?? new LoadOptions());
    }

    /// <summary>
    /// A model with the parameters and buffers of a safetensors file. All names and shapes are compared before memory is taken for values,
    /// so that it stays within a constant times the file's size whatever <paramref name="root"/> was made from: a tensor of 16-bit floats
    /// doubles, one of int8 becomes fourfold, and layers keep copies of their weights whose columns are padded to whole vectors. A file
    /// with I8 weights gives a quantised model (<see cref="Quantize"/>) of the same layers.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, a tensor is missing, unexpected, of another shape or not of floating
    /// point, or a layer needs larger arrays for its weights than there are.</exception>
    public static Model FromFile(Layer root, string path) => From(root, Safetensors.Read(path));

    internal static Model From(Layer root, Safetensors file)
    {
        var match = new TensorMatch(file, Strict, file.HasInt8);
        var named = new Naming(root, match.Add, file.HasInt8);
        match.Report();
        try
        {
            return new Model(named, match.Fill);
        }
        catch (Exception e) when (e is OverflowException or OutOfMemoryException)
        {
            throw new InvalidDataException($"{file.Path}: needs more memory for the layers' copies of weights than there "
                + $"is: {e.Message}", e);
        }
    }

    internal LoadReport Load(Safetensors file, LoadOptions options)
    {
        var match = new TensorMatch(file, options, IsQuantized);
        foreach (Parameter parameter in Parameters.Concat(Buffers)) match.Add(parameter.Name, parameter);
        LoadReport report = match.Report();
        if (report.Matched.Count == 0 && report.Missing.Count + report.OtherShapes.Count > 0)
            throw new InvalidDataException($"{file.Path}: no tensor fits the model: {report}");
        if (IsQuantized && !report.IsWhole)   // scales belong to weights by their order
            throw new InvalidDataException($"{file.Path}: expected all tensors of the same int8 model under their own names, got {report}");
        match.Fill(this);
        ParametersChanged();
        return report;
    }
}
