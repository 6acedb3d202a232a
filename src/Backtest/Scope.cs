namespace NeuralCore.Backtest;

/// <summary>
/// A set of test rows that is scored together, with the interval that suits it: Wilson for one pair, block bootstrap for rows of
/// several pairs. Functions of a row take its index in <see cref="TestRows"/>.
/// </summary>
sealed class Scope
{
    readonly int[] rows;
    readonly BlockBootstrap? bootstrap;

    Scope(int[] rows, BlockBootstrap? bootstrap, bool pooled) => (this.rows, this.bootstrap, IsPooled) = (rows, bootstrap, pooled);

    public static Scope OfPair(int[] rows) => new(rows, null, pooled: false);

    public static Scope Pooled(int[] rows, TestRows all, ulong seed) =>
        new(rows, new BlockBootstrap(TimesOf(rows, all), seed), pooled: true);

    /// <summary>
    /// The same rows for what spans so many candles. Over 1 candle neighbouring rows overlap, so even one pair's intervals are by block
    /// bootstrap, in blocks of max(24, 2 horizon) timestamps; there are none where the sample is too short for 2 horizon.
    /// </summary>
    public Scope Over(int horizon, TestRows all, ulong seed) => new(rows, new BlockBootstrap(TimesOf(rows, all), seed,
        Math.Max(BlockBootstrap.Block, 2 * horizon), least: horizon > 1 ? 2 * horizon : 1), IsPooled);

    static long[] TimesOf(int[] rows, TestRows all) => Array.ConvertAll(rows, row => all.Time[row]);

    public ReadOnlySpan<int> Rows => rows;

    /// <summary>Whether it may have rows of several pairs.</summary>
    public bool IsPooled { get; }

    public int BlockLength => bootstrap?.BlockLength ?? 1;

    public long Count(Func<int, bool> condition) => rows.LongCount(condition);

    /// <summary>Share of hits among the rows that count.</summary>
    public Rate Rate(Func<int, bool> counts, Func<int, double> hit)
    {
        double[] counted = Column(row => counts(row) ? 1 : 0), hits = Column(row => counts(row) ? hit(row) : 0);
        long n = (long)counted.Sum();
        double sum = hits.Sum();
        return new Rate(sum, n, bootstrap is null ? Interval.Wilson(sum, n) : bootstrap.Ratio(hits, counted));
    }

    /// <summary>Mean over the rows that count; NaN without any.</summary>
    public double Mean(Func<int, bool> counts, Func<int, double> value)
    {
        long n = rows.LongCount(counts);
        return n == 0 ? double.NaN : rows.Where(counts).Sum(value) / n;
    }

    /// <summary>(accuracy - ½) / (best - ½). For one pair, whose best is taken as known, its interval is that of the accuracy.</summary>
    public EdgeShare EdgeShare(Rate accuracy, double best, Func<int, bool> counts, Func<int, double> hit, Func<int, double> bestOfRow)
    {
        if (!(best > 0.5)) return new EdgeShare(double.NaN, Interval.None);
        Interval interval = bootstrap is null
            ? new Interval(Of(accuracy.Interval.Low), Of(accuracy.Interval.High))
            : bootstrap.Ratio(Column(row => counts(row) ? hit(row) - 0.5 : 0), Column(row => counts(row) ? bestOfRow(row) - 0.5 : 0));
        return new EdgeShare(Of(accuracy.Accuracy), interval);

        double Of(double share) => (share - 0.5) / (best - 0.5);
    }

    /// <summary>Interval of a mean with weights; the scope must be pooled.</summary>
    public Interval Mean(Func<int, double> weight, Func<int, double> value) =>
        bootstrap!.Ratio(Column(row => weight(row) * value(row)), Column(weight));

    /// <summary>Interval of a ratio of two sums; the scope must be pooled.</summary>
    public Interval Ratio(Func<int, double> numerator, Func<int, double> denominator) =>
        bootstrap!.Ratio(Column(numerator), Column(denominator));

    /// <summary>Paired difference of two models' accuracies; the scope must be pooled.</summary>
    public Difference Difference(Func<int, bool> counts, Func<int, double> first, Func<int, double> second) =>
        bootstrap!.Difference(
            Column(row => counts(row) ? first(row) : 0),
            Column(row => counts(row) ? second(row) : 0),
            Column(row => counts(row) ? 1 : 0));

    /// <summary>A value for every row.</summary>
    public T[] Of<T>(Func<int, T> value) => Array.ConvertAll(rows, row => value(row));

    double[] Column(Func<int, double> value) => Of(value);
}
