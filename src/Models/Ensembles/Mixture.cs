namespace NeuralCore.Models;

/// <summary>What several models say of the same rows, as one.</summary>
static class Mixture
{
    /// <summary>The weighted mean Σ w p / Σ w, row by row.</summary>
    /// <param name="said">Of each model its predictions of the rows.</param>
    /// <param name="weights">At least 0, not all 0.</param>
    internal static Prediction[] Mean(IReadOnlyList<Prediction[]> said, IReadOnlyList<double> weights)
    {
        double sum = weights.Sum();
        double[] w = [.. weights.Select(weight => weight / sum)];
        var mean = new Prediction[said[0].Length];
        for (int row = 0; row < mean.Length; row++) mean[row] = Mean(said, row, w);
        return mean;
    }

    /// <summary>The mean of one row with weights that sum to 1.</summary>
    internal static Prediction Mean(IReadOnlyList<Prediction[]> said, int row, ReadOnlySpan<double> w)
    {
        double down = 0, neutral = 0, up = 0;
        for (int m = 0; m < w.Length; m++)
        {
            Prediction p = said[m][row];
            (down, neutral, up) = (down + w[m] * p.Down, neutral + w[m] * p.Neutral, up + w[m] * p.Up);
        }
        return new Prediction((float)down, (float)neutral, (float)up);
    }

    /// <summary>What a prediction says if the price moves: UP and DOWN as they are to each other, a half each where both are 0.</summary>
    internal static Prediction IfItMoves(Prediction p)
    {
        float moves = p.Down + p.Up;
        return moves > 0 ? new Prediction(p.Down / moves, 0, p.Up / moves) : new Prediction(0.5f, 0, 0.5f);
    }

    /// <summary>The same chance of a move without a side, so that nothing is called.</summary>
    internal static Prediction WithoutSide(Prediction p)
    {
        float half = (p.Down + p.Up) / 2;
        return p with { Down = half, Up = half };
    }

    /// <summary>Probability that a prediction gives to a class.</summary>
    internal static float Of(Prediction p, Direction c) => c switch { Direction.Down => p.Down, Direction.Neutral => p.Neutral, _ => p.Up };
}
