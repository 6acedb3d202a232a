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
    /// <exception cref="InvalidDataException">A pair lacks a column that a feature needs, and such features are not to be left out.</exception>
    public IReadOnlyList<DirectionModel> Give(IReadOnlyList<DirectionModel> models, IReadOnlyList<Candles> pairs)
    {
        if (!models.Any(m => m.WithFeatures(Set).FeatureSets.Contains(Set))) return models;
        try
        {
            FeatureSet fitting = Set.For(pairs, LeaveOutMissing);
            return [.. models.Select(m => m.WithFeatures(fitting))];
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{e.Message} (--leave-out-missing)", e);
        }
    }
}
