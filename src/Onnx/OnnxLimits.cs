namespace NeuralCore.Onnx;

/// <summary>
/// What one run of an ONNX graph may cost at most. A file says how large its values become, so a damaged one could ask for any amount;
/// beyond the limits a run ends with an error instead.
/// </summary>
public sealed record OnnxLimits
{
    /// <summary>Bytes of all values that a run holds at a time. By default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Multiply-adds of all matrix products of floats in a run, together; terms of other products, windows and sorts count as several each.
    /// By default 2⁴⁰, some tens of seconds.
    /// </summary>
    public long MaxOperations { get; init; } = 1L << 40;
}
