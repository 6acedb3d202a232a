using NeuralCore.Metrics;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>How near forecast returns came to those that followed, on the rows of one scope whose return is known.</summary>
/// <param name="N">Rows; without any all other figures are NaN.</param>
/// <param name="R2">Of the returns, against their mean over these rows, which nobody knew; 0 for forecasting it, under 0 for worse.</param>
/// <param name="Rmse">Root of the mean squared error.</param>
/// <param name="Mae">Mean absolute error.</param>
/// <param name="WalkRmse">Root of the mean squared error of a random walk, which forecasts 0.</param>
/// <param name="WalkMae">Its mean absolute error.</param>
/// <param name="Skill">
/// 1 - <paramref name="Rmse"/> / <paramref name="WalkRmse"/>: over 0 where the model is nearer than a random walk.
/// </param>
/// <param name="SkillInterval">
/// 95 % interval by block bootstrap over whole timestamps, with blocks of max(24, twice the horizon), since the returns of neighbouring
/// rows overlap; none where they overlap and the sample is too short for ten blocks of twice the horizon.
/// </param>
/// <param name="Sign">Share of right signs on the rows whose return is not zero, with an interval by the same bootstrap.</param>
/// <param name="AlwaysUp">Share of these rows that rose.</param>
/// <param name="LevelR2">
/// R² of the price C(t)(1 + forecast), the mean over pairs. Prices differ from one another far more than from the candle before, so
/// anything near the last price has nearly 1: it says nothing without <paramref name="PersistenceR2"/>.
/// </param>
/// <param name="PersistenceR2">The same of saying that the price stays.</param>
public sealed record ForecastFigures(long N, double R2, double Rmse, double Mae, double WalkRmse, double WalkMae, double Skill,
    Interval SkillInterval, Rate Sign, double AlwaysUp, double LevelR2, double PersistenceR2)
{
    /// <param name="rows">The test rows.</param>
    /// <param name="scope">Those to look at.</param>
    /// <param name="truth">Return of every test row, NaN where it is not known.</param>
    /// <param name="forecast">The forecast of every test row.</param>
    /// <param name="price">Close of every test row's candle.</param>
    internal static ForecastFigures Of(TestRows rows, Scope scope, double[] truth, double[] forecast, double[] price)
    {
        Func<int, bool> known = row => !double.IsNaN(truth[row]), moved = row => known(row) && truth[row] != 0;
        int[] own = [.. scope.Rows.ToArray().Where(known)];
        Rate sign = scope.Rate(moved, row => Evaluation.Hit(Math.Sign(forecast[row]), truth[row]));
        if (own.Length == 0)
            return new(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, Interval.None, sign, double.NaN,
                double.NaN, double.NaN);
        double[] y = Of(truth), said = Of(forecast), zero = new double[own.Length];
        double rmse = Regression.RootMeanSquaredError<double>(y, said), walk = Regression.RootMeanSquaredError<double>(y, zero);
        Interval ratio = scope.Ratio(row => known(row) ? Square(truth[row] - forecast[row]) : 0,
            row => known(row) ? Square(truth[row]) : 0);
        return new(own.Length, Regression.R2<double>(y, said), rmse, Regression.MeanAbsoluteError<double>(y, said), walk,
            Regression.MeanAbsoluteError<double>(y, zero), walk > 0 ? 1 - rmse / walk : double.NaN,
            new Interval(1 - Math.Sqrt(ratio.High), 1 - Math.Sqrt(ratio.Low)), sign, scope.Mean(moved, row => truth[row] > 0 ? 1 : 0),
            Level(row => 1 + forecast[row]), Level(_ => 1));

        double[] Of(double[] values) => Array.ConvertAll(own, row => values[row]);

        double Level(Func<int, double> growth) => own.GroupBy(row => rows.Pair[row]).Select(pair => Regression.R2<double>(
            [.. pair.Select(row => price[row] * (1 + truth[row]))], [.. pair.Select(row => price[row] * growth(row))])).Average();
    }

    static double Square(double x) => x * x;
}

/// <summary>A model's forecasts of the return over so many candles.</summary>
/// <param name="Horizon">Candles ahead.</param>
/// <param name="Figures">How near they came.</param>
public sealed record HorizonScores(int Horizon, ByScope<ForecastFigures> Figures);

/// <summary>A model that forecasts returns as numbers.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Horizons">Every horizon in its order.</param>
public sealed record ForecastScores(string Model, IReadOnlyList<HorizonScores> Horizons)
{
    internal static ForecastScores Of(BacktestResult result, ByScope<Scope> scopes, ModelPredictions model)
    {
        double[] price = result.OfCandles((pair, t) => result.Candles[pair].Close[t]);
        return new ForecastScores(model.Model, [.. model.Horizons.Select((horizon, h) =>
        {
            double[] truth = result.OfLabel(candles => Labels.Returns(candles, horizon));
            double[] forecast = [.. Enumerable.Range(0, result.Rows.Count)
                .Select(row => (double)model.Forecast[row * model.Horizons.Count + h])];
            return new HorizonScores(horizon, scopes.Map(scope => ForecastFigures.Of(result.Rows,
                scope.Over(horizon, result.Rows, result.Seed), truth, forecast, price)));
        })]);
    }
}
