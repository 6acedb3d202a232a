using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>One training of a network.</summary>
/// <param name="Fold">Index of the fold.</param>
/// <param name="Pair">Index of the pair; -1 for a model of all pairs.</param>
/// <param name="History">Its epochs.</param>
public sealed record TrainingRun(int Fold, int Pair, History History);

/// <summary>What a model says when it is trained from one seed.</summary>
/// <param name="Seed">The seed; another run with this <c>--seed</c> on the same candles trains the same networks.</param>
/// <param name="Down">Probability of DOWN for every row.</param>
/// <param name="Neutral">Probability of NEUTRAL for every row.</param>
/// <param name="Up">Probability of UP for every row.</param>
/// <param name="ConfidenceThreshold">As <see cref="ModelPredictions.ConfidenceThreshold"/>, for every fold.</param>
public sealed record SeedPredictions(ulong Seed, float[] Down, float[] Neutral, float[] Up, float[] ConfidenceThreshold)
{
    /// <summary>The trainings behind these predictions.</summary>
    public IReadOnlyList<TrainingRun> Trainings { get; init; } = [];
}

/// <summary>Where a network's attention lay in one month of the test.</summary>
/// <param name="MonthStart">Start of the calendar month, µs since 1970 UTC.</param>
/// <param name="Rows">Rows of the month that were looked at, a sample of its test rows.</param>
/// <param name="Weights">Mean weight of each candle of the window (T), the oldest first; they sum to 1.</param>
public sealed record AttentionMonth(long MonthStart, long Rows, double[] Weights);

/// <summary>What one model says about every test row, and how it was trained in every fold.</summary>
public sealed class ModelPredictions
{
    /// <summary>Name of the model, for example <c>v3.1</c>.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Identity of the jobs behind the first seed's predictions, 16 hexadecimal digits of a hash of all that they depend on: program, data,
    /// settings, features, folds and seed. Null where there were no jobs.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>A phrase for the report, for example <c>BiLSTM 64+64, attention, 3 classes</c>.</summary>
    public string? Description { get; init; }

    /// <summary>The feature sets that it reads, an ensemble those of its members.</summary>
    public IReadOnlyList<FeatureSet> Features { get; init; } = [];

    /// <summary>Probability of DOWN for every row.</summary>
    public required float[] Down { get; init; }

    /// <summary>Probability of NEUTRAL for every row.</summary>
    public required float[] Neutral { get; init; }

    /// <summary>Probability of UP for every row.</summary>
    public required float[] Up { get; init; }

    /// <summary>
    /// Confidence that the most confident tenth of the fold's validation rows reaches, for every fold (<see cref="TopTenth"/>); NaN
    /// where the fold has none.
    /// </summary>
    public required float[] ConfidenceThreshold { get; init; }

    /// <summary>Epochs trained, for every fold; 0 for a model that does not train.</summary>
    public required int[] Epochs { get; init; }

    /// <summary>What the model says about the validation rows of every fold; empty where that is not known.</summary>
    public IReadOnlyList<Prediction[]> Validation { get; init; } = [];

    /// <summary>The trainings behind the model, epoch by epoch; none for a model that does not train.</summary>
    public IReadOnlyList<TrainingRun> Trainings { get; init; } = [];

    /// <summary>Whether training depends on a seed; a model without randomness is trained once, however many seeds there are.</summary>
    public bool IsRandom { get; init; }

    /// <summary>
    /// The model from each seed, the first being the one that all else here is about; none for a model without randomness, and where
    /// the training is not known.
    /// </summary>
    public IReadOnlyList<SeedPredictions> Seeds { get; init; } = [];

    /// <summary>
    /// Attention over the window, month by month in the order of time; none for a model without <see cref="AdditiveAttention"/>.
    /// </summary>
    public IReadOnlyList<AttentionMonth> Attention { get; init; } = [];

    /// <summary>Whether the model is a network.</summary>
    public bool IsNetwork { get; init; }

    /// <summary>Name of what the model is judged on: <c>direction</c>, or another <see cref="Models.Target"/>.</summary>
    public string Target { get; init; } = Models.Target.Direction.Name;

    /// <summary>
    /// Another target's value of every row, whose sign is the truth; 0: none; NaN: not known. Null where direction is the target.
    /// </summary>
    public double[]? Truth { get; init; }

    /// <summary>What a value over 0 of the other target says, in words (<see cref="Models.Target.Says"/>).</summary>
    public string Says { get; init; } = Models.Target.Direction.Says;

    /// <summary>What has a truth of the other target, in the plural (<see cref="Models.Target.Unit"/>).</summary>
    public string Unit { get; init; } = Models.Target.Direction.Unit;

    /// <summary>Candles that a truth of the other target spans (<see cref="Models.Target.Horizon"/>).</summary>
    public int TargetHorizon { get; init; } = Models.Target.Direction.Horizon;

    /// <summary>The other target's value of the validation rows of every fold, in the order of <see cref="Validation"/>.</summary>
    public IReadOnlyList<double[]> ValidationTruth { get; init; } = [];

    /// <summary>
    /// For every row whether at least half of the other target's truths among the training rows of its model are over 0.
    /// </summary>
    public bool[] MajorityUp { get; init; } = [];

    /// <summary>The other target's untrained rule, a number a row whose sign is its guess; null where there is none.</summary>
    public double[]? Rule { get; init; }

    /// <summary>Candles ahead of the forecast returns.</summary>
    public IReadOnlyList<int> Horizons { get; init; } = [];

    /// <summary>Forecast returns C(t+h) / C(t) - 1, (rows, <see cref="Horizons"/>).</summary>
    public float[] Forecast { get; init; } = [];

    /// <summary>Seconds spent in training, all folds together.</summary>
    public double Seconds { get; init; }

    /// <summary>
    /// Confidence in the direction: the larger of the probabilities of UP and DOWN. It is the largest of the three on every row with a
    /// call; where NEUTRAL is the largest, certainty that nothing happens is not taken for confidence in a direction.
    /// </summary>
    public static float Confidence(float down, float up) => Math.Max(down, up);

    /// <summary>Whether the confidence of a row reaches the threshold of its fold.</summary>
    public bool IsConfident(int row, int fold) => Confidence(Down[row], Up[row]) >= ConfidenceThreshold[fold];

    /// <summary>p_up / (p_up + p_down), the probability of a rise if the price moves; ½ where both are 0.</summary>
    public static double Rise(float down, float up) => (double)up + down > 0 ? up / ((double)up + down) : 0.5;

    /// <summary>The 90 % quantile of the confidence over validation rows: the threshold of the most confident tenth.</summary>
    /// <param name="down">Probability of DOWN for every validation row.</param>
    /// <param name="up">Probability of UP for every validation row.</param>
    /// <returns>NaN when there are no rows.</returns>
    public static float TopTenth(ReadOnlySpan<float> down, ReadOnlySpan<float> up)
    {
        if (down.Length != up.Length)
            throw new ArgumentException($"confidence threshold: expected {down.Length} probabilities of UP, got {up.Length}");
        if (down.Length == 0) return float.NaN;
        var confidence = new double[down.Length];
        for (int i = 0; i < confidence.Length; i++) confidence[i] = Confidence(down[i], up[i]);
        Array.Sort(confidence);
        return (float)BlockBootstrap.Quantile(confidence, 0.9);
    }

    /// <summary>What the model says from another of its seeds.</summary>
    internal ModelPredictions From(SeedPredictions seed) => new()
    {
        Model = Model, Down = seed.Down, Neutral = seed.Neutral, Up = seed.Up, ConfidenceThreshold = seed.ConfidenceThreshold,
        Epochs = Epochs,
    };

    /// <summary>The direction called on every row, sign(p_up - p_down): 1, -1, or 0 for a tie.</summary>
    public int Direction(int row) => Math.Sign(Up[row] - Down[row]);

    /// <summary>The class of the largest probability; NEUTRAL where it ties for the largest or where UP and DOWN tie.</summary>
    public byte Class(int row) =>
        Up[row] > Neutral[row] && Up[row] > Down[row] ? TestRows.Up
        : Down[row] > Neutral[row] && Down[row] > Up[row] ? TestRows.Down
        : TestRows.Neutral;

    internal void Validate(int rows, int folds)
    {
        Columns("", Down, Neutral, Up, ConfidenceThreshold, rows, folds);
        foreach (SeedPredictions seed in Seeds)
            Columns($"seed {seed.Seed}: ", seed.Down, seed.Neutral, seed.Up, seed.ConfidenceThreshold, rows, folds);
        Length(nameof(Epochs), Epochs.Length, folds);
        if (Rule is not null) Length(nameof(Rule), Rule.Length, rows);
        Length(nameof(Forecast), Forecast.Length, rows * Horizons.Count);
        if (Array.FindIndex(Forecast, value => !float.IsFinite(value)) is >= 0 and var odd)
            throw new ArgumentException($"predictions of {Model}: {nameof(Forecast)}: expected finite returns, got {Forecast[odd]} at "
                + $"value {odd}");
        if (Validation.Count > 0) Length(nameof(Validation), Validation.Count, folds);
        if (Truth is not null) Truths(Truth, rows, folds);
        foreach ((int fold, Prediction[] said) in Validation.Index())
            Probabilities($"validation of fold {fold + 1}: ", said.Length, row => said[row]);
    }

    void Truths(double[] truth, int rows, int folds)
    {
        Length(nameof(Truth), truth.Length, rows);
        Length(nameof(MajorityUp), MajorityUp.Length, rows);
        Length(nameof(ValidationTruth), ValidationTruth.Count, Validation.Count);
        foreach ((int fold, double[] values) in ValidationTruth.Index())
            Length($"{nameof(ValidationTruth)} of fold {fold + 1}", values.Length, Validation[fold].Length);
    }

    void Columns(string of, float[] down, float[] neutral, float[] up, float[] threshold, int rows, int folds)
    {
        Length(of + nameof(Down), down.Length, rows);
        Length(of + nameof(Neutral), neutral.Length, rows);
        Length(of + nameof(Up), up.Length, rows);
        Length(of + nameof(ConfidenceThreshold), threshold.Length, folds);
        Probabilities(of, rows, row => new Prediction(down[row], neutral[row], up[row]));
    }

    void Probabilities(string of, int rows, Func<int, Prediction> said)
    {
        for (int i = 0; i < rows; i++)
            if (said(i) is var p && !(p.Down >= 0 && p.Neutral >= 0 && p.Up >= 0 && Math.Abs(p.Down + p.Neutral + p.Up - 1) < 1e-3f))
                throw new ArgumentException($"predictions of {Model}: {of}row {i}: expected probabilities that sum to 1, got "
                    + $"{Format.Number(p.Down)}, {Format.Number(p.Neutral)}, {Format.Number(p.Up)}");
    }

    void Length(string column, int length, int expected)
    {
        if (length != expected) throw new ArgumentException($"predictions of {Model}: {column}: expected {expected} values, got {length}");
    }
}
