using NeuralCore.Kernels;

namespace NeuralCore;

/// <summary>From logits to probabilities.</summary>
public static class Probabilities
{
    /// <summary>Softmax of one row of logits, with the same bits on every machine; <paramref name="probabilities"/> may be <paramref name="logits"/>.</summary>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities) => Elementwise.Softmax(logits, probabilities, logits.Length);
}
