namespace NeuralCore;

/// <summary>Sizes of a tensor's axes, outermost first; up to four axes.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    /// <summary>Elements of the largest array with room for its alignment: sums of a size and a padding then stay within int.</summary>
    internal const int MaxCount = int.MaxValue - 127;

    readonly int d0, d1, d2, d3;

    /// <summary>A shape from its sizes, for example <c>new Shape(batch, time, features)</c>.</summary>
    /// <exception cref="ArgumentException">More than four axes, a negative size, or more than 2³¹ - 128 elements.</exception>
    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > 4) throw new ArgumentException($"shape: expected at most 4 axes, got {sizes.Length}");
        long count = 1;
        foreach (int size in sizes)
        {
            if (size < 0) throw new ArgumentException($"shape: expected sizes of at least 0, got {size}");
            count *= size;
            if (count > MaxCount)
                throw new ArgumentException($"shape: expected at most {MaxCount} elements, got "
                    + $"sizes {string.Join(" x ", sizes.ToArray())}");
        }
        Rank = sizes.Length;
        d0 = Rank > 0 ? sizes[0] : 1;
        d1 = Rank > 1 ? sizes[1] : 1;
        d2 = Rank > 2 ? sizes[2] : 1;
        d3 = Rank > 3 ? sizes[3] : 1;
    }

    /// <summary>Number of axes.</summary>
    public int Rank { get; }

    /// <summary>Size of axis <paramref name="axis"/>; a negative axis counts from the end.</summary>
    public int this[int axis] => (axis < 0 ? axis + Rank : axis) switch
    {
        0 when Rank > 0 => d0,
        1 when Rank > 1 => d1,
        2 when Rank > 2 => d2,
        3 when Rank > 3 => d3,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, $"shape {this} has {Rank} axes"),
    };

    /// <summary>Number of elements; 1 for a shape without axes.</summary>
    public int Count => d0 * d1 * d2 * d3;

    /// <summary>Number of rows when the last axis is taken as the row.</summary>
    public int Rows => Rank == 0 ? 1 : Rank == 1 ? 1 : Rank == 2 ? d0 : Rank == 3 ? d0 * d1 : d0 * d1 * d2;

    /// <summary>The same shape with another last axis.</summary>
    public Shape WithLast(int size) => Rank switch
    {
        1 => new Shape(size),
        2 => new Shape(d0, size),
        3 => new Shape(d0, d1, size),
        4 => new Shape(d0, d1, d2, size),
        _ => throw new InvalidOperationException("a shape without axes has no last axis"),
    };

    /// <summary>The same shape with another first axis.</summary>
    internal Shape WithFirst(int size) => Rank switch
    {
        1 => new Shape(size),
        2 => new Shape(size, d1),
        3 => new Shape(size, d1, d2),
        4 => new Shape(size, d1, d2, d3),
        _ => throw new InvalidOperationException("a shape without axes has no first axis"),
    };

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && d0 == other.d0 && d1 == other.d1 && d2 == other.d2 && d3 == other.d3;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rank, d0, d1, d2, d3);

    /// <summary>Equality of all sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Difference in any size.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in parentheses, for example <c>(32, 60, 20)</c>.</summary>
    public override string ToString()
    {
        var sizes = new int[Rank];
        for (int i = 0; i < Rank; i++) sizes[i] = this[i];
        return $"({string.Join(", ", sizes)})";
    }
}
