namespace NeuralCore.Tests;

/// <summary>How the input of a layer in the list of <see cref="GradientTests"/> is made, with any number of rows.</summary>
/// <param name="Shape">Its shape; the first axis counts rows.</param>
sealed record LayerInput(Shape Shape)
{
    /// <summary>Valid steps of the rows, from the first again where there are more rows; none: all.</summary>
    public IReadOnlyList<int> Lengths { get; init; } = [];

    /// <summary>Whole numbers under this; 0: numbers from -1 to 1.</summary>
    public int Indices { get; init; }

    /// <summary>Whether the values of a feature lie apart, so that none becomes the largest within the steps of a gradient check.</summary>
    public bool Apart { get; init; }

    /// <summary>Whether the shape says all.</summary>
    public bool IsPlain => Lengths.Count == 0 && Indices == 0 && !Apart;

    /// <summary>Whether the second axis counts steps.</summary>
    public bool IsSequence => Shape.Rank == 3 || Indices > 0;

    public static implicit operator LayerInput(Shape shape) => new(shape);

    public Tensor Make(int rows, ulong stream)
    {
        int[] sizes = [rows, .. Enumerable.Range(1, Shape.Rank - 1).Select(axis => Shape[axis])];
        Tensor x = Draw.Tensor(stream, sizes);
        for (int i = 0; i < x.Count && Indices > 0; i++) x.Span[i] = i * 5 % Indices;
        for (int i = 0; i < x.Count && Apart; i++) x.Span[i] = (i * 37 % 101 - 50) / 16f;
        return Lengths.Count == 0 ? x : x.WithLengths([.. Enumerable.Range(0, rows).Select(row => Lengths[row % Lengths.Count])]);
    }

    public Tensor Make(ulong stream) => Make(Shape[0], stream);
}
