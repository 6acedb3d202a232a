using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>The figures of report.json about other targets than the direction, and about forecasts of returns.</summary>
static class JsonTargets
{
    public static void Write(Utf8JsonWriter json, BacktestResult result, EvaluationResult evaluation)
    {
        JsonScores.Each(json, "other_targets", evaluation.Others, model =>
        {
            ModelPredictions said = result.Models.First(m => m.Model == model.Model);
            json.WriteString("model", model.Model);
            json.WriteString("description", said.Description);
            json.WriteString("target", model.Target);
            json.WriteString("says", model.Says);
            json.WriteString("unit", model.Unit);
            json.WriteNumber("horizon", said.TargetHorizon);
            json.WriteStartArray("epochs");
            foreach (int epochs in said.Epochs) json.WriteNumberValue(epochs);
            json.WriteEndArray();
            ReportJson.Scopes(json, "scores", result, model.Parts, part => Part(json, part));
            JsonSeeds.Write(json, said, model.Seeds);
            json.WriteString("thresholds_from", model.FromTest ? "test" : "validation");
            JsonScores.Each(json, "coverage", model.Coverage, at => Coverage(json, at));
        });
        JsonScores.Each(json, "forecasts", evaluation.Forecasts, model =>
        {
            json.WriteString("model", model.Model);
            JsonScores.Each(json, "horizons", model.Horizons, horizon =>
            {
                json.WriteNumber("horizon", horizon.Horizon);
                ReportJson.Scopes(json, "scores", result, horizon.Figures, figures => Forecast(json, figures));
            });
        });
    }

    /// <summary>How a model did on its own target in one scope.</summary>
    public static void Part(Utf8JsonWriter json, TargetPart part)
    {
        JsonScores.Rate(json, "rate", part.Accuracy);
        json.WriteNumber("ties", part.Scores.Ties);
        JsonScores.Rate(json, "base_rate", part.Base);
        if (part.Rule is { } rule) JsonScores.Rate(json, "rule", rule);
        else json.WriteNull("rule");
        if (part.Gain is { } gain)
        {
            json.WriteStartObject("gain");
            json.WriteString("against",
                part.Best switch { TargetBaseline.Rule => "rule", TargetBaseline.Coin => "coin", _ => "base_rate" });
            JsonScores.Number(json, "difference", gain.Value);
            JsonScores.Interval(json, gain.Interval);
            JsonScores.Number(json, "p", gain.PValue);
            json.WriteEndObject();
        }
        else json.WriteNull("gain");
        JsonScores.Rate(json, "most_confident", part.Scores.MostConfident, part.Scores.MostConfidentCoverage);
        JsonFigures.Metrics(json, part.Scores.Metrics);
    }

    /// <summary>Forecasts on all rows, a list by horizon; nothing for a model that forecasts none.</summary>
    public static void Forecasts(Utf8JsonWriter json, IReadOnlyList<ForecastScores> models)
    {
        foreach (ForecastScores model in models)
            JsonScores.Each(json, "forecasts", model.Horizons, horizon =>
            {
                json.WriteNumber("horizon", horizon.Horizon);
                Forecast(json, horizon.Figures.Combined);
            });
    }

    static void Coverage(Utf8JsonWriter json, TargetCoverage at)
    {
        JsonScores.Number(json, "asked", at.Point.Asked);
        JsonScores.Numbers(json, "thresholds", [.. at.Point.Thresholds]);
        JsonScores.Rate(json, "rate", at.Point.Rate, at.Point.Realised);
        json.WriteNumber("days", at.Point.Days);
        json.WriteNumber("hours", at.Hours);
        JsonScores.Number(json, "always_above", at.AlwaysAbove);
        JsonScores.Number(json, "base_rate_accuracy", at.Base);
        JsonScores.Number(json, "rule_accuracy", at.Rule);
    }

    static void Forecast(Utf8JsonWriter json, ForecastFigures figures)
    {
        json.WriteNumber("n", figures.N);
        JsonScores.Number(json, "skill", figures.Skill);
        JsonScores.Numbers(json, "skill_interval", [figures.SkillInterval.Low, figures.SkillInterval.High]);
        JsonScores.Number(json, "r2", figures.R2);
        JsonScores.Number(json, "rmse", figures.Rmse);
        JsonScores.Number(json, "mae", figures.Mae);
        JsonScores.Number(json, "walk_rmse", figures.WalkRmse);
        JsonScores.Number(json, "walk_mae", figures.WalkMae);
        JsonScores.Rate(json, "sign", figures.Sign);
        JsonScores.Number(json, "always_up", figures.AlwaysUp);
        JsonScores.Number(json, "level_r2", figures.LevelR2);
        JsonScores.Number(json, "persistence_r2", figures.PersistenceR2);
    }
}
