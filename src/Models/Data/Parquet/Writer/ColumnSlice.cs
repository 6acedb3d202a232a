using System.Globalization;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>The rows of a column that go into one row group.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="Column">The column.</param>
/// <param name="Values">The block that holds them.</param>
/// <param name="From">The first of them in the block.</param>
/// <param name="Count">Their number.</param>
/// <param name="Row">Rows of the file before them.</param>
internal readonly record struct ColumnSlice(string Path, TableColumn Column, ColumnValues Values, int From, int Count, long Row)
{
    public bool IsMissing(int i) => Values.IsMissing(From + i);

    /// <summary>All rows, those of missing values included.</summary>
    public ReadOnlySpan<T> As<T>() => Values.Values is T[] array
        ? array.AsSpan(From, Count)
        : throw new ArgumentException($"ParquetWriter '{Path}': column '{Column.Name}' ({Column.Kind}): "
            + $"expected {typeof(T).Name}[], got {Values.Values.GetType().Name}");

    public ArgumentException Bad(int i, string expected, string got) => new(string.Create(
        CultureInfo.InvariantCulture, $"ParquetWriter '{Path}': column '{Column.Name}', row {Row + i + 1}: expected {expected}, "
            + $"got {got}"));
}
