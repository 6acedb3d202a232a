namespace NeuralCore.Models.Data;

/// <summary>What a column's values are once read, and so in which array they stand.</summary>
internal enum ColumnKind
{
    /// <summary>0 or 1 in a <c>long[]</c>.</summary>
    Boolean,
    /// <summary><c>long[]</c>.</summary>
    Integer,
    /// <summary>Microseconds since 1970-01-01 in a <c>long[]</c>.</summary>
    Time,
    /// <summary>Microseconds since midnight in a <c>long[]</c>.</summary>
    TimeOfDay,
    /// <summary><c>double[]</c>.</summary>
    Real,
    /// <summary>Unscaled value in an <c>Int128[]</c>: value = unscaled / 10^Scale. Also unsigned 64-bit integers, with scale 0.</summary>
    Decimal,
    /// <summary><c>string[]</c>.</summary>
    Text,
    /// <summary><c>byte[][]</c>.</summary>
    Binary,
}

/// <summary>A column of a table file.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">The type in the file, for people, for example <c>int64</c> or <c>timestamp[ms, UTC]</c>.</param>
/// <param name="Kind">The kind of its values.</param>
/// <param name="Scale">Decimal places of a <see cref="ColumnKind.Decimal"/>.</param>
/// <param name="HasZone">Whether the times of a <see cref="ColumnKind.Time"/> column are known to be UTC.</param>
internal sealed record TableColumn(string Name, string Type, ColumnKind Kind, int Scale = 0, bool HasZone = true);

/// <summary>Consecutive values of one column.</summary>
/// <param name="Values">The array that <see cref="ColumnKind"/> names; its entry is a default value where the value is missing.</param>
/// <param name="Missing">Which values are missing; null where none is.</param>
internal readonly record struct ColumnValues(Array Values, bool[]? Missing)
{
    public int Count => Values.Length;

    public bool IsMissing(int i) => Missing is not null && Missing[i];

    public T[] As<T>() => (T[])Values;
}

/// <summary>The one door to table files, Parquet and CSV: columns by number, read block by block.</summary>
/// <remarks>Every failure to open or read is an <see cref="InvalidDataException"/> that begins with the file's path.</remarks>
internal abstract class Table(string path, IReadOnlyList<TableColumn> columns) : IDisposable
{
    public string Path { get; } = path;

    public IReadOnlyList<TableColumn> Columns { get; } = columns;

    /// <summary>The values of the chosen columns, one array of <see cref="ColumnValues"/> (in the order asked) a block.</summary>
    public abstract IEnumerable<ColumnValues[]> Blocks(IReadOnlyList<int> columns);

    public abstract void Dispose();

    /// <summary>Opens a file as Parquet if it is named or marked so, and as CSV otherwise.</summary>
    /// <exception cref="InvalidDataException">The file is missing, a directory, not readable, empty or damaged.</exception>
    public static Table Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new InvalidDataException($"{path}: expected a file, but it is a directory");
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: no such file");
        return Guard(path, () =>
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            try
            {
                return IsParquet(file) ? (Table)new Parquet.ParquetTable(path, file) : new CsvTable(path, file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        });
    }

    static bool IsParquet(FileStream file)
    {
        if (file.Name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)) return true;
        Span<byte> start = stackalloc byte[4];
        return RandomAccess.Read(file.SafeFileHandle, start, 0) == 4 && start.SequenceEqual("PAR1"u8);
    }

    /// <summary>Runs a step of reading; whatever is wrong with the file comes out as an error that names it.</summary>
    protected static T Guard<T>(string path, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        catch (OutOfMemoryException e)
        {
            throw new InvalidDataException($"{path}: there is not enough memory to read it (read fewer columns at a time)", e);
        }
    }
}
