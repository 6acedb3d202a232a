using System.Globalization;
using NeuralCore.Models;

namespace NeuralCore.Backtest.Cli;

/// <summary>The models of a run with the settings that the command line and the configuration file give them.</summary>
static class ModelSettings
{
    /// <summary>Keys of the configuration file that set models.</summary>
    public static readonly string[] Keys = ["models.*", "window", "neutral_share"];

    /// <summary>All models' names.</summary>
    public static string Names => string.Join(", ", DirectionModel.All.Select(m => m.Name));

    /// <summary>
    /// The models of these names. What is more specific wins: defaults, then what holds for all models (window, epochs, and neutral_share
    /// for all that know NEUTRAL), then <c>models.NAME.SETTING</c> of the file; epochs from the command line win over all.
    /// </summary>
    /// <param name="settings">The options; gets every model's settings as <c>models.NAME.SETTING</c>.</param>
    /// <param name="names">Names of the models.</param>
    /// <param name="epochs">Epochs of all networks; null: each model's own.</param>
    /// <param name="patience">Least patience of all networks; null: each model's own.</param>
    public static IReadOnlyList<DirectionModel> Of(Settings settings, IReadOnlyList<string> names, int? epochs, int? patience = null)
    {
        Dictionary<string, DirectionModel> models = DirectionModel.All.ToDictionary(m => m.Name);
        DirectionModel[] chosen = [.. names.Distinct().Select(DirectionModel.Named)];
        int window = settings.Whole("window", chosen.Max(m => m.Window), 2, 1000);
        double neutral = settings.Number("neutral_share", chosen.Max(m => m.NeutralShare), 0, 0.9);
        foreach (string name in models.Keys.ToArray())
        {
            DirectionModel model = models[name];
            if (settings.Given("window") && model.Has("window")) model = model.With("window", window);
            if (settings.Given("neutral_share") && model.NeutralShare > 0) model = model.With("neutral_share", neutral);
            bool stopsEarly = model.Has("patience");      // else its number of epochs is part of it
            if (model is NetworkModel && epochs is { } e && (stopsEarly || settings.Given("epochs"))) model = model.With("epochs", e);
            if (model is NetworkModel network && patience is { } p && stopsEarly)
                model = model.With("patience", Math.Max(network.Patience, p));
            models[name] = model;
        }
        (string Model, string Name, string Value)[] own = [.. settings.File?.ModelSettings ?? []];
        foreach ((string name, string setting, string value) in own.Where(s => models.GetValueOrDefault(s.Model) is not CombinedModel))
            models[name] = With(settings, models.GetValueOrDefault(name), name, setting, value);
        var asked = new Dictionary<string, bool>();     // whether an ensemble has its members already
        foreach (string name in models.Keys.ToArray()) GiveMembers(name);

        chosen = [.. chosen.Select(m => models[m.Name])];
        foreach (DirectionModel model in chosen.SelectMany(m => Asked(m).Select(member => member.Model).Append(m)))
            if (Problem(model) is { } problem)
                throw new UsageException($"{(settings.File is { } file ? $"{file.Path}: " : "")}key '{Key(model, own)}': {problem}");
        foreach (DirectionModel model in chosen)
            foreach ((string name, double value) in model.Settings) settings.Resolve($"models.{model.Name}.{name}", value);
        foreach (Member member in chosen.SelectMany(Asked))
            foreach ((string name, double value) in member.Model.Settings) settings.Resolve($"models.{member.Model.Name}.{name}", value);
        return chosen;

        // An ensemble's members are the models as this run has them; what the file sets of the ensemble itself comes after that.
        void GiveMembers(string name)
        {
            if (models[name] is not CombinedModel combined) return;
            if (asked.TryGetValue(name, out bool done) && !done)
                throw new UsageException($"{settings.File?.Path}: key 'models.{name}': expected members that do not ask it themselves");
            if (done) return;
            asked[name] = false;
            var mine = own.Where(s => s.Model == name).ToLookup(s => s.Name.StartsWith("weight_", StringComparison.Ordinal));
            foreach ((_, string setting, string value) in mine[true])
                combined = (CombinedModel)With(settings, combined, name, setting, value);
            foreach (Member member in combined.Members) GiveMembers(member.Model.Name);
            combined = combined.WithMembers([.. combined.Members.Select(m => models[m.Model.Name])]);
            foreach ((_, string setting, string value) in mine[false])
                combined = (CombinedModel)With(settings, combined, name, setting, value);
            (models[name], asked[name]) = (combined, true);
        }
    }

    static IEnumerable<Member> Asked(DirectionModel model)
        => model is CombinedModel combined ? combined.Members.SelectMany(m => Asked(m.Model).Prepend(m)) : [];

    /// <summary>Why no such model can be trained here; null: it can.</summary>
    static string? Problem(DirectionModel model)
    {
        // Weights, their gradients, and the two averages of Adam.
        long most = Math.Min(Array.MaxLength, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (4 * sizeof(float)));
        try
        {
            model.Create();
            return model is NetworkModel network && network.Size() is var size && size > most
                ? $"model {model.Name}: expected a network of at most {Format.Count(most)} weights, which this machine can train, "
                    + $"got {Format.Count(size)}"
                : null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>The key of a model that cannot be: of the one setting whose default would mend it, else of all.</summary>
    static string Key(DirectionModel model, (string Model, string Name, string Value)[] own)
    {
        Dictionary<string, double> usual = DirectionModel.Named(model.Name).Settings.ToDictionary(s => s.Name, s => s.Value);
        string? cause = own.Where(s => s.Model == model.Name && usual.ContainsKey(s.Name)).Select(s => s.Name)
            .FirstOrDefault(name => Problem(model.With(name, usual[name])) is null);
        return cause is null ? $"models.{model.Name}" : $"models.{model.Name}.{cause}";
    }

    static DirectionModel With(Settings settings, DirectionModel? model, string name, string setting, string text)
    {
        string key = $"models.{name}.{setting}";
        if (model is null) throw settings.Wrong(key, $"expected a model: {Names}");
        double value = bool.TryParse(text, out bool on) ? on ? 1 : 0
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : throw settings.Wrong(key, $"expected a number, got '{text}'");
        try
        {
            return model.With(setting, value);
        }
        catch (ArgumentException e)
        {
            throw settings.Wrong(key, e.Message);
        }
    }
}
