namespace NeuralCore.Models.Tests;

/// <summary>Columns of candles to feed to indicators.</summary>
sealed record Prices(double[] High, double[] Low, double[] Close, double[] Volume, double[] TakerBuy)
{
    public int Count => Close.Length;

    public long[] OpenTime => [.. Enumerable.Range(0, Count).Select(t => 1_700_000_000_000_000 + t * 900_000_000L)];

    /// <summary>Candles around given closes: both shadows and the share of the takers are random.</summary>
    public static Prices Around(int seed, double[] close, double shadow = 0.01, double volume = 1000)
    {
        var random = new CounterRandom((ulong)seed, 13);
        double[] high = new double[close.Length], low = [.. high], volumes = [.. high], taker = [.. high];
        for (int t = 0; t < close.Length; t++)
        {
            double open = t == 0 ? close[0] : close[t - 1];
            high[t] = Math.Max(open, close[t]) * (1 + shadow * random.NextDouble());
            low[t] = Math.Min(open, close[t]) * (1 - shadow * random.NextDouble());
            volumes[t] = volume * random.NextDouble();
            taker[t] = volumes[t] * random.NextDouble();
        }
        return new Prices(high, low, close, volumes, taker);
    }

    public static Prices Random(int seed, int count) => Around(seed, IndicatorsTests.Walk(seed, count));

    public static Prices Flat(int count, double price, double volume) => new(
        Constant(count, price), Constant(count, price), Constant(count, price), Constant(count, volume), Constant(count, volume / 2));

    public Prices this[Range range] => Each(column => column[range]);

    public Prices After(Prices before) => new(
        [.. before.High, .. High], [.. before.Low, .. Low], [.. before.Close, .. Close], [.. before.Volume, .. Volume],
        [.. before.TakerBuy, .. TakerBuy]);

    public Prices Each(Func<double[], double[]> map) => new(map(High), map(Low), map(Close), map(Volume), map(TakerBuy));

    static double[] Constant(int count, double value)
    {
        var values = new double[count];
        Array.Fill(values, value);
        return values;
    }
}
