namespace NeuralCore.Models;

/// <summary>
/// A recursive average fed candle by candle: first the mean of <paramref name="seed"/> values, then A ← A + α (x - A). With
/// α = 2 / (n + 1) it is the exponential average of n candles, with α = 1/n Wilder's. Equal values x give exactly x.
/// </summary>
struct RecursiveAverage(int seed, double alpha)
{
    double first, value;
    int seen;

    public double Next(double x)
    {
        if (seen >= seed) return value += alpha * (x - value);
        if (seen == 0) first = x;
        value += x - first;
        if (++seen < seed) return double.NaN;
        return value = first + value / seed;
    }
}
