using System.Buffers;

namespace NeuralCore;

/// <summary>A part of some samples without a copy: the rows from <paramref name="first"/> on.</summary>
sealed class SampleRange(ISamples all, int first, int count) : ISamples
{
    public int Count => count;

    public Shape InputShape => all.InputShape;

    public int TargetColumns => all.TargetColumns;

    public bool HasWeights => all.HasWeights;

    public bool HasLengths => all.HasLengths;

    public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
    {
        int[] moved = Move(rows);
        all.Copy(moved.AsSpan(0, rows.Length), inputs, targets);
        ArrayPool<int>.Shared.Return(moved);
    }

    public void CopyWeights(ReadOnlySpan<int> rows, Span<float> weights)
    {
        int[] moved = Move(rows);
        all.CopyWeights(moved.AsSpan(0, rows.Length), weights);
        ArrayPool<int>.Shared.Return(moved);
    }

    public void CopyLengths(ReadOnlySpan<int> rows, Span<int> lengths)
    {
        int[] moved = Move(rows);
        all.CopyLengths(moved.AsSpan(0, rows.Length), lengths);
        ArrayPool<int>.Shared.Return(moved);
    }

    int[] Move(ReadOnlySpan<int> rows)
    {
        int[] moved = ArrayPool<int>.Shared.Rent(rows.Length);
        for (int i = 0; i < rows.Length; i++)
            moved[i] = rows[i] >= 0 && rows[i] < count ? first + rows[i]
                : throw new ArgumentOutOfRangeException(nameof(rows), rows[i], $"samples: expected rows from 0 to {count - 1}");
        return moved;
    }
}
