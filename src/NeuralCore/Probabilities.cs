namespace NeuralCore;

/// <summary>From logits to probabilities.</summary>
public static class Probabilities
{
    /// <summary>
    /// Softmax of one row of logits, with the same bits on every machine; <paramref name="probabilities"/> may be
    /// <paramref name="logits"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There is no room for as many probabilities as logits.</exception>
    public static void Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        if (probabilities.Length < logits.Length)
            throw new ArgumentException($"Softmax: expected room for {logits.Length} probabilities, got {probabilities.Length}",
                nameof(probabilities));
        Kernels.Softmax.Rows(logits, probabilities, 1, logits.Length, logits.Length);
    }
}
