namespace NeuralCore;

/// <summary>
/// Which steps of each row of a batch count: for gaps. What lies past the end of a sequence is told by <see cref="Tensor.Lengths"/>; where
/// both are given, a step counts that both let count. A mask is made by saying what its true elements mean, so that its polarity cannot be
/// mistaken.
/// <para>PyTorch's boolean <c>key_padding_mask</c> is <see cref="Ignore"/>.</para>
/// </summary>
public sealed class StepMask
{
    readonly bool[,] kept;   // (B, T)

    StepMask(bool[,] kept) => this.kept = kept;

    /// <summary>Step t of row b counts where <c>kept[b, t]</c> is true.   (B, T)</summary>
    /// <exception cref="ArgumentException">No step of a row counts.</exception>
    public static StepMask Keep(bool[,] kept) => Where(kept, true);

    /// <summary>Step t of row b does not count where <c>ignored[b, t]</c> is true.   (B, T)</summary>
    /// <exception cref="ArgumentException">No step of a row counts.</exception>
    public static StepMask Ignore(bool[,] ignored) => Where(ignored, false);

    static StepMask Where(bool[,] elements, bool means)
    {
        ArgumentNullException.ThrowIfNull(elements);
        var kept = new bool[elements.GetLength(0), elements.GetLength(1)];
        for (int b = 0; b < kept.GetLength(0); b++)
        {
            bool any = false;
            for (int t = 0; t < kept.GetLength(1); t++) any |= kept[b, t] = elements[b, t] == means;
            if (!any) throw new ArgumentException($"StepMask: expected at least one step that counts in every row, got none in row {b}");
        }
        return new StepMask(kept);
    }

    internal bool Keeps(int row, int step) => kept[row, step];

    /// <summary>Whether this mask is for so many rows and steps.</summary>
    internal bool Fits(int rows, int steps) => kept.GetLength(0) == rows && kept.GetLength(1) == steps;

    /// <summary>Its sizes, as errors name them.</summary>
    public override string ToString() => $"({kept.GetLength(0)}, {kept.GetLength(1)})";
}
