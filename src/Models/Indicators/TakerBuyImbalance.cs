namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Imbalance of the takers, 2·bought / volume - 1: 1 where all volume was bought by takers, -1 where all was sold by them, 0 where
    /// both are even or there was no volume. No warm-up.
    /// </summary>
    /// <remarks>Source: Chordia, Roll, Subrahmanyam, "Order Imbalance, Liquidity, and Market Returns", 2002.</remarks>
    /// <param name="takerBuy">Volumes bought by takers, ascending in time.</param>
    /// <param name="volume">Whole volumes in the same unit.</param>
    /// <param name="output">Receives one value in [-1, 1] a candle; as long as <paramref name="volume"/>.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or the output shares memory with an input.</exception>
    public static void TakerBuyImbalance(ReadOnlySpan<double> takerBuy, ReadOnlySpan<double> volume, Span<double> output)
    {
        CheckInput(takerBuy, volume);
        CheckOutput(volume, output);
        CheckOutput(takerBuy, output);
        for (int t = 0; t < volume.Length; t++) output[t] = volume[t] == 0 ? 0 : 2 * takerBuy[t] / volume[t] - 1;
    }
}
