namespace NeuralCore.Models;

/// <summary>
/// multi-tf: three encoders, one for the pair's own candles, one for candles 4 times and one for candles 24 times as long, side by side
/// before the plan's head. Each sees the features of its own candles; of longer ones the last that have closed when the newest own candle
/// closes (<see cref="Feature.OnLonger"/>). single-tf is the same with the first encoder alone, to compare with.
/// <para>
/// A window (B, T, 3I) holds at each own candle the features of all three; the longer ones stand still until the next has closed, so that
/// every 4th or 24th step, counted back from the last, is one longer candle after another.
/// </para>
/// </summary>
public sealed record MultiTimeframeModel : PlanModel
{
    /// <summary>Sets its own window: 20 own, 20 of the middle and 11 of the longest candles.</summary>
    public MultiTimeframeModel() => Window = 241;

    /// <inheritdoc/>
    public override string Name => Timeframes == 1 ? "single-tf" : "multi-tf";

    /// <summary>Encoders: 1 for the own candles alone, 2 for the middle ones too, 3 for all.</summary>
    public int Timeframes { get; init; } = 3;

    /// <summary>How many times as long as the pair's own the candles of the second encoder are.</summary>
    public int Middle { get; init; } = 4;

    /// <summary>How many times as long as the pair's own the candles of the third encoder are.</summary>
    public int Longest { get; init; } = 24;

    /// <summary>Candles that an encoder sees at most; a window may hold fewer of the longer ones.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Units of each encoder.</summary>
    public int Hidden { get; init; } = 32;

    int[] Longer => [.. new[] { Middle, Longest }.Take(Timeframes - 1)];

    /// <summary>The features of the own candles, then those of the middle and the longest.</summary>
    public override FeatureSet Inputs => Timeframes == 1 ? Features
        : new($"{Features.Name}{string.Concat(Longer.Select(k => $"@{k}"))}", Features.Version,
            [.. Features.Features, .. Longer.SelectMany(k => Features.Features.Select(f => $"{f}@{k}"))]);

    /// <inheritdoc/>
    public override IReadOnlyList<FeatureSet> FeatureSets => [.. new[] { Features, Inputs }.Distinct()];

    /// <inheritdoc/>
    public override Layer Build(int features)
    {
        int width = features / Timeframes;
        (string, Layer)[] encoders = [Encoder("own", 1, 0), Encoder("middle", Middle, 1), Encoder("longest", Longest, 2)];
        return new Sequential([("encoders", new Concat(encoders[..Timeframes])), .. Head(Timeframes * Hidden)]);

        (string, Layer) Encoder(string name, int stride, int place) => (name, new Sequential(
            ("steps", new TakeSteps(Math.Min(Steps, (Window - 1) / stride + 1), stride, place * width, width)),
            ("rnn", RecurrentModel.Cells(gru: false, width, Hidden, recurrent: Initializers.Orthogonal()))));
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings
        => [.. base.Settings, ("timeframes", Timeframes),
            .. new[] { ("middle", (double)Middle), ("longest", Longest) }.Take(Timeframes - 1), ("steps", Steps), ("hidden", Hidden)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "timeframes" => this with { Timeframes = value <= 3 ? Whole(name, value) : throw OutOfRange(name, value, "1, 2 or 3") },
        "middle" when Timeframes > 1 => this with { Middle = Times(name, value) },
        "longest" when Timeframes > 2 => this with { Longest = Times(name, value) },
        "steps" => this with { Steps = Whole(name, value) },
        "hidden" => this with { Hidden = Whole(name, value) },
        _ => base.With(name, value),
    };

    int Times(string name, double value)
        => value <= 1000 ? Whole(name, value, 2) : throw OutOfRange(name, value, "a whole number from 2 to 1000");
}
