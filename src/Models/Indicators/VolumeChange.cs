namespace NeuralCore.Models;

public static partial class Indicators
{
    /// <summary>
    /// Relative change of the volume (V_t - V_{t-1}) / V_{t-1}, clipped to [-1, 5], from index 1 on; 0 where both volumes are 0, and 5
    /// where only the earlier one is. As in <see cref="Week3Signals"/>.
    /// </summary>
    /// <param name="volume">Volumes, not negative, ascending in time.</param>
    /// <param name="output">Receives one value a candle, free of units; as long as <paramref name="volume"/>.</param>
    /// <exception cref="ArgumentException">The output has another length or shares memory with the input.</exception>
    public static void VolumeChange(ReadOnlySpan<double> volume, Span<double> output)
    {
        CheckOutput(volume, output);
        WarmUp(output, 1);
        for (int t = 1; t < volume.Length; t++) output[t] = VolumeChange(volume[t - 1], volume[t]);
    }

    internal static double VolumeChange(double before, double now)
    {
        if (now == before) return 0;
        return Math.Clamp((now - before) / before, -1, Week3Signals.LargestVolumeChange);
    }
}
