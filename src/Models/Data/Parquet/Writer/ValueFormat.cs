using System.Buffers;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>How the values of a kind of column are stored.</summary>
/// <typeparam name="T">What a stored value is held in.</typeparam>
internal abstract class ValueFormat<T> where T : notnull
{
    public abstract PhysicalType Type { get; }

    /// <summary>The encoding of pages that do not refer to a dictionary.</summary>
    public virtual Encoding Encoding => Encoding.PLAIN;

    /// <summary>When two values are one entry of a dictionary; null where no dictionary is tried.</summary>
    public virtual IEqualityComparer<T>? Equality => null;

    /// <summary>The stored values of all rows, anything for those that are missing.</summary>
    /// <exception cref="ArgumentException">A value cannot be stored.</exception>
    public abstract ReadOnlySpan<T> Stored(ColumnSlice slice);

    /// <summary>Bytes of a value in PLAIN, by which pages are cut and dictionaries judged.</summary>
    public abstract int PlainBytes(T value);

    /// <summary>Writes values in PLAIN.</summary>
    public abstract void WritePlain(ReadOnlySpan<T> values, ArrayBufferWriter<byte> to);

    /// <summary>Writes values in <see cref="Encoding"/>.</summary>
    public virtual void Write(ReadOnlySpan<T> values, ArrayBufferWriter<byte> to) => WritePlain(values, to);

    /// <summary>
    /// Smallest and largest value as statistics have them: PLAIN, without the length of a byte array. Null where there is none to state.
    /// </summary>
    public abstract (byte[] Min, byte[] Max)? Bounds(ReadOnlySpan<T> values);
}
