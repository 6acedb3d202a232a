using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>What a feature of one candle contributes to a fitted model.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="Lag">Candles between its own and the window's last one.</param>
/// <param name="Share">Its share of what all splits gained, or of all sizes of coefficients
/// (<see cref="TabularModel.FeatureImportance"/>).</param>
/// <param name="Permutation">By how much the log-loss grows when rows swap its values
/// (<see cref="TabularModel.PermutationImportance"/>).</param>
public sealed record ImportanceOfFeature(string Feature, int Lag, double Share, double Permutation);

/// <summary>A classical model behind the <see cref="Predictor"/> door: labels, scaler and model are fitted on the training rows.</summary>
public sealed class TabularPredictor : Predictor
{
    const int BlockRows = 4096, ImportanceRows = 10_000, ImportanceRepeats = 2;

    readonly ClassicalModel options;
    TabularModel? model;
    Scaler? scaler;

    /// <summary>A model not yet fitted.</summary>
    /// <exception cref="ArgumentException">The model would see more candles than a window has.</exception>
    public TabularPredictor(ClassicalModel options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Lags > options.Window)
            throw new ArgumentException($"{options.Name}: expected lags up to the {options.Window} candles of a window, "
                + $"got {options.Lags}");
        this.options = options;
    }

    /// <inheritdoc/>
    public override DirectionModel Model => options;

    /// <inheritdoc/>
    public override Scaler? Scaler => scaler;

    /// <summary>The fitted model of single rows; known after <see cref="Fit"/>.</summary>
    public TabularModel Fitted
        => model ?? throw NotFitted();

    int Columns => options.Lags * options.Features.Features.Count;

    int Classes => options.NeutralShare == 0 ? 2 : 3;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are no training rows, with two classes none with a move, or windows shorter than the
    /// lags.</exception>
    public override FitResult Fit(Windows training, Windows validation, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(context);
        (training, validation) = (Seen(training).For(options.Target), Seen(validation).For(options.Target));
        if (training.Count == 0) throw new ArgumentException($"{options.Name}: expected training rows, got none");
        LabelRule labels = LabelRule.Fit(training, options.NeutralShare);
        Scaler? fittedScaler = options.IsScaled ? Scaler.Fit(training) : null;
        LabelledRows rows = Labelled(training, labels, fittedScaler)
            ?? throw new ArgumentException($"{options.Name}: expected training rows whose price moves, got none");
        model = options.Fit(rows, Labelled(validation, labels, fittedScaler), context);
        (Labels, scaler) = (labels, fittedScaler);
        return new FitResult(null);
    }

    /// <inheritdoc/>
    public override Prediction[] Predict(Windows rows)
    {
        Windows seen = Scaled(Seen(rows), scaler);
        var predictions = new Prediction[rows.Count];
        if (rows.Count == 0) return predictions;
        for (int first = 0; first < rows.Count; first += BlockRows)
        {
            int count = Math.Min(BlockRows, rows.Count - first);
            double[] p = Fitted.Predict(Matrix(seen, [.. Enumerable.Range(first, count)]));
            for (int i = 0; i < count; i++)
                predictions[first + i] = Classes == 2 ? new Prediction((float)p[2 * i], 0, (float)p[2 * i + 1])
                    : new Prediction((float)p[3 * i], (float)p[3 * i + 1], (float)p[3 * i + 2]);
        }
        return predictions;
    }

    /// <summary>
    /// What each feature contributes, the largest growth of the loss first; judged by evenly spaced rows, best the validation's, at most
    /// 10,000. Where there are none, with two classes none with a move, there is nothing to judge by and nothing is told.
    /// </summary>
    /// <param name="rows">Rows whose next return is known.</param>
    /// <param name="context">Seed, threads and cancellation.</param>
    public ImportanceOfFeature[] Importance(Windows rows, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(context);
        TabularModel fitted = Fitted;
        rows = Seen(rows).For(options.Target);
        int step = Math.Max(1, (rows.Count + ImportanceRows - 1) / ImportanceRows);
        Windows some = rows.Take([.. Enumerable.Range(0, (rows.Count + step - 1) / step).Select(i => i * step)]);
        if (Labelled(some, Labels!, scaler) is not { } judge) return [];
        double[] share = fitted.FeatureImportance();
        double[] growth = fitted.PermutationImportance(judge, ImportanceRepeats, context.Seed, context.Threads, context.Cancellation);
        IReadOnlyList<string> names = options.Features.Features;
        return [.. Enumerable.Range(0, Columns)
            .Select(c => new ImportanceOfFeature(names[c % names.Count], options.Lags - 1 - c / names.Count, share[c], growth[c]))
            .OrderByDescending(i => i.Permutation)];
    }

    /// <summary>The rows that have a class; null: none.</summary>
    LabelledRows? Labelled(Windows rows, LabelRule rule, Scaler? by)
    {
        Direction[] classes = [.. Enumerable.Range(0, rows.Count).Select(row => rule.Class(rows.Value(row)))];
        int[] chosen = [.. Enumerable.Range(0, rows.Count).Where(row => Classes == 3 || classes[row] != Direction.Neutral)];
        if (chosen.Length == 0) return null;
        int[] labels = [.. chosen.Select(row => Classes == 3 ? (int)classes[row] : (int)classes[row] / 2)];
        return new LabelledRows(Matrix(Scaled(rows, by), chosen), labels, Classes);
    }

    static Windows Scaled(Windows rows, Scaler? by) => by is null ? rows : rows.Scaled(by);

    FeatureMatrix Matrix(Windows rows, int[] chosen)
    {
        int columns = Columns;
        var values = new float[(long)chosen.Length * columns];
        for (int i = 0; i < chosen.Length; i++)
        {
            ReadOnlySpan<float> window = rows.Window(chosen[i]);
            if (window.Length < columns)
                throw new ArgumentException($"{options.Name}: expected windows of at least {options.Lags} candles, "
                    + $"got {rows.Steps(chosen[i])}");
            window[^columns..].CopyTo(values.AsSpan(i * columns));
        }
        return new FeatureMatrix(values, columns);
    }

    /// <inheritdoc/>
    private protected override void Write(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        WriteConfig(folder, metadata);
        scaler?.Save(Path.Combine(folder, "scaler.json"));
        Fitted.Save(Path.Combine(folder, "model.safetensors"));
    }

    /// <inheritdoc/>
    private protected override void Read(string folder, JsonElement config)
    {
        if (options.IsScaled) scaler = Scaler.Load(Path.Combine(folder, "scaler.json"), options.Features.Features.Count);
        model = Load(Path.Combine(folder, "model.safetensors"), options.FittedType, Columns, Classes);
    }

    /// <summary>Reads a fitted model that must be of a type, and of these numbers of features and classes.</summary>
    /// <exception cref="InvalidDataException">The file is missing or damaged, or holds another model.</exception>
    internal static TabularModel Load(string path, Type type, int features, int classes)
    {
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: is missing; expected a folder with a trained model");
        TabularModel loaded = TabularModel.Load(path);
        return loaded.GetType() == type && loaded.Features == features && loaded.Classes == classes ? loaded
            : throw new InvalidDataException(
            $"{path}: expected a {type.Name} of {features} features and {classes} classes, "
            + $"got a {loaded.GetType().Name} of {loaded.Features} features and {loaded.Classes} classes");
    }
}
