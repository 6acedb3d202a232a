namespace NeuralCore;

/// <summary>
/// What training minimises. A mean over a batch is a sum divided by a weight, so that a batch may be cut into shards: every shard adds to
/// the sum, and its gradient is scaled by one over the weight of the whole batch.
/// </summary>
/// <remarks>
/// Targets of sequences may carry lengths (<see cref="Tensor.WithLengths"/>): steps past them add nothing to the sum and the weight, and
/// their gradient is zero. <see cref="Weight"/> sees targets only, so the lengths of the predictions do not count. A <see cref="Trainer"/>
/// gives targets the lengths of their rows where the model's output is a sequence over the same steps.
/// <para>With <see cref="TrainerOptions.Threads"/> over 1, <see cref="Weight"/> and <see cref="Sum"/> run on several threads at once: a
/// loss of your own keeps nothing from call to call.</para>
/// </remarks>
public abstract class Loss
{
    /// <summary>Settings that stay as they are, by name: what a <see cref="Checkpoint"/> compares before a training goes on.</summary>
    public virtual IEnumerable<(string Name, double Value)> Settings => [];

    /// <summary>What the mean over these targets divides by: the number of rows or elements, or the sum of their weights.</summary>
    public abstract double Weight(Tensor target);

    /// <summary>
    /// Returns the sum of the losses of all rows and writes <paramref name="scale"/> times its gradient to <paramref name="dY"/>.
    /// </summary>
    /// <param name="y">Predictions (B, C).</param>
    /// <param name="target">Targets (B, K); K and their meaning are the loss's.</param>
    /// <param name="scale">Factor of the gradient, one over the batch's weight for a mean.</param>
    /// <param name="dY">Gradient (B, C), overwritten; empty if it is not wanted.</param>
    public abstract double Sum(Tensor y, Tensor target, double scale, Tensor dY);

    /// <summary>
    /// Returns the mean loss of a whole batch and writes its gradient to <paramref name="dY"/>. Where the targets weigh nothing, for
    /// example because all of them are ignored, the mean is NaN (0 / 0) and the gradient of an ignored row is 0.
    /// </summary>
    /// <param name="y">Predictions (B, C).</param>
    /// <param name="target">Targets (B, K).</param>
    /// <param name="dY">Gradient (B, C), overwritten; empty if it is not wanted.</param>
    public double Mean(Tensor y, Tensor target, Tensor dY = default)
    {
        double weight = Weight(target);
        return Sum(y, target, 1 / weight, dY) / weight;
    }

    /// <summary>
    /// What one row adds to <see cref="Weight"/>, as a <see cref="JointLoss"/> counts it: 1 for a mean over rows, whatever their weights. A
    /// loss whose mean runs over elements returns the number of elements of a row.
    /// </summary>
    /// <param name="targetColumns">Columns K of the targets.</param>
    protected internal virtual double RowWeight(int targetColumns) => 1;

    private protected void RequireGradient(Tensor y, Tensor dY)
    {
        if (!dY.IsEmpty && dY.Shape != y.Shape)
            throw new ArgumentException($"{GetType().Name}: expected a gradient of shape {y.Shape}, got {dY.Shape}");
    }

    /// <summary>
    /// Targets have the expected shape, or the same values with the last axes as one: (B, T, K), (B, K), or (B) of one value each.
    /// </summary>
    private protected void RequireTargets(Tensor target, Shape expected)
    {
        int rank = target.Shape.Rank;
        bool flat = rank > 0 && rank <= expected.Rank && target.Count == expected.Count;
        for (int axis = 0; flat && axis < Math.Max(1, rank - 1); axis++) flat = target.Shape[axis] == expected[axis];
        if (!flat)
            throw new ArgumentException($"{GetType().Name}: expected targets of shape {expected}, got {target.Shape}");
    }

    private protected float Finite(float target) => float.IsFinite(target) ? target
        : throw new ArgumentException($"{GetType().Name}: expected finite targets, got {target}");

    /// <summary>Sequences with lengths are gone through one by one, anything else as a whole.</summary>
    private protected static int Sequences(Tensor target) => target.HasLengths ? target.Shape[0] : 1;

    /// <summary>How many of a sequence's items count: the steps up to its length come first.</summary>
    private protected static int Valid(Tensor target, int sequence, int items)
        => target.HasLengths ? items / target.Shape[1] * target.Lengths[sequence] : items;

    /// <summary>How many of all items count.</summary>
    private protected static double Valid(Tensor target, int items)
    {
        double sum = 0;
        for (int sequence = 0; sequence < Sequences(target); sequence++) sum += Valid(target, sequence, ItemsOf(target, items));
        return sum;
    }

    /// <summary>Items of one sequence; 0 in a batch without any.</summary>
    private protected static int ItemsOf(Tensor target, int items) => items / Math.Max(1, Sequences(target));

    /// <summary>Whether a row (or element) counts, one of <paramref name="rows"/> over all sequences.</summary>
    private protected static bool Counts(Tensor target, int row, int rows)
    {
        int items = ItemsOf(target, rows);
        return row % items < Valid(target, row / items, items);
    }
}
