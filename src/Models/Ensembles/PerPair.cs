using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>A model of its own for each pair of the training rows, trained from scratch; other pairs' candles get no call.</summary>
public sealed record PerPair() : PairModel((new PlanRecurrent(), 1))
{
    /// <inheritdoc/>
    public override string Name => "per-pair";

    /// <inheritdoc/>
    internal override bool IsPretrained => false;
}

/// <summary>
/// Networks that are trained on all pairs, and from there on each pair's own rows with a smaller learning rate: weights, labels and scaler
/// are those of all pairs to begin with. Pairs that were not among the training rows have the network of all pairs.
/// </summary>
public sealed record FineTuned() : PairModel((new PlanRecurrent(), 1))
{
    /// <inheritdoc/>
    public override string Name => "fine-tuned";

    /// <summary>Learning rate on a pair's rows, as a multiple of that on all rows.</summary>
    public float RateFactor { get; init; } = 0.25f;

    /// <inheritdoc/>
    internal override bool IsPretrained => true;

    /// <inheritdoc/>
    public override double FurtherTrainings => 1;

    internal override Member ForPair(Member member)
        => member.Model is NetworkModel network ? member with { Model = network with { LearningRate = network.LearningRate * RateFactor } }
            : throw new ArgumentException($"{Name}: expected networks as members, got {member.Model.Name}");

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("rate_factor", Exact(RateFactor))];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "rate_factor" ? this with { RateFactor = Positive(name, value) } : base.With(name, value);
}

/// <summary>
/// An ensemble whose members are trained for each pair. With several members each pair has all of them and takes their weighted mean.
/// </summary>
public abstract record PairModel : WeightedModel
{
    private protected PairModel(params IEnumerable<(DirectionModel Model, double Weight)> members) : base(members) { }

    /// <summary>Training rows whose price moves that a pair needs for a model of its own.</summary>
    public int MinRows { get; init; } = 500;

    /// <inheritdoc/>
    public override bool SharesMembers => false;

    /// <summary>Whether the members are first trained on all pairs.</summary>
    internal abstract bool IsPretrained { get; }

    /// <summary>A member as it is trained on one pair.</summary>
    internal virtual Member ForPair(Member member) => member;

    private protected override CombinedPredictor CreatePredictor() => new PairPredictor(this);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("min_rows", MinRows)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value)
        => name == "min_rows" ? this with { MinRows = Whole(name, value) } : base.With(name, value);
}

/// <summary>Models of single pairs, by the pair's symbol.</summary>
public sealed class PairPredictor : CombinedPredictor
{
    readonly SortedDictionary<string, Committee> pairs = new(StringComparer.Ordinal);

    /// <summary>Models not yet fitted.</summary>
    /// <exception cref="ArgumentException">A member cannot be trained as the model says.</exception>
    public PairPredictor(PairModel model) : base(model) => _ = PairMembers;

    /// <summary>Symbols of the pairs that have models of their own; known after <see cref="Predictor.Fit"/>.</summary>
    public IEnumerable<string> Pairs => pairs.Keys;

    /// <inheritdoc/>
    public override IReadOnlyList<Predictor> Members
        => [.. Own.IsPretrained ? base.Members : [], .. pairs.Values.SelectMany(p => p.Predictors)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => [.. Own.IsPretrained ? base.Folders : [],
        .. pairs.Keys.SelectMany(pair => base.Folders.Select(folder => Prefix(pair) + folder))];

    PairModel Own => (PairModel)Model;

    Member[] PairMembers => [.. Own.Members.Select(Own.ForPair)];

    static string Prefix(string pair) => $"pair-{Uri.EscapeDataString(pair)}-";

    private protected override History? FitMembers(Windows training, Windows validation, FitContext context)
        => Own.IsPretrained ? base.FitMembers(training, validation, context) : null;

    /// <summary>
    /// What all pairs' members say of the rows whose pair has none of its own; of the others, and without such members, nothing.
    /// </summary>
    private protected override Prediction[][] Say(Windows rows)
    {
        Prediction nothing = HasNeutral ? new(1 / 3f, 1 / 3f, 1 / 3f) : new(0.5f, 0, 0.5f);
        Prediction[][] said = [.. Own.Members.Select(_ => Enumerable.Repeat(nothing, rows.Count).ToArray())];
        bool[] common = [.. rows.Series.Select(s => Own.IsPretrained && !pairs.ContainsKey(s.Candles.Symbol))];
        int[] rest = [.. Enumerable.Range(0, rows.Count).Where(row => common[rows.Rows[row].Pair])];
        if (rest.Length == 0) return said;
        Prediction[][] some = base.Say(rows.Take(rest));
        for (int m = 0; m < said.Length; m++)
            for (int i = 0; i < rest.Length; i++) said[m][rest[i]] = some[m][i];
        return said;
    }

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        pairs.Clear();
        foreach (string pair in training.Rows.Select(row => training.Series[row.Pair].Candles.Symbol).Distinct())
        {
            Windows rows = training.Take(Of(training, pair));
            if (Moving(rows) < Own.MinRows) continue;
            var committee = new Committee(PairMembers);
            committee.Fit(rows, validation.Take(Of(validation, pair)), context with { Progress = null },
                Own.IsPretrained ? base.Members : null);
            pairs.Add(pair, committee);
        }
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
    {
        Prediction[] predictions = Mixture.Mean(said, Weights);
        foreach ((string pair, Committee committee) in pairs) Replace(predictions, rows, Of(rows, pair), committee);
        return predictions;
    }

    static int[] Of(Windows rows, string pair)
    {
        bool[] wanted = [.. rows.Series.Select(s => s.Candles.Symbol == pair)];
        return [.. Enumerable.Range(0, rows.Count).Where(row => wanted[rows.Rows[row].Pair])];
    }

    private protected override void WriteLearned(Utf8JsonWriter json)
    {
        json.WriteStartArray("fitted_pairs");
        foreach (string pair in pairs.Keys) json.WriteStringValue(pair);
        json.WriteEndArray();
    }

    private protected override void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        if (Own.IsPretrained) base.WriteParts(folder, metadata);
        foreach ((string pair, Committee committee) in pairs) committee.Save(folder, metadata, Prefix(pair));
    }

    private protected override void ReadParts(string folder)
    {
        if (Own.IsPretrained) base.ReadParts(folder);
    }

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        string[] symbols = [.. Property(config, "fitted_pairs").EnumerateArray().Select(p => p.GetString() ?? "")];
        foreach ((int i, string pair) in symbols.Index())
        {
            bool first = i == 0 && !Own.IsPretrained;      // whose members say what settings all of them have
            Committee committee = Committee.Load(folder, PairMembers, Prefix(pair), same: !first);
            if (first) Become(folder, Own.WithMembers([.. committee.Predictors.Select(p => p.Model)]));
            if (!pairs.TryAdd(pair, committee))
                throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected distinct fitted_pairs, got {pair} twice");
        }
    }
}
