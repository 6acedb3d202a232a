namespace NeuralCore;

/// <summary>Which elements (rows, columns) a mask keeps, at least one in every row: a copy of what it was made from.</summary>
sealed class MaskElements
{
    readonly bool[,] kept;

    /// <summary>
    /// Keeps the elements that equal <paramref name="means"/>; <paramref name="none"/> begins the error for a row without any.
    /// </summary>
    internal MaskElements(bool[,] elements, bool means, string none)
    {
        ArgumentNullException.ThrowIfNull(elements);
        kept = new bool[elements.GetLength(0), elements.GetLength(1)];
        for (int row = 0; row < kept.GetLength(0); row++)
        {
            bool any = false;
            for (int column = 0; column < kept.GetLength(1); column++) any |= kept[row, column] = elements[row, column] == means;
            if (!any) throw new ArgumentException($"{none} {row}");
        }
    }

    internal bool this[int row, int column] => kept[row, column];

    internal bool Fits(int rows, int columns) => kept.GetLength(0) == rows && kept.GetLength(1) == columns;

    public override string ToString() => $"({kept.GetLength(0)}, {kept.GetLength(1)})";
}
