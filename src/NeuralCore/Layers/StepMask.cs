namespace NeuralCore;

/// <summary>
/// Which steps of each row of a batch count: for gaps. What lies past the end of a sequence is told by <see cref="Tensor.Lengths"/>; where
/// both are given, a step counts that both let count. A mask is made by saying what its true elements mean, so that its polarity cannot be
/// mistaken.
/// <para>A mask goes into a direct call of a layer's Forward; <see cref="Sequential"/> and <see cref="Trainer"/> hand on lengths
/// only.</para>
/// <para>PyTorch's boolean <c>key_padding_mask</c> is <see cref="Ignore"/>.</para>
/// </summary>
public sealed class StepMask
{
    readonly MaskElements kept;   // (B, T)

    StepMask(MaskElements kept) => this.kept = kept;

    /// <summary>Step t of row b counts where <c>kept[b, t]</c> is true.   (B, T)</summary>
    /// <exception cref="ArgumentException">No step of a row counts.</exception>
    public static StepMask Keep(bool[,] kept) => Where(kept, true);

    /// <summary>Step t of row b does not count where <c>ignored[b, t]</c> is true.   (B, T)</summary>
    /// <exception cref="ArgumentException">No step of a row counts.</exception>
    public static StepMask Ignore(bool[,] ignored) => Where(ignored, false);

    static StepMask Where(bool[,] elements, bool means)
        => new(new MaskElements(elements, means, "StepMask: expected at least one step that counts in every row, got none in row"));

    internal bool Keeps(int row, int step) => kept[row, step];

    /// <summary>Whether this mask is for so many rows and steps.</summary>
    internal bool Fits(int rows, int steps) => kept.Fits(rows, steps);

    /// <summary>Its sizes, as errors name them.</summary>
    public override string ToString() => kept.ToString();

    /// <summary>Writes zeros into the steps of x (B, T, ·) that do not count.</summary>
    internal void ClearIgnored(Tensor x)
    {
        for (int step = 0; step < x.Rows; step++)
            if (!Keeps(step / x.Shape[1], step % x.Shape[1])) x.Row(step).Clear();
    }

    /// <summary>
    /// A copy of x (B, T, ·) for a training pass, with zeros in the steps that do not count, past a length or ignored: what stands there
    /// may be no number, and a backward pass multiplies it with 0. x itself where all steps count or nothing trains.
    /// </summary>
    internal static Tensor Counted(Tensor x, StepMask? steps, Tape tape)
    {
        if (!tape.Training || (!x.HasLengths && steps is null)) return x;
        Tensor counted = tape.Tensor(x.Shape).WithGradient(x.NeedsGradient).WithLengthsOf(x);
        x.Span.CopyTo(counted.Span);
        counted.ClearPadding();
        steps?.ClearIgnored(counted);
        return counted;
    }
}
