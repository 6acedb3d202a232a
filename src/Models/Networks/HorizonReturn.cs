using System.Collections.Concurrent;

namespace NeuralCore.Models;

/// <summary>The returns that models forecast as targets: one object for each horizon, so that a series keeps its label.</summary>
static class HorizonReturn
{
    static readonly ConcurrentDictionary<int, Target> Known = new();

    /// <summary>The return C_{t+h} / C_t - 1; beside it the rule that the last h candles' return goes on.</summary>
    internal static Target Of(int horizon) => Known.GetOrAdd(horizon, h => new Target($"return_{h}", candles => Labels.Returns(candles, h))
    {
        Horizon = h,
        Says = $"close {h} candles ahead above this one",
        Rule = candles => [.. Enumerable.Range(0, candles.Count).Select(t => t < h ? 0 : candles.Close[t] / candles.Close[t - h] - 1)],
    });
}
