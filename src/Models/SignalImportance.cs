namespace NeuralCore.Models;

/// <summary>What a signal is worth to a trained model: how its log-loss grows when rows swap the signal's values.</summary>
/// <param name="Feature">The feature's name, in whichever of the model's sets it is.</param>
/// <param name="Permutation">Growth of the mean log-loss, nats a row.</param>
/// <param name="Low">Lower end of the 95 % interval of <paramref name="Permutation"/>.</param>
/// <param name="High">Upper end.</param>
public sealed record ImportanceOfSignal(string Feature, double Permutation, double Low, double High);

/// <summary>
/// Permutation importance of any model. Of a row the feature's values in all candles of its window are put in the place of another row's,
/// so that their course in time stays one that was; whatever else the model sees stays. The loss is that of the class which came, of models
/// without NEUTRAL on rows with a direction. The interval is that of a mean over evenly spaced rows, taken as independent.
/// Source: Breiman, "Random forests", Machine Learning 45 (2001), section 10, with the loss in the place of errors.
/// </summary>
public static class SignalImportance
{
    const int MostRows = 2000, LeastRows = 100, Repeats = 2;
    const double Work = 5e11;       // multiply-adds of all predictions together, which bounds the rows
    const double WorkOfOthers = 2e5;    // of a row of a model that is no network
    const float Least = 1e-6f;      // of a probability, so that a loss is bounded

    /// <summary>The growth of each feature, the largest first.</summary>
    /// <param name="predictor">A fitted model.</param>
    /// <param name="rows">Rows to judge by, best those that no training saw; at most 2,000 of known outcome are used.</param>
    /// <param name="context">Seed, threads and cancellation; the result does not depend on the threads.</param>
    /// <returns>The features, and the number of rows that were used; no features where it is 0.</returns>
    /// <exception cref="InvalidOperationException">The model was never fitted.</exception>
    public static (IReadOnlyList<ImportanceOfSignal> Features, int Rows) Of(Predictor predictor, Windows rows, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(context);
        string[] names = [.. predictor.Model.FeatureSets.SelectMany(set => set.Features).Distinct()];
        (Windows some, Direction[] truth) = Judges(predictor, rows, names.Length);
        if (truth.Length == 0) return ([], 0);
        double[] before = Losses(predictor, some, truth);
        var importance = new ImportanceOfSignal[names.Length];
        Parallel.For(0, names.Length,
            new ParallelOptions { MaxDegreeOfParallelism = context.Threads, CancellationToken = context.Cancellation }, f =>
        {
            var growth = new double[truth.Length];
            int[] order = [.. Enumerable.Range(0, truth.Length)];
            for (int repeat = 0; repeat < Repeats; repeat++)
            {
                new CounterRandom(context.Seed, (ulong)(f * Repeats + repeat)).Shuffle<int>(order);
                double[] after = Losses(predictor, some.Swapped(predictor.Model.FeatureSets, names[f], order), truth);
                for (int i = 0; i < growth.Length; i++) growth[i] += (after[i] - before[i]) / Repeats;
            }
            double mean = growth.Average(), variance = growth.Sum(g => (g - mean) * (g - mean)) / Math.Max(1, growth.Length - 1);
            double half = 1.959963984540054 * Math.Sqrt(variance / growth.Length);
            importance[f] = new(names[f], mean, mean - half, mean + half);
        });
        return ([.. importance.OrderByDescending(i => i.Permutation).ThenBy(i => i.Feature, StringComparer.Ordinal)], truth.Length);
    }

    /// <summary>Evenly spaced rows of known outcome, as many as the model's size allows.</summary>
    static (Windows Rows, Direction[] Truth) Judges(Predictor predictor, Windows rows, int features)
    {
        DirectionModel model = predictor.Model;
        LabelRule rule = predictor.Labels ?? throw predictor.NotFitted();
        rows = rows.For(model.Judged);
        int[] known = [.. Enumerable.Range(0, rows.Count).Where(row => double.IsFinite(rows.Value(row))
            && (model.NeutralShare > 0 || rows.Value(row) != 0))];
        double most = Math.Clamp(Work / (WorkOf(predictor) * features * Repeats), LeastRows, MostRows);
        int step = (int)Math.Ceiling(Math.Max(1, known.Length) / most);
        Windows some = rows.Take([.. known.Where((_, i) => i % step == 0)]);
        return (some, [.. Enumerable.Range(0, some.Count).Select(row => model.NeutralShare > 0 ? rule.Class(some.Value(row))
            : some.Value(row) > 0 ? Direction.Up : Direction.Down)]);
    }

    static double WorkOf(Predictor predictor) => predictor is NetworkPredictor network
        ? network.Network.MultiplyAdds(new Shape(1, network.Model.Window, network.Model.Inputs.Features.Count))
        : predictor.Members.Sum(member => member == predictor ? WorkOfOthers : WorkOf(member));

    static double[] Losses(Predictor predictor, Windows rows, Direction[] truth)
    {
        Prediction[] said = predictor.Predict(rows);
        bool twoClasses = predictor.Model.NeutralShare == 0;
        return [
            .. said.Select((p, row) => -ScalarMath.Log(Math.Max(Mixture.Of(twoClasses ? Mixture.IfItMoves(p) : p, truth[row]), Least)))];
    }
}
