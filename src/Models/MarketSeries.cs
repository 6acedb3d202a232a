using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>One market with its features and the return that follows each candle: what windows are cut from.</summary>
public sealed class MarketSeries
{
    readonly int[] run;   // run[t]: candles up to t without a gap and with all features known

    /// <summary>A series with the given feature columns, each as long as the candles, NaN where not yet known.</summary>
    /// <exception cref="ArgumentException">A column's length differs from the number of candles.</exception>
    public MarketSeries(Candles candles, IReadOnlyList<double[]> columns)
    {
        ArgumentNullException.ThrowIfNull(candles);
        ArgumentNullException.ThrowIfNull(columns);
        (Candles, FeatureCount) = (candles, columns.Count);
        int n = candles.Count;
        Features = new float[n * columns.Count];
        NextReturn = new double[n];
        run = new int[n];
        foreach (double[] column in columns)
            if (column.Length != n) throw new ArgumentException($"features of {candles.Symbol}: expected {n} values, got {column.Length}");
        for (int t = 0; t < n; t++)
        {
            bool known = true;
            for (int f = 0; f < columns.Count; f++)
            {
                float value = (float)columns[f][t];
                Features[t * columns.Count + f] = value;
                known &= float.IsFinite(value);
            }
            run[t] = known ? (candles.Follows(t) ? run[t - 1] : 0) + 1 : 0;
            NextReturn[t] = t + 1 < n && candles.Follows(t + 1) ? candles.Close[t + 1] / candles.Close[t] - 1 : double.NaN;
        }
    }

    /// <summary>The candles.</summary>
    public Candles Candles { get; }

    /// <summary>Number of features I.</summary>
    public int FeatureCount { get; }

    /// <summary>Features (candles, I), row-major, not scaled.</summary>
    public float[] Features { get; }

    /// <summary>Close-to-close return from candle t to t + 1; NaN where candle t + 1 is not there (yet) or comes after a gap.</summary>
    public double[] NextReturn { get; }

    /// <summary>The series with the six Week-3 signals.</summary>
    public static MarketSeries Week3(Candles candles) => new(candles, Week3Signals.Compute(candles));

    /// <summary>Whether the <paramref name="length"/> candles ending at <paramref name="end"/> have no gap and all features.</summary>
    public bool HasWindow(int end, int length) => run[end] >= length;
}
