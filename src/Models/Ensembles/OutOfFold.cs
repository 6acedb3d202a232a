namespace NeuralCore.Models;

/// <summary>
/// What models say of training rows that they were not fitted on. The rows are cut by time into blocks of about as many rows; those of
/// each block but the first are predicted by models fitted on the rows before it whose labels are known when its first candle opens.
/// The last 15 % of these validate, purged likewise.
/// </summary>
static class OutOfFold
{
    const double ValidationShare = 0.15;

    /// <summary>The predicted rows, block by block, and of each member its predictions; none where there are too few rows.</summary>
    /// <param name="members">The models.</param>
    /// <param name="training">The training rows.</param>
    /// <param name="folds">Blocks that are predicted.</param>
    /// <param name="context">Seed, threads and cancellation.</param>
    internal static (Windows Rows, Prediction[][] Said) Of(IReadOnlyList<Member> members, Windows training, int folds, FitContext context)
    {
        long[] opens = Opens(training), order = [.. opens.Order()];
        long[] begins = [.. Enumerable.Range(1, folds).Where(_ => order.Length > 0)
            .Select(k => order[(long)order.Length * k / (folds + 1)]).Distinct()];
        var rows = new List<int>();
        List<Prediction>[] said = [.. members.Select(_ => new List<Prediction>())];
        foreach ((int k, long begin) in begins.Index())
        {
            long end = k + 1 < begins.Length ? begins[k + 1] : long.MaxValue;
            Windows past = training.Until(begin);
            if (past.Count == 0) continue;
            long validate = Opens(past).Order().ElementAt((int)((1 - ValidationShare) * past.Count));
            Windows fit = past.Until(validate);
            if (!fit.Moves) continue;     // nothing to learn
            var committee = new Committee(members);
            committee.Fit(fit, From(past, validate), context with { Progress = null });
            int[] block = [.. Enumerable.Range(0, opens.Length).Where(row => opens[row] >= begin && opens[row] < end)];
            foreach ((int m, Prediction[] of) in committee.Say(training.Take(block)).Index()) said[m].AddRange(of);
            rows.AddRange(block);
        }
        return (training.Take(rows), [.. said.Select(of => of.ToArray())]);
    }

    static long[] Opens(Windows rows) => [.. rows.Rows.Select(row => rows.Series[row.Pair].Candles.OpenTime[row.End])];

    static Windows From(Windows rows, long time)
    {
        long[] opens = Opens(rows);
        return rows.Take([.. Enumerable.Range(0, opens.Length).Where(row => opens[row] >= time)]);
    }
}
