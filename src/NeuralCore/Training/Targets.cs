namespace NeuralCore;

/// <summary>
/// Targets of some rows as the loss sees them: (rows, K), or where the model makes a sequence over the steps of its input (rows, T, K) with
/// the lengths of the rows, so that no step past a length counts. The memory is used again for the next rows.
/// </summary>
sealed class Targets(Model model, Loss loss)
{
    float[] values = [], weights = [];
    int[] lengths = [];
    Shape known;
    bool sequences, weighted;
    Tensor target;

    /// <summary>Lengths of the rows, in an array that may be longer; null: all steps are valid.</summary>
    internal int[]? Lengths { get; private set; }

    /// <summary>Reads the rows' targets, weights and lengths, and their inputs unless that span is empty.</summary>
    internal void Load(ISamples samples, ReadOnlySpan<int> rows, Span<float> inputs)
    {
        int columns = samples.TargetColumns, count = rows.Length * columns;
        if (values.Length < count) values = new float[count];
        samples.Copy(rows, inputs, values.AsSpan(0, count));
        weighted = samples.HasWeights;
        if (weighted) LoadWeights(samples, rows);
        Lengths = samples.HasLengths ? LoadLengths(samples, rows) : null;
        target = new Tensor(values, 0, new Shape(rows.Length, columns), needsGradient: false);
        if (!AreSequences(samples.InputShape) || columns % samples.InputShape[0] != 0) return;
        int steps = samples.InputShape[0];
        target = target.Reshape(new Shape(rows.Length, steps, columns / steps)).WithCheckedLengths(Lengths);
    }

    /// <summary>What the mean over these rows divides by: the loss's own weight, or Σ w times that of each row.</summary>
    internal double Weight()
    {
        if (!weighted) return loss.Weight(target);
        double sum = 0;
        for (int row = 0; row < target.Shape[0]; row++) sum += weights[row] * loss.Weight(target.Slice(row));
        return sum;
    }

    /// <summary>Σ w·loss over the rows, and scale times its gradient unless dY is empty.</summary>
    internal double Sum(Tensor y, double scale, Tensor dY)
    {
        if (target.Shape.Rank == 3 && (y.Shape.Rank < 3 || y.Shape[1] != target.Shape[1]))
            throw new ArgumentException($"Trainer: expected predictions for {target.Shape[1]} steps, as {model.Root}.OutputShape says, "
                + $"got {y.Shape}");
        if (!weighted) return loss.Sum(y, target, scale, dY);
        int count = target.Shape[0];
        if (y.Shape[0] != count)
            throw new ArgumentException($"Trainer: expected one prediction for each of {count} weighted rows, got {y.Shape}");
        double sum = 0;
        for (int row = 0; row < count; row++)
            sum += weights[row] * loss.Sum(y.Slice(row), target.Slice(row), scale * weights[row], dY.IsEmpty ? default : dY.Slice(row));
        return sum;
    }

    /// <summary>The shape of samples with a batch axis before it.</summary>
    internal static Shape Batch(int rows, Shape one) => one.Rank switch
    {
        1 => new Shape(rows, one[0]),
        2 => new Shape(rows, one[0], one[1]),
        3 => new Shape(rows, one[0], one[1], one[2]),
        _ => throw new ArgumentException($"Trainer: expected rows of one to three axes, (features), (time) or (time, features), got {one}"),
    };

    void LoadWeights(ISamples samples, ReadOnlySpan<int> rows)
    {
        if (weights.Length < rows.Length) weights = new float[rows.Length];
        samples.CopyWeights(rows, weights.AsSpan(0, rows.Length));
        foreach (float weight in weights.AsSpan(0, rows.Length))
            if (!(weight >= 0 && float.IsFinite(weight)))
                throw new ArgumentException($"Trainer: expected finite row weights of at least 0, got {weight}");
    }

    int[] LoadLengths(ISamples samples, ReadOnlySpan<int> rows)
    {
        Shape input = samples.InputShape;
        if (lengths.Length < rows.Length) lengths = new int[rows.Length];
        samples.CopyLengths(rows, lengths.AsSpan(0, rows.Length));
        foreach (int length in lengths.AsSpan(0, rows.Length))
            if (input.Rank < 1 || length < 1 || length > input[0])
                throw new ArgumentException($"Trainer: expected lengths from 1 to the steps of rows, got {length} for rows {input}");
        return lengths;
    }

    /// <summary>Whether the model turns (batch, T) or (batch, T, ...) into (batch, T, ...); asked once for each shape of samples.</summary>
    bool AreSequences(Shape input)
    {
        if (input == known) return sequences;
        Shape output = model.Root.OutputShape(Batch(1, input));
        (known, sequences) = (input, output.Rank >= 3 && output[1] == input[0]);
        return sequences;
    }
}
