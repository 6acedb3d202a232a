using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>
/// Where a network's attention lies in its window, and whether that changes: means over each calendar month (UTC) of a sample of at most
/// 2,048 test rows a job.
/// </summary>
static class AttentionOverTime
{
    /// <summary>
    /// Test rows of a job that are looked at, at most, evenly spread over all of them. They go forward once, where an epoch of training
    /// takes all training rows forward and back.
    /// </summary>
    const int MostRows = 2048;

    /// <summary>The months of the sampled test rows; none for a model without a network with <see cref="AdditiveAttention"/>.</summary>
    /// <param name="predictor">The trained model; of an ensemble the first member that is a network.</param>
    /// <param name="test">Its test rows, as they come from the series.</param>
    internal static IReadOnlyList<AttentionMonth> Of(Predictor predictor, Windows test)
    {
        if (predictor.Members.OfType<NetworkPredictor>().FirstOrDefault() is not { } network || test.Count == 0) return [];
        int step = (test.Count + MostRows - 1) / MostRows;
        int[] sample = [.. Enumerable.Range(0, test.Count).Where(row => row % step == 0)];
        Windows rows = network.Seen(test.Take(sample)).Scaled(network.Scaler!);
        var seen = new List<AttentionMonth>();
        Layer? first = null;
        int[] batch = [];
        Tape tape = network.Network.Tape();
        tape.Watch = (layer, _, values) =>
        {
            if (layer is not AdditiveAttention || layer != (first ??= layer)) return;
            for (int i = 0; i < batch.Length; i++)
                seen.Add(new AttentionMonth(Month(rows, batch[i]), 1, [.. values.Row(i).ToArray().Select(w => (double)w)]));
        };
        // A shard's rows run in one piece, so that the rows of the weights are those of the batch.
        foreach (int[] chunk in Enumerable.Range(0, rows.Count).Chunk(Trainer.ShardRows))
        {
            batch = chunk;
            var x = new Tensor(batch.Length, rows.InputShape[0], rows.InputShape[1]);
            rows.Copy(batch, x.Span, default);
            network.Network.Predict(rows.HasLengths ? x.WithLengths([.. batch.Select(rows.Steps)]) : x, tape);
            if (first is null) return [];
        }
        return Join(seen);
    }

    /// <summary>The months of several jobs as one, each row weighing the same.</summary>
    internal static IReadOnlyList<AttentionMonth> Join(IEnumerable<AttentionMonth> parts) => [.. parts.GroupBy(part => part.MonthStart)
        .OrderBy(month => month.Key).Select(month =>
        {
            long rows = month.Sum(part => part.Rows);
            var weights = new double[month.First().Weights.Length];
            foreach (AttentionMonth part in month)
                for (int t = 0; t < weights.Length; t++) weights[t] += part.Weights[t] * part.Rows / rows;
            return new AttentionMonth(month.Key, rows, weights);
        })];

    static long Month(Windows rows, int row)
    {
        (int pair, int end) = rows.Rows[row];
        DateTime day = DateTime.UnixEpoch.AddMicroseconds(rows.Series[pair].Candles.OpenTime[end]);
        return (new DateTime(day.Year, day.Month, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
