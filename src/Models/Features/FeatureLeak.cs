using System.Globalization;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>A feature's value that changed when only later candles were changed: the feature looks ahead.</summary>
/// <param name="Feature">Name of the feature.</param>
/// <param name="Symbol">The pair.</param>
/// <param name="Candle">Index of the pair's first candle whose value changed.</param>
/// <param name="OpenTime">Its open time in microseconds.</param>
/// <param name="Cut">Open time from which candles, of all pairs, were changed.</param>
/// <param name="Change">What was done to them.</param>
/// <param name="Expected">The value with all candles as they are.</param>
/// <param name="Actual">The value with later candles changed.</param>
public sealed record FeatureLeak(
    string Feature, string Symbol, int Candle, long OpenTime, long Cut, FutureChange Change, double Expected, double Actual)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"feature '{Feature}' of {Symbol} looks ahead: at candle {Candle}, {TimeText.ToIso(OpenTime)}, " +
        $"expected {Expected:R} whatever comes later, got {Actual:R} with candles from {TimeText.ToIso(Cut)} on " +
        $"{(Change == FutureChange.Deleted ? "deleted" : "multiplied by a million")}");
}

/// <summary>What the truncation of <see cref="FeatureChecks"/> does to the future.</summary>
public enum FutureChange
{
    /// <summary>Later candles are not there.</summary>
    Deleted,

    /// <summary>All prices, volumes and numbers of trades of later candles are a million times larger.</summary>
    Multiplied,
}

/// <summary>How many candles a feature needs, counted from the first one that it gets and including the one that it is asked for.</summary>
/// <param name="Feature">Name of the feature.</param>
/// <param name="Known">Until it is known; null if it never is, with as many candles as there are.</param>
/// <param name="Settled">
/// Until it is known and stays within a millionth, of its value or its mean size, of what it is with all earlier candles; null if it
/// never does.
/// </param>
public sealed record FeatureWarmUp(string Feature, int? Known, int? Settled);
