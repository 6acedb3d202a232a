using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Tests;
using static NeuralCore.Models.Tests.SmallMarket;

namespace NeuralCore.Models.Tests;

/// <summary>Windows of several feature sets and of different lengths, and the batches that they give.</summary>
public class WindowRowsTests
{
    /// <summary>A pair whose two features at candle t are 1000 * pair + t and its negative.</summary>
    static MarketSeries Coded(int pair, int count, IReadOnlyCollection<int> gaps, IReadOnlyCollection<int> unknown)
    {
        long time = 0;
        double[] code = [.. Enumerable.Range(0, count).Select(t => 1000.0 * pair + t)];
        Candles c = Candles(pair + 1, count, name: $"P{pair}");
        Candles candles = new()
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, Open = c.Open, High = c.High, Low = c.Low, Close = c.Close,
            Volume = c.Volume, OpenTime = [.. Enumerable.Range(0, count).Select(t => time += gaps.Contains(t) ? 3 * Hour : Hour)],
        };
        return new MarketSeries(candles, [[.. code.Select((v, t) => unknown.Contains(t) ? double.NaN : v)], [.. code.Select(v => -v)]]);
    }

    [Fact]
    public void Windows_that_start_late_are_padded_at_their_end()
    {
        //  candle    0  1  2  3  4 | 5  6  7  8  9 10 11      a gap lies before 5; 0 and 9 are not known
        //  in a run  -  1  2  3  4 | 1  2  3  4  -  1  2
        MarketSeries series = Coded(0, 12, [5], [0, 9]);
        Windows rows = Windows.Select([series], 4, (_, _) => true, labelled: false, minimumLength: 2).Labelled(new LabelRule(0, 1));
        Assert.Equal([2, 3, 4, 6, 7, 8, 11], rows.Rows.Select(r => r.End));
        Assert.Equal([2, 3, 4, 2, 3, 4, 2], Enumerable.Range(0, rows.Count).Select(rows.Steps));
        Assert.True(rows.HasLengths);
        int[] batch = [3, 2, 6], lengths = new int[3];
        float[] inputs = [.. Enumerable.Repeat(9f, 3 * 4 * 2)];
        rows.Copy(batch, inputs, []);
        rows.CopyLengths(batch, lengths);
        Assert.Equal([5, -5, 6, -6, 0, 0, 0, 0, 1, -1, 2, -2, 3, -3, 4, -4, 10, -10, 11, -11, 0, 0, 0, 0], inputs);
        Assert.Equal([2, 4, 2], lengths);
        Assert.Equal([5, -5, 6, -6], rows.Window(3).ToArray());
        // Scaling leaves padding at zero.
        rows.Scaled(new StandardScaler([10, 0], [10, 1])).Copy([3], inputs, []);
        Assert.Equal([-0.5f, -5, -0.4f, -5, 0, 0, 0, 0], inputs[..8]);

        Windows whole = Windows.Select([series], 4, (_, _) => true, labelled: false);
        Assert.Equal((false, [4, 8]), (whole.HasLengths, whole.Rows.Select(r => r.End).ToArray()),
            (a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2));
        foreach (int wrong in (int[])[0, 5])
            Assert.Contains("minimum length from 1 to 4",
                Assert.Throws<ArgumentOutOfRangeException>(() => Windows.Select([series], 4, (_, _) => true, minimumLength: wrong))
                    .Message);
    }

    [Fact]
    public void Every_window_holds_the_candles_before_its_end_up_to_the_last_gap() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(),
            (seed, length, least) =>
        {
            least = Math.Min(least, length);
            var random = new CounterRandom((ulong)seed, 31);
            HashSet<int>[] gaps = [Some(), Some(), Some()], unknown = [Some(), Some(), Some()];
            MarketSeries[] series = [.. Enumerable.Range(0, 3).Select(pair => Coded(pair, 30 + pair, gaps[pair], unknown[pair]))];
            Windows rows = Windows.Select(series, length, (_, _) => true, labelled: false, minimumLength: least);
            // One by one: step back from each candle until a gap, an unknown candle or the begin of the pair.
            var expected = new List<(int Pair, int End, int Steps)>();
            for (int pair = 0; pair < 3; pair++)
                for (int end = 0; end < 30 + pair; end++)
                {
                    int steps = 0;
                    for (int t = end; t >= 0 && steps < length && !unknown[pair].Contains(t); t--)
                    {
                        steps++;
                        if (gaps[pair].Contains(t)) break;
                    }
                    if (steps >= least) expected.Add((pair, end, steps));
                }
            Assert.Equal(expected, rows.Rows.Select((r, i) => (r.Pair, r.End, rows.Steps(i))));
            int[] order = [.. Enumerable.Range(0, rows.Count)];
            random.Shuffle<int>(order);
            var inputs = new float[rows.Count * length * 2];
            rows.Copy(order, inputs, []);
            for (int i = 0; i < order.Length; i++)
            {
                (int pair, int end, int steps) = expected[order[i]];
                for (int t = 0; t < length; t++)
                {
                    float value = t < steps ? 1000 * pair + end - steps + 1 + t : 0;
                    Assert.Equal((value, -value), (inputs[(i * length + t) * 2], inputs[(i * length + t) * 2 + 1]));
                }
            }

            HashSet<int> Some() => [.. Enumerable.Range(0, random.NextInt32(5)).Select(_ => random.NextInt32(30))];
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_batch_allocates_nothing()
    {
        MarketSeries series = Coded(0, 400, [150], [7]);
        Windows rows = Windows.Select([series], 60, (_, _) => true, minimumLength: 5)
            .Scaled(new StandardScaler([100, 0], [50, 2])).Labelled(new LabelRule(0.001, 0.01), withMagnitude: true);
        int[] batch = [.. Enumerable.Range(0, 64).Select(i => i * 5)], lengths = new int[64];
        float[] inputs = new float[64 * rows.InputShape.Count], targets = new float[64 * 2];
        Assert.Equal(0, Allocation.Of(() =>
        {
            rows.Copy(batch, inputs, targets);
            rows.CopyLengths(batch, lengths);
        }));
        Assert.Equal(5, lengths[0]);
        Assert.Equal(60, lengths[63]);
    }

    [Fact]
    public void All_sets_of_a_series_give_the_same_rows_and_each_its_own_values()
    {
        Candles[] pairs = [WithFlow(Candles(3, 300, gapAt: 200, name: "BTC")), WithFlow(Candles(4, 280, name: "ETH"))];
        FeatureSet[] sets = [.. FeatureSet.All];
        Windows all = Windows.Select(MarketSeries.Of(pairs, [.. sets, sets[0]]), 5, (_, _) => true);
        Assert.Equal(sets, all.Series[0].Sets);
        HashSet<(int, int)>? common = null;
        Assert.True(all.Count > 100);
        foreach (FeatureSet set in sets)
        {
            Windows view = all.Of(set), alone = Windows.Select(MarketSeries.Of(pairs, [set]), 5, (_, _) => true);
            Assert.Equal(all.Rows, view.Rows);
            Assert.Equal((set, new Shape(5, set.Features.Count)), (view.Features, view.InputShape));
            common = [.. alone.Rows.Where(row => common?.Contains(row) ?? true)];
            double[][][] columns = set.Compute(pairs);
            Dictionary<(int, int), int> at = alone.Rows.Index().ToDictionary(r => r.Item, r => r.Index);
            for (int row = 0; row < view.Count; row++)
            {
                (int pair, int end) = view.Rows[row];
                float[] expected = [.. from t in Enumerable.Range(end - 4, 5)
                                       from f in Enumerable.Range(0, set.Features.Count) select (float)columns[pair][f][t]];
                Assert.Equal(expected, view.Window(row).ToArray());
                Assert.Equal(expected, alone.Window(at[(pair, end)]).ToArray());
            }
        }
        Assert.Equal(common!.Order(), all.Rows);
        MarketSeries[] week3 = Series(pairs);
        Assert.Contains("expected features blend8",
            Assert.Throws<ArgumentException>(() => Windows.Select(week3, 5, (_, _) => true).Of(FeatureSet.Named("blend8"))).Message);
        Assert.Contains("in all series", Assert.Throws<ArgumentException>(
            () => Windows.Select([week3[0], all.Series[1]], 5, (_, _) => true)).Message);
    }

    [Theory]
    [InlineData("v3")]
    [InlineData("v3.1")]
    [InlineData("v3.2")]
    public void A_short_window_is_predicted_as_if_it_were_asked_alone(string name)
    {
        MarketSeries[] series = Series(Candles(5, 300, gapAt: 230));
        Windows training = Rows(series, 0, 150), validation = Rows(series, 151, 200);
        var predictor = (NetworkPredictor)Model(name).Create();
        predictor.Fit(training, validation, new FitContext(1));
        Windows rows = Windows.Select(series, 20, (_, time) => time > 200 * Hour, labelled: false, minimumLength: 3);
        Prediction[] predictions = predictor.Predict(rows);
        Windows scaled = rows.Scaled(Scaler.Fit(training));
        int[] shorter = [.. Enumerable.Range(0, rows.Count).Where(row => rows.Steps(row) < 20)];
        Assert.Equal(17, shorter.Length);
        foreach (int row in shorter)
        {
            var x = Tensor.From(scaled.Window(row).ToArray(), 1, rows.Steps(row), 6);
            Span<float> p = predictor.Network.Predict(x, predictor.Network.Tape()).Row(0)[..3];
            Probabilities.Softmax(p, p);
            Assert.Equal(new Prediction(p[0], p[1], p[2]), predictions[row]);
        }
    }

    [Fact]
    public void A_model_that_flattens_windows_refuses_short_ones()
    {
        Windows rows = Windows.Select(Series(Candles(6, 300)), 20, (_, _) => true, minimumLength: 2);
        string message = Assert.Throws<ArgumentException>(() => Model("linear").Create().Fit(rows, rows, new FitContext(1))).Message;
        Assert.Contains("expected an input without lengths, because padding would become features", message);
    }

    [Fact]
    public void Short_windows_train_and_shuffling_depends_on_the_seed_alone()
    {
        MarketSeries[] series = Series(Candles(6, 300, gapAt: 100));
        Windows rows = Windows.Select(series, 20, (_, time) => time < 250 * Hour, minimumLength: 2);
        Assert.Contains(Enumerable.Range(0, rows.Count), row => rows.Steps(row) == 2);
        Prediction[] a = Fit(1), b = Fit(1), c = Fit(2);
        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
        Assert.All(a, p => Assert.Equal(1, p.Down + p.Neutral + p.Up, 5));

        Prediction[] Fit(ulong seed)
        {
            Predictor predictor = Model("v3.1").Create();
            predictor.Fit(rows, rows, new FitContext(seed));
            return predictor.Predict(rows);
        }
    }
}
