namespace NeuralCore;

public sealed partial class Model
{
    /// <summary>Writes parameters and buffers under PyTorch's names as a safetensors file, which appears whole or not at all.</summary>
    /// <param name="path">The file; an old one is replaced.</param>
    /// <param name="metadata">Texts to store beside the tensors.</param>
    public void Save(string path, IReadOnlyDictionary<string, string>? metadata = null)
        => Safetensors.Write(path, [.. Parameters.Concat(Buffers).Select(p => (p.Name, p.Shape, p.Value.ToArray()))], metadata);

    /// <summary>Reads all parameters and buffers from a safetensors file and returns its texts. If anything does not fit, nothing changes.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or a tensor is missing, unexpected or of another shape.</exception>
    public IReadOnlyDictionary<string, string> Load(string path)
    {
        Safetensors file = Safetensors.Read(path);
        Parameter[] wanted = [.. Parameters, .. Buffers];
        HashSet<string> names = [.. wanted.Select(p => p.Name)];
        List<string> problems = [];
        foreach (Parameter p in wanted)
            if (!file.Contains(p.Name)) problems.Add($"'{p.Name}' {p.Shape} is missing");
            else if (file.Shape(p.Name) is Shape got && got != p.Shape && !(got.Rank <= 1 && p.Shape.Rank <= 1 && got.Count == p.Shape.Count))
                problems.Add($"'{p.Name}': expected shape {p.Shape}, got {got}");
        foreach (string name in file.Names)
            if (!names.Contains(name)) problems.Add($"'{name}' is unexpected");
        if (problems.Count > 8) problems = [.. problems.Take(8), $"and {problems.Count - 8} more"];
        if (problems.Count > 0) throw new InvalidDataException($"{path}: does not fit the model: {string.Join("; ", problems)}");
        foreach (Parameter p in wanted) file.CopyTo(p.Name, p.Value);
        ParametersChanged();
        return file.Metadata;
    }
}
