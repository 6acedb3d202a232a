using System.Globalization;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>
/// A managed writer of flat Parquet files (Apache parquet-format): BOOLEAN; INT64 for integers and, as microseconds, times and times of
/// day; DOUBLE; DECIMAL(38, scale); texts and bytes. Pages of version 1 with DELTA_BINARY_PACKED integers and times, dictionaries where
/// they pay and PLAIN otherwise; statistics of every page and chunk.
/// </summary>
internal static class ParquetWriter
{
    /// <summary>Writes a table that is in memory; columns in which no value is missing become required ones.</summary>
    /// <inheritdoc cref="Write(string, IReadOnlyList{TableColumn}, Func{int, bool}, IEnumerable{ColumnValues[]}, ParquetOptions?, CancellationToken)"/>
    public static void Write(
        string path, IReadOnlyList<TableColumn> columns, ColumnValues[] table,
        ParquetOptions? options = null, CancellationToken cancellation = default) =>
        Write(path, columns, c => c < table.Length && table[c].Missing?.Contains(true) == true, [table], options, cancellation);

    /// <summary>
    /// Writes a table block by block: a row group, or several where it is long, for each block that has rows. The file is written under a
    /// temporary name in the same folder and moved into place.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="columns">The columns, by different names.</param>
    /// <param name="optional">Whether values of a column, by number, may be missing.</param>
    /// <param name="blocks">The values of all columns, one array of <see cref="ColumnValues"/> a block.</param>
    /// <param name="options">The layout of the file.</param>
    /// <param name="cancellation">Ends the writing; no file is left then.</param>
    /// <exception cref="ArgumentException">Columns or values cannot be stored; the message names column, row and value.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path, IReadOnlyList<TableColumn> columns, Func<int, bool> optional, IEnumerable<ColumnValues[]> blocks,
        ParquetOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        Check(path, columns, options);
        var writers = columns.Select((c, i) => ColumnWriter.For(c, optional(i), options)).ToList();
        NewFile.Write(path, file =>
        {
            file.Write("PAR1"u8);
            var groups = new List<WrittenGroup>();
            long row = 0;
            foreach (var block in blocks)
            {
                Check(path, columns, block);
                for (int from = 0; from < block[0].Count; from += options.GroupRows)
                {
                    int count = Math.Min(options.GroupRows, block[0].Count - from);
                    WrittenChunk Chunk(ColumnWriter w, int c)
                        => w.Write(new(path, w.Column, block[c], from, count, row), file, cancellation);
                    groups.Add(new(count, [.. writers.Select(Chunk)]));
                    row += count;
                }
            }
            cancellation.ThrowIfCancellationRequested();
            var footer = new Footer(writers, groups, options.Codec).ToBytes();
            file.Write(footer);
            file.Write(BitConverter.GetBytes(footer.Length));
            file.Write("PAR1"u8);
        });
    }

    static void Check(string path, IReadOnlyList<TableColumn> columns, ParquetOptions options)
    {
        if (columns.Count == 0) throw Bad(path, $"expected at least one column, got none");
        var names = new HashSet<string>();
        foreach (var column in columns)
        {
            if (!names.Add(column.Name)) throw Bad(path, $"expected columns of different names, got '{column.Name}' twice");
            if (column.Kind == ColumnKind.Decimal && column.Scale is < 0 or > DecimalFormat.Digits)
                throw Bad(path, $"column '{column.Name}': expected a scale of 0 to {DecimalFormat.Digits}, got {column.Scale}");
        }
        if (options.Codec is not (Codec.UNCOMPRESSED or Codec.SNAPPY or Codec.GZIP))
            throw Bad(path, $"expected codec UNCOMPRESSED, SNAPPY or GZIP, got {options.Codec}");
        if (options.GroupRows < 1 || options.PageRows < 1 || options.PageBytes < 1)
            throw Bad(path, $"expected row groups and pages of at least 1 row and byte, got {options}");
    }

    static void Check(string path, IReadOnlyList<TableColumn> columns, ColumnValues[] block)
    {
        if (block.Length != columns.Count) throw Bad(path, $"expected {columns.Count} columns, got {block.Length}");
        for (int c = 0; c < block.Length; c++)
        {
            if (block[c].Count != block[0].Count)
                throw Bad(path,
                    $"column '{columns[c].Name}': expected {block[0].Count} values as in '{columns[0].Name}', got {block[c].Count}");
            if (block[c].Missing is { } missing && missing.Length != block[c].Count)
                throw Bad(path, $"column '{columns[c].Name}': expected {block[c].Count} marks of missing values, got {missing.Length}");
        }
    }

    static ArgumentException Bad(string path, FormattableString what) =>
        new($"ParquetWriter '{path}': {what.ToString(CultureInfo.InvariantCulture)}");
}
