namespace NeuralCore.Backtest;

/// <summary>Direction accuracy in one calendar month.</summary>
/// <param name="From">Beginning of the month, µs since 1970 UTC.</param>
/// <param name="Rate">Accuracy with its interval by block bootstrap; of no rows in a month without any.</param>
public sealed record MonthRate(long From, Rate Rate);

/// <summary>Whether an edge lasts or comes from a few weeks: direction accuracy by calendar month (UTC).</summary>
public static class AccuracyOverTime
{
    /// <summary>The months from the first test row to the last, those without a row too, for every model.</summary>
    /// <param name="rows">The test rows.</param>
    /// <param name="models">The models.</param>
    /// <param name="seed">Seed of the bootstrap.</param>
    public static IReadOnlyList<IReadOnlyList<MonthRate>> Months(TestRows rows, IReadOnlyList<ModelPredictions> models, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(models);
        if (rows.Count == 0) return [.. models.Select(_ => Array.Empty<MonthRate>())];
        ILookup<DateTime, int> months = Enumerable.Range(0, rows.Count).ToLookup(row => MonthOf(rows.Time[row]));
        DateTime first = months.Min(month => month.Key), last = months.Max(month => month.Key);
        var scopes = new List<(long From, Scope Scope)>();
        for (DateTime month = first; month <= last; month = month.AddMonths(1))
            scopes.Add(((month - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, Scope.Pooled([.. months[month]], rows, seed)));
        return [.. models.Select(model => scopes.Select(month => new MonthRate(month.From,
            month.Scope.Rate(row => rows.Return[row] != 0, row => Evaluation.Hit(model.Direction(row), rows.Return[row])))).ToArray())];
    }

    static DateTime MonthOf(long time)
    {
        DateTime day = DateTime.UnixEpoch.AddMicroseconds(time);
        return new DateTime(day.Year, day.Month, 1, 0, 0, 0, DateTimeKind.Utc);
    }
}
