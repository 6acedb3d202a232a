namespace NeuralCore.Backtest;

/// <summary>What all figures of probabilities of a rise demand of their input.</summary>
static class Binary
{
    /// <summary>As many truths of 0 or 1 as probabilities from 0 to 1.</summary>
    internal static void Check(string who, ReadOnlySpan<int> truth, ReadOnlySpan<double> probabilities)
    {
        if (truth.Length != probabilities.Length)
            throw new ArgumentException($"{who}: expected {truth.Length} probabilities, got {probabilities.Length}");
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] is not (0 or 1)) throw new ArgumentException($"{who}: expected a truth of 0 or 1 in row {i}, got {truth[i]}");
            if (!(probabilities[i] is >= 0 and <= 1))
                throw new ArgumentException($"{who}: expected a probability from 0 to 1 in row {i}, got {Format.Number(probabilities[i])}");
        }
    }
}
