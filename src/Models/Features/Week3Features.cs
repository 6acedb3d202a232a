namespace NeuralCore.Models;

/// <summary>The six columns of <see cref="Week3Signals"/> as features.</summary>
static class Week3Features
{
    public static IReadOnlyList<Feature> All { get; } =
        [.. Week3Signals.Names.Select((name, k) => new Feature(name, pair => pair.Of(Signals, Week3Signals.Names.Count)[k]) { Span = 21 })];

    static Recursion Signals()
    {
        var signals = new Week3State();
        return (pair, t, columns) => signals.Next(pair.Candles, t, columns);
    }
}
