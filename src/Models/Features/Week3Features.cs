namespace NeuralCore.Models;

/// <summary>The six columns of <see cref="Week3Signals"/> as features.</summary>
static class Week3Features
{
    public static IReadOnlyList<Feature> All { get; } =
        [.. Week3Signals.Names.Select((name, k) => new Feature(name, pair => pair.Of(Signals)[k]))];

    static double[][] Signals(MarketPair pair) => Week3Signals.Compute(pair.Candles);
}
