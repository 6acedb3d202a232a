namespace NeuralCore.Onnx;

/// <summary>How a model is written as an ONNX file.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Oldest and newest version of the operators that is written.</summary>
    public const int OldestOpset = 17, NewestOpset = 23;

    /// <summary>Version of the operators, 17 to 23; runtimes of 2022 and later know 17.</summary>
    public int Opset
    {
        get;
        init => field = value is >= OldestOpset and <= NewestOpset ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"ONNX: expected an opset from {OldestOpset} to {NewestOpset}");
    } = OldestOpset;

    /// <summary>Name of the input, Float (batch, time, features) or as the model's.</summary>
    public string Input { get; init; } = "x";

    /// <summary>Name of the output.</summary>
    public string Output { get; init; } = "y";

    /// <summary>Whether there is a second input, <c>lengths</c> Int64 (batch): the valid steps of each row, at least 1.</summary>
    public bool Lengths { get; init; }

    /// <summary>Texts that the file carries.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
