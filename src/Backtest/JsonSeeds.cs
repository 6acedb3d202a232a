using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>What report.json says of a model's seeds and of its attention.</summary>
static class JsonSeeds
{
    public static void Write(Utf8JsonWriter json, ModelPredictions model, IReadOnlyList<SeedScores> seeds)
    {
        // What is right of another target is no direction.
        (string rate, string accuracy) = model.Truth is null ? ("direction", "direction_accuracy") : ("rate", "accuracy");
        json.WriteBoolean("random", model.IsRandom);
        JsonScores.Each(json, "seeds", seeds, seed =>
        {
            json.WriteNumber("seed", seed.Seed);
            JsonScores.Rate(json, rate, seed.Scores.Direction);
            JsonScores.Number(json, "log_loss", seed.Scores.Metrics.LogLoss);
            JsonScores.Rate(json, "most_confident", seed.Scores.MostConfident, seed.Scores.MostConfidentCoverage);
        });
        if (seeds.Count == 0) json.WriteNull("over_seeds");
        else
        {
            json.WriteStartObject("over_seeds");
            Spread(json, accuracy, SeedSpread.Of(seeds, scores => scores.Direction.Accuracy));
            Spread(json, "log_loss", SeedSpread.Of(seeds, scores => scores.Metrics.LogLoss));
            Spread(json, "most_confident_accuracy", SeedSpread.Of(seeds, scores => scores.MostConfident.Accuracy));
            json.WriteEndObject();
        }
        JsonScores.Each(json, "attention", model.Attention, month =>
        {
            json.WriteString("month", Format.Iso(month.MonthStart)[..7]);
            json.WriteNumber("rows", month.Rows);
            JsonScores.Numbers(json, "weights", month.Weights);
        });
    }

    static void Spread(Utf8JsonWriter json, string name, SeedSpread spread)
    {
        json.WriteStartObject(name);
        JsonScores.Number(json, "mean", spread.Mean);
        JsonScores.Number(json, "deviation", spread.Deviation);
        JsonScores.Number(json, "least", spread.Least);
        JsonScores.Number(json, "greatest", spread.Greatest);
        json.WriteEndObject();
    }
}
