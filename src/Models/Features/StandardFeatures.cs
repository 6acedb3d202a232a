namespace NeuralCore.Models;

/// <summary>Twenty indicators.</summary>
static class StandardFeatures
{
    public static IReadOnlyList<Feature> All { get; } = [];
}
