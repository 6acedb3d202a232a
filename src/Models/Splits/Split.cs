namespace NeuralCore.Models;

/// <summary>
/// A division of rows: indices into the rows that were split, ascending. Rows in neither part are purged or embargoed, or lie outside of
/// it.
/// </summary>
/// <param name="Train">Rows that train.</param>
/// <param name="Test">Rows that are tested.</param>
public sealed record Split(int[] Train, int[] Test)
{
    /// <summary>Rows that validate, between training and test in time; only <see cref="Splits.ByTime"/> has any.</summary>
    public int[] Validate { get; init; } = [];
}
