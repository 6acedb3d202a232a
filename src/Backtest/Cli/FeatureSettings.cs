using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest.Cli;

/// <summary>The features of a run: <c>--features</c>, for the models that do not fix their own.</summary>
/// <param name="Set">The set that was asked for.</param>
/// <param name="LeaveOutMissing">Whether features whose columns the candles lack are left out; else they are an error.</param>
sealed record FeatureSettings(FeatureSet Set, bool LeaveOutMissing)
{
    /// <summary>Names of all sets.</summary>
    public static string[] Names { get; } = [.. FeatureSet.All.Select(s => s.Name)];

    /// <summary>Interprets the options.</summary>
    public static FeatureSettings Of(Settings s) => new(FeatureSet.Named(s.OneOf("features", "week3", Names)), s.Flag("leave-out-missing"));

    /// <summary>The models with the features that these pairs allow.</summary>
    /// <exception cref="InvalidDataException">A pair lacks a column that a feature needs.</exception>
    public IReadOnlyList<DirectionModel> Give(IReadOnlyList<DirectionModel> models, IReadOnlyList<Candles> pairs)
    {
        FeatureSet? fitting = models.Any(m => m.WithFeatures(Set).FeatureSets.Contains(Set)) ? Set.For(pairs, LeaveOutMissing) : null;
        DirectionModel[] given = [.. models.Select(m => fitting is null ? m : m.WithFeatures(fitting))];
        Require(given, pairs);
        return given;
    }

    /// <summary>Checks that the pairs have what the models' features need.</summary>
    /// <exception cref="InvalidDataException">A pair lacks a column that a feature needs.</exception>
    public static void Require(IReadOnlyList<DirectionModel> models, IReadOnlyList<Candles> pairs)
    {
        foreach (FeatureSet set in models.SelectMany(m => m.FeatureSets).Distinct()) set.For(pairs, leaveOut: false);
    }
}
