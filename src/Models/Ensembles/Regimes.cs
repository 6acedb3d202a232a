using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>
/// A model each for four kinds of market, told at the row's close: calm or turbulent, by whether recent volatility is over its median of
/// the training rows, and falling or rising, by the sign of the return over the last <see cref="Period"/> candles. A kind with too few
/// training rows is left to the common model of all rows. With several members each kind has all of them and takes their weighted mean.
/// </summary>
public sealed record Regimes() : WeightedModel((new Boosting(), 1))
{
    /// <inheritdoc/>
    public override string Name => "regimes";

    /// <summary>Names of the four kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["calm-falling", "calm-rising", "turbulent-falling", "turbulent-rising"];

    /// <summary>Candles of the recent volatility and of the trend.</summary>
    public int Period { get; init; } = 24;

    /// <summary>Training rows whose price moves that a kind needs for a model of its own.</summary>
    public int MinRows { get; init; } = 2000;

    /// <inheritdoc/>
    public override double FurtherTrainings => 1;

    /// <summary>The kind of market at the close of a candle.</summary>
    /// <param name="candles">The candles.</param>
    /// <param name="end">The candle.</param>
    /// <param name="threshold">Relative volatility over which it is turbulent.</param>
    public int Kind(Candles candles, int end, double threshold)
    {
        ArgumentNullException.ThrowIfNull(candles);
        return (MarketState.RelativeVolatility(candles, end, Period) > threshold ? 2 : 0)
            + (MarketState.Trend(candles, end, Period) > 0 ? 1 : 0);
    }

    private protected override CombinedPredictor CreatePredictor() => new RegimesPredictor(this);

    /// <inheritdoc/>
    public override int LookBack => Math.Max(base.LookBack, MarketState.LookBack(Period));

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("period", Period), ("min_rows", MinRows)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "period" => this with { Period = (int)Between(name, Whole(name, value), 2, 10_000) },
        "min_rows" => this with { MinRows = Whole(name, value) },
        _ => base.With(name, value),
    };
}

/// <summary>The common members, and some of each kind of market.</summary>
/// <param name="model">The ensemble.</param>
public sealed class RegimesPredictor(Regimes model) : CombinedPredictor(model)
{
    readonly Committee?[] own = new Committee?[Regimes.Kinds.Count];
    double threshold = 1;

    /// <summary>The kinds of market that have models of their own; known after <see cref="Predictor.Fit"/>.</summary>
    public IEnumerable<string> OwnKinds => Regimes.Kinds.Where((_, kind) => own[kind] is not null);

    /// <inheritdoc/>
    public override IReadOnlyList<Predictor> Members => [.. base.Members, .. own.SelectMany(committee => committee?.Predictors ?? [])];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders
        => [.. base.Folders, .. OwnKinds.SelectMany(kind => base.Folders.Select(folder => $"{kind}-{folder}"))];

    Regimes Own => (Regimes)Model;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        threshold = MarketState.Median(MarketState.RelativeVolatility(training, Own.Period));
        for (int kind = 0; kind < own.Length; kind++)
        {
            Windows rows = training.Take(Of(training, kind));
            own[kind] = null;
            if (Moving(rows) < Own.MinRows) continue;
            own[kind] = new Committee(Own.Members);
            own[kind]!.Fit(rows, validation.Take(Of(validation, kind)), context with { Progress = null });
        }
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
    {
        Prediction[] predictions = Mixture.Mean(said, Weights);
        for (int kind = 0; kind < own.Length; kind++)
            if (own[kind] is { } committee) Replace(predictions, rows, Of(rows, kind), committee);
        return predictions;
    }

    int[] Of(Windows rows, int kind) => [.. Enumerable.Range(0, rows.Count)
        .Where(row => rows.Rows[row] is var (pair, end) && Own.Kind(rows.Series[pair].Candles, end, threshold) == kind)];

    private protected override void WriteLearned(Utf8JsonWriter json)
    {
        json.WriteNumber("volatility_threshold", threshold);
        json.WriteStartArray("regimes");
        foreach (string kind in OwnKinds) json.WriteStringValue(kind);
        json.WriteEndArray();
    }

    private protected override void WriteParts(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        base.WriteParts(folder, metadata);
        for (int kind = 0; kind < own.Length; kind++) own[kind]?.Save(folder, metadata, $"{Regimes.Kinds[kind]}-");
    }

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        threshold = Property(config, "volatility_threshold").GetDouble();
        if (!(threshold > 0))
            throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected a volatility_threshold over 0");
        foreach (JsonElement name in Property(config, "regimes").EnumerateArray())
        {
            int kind = Regimes.Kinds.ToList().IndexOf(name.GetString() ?? "");
            if (kind < 0) throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected regimes of "
                + $"{string.Join(", ", Regimes.Kinds)}, got {name}");
            own[kind] = Committee.Load(folder, Own.Members, $"{Regimes.Kinds[kind]}-", same: true);
        }
    }
}
