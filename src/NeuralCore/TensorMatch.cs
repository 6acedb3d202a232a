namespace NeuralCore;

/// <summary>
/// Finds for each parameter the tensor of a file by name, and notes what does not fit: all of it, before a value is written.
/// </summary>
sealed class TensorMatch
{
    const int Listed = 8;

    readonly Safetensors file;
    readonly LoadOptions options;
    readonly bool int8;
    readonly Dictionary<string, string> tensors = [];                // of parameters, by name
    readonly Dictionary<string, LoadPair> matched = [];
    readonly List<LoadPair> otherShapes = [];
    readonly List<string> missing = [], leftOut = [];
    readonly List<string> problems = [];

    /// <exception cref="InvalidDataException">The key map gives two tensors one name.</exception>
    internal TensorMatch(Safetensors file, LoadOptions options, bool int8)
    {
        (this.file, this.options, this.int8) = (file, options, int8);
        foreach (string tensor in file.Names)
            if (options.Keys(tensor) is not string name) leftOut.Add(tensor);
            else if (!tensors.TryAdd(name, tensor))
                throw new InvalidDataException($"{file.Path}: '{tensors[name]}' and '{tensor}' would both be loaded as '{name}'");
    }

    /// <summary>
    /// Looks for a parameter's tensor. PyTorch keeps scalars without axes or with one; both are the same here. Only buffers of whole
    /// numbers and the weights of a quantised model, which are I8, may come from tensors of whole numbers, so that no other file of bytes
    /// becomes four times its size.
    /// </summary>
    /// <exception cref="InvalidDataException">So much does not fit that it need not be listed.</exception>
    internal void Add(string name, Parameter parameter)
    {
        Shape shape = parameter.Shape;
        if (!tensors.Remove(name, out string? tensor))
        {
            missing.Add(name);
            if (!options.AllowMissing) Problem($"'{name}' {shape} is missing");
            return;
        }
        string type = file.Type(tensor);
        if (int8 && parameter.ScaleCount > 0)
        {
            if (type != "I8") Problem($"'{name}': expected a tensor of I8, got {type}");
        }
        else if (!parameter.Whole && Safetensors.IsWhole(type)) Problem($"'{name}': expected a tensor of floating point, got {type}");
        Shape got = file.Shape(tensor);
        var pair = new LoadPair(name, tensor, shape, got);
        if (got == shape || got.Count == 1 && shape.Count == 1 && got.Rank <= 1 && shape.Rank <= 1) matched.Add(name, pair);
        else
        {
            otherShapes.Add(pair);
            if (!options.AllowOtherShapes) Problem($"'{name}': {LoadReport.Shapes(pair)}");
        }
    }

    void Problem(string problem)
    {
        if (problems.Count == Listed) Throw("and more");
        problems.Add(problem);
    }

    void Throw(params IEnumerable<string> more)
        => throw new InvalidDataException($"{file.Path}: does not fit the model: {string.Join("; ", problems.Concat(more))}");

    /// <summary>What was found, after all parameters were added.</summary>
    /// <exception cref="InvalidDataException">Something does not fit that the options do not allow.</exception>
    internal LoadReport Report()
    {
        if (!options.AllowUnexpected)
            foreach (string tensor in tensors.Values) Problem($"'{tensor}' is unexpected");
        if (problems.Count > 0) Throw();
        return new LoadReport([.. matched.Values], missing, [.. tensors.Values], otherShapes, leftOut);
    }

    /// <summary>Writes the values of the parameters that were found.</summary>
    internal void Fill(Model model)
    {
        foreach (Parameter parameter in model.Parameters.Concat(model.Buffers))
            if (matched.TryGetValue(parameter.Name, out LoadPair? pair)) file.CopyTo(pair.Tensor, parameter.Value);
    }
}
