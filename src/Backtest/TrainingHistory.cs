using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>Renders all trainings of a backtest, epoch by epoch, as JSON; the keys are described in docs/report.md.</summary>
static class TrainingHistory
{
    /// <summary>
    /// Writes <c>{"id", "trainings": [{"model", "seed", "fold", "pair", "history": {...}}]}</c>, the history as
    /// <see cref="History.ToJson"/> has it.
    /// </summary>
    internal static void Write(Stream stream, BacktestResult result) => JsonText.WriteObject(stream, json =>
    {
        json.WriteString("id", result.Id);
        JsonScores.Each(json, "trainings", result.Models.SelectMany(Trainings), training =>
        {
            json.WriteString("model", training.Model);
            if (training.Seed is { } seed) json.WriteNumber("seed", seed);
            else json.WriteNull("seed");
            json.WriteNumber("fold", training.Run.Fold + 1);
            json.WriteString("pair", training.Run.Pair < 0 ? null : result.Pairs[training.Run.Pair].Name);
            json.WritePropertyName("history");
            using JsonDocument history = JsonDocument.Parse(training.Run.History.ToJson());
            history.RootElement.WriteTo(json);
        });
    });

    /// <summary>Those of every seed; without seeds those that are there.</summary>
    static IEnumerable<(string Model, ulong? Seed, TrainingRun Run)> Trainings(ModelPredictions model) => model.Seeds.Count == 0
        ? model.Trainings.Select(run => (model.Model, (ulong?)null, run))
        : model.Seeds.SelectMany(seed => seed.Trainings.Select(run => (model.Model, (ulong?)seed.Seed, run)));
}
