using System.Numerics;

namespace NeuralCore.Metrics;

/// <summary>What all metrics demand of their input.</summary>
static class Check
{
    /// <summary>As many values as rows, at least one.</summary>
    internal static void Lengths(string metric, int rows, int values)
    {
        if (rows == 0) throw new ArgumentException($"{metric}: expected at least one row, got none");
        if (values != rows) throw new ArgumentException($"{metric}: expected {rows} values, one for each row, got {values}");
    }

    /// <summary>Number of columns of values (rows, C).</summary>
    internal static int Columns(string metric, int rows, int values, int least = 1)
    {
        if (rows == 0) throw new ArgumentException($"{metric}: expected at least one row, got none");
        return values % rows == 0 && values / rows >= least ? values / rows
            : throw new ArgumentException($"{metric}: expected values ({rows}, C), at least {least} for each row, got {values}");
    }

    internal static void Classes(string metric, ReadOnlySpan<int> truth, int classes)
    {
        foreach (int c in truth)
            if (c < 0 || c >= classes) throw new ArgumentException($"{metric}: expected classes from 0 to {classes - 1}, got {c}");
    }

    internal static double[] Finite<T>(string metric, ReadOnlySpan<T> values) where T : struct, IFloatingPoint<T>
    {
        var result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = T.IsFinite(values[i]) ? double.CreateChecked(values[i])
                : throw new ArgumentException($"{metric}: expected finite values, got {values[i]}");
        return result;
    }

    internal static double[] Probabilities<T>(string metric, ReadOnlySpan<T> values) where T : struct, IFloatingPoint<T>
    {
        double[] result = Finite(metric, values);
        foreach (double p in result)
            if (!(p >= 0 && p <= 1)) throw new ArgumentException($"{metric}: expected probabilities from 0 to 1, got {p}");
        return result;
    }

    /// <summary>The weights, or ones; their sum is over 0.</summary>
    internal static double[] Weights(string metric, int rows, ReadOnlySpan<double> weights)
    {
        var result = new double[rows];
        if (weights.IsEmpty) Array.Fill(result, 1);
        else
        {
            Lengths(metric, rows, weights.Length);
            weights.CopyTo(result);
        }
        double total = 0;
        foreach (double weight in result)
            total += weight >= 0 ? weight : throw new ArgumentException($"{metric}: expected weights of at least 0, got {weight}");
        return total > 0 && double.IsFinite(total) ? result
            : throw new ArgumentException($"{metric}: expected weights with a finite sum over 0, got {total}");
    }
}
