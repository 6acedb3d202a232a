using System.Globalization;

namespace NeuralCore.Models;

/// <summary>
/// A trained model of single rows: probabilities of classes, or a number. Immutable, so that any number of threads may share it. Fitted by
/// <see cref="HistogramGradientBoosting"/>, <see cref="RandomForest"/> and <see cref="LogisticRegression"/>.
/// </summary>
public abstract class TabularModel
{
    const int BlockRows = 1024;
    const string Format = "neuralcore.tabular", Version = "1";

    private protected TabularModel(int features, int classes) => (Features, Classes) = (features, classes);

    /// <summary>Values that a row must have, F.</summary>
    public int Features { get; }

    /// <summary>Number of classes, K; 0: the model predicts a number.</summary>
    public int Classes { get; }

    /// <summary>Numbers that a row gives: K probabilities, or one value.</summary>
    public int Outputs => Math.Max(1, Classes);

    /// <summary>What each feature (F) contributes, as shares that sum to 1; all 0 for a model that uses none.</summary>
    public abstract double[] FeatureImportance();

    /// <summary>Probabilities (n, K) that sum to 1 in each row, or values (n), row-major.</summary>
    /// <param name="x">Rows of the same features as those of the training.</param>
    /// <param name="threads">Threads that share the rows; the result does not depend on them.</param>
    /// <exception cref="ArgumentException">The rows have another number of features, or values that the model does not take.</exception>
    public double[] Predict(FeatureMatrix x, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (x.Features != Features)
            throw new ArgumentException($"{GetType().Name}: expected rows of {Features} features, got {x.Features}", nameof(x));
        Check(x);
        var predictions = new double[(long)x.Rows * Outputs];
        Rows.Run(x.Rows, BlockRows, threads, (first, count) => Predict(x, first, predictions.AsSpan(first * Outputs, count * Outputs)));
        return predictions;
    }

    /// <summary>
    /// Mean log-loss (natural logarithm, probabilities bounded at 1e-15), or mean squared error, weighted as the rows are.
    /// </summary>
    /// <exception cref="ArgumentException">The rows do not fit the model.</exception>
    public double Loss(LabelledRows rows, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(rows);
        RequireKind(rows);
        return Loss(rows, Predict(rows.X, threads));
    }

    /// <summary>
    /// Permutation importance: by how much the loss grows when the values of one feature are put in a random order, the mean of several
    /// orders. Source: Breiman, "Random forests", Machine Learning 45 (2001), section 10, with the loss in the place of errors.
    /// </summary>
    /// <param name="rows">Rows to judge by, best those that no training saw.</param>
    /// <param name="repeats">Orders for each feature.</param>
    /// <param name="seed">Seed of the orders.</param>
    /// <param name="threads">Threads that share the rows; the result does not depend on them.</param>
    /// <param name="cancellation">Ends it before the next order.</param>
    /// <returns>The growth of the loss for each feature (F).</returns>
    public double[] PermutationImportance(LabelledRows rows, int repeats = 5, ulong seed = 0, int threads = 1,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        double loss = Loss(rows, threads);
        float[] values = rows.X.Values.ToArray(), column = new float[rows.Count];
        var mixed = new FeatureMatrix(values, Features);
        var importance = new double[Features];
        for (int f = 0; f < Features; f++)
        {
            for (int i = 0; i < column.Length; i++) column[i] = values[i * Features + f];
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                cancellation.ThrowIfCancellationRequested();
                new CounterRandom(seed, (ulong)f * (ulong)repeats + (ulong)repeat).Shuffle<float>(column);
                for (int i = 0; i < column.Length; i++) values[i * Features + f] = column[i];
                importance[f] += (Loss(rows, Predict(mixed, threads)) - loss) / repeats;
            }
            for (int i = 0; i < column.Length; i++) values[i * Features + f] = rows.X.Values.Span[i * Features + f];
        }
        return importance;
    }

    /// <summary>Writes the model as a safetensors file, which appears whole or not at all.</summary>
    /// <param name="path">The file; an old one is replaced.</param>
    public void Save(string path)
    {
        var texts = new Dictionary<string, string>
        {
            ["format"] = Format, ["version"] = Version, ["model"] = GetType().Name,
            ["features"] = Features.ToString(CultureInfo.InvariantCulture),
            ["classes"] = Classes.ToString(CultureInfo.InvariantCulture),
        };
        Safetensors.WriteExact(path, Tensors(), texts);
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote; it predicts the same bits.</summary>
    /// <exception cref="FileNotFoundException">There is no such file (<see cref="DirectoryNotFoundException"/>: no such
    /// folder).</exception>
    /// <exception cref="InvalidDataException">The file is damaged, of a newer version, or holds something else.</exception>
    public static TabularModel Load(string path)
    {
        Safetensors file = Safetensors.Read(path);
        try
        {
            string kind = Text("model");
            if (Text("format") != Format) throw new InvalidDataException($"expected the format {Format}, got {Text("format")}");
            if (Text("version") != Version)
                throw new InvalidDataException($"expected version {Version} of the format, got {Text("version")}");
            int features = Number("features", 1, FeatureMatrix.MaxFeatures), classes = Number("classes", 0, LabelledRows.MaxClasses);
            if (classes == 1) throw new InvalidDataException("expected 0 or at least 2 classes, got 1");
            return kind switch
            {
                nameof(BoostedTrees) => BoostedTrees.Read(file, features, classes),
                nameof(ForestModel) => ForestModel.Read(file, features, classes),
                nameof(LogisticModel) => LogisticModel.Read(file, features, classes),
                _ => throw new InvalidDataException($"the model '{kind}' is not known"),
            };
        }
        catch (Exception e) when (e is InvalidDataException or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"{path}: not a readable tabular model: {e.Message}", e);
        }

        string Text(string name) => file.Metadata.TryGetValue(name, out string? text) ? text
            : throw new InvalidDataException($"expected a text '{name}', got none");
        int Number(string name, int least, int most)
            => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
                && number <= most
            ? number : throw new InvalidDataException($"expected '{name}' from {least} to {most}, got '{Text(name)}'");
    }

    /// <summary>What the file holds.</summary>
    private protected abstract IReadOnlyList<(string Name, Shape Shape, Array Values)> Tensors();

    /// <summary>Predicts the rows from <paramref name="first"/> on that fill the output.</summary>
    private protected abstract void Predict(FeatureMatrix x, int first, Span<double> output);

    /// <summary>Writes predictions (S, n) as rows: of two classes the first is what the second leaves.</summary>
    private protected void Write(double[][] predictions, Span<double> output)
    {
        for (int i = 0; i < output.Length / Outputs; i++)
            if (Classes == 2) (output[2 * i], output[2 * i + 1]) = (1 - predictions[0][i], predictions[0][i]);
            else for (int k = 0; k < Outputs; k++) output[i * Outputs + k] = predictions[k][i];
    }

    /// <summary>Throws if the model cannot take some value.</summary>
    private protected virtual void Check(FeatureMatrix x)
    {
    }

    /// <summary>Throws unless the rows are of the model's kind.</summary>
    internal void RequireKind(LabelledRows rows)
    {
        if (rows.Classes != Classes)
            throw new ArgumentException($"{GetType().Name}: expected rows of {Kind(Classes)}, got rows "
                + $"of {Kind(rows.Classes)}", nameof(rows));

        static string Kind(int classes) => classes == 0 ? "numbers" : $"{classes} classes";
    }

    double Loss(LabelledRows rows, double[] predictions)
    {
        double sum = 0, weight = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            double y = rows.Targets[i], error = Classes == 0 ? y - predictions[i] : 0;
            sum += rows.Weight(i) * (Classes == 0 ? error * error : -ScalarMath.Log(Math.Max(predictions[i * Classes + (int)y], 1e-15)));
            weight += rows.Weight(i);
        }
        return sum / weight;
    }
}
