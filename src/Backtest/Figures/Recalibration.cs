using NeuralCore.Metrics;

namespace NeuralCore.Backtest;

/// <summary>
/// What one number can mend: <see cref="TemperatureScaling"/> of the probability of a rise, fitted on the validation rows of each fold and
/// applied to its test rows. Only rows with a direction count.
/// </summary>
/// <param name="Temperatures">T of every fold: over 1 where the model was too sure; 1 where nothing could be fitted.</param>
/// <param name="Validation">Log-loss on the validation rows of all folds, where T was chosen.</param>
/// <param name="Test">Log-loss on the test rows of all folds, which no T has seen.</param>
public sealed record Recalibration(IReadOnlyList<double> Temperatures, BeforeAfter Validation, BeforeAfter Test)
{
    /// <summary>Fits and applies; null where the validation rows of the model are not known.</summary>
    internal static Recalibration? Of(BacktestResult result, ModelPredictions model) => Of(result.Rows, result.ValidationReturns, model);

    /// <param name="rows">The test rows.</param>
    /// <param name="validation">Returns of the validation rows of every fold.</param>
    /// <param name="model">The model.</param>
    internal static Recalibration? Of(TestRows rows, IReadOnlyList<double[]> validation, ModelPredictions model)
    {
        if (model.Validation.Count == 0) return null;
        ILookup<int, int> test = Enumerable.Range(0, rows.Count).ToLookup(row => rows.Fold[row]);
        var (temperatures, seen, unseen) = (new double[model.Validation.Count], new Losses(), new Losses());
        for (int k = 0; k < temperatures.Length; k++)
        {
            double[] returns = validation[k];
            (int[] truth, double[] rise) = Directed(returns, [.. model.Validation[k].Select(p => ModelPredictions.Rise(p.Down, p.Up))]);
            temperatures[k] = TemperatureScaling.Fit(truth, rise);
            seen.Add(truth, rise, temperatures[k]);
            (truth, rise) = Directed([.. test[k].Select(row => rows.Return[row])],
                [.. test[k].Select(row => ModelPredictions.Rise(model.Down[row], model.Up[row]))]);
            unseen.Add(truth, rise, temperatures[k]);
        }
        return new Recalibration(temperatures, seen.Mean, unseen.Mean);
    }

    static (int[] Truth, double[] Rise) Directed(double[] returns, double[] rise)
    {
        int[] rows = [.. Enumerable.Range(0, returns.Length).Where(row => returns[row] != 0)];
        return ([.. rows.Select(row => returns[row] > 0 ? 1 : 0)], [.. rows.Select(row => rise[row])]);
    }

    /// <summary>Log-losses of the folds so far, each weighing as its rows do.</summary>
    sealed class Losses
    {
        double before, after;
        long n;

        public BeforeAfter Mean => new(n == 0 ? double.NaN : before / n, n == 0 ? double.NaN : after / n);

        public void Add(int[] truth, double[] rise, double temperature)
        {
            if (truth.Length == 0) return;
            before += truth.Length * Classification.LogLoss(truth, rise);
            after += truth.Length * Classification.LogLoss(truth, TemperatureScaling.Apply(rise, 1, temperature));
            n += truth.Length;
        }
    }
}

/// <summary>A figure before a change and after it; NaN where there is nothing to measure.</summary>
/// <param name="Before">Before.</param>
/// <param name="After">After.</param>
public sealed record BeforeAfter(double Before, double After);
