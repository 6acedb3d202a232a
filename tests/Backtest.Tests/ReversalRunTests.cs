using NeuralCore;
using NeuralCore.Backtest;
using NeuralCore.Models;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

/// <summary>Monthly refits, and the baseline rule3.</summary>
public class ReversalRunTests
{
    static readonly Candles[] market = SimulatedMarket.Create(new SimulatedMarketOptions { Pairs = 2, Candles = 2600, Seed = 5 }).Candles;

    /// <summary>Trains till 25 January 2020, validates till 10 February and tests what follows, till 18 April.</summary>
    static BacktestResult Run(DirectionModel model, params Candles[] pairs) => Run([model], pairs);

    static BacktestResult Run(DirectionModel[] models, Candles[] pairs) => BacktestRun.Run(new BacktestData
    {
        Pairs = pairs, Description = "test", Hash = CandleSet.Hash(pairs), PairNotes = [.. pairs.Select(_ => (IReadOnlyList<string>)[])],
    }, new BacktestOptions
    {
        Models = models, Protocol = "split", TrainTo = Day(1, 25), ValidateTo = Day(2, 10),
        Folds = new FoldOptions { MinimumTrainingCandles = 100 }, Threads = 2,
    }, new RunHeader("1", DateTimeOffset.UnixEpoch, "out", []));

    static long Day(int month, int day) => (new DateTime(2020, month, day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).Ticks / 10;

    /// <summary>The candles with prices <paramref name="factor"/> times as high from a time on: one return is another.</summary>
    static Candles Jump(Candles c, long from, double factor) => c.With(c.OpenTime, column => ReferenceEquals(column, c.Volume) ? column
        : [.. column.Select((price, t) => c.OpenTime[t] < from ? price : price * factor)]);

    /// <summary>What is said of the first pair's rows that are decided in a month.</summary>
    static float[] Said(BacktestResult result, int month) => [.. Enumerable.Range(0, result.Rows.Count)
        .Where(i => result.Rows.Pair[i] == 0 && DateTime.UnixEpoch.AddTicks((result.Rows.Time[i] + MadeUp.Hour.Microseconds) * 10)
            .Month == month)
        .Select(i => result.Models[0].Up[i])];

    [Fact]
    public void A_model_that_is_fitted_each_month_sees_the_labels_known_at_the_months_start_and_no_others()
    {
        BacktestResult a = Run(new Monthly(), market);
        Assert.Equal((20 * 24 - 1, 31 * 24), (Said(a, 2).Length, Said(a, 3).Length));
        // The second pair trains along. The return to the first candle of March is no label that was known as March began, but one as
        // April did.
        BacktestResult up = Run(new Monthly(), market[0], Jump(market[1], Day(3, 1), 2)),
            down = Run(new Monthly(), market[0], Jump(market[1], Day(3, 1), 0.5));
        for (int month = 2; month <= 3; month++)
        {
            Assert.Equal(Said(a, month), Said(up, month));
            Assert.Equal(Said(a, month), Said(down, month));
        }
        Assert.NotEqual(Said(up, 4), Said(down, 4));
        // The last candle of February closes as March begins: the return to it is the last label that March's model knows.
        long last = Day(3, 1) - MadeUp.Hour.Microseconds;
        (up, down) = (Run(new Monthly(), market[0], Jump(market[1], last, 2)), Run(new Monthly(), market[0], Jump(market[1], last, 0.5)));
        Assert.Equal(Said(a, 2), Said(up, 2));
        Assert.NotEqual(Said(up, 3), Said(down, 3));
        // Confidence thresholds come from the validation rows, of a model that was trained before them.
        Assert.Equal(a.Models[0].ConfidenceThreshold, up.Models[0].ConfidenceThreshold);
        // Never fitted anew, March and April do not know of the change.
        BacktestResult once = Run(new Monthly { Months = 0 }, market),
            changed = Run(new Monthly { Months = 0 }, market[0], Jump(market[1], Day(2, 20), 2));
        for (int month = 2; month <= 4; month++) Assert.Equal(Said(once, month), Said(changed, month));
        Assert.NotEqual(Said(once, 3), Said(a, 3));
    }

    /// <summary>A linear model that is fitted anew each month.</summary>
    sealed record Monthly : NetworkModel
    {
        public Monthly() => (Epochs, Window) = (1, 2);

        public int Months { get; init; } = 1;

        public override string Name => "monthly";

        public override int RefitMonths => Months;

        public override Layer Build(int features) => new Sequential(new Flatten(), new Dense(Window * features, 3));
    }

    [Fact]
    public void Blend_is_fitted_anew_each_month_and_takes_no_member_from_the_run()
    {
        Candles[] rich = [.. market.Select(MadeUp.WithFlow)];
        DirectionModel blend = new Blend().With("networks", 1);
        BacktestResult alone = Run(blend, rich), beside = Run([blend, new ReversalNetwork { Epochs = 3 }, new Rule3()], rich);
        Assert.Equal(alone.Models[0].Up, beside.Models[0].Up);
        float[] once = Run(blend.With("refit_months", 0), rich).Models[0].Up;
        Assert.NotEqual(once, alone.Models[0].Up);
        Assert.Equal(alone.Models[0].Validation[0], Run(blend.With("refit_months", 0), rich).Models[0].Validation[0]);
    }

    [Fact]
    public void Rule3_stands_beside_the_other_baselines_where_the_candles_have_its_volumes()
    {
        Candles[] rich = [.. market.Select(MadeUp.WithFlow)];
        BacktestResult with = Run(new V2(), rich), without = Run(new V2(), market);
        Assert.Equal(["majority", "persistence", "momentum", "rule3"], Evaluation.Evaluate(with).Baselines.Select(b => b.Name));
        Assert.Equal(["majority", "persistence", "momentum"], Evaluation.Evaluate(without).Baselines.Select(b => b.Name));
        Assert.Contains(without.Notes, note => note == $"the baseline rule3 cannot be computed: {market[0].Symbol} has no quote volume, "
            + $"which vwd, vwd24 need; {market[0].Symbol} has no taker-buy volume, which mtb4 needs");
        Assert.DoesNotContain(with.Notes, note => note.Contains("rule3", StringComparison.Ordinal));
        // The baseline is the model's call on the same rows.
        BacktestResult model = Run(new Rule3(), rich);
        int[] rows = [.. Enumerable.Range(0, model.Rows.Count).Where(i => model.Rows.Return[i] != 0)];
        double hits = rows.Average(i => Math.Sign(model.Rows.Rule3![i]) == Math.Sign(model.Rows.Return[i]) ? 1.0 : 0);
        EvaluationResult judged = Evaluation.Evaluate(model);
        Assert.Equal(hits, judged.Baselines.Single(b => b.Name == "rule3").Rates.Combined.Accuracy, 12);
        Assert.Equal(hits, judged.Models[0].Scores.Combined.Direction.Accuracy, 12);
        Assert.DoesNotContain(judged.AgainstBaselines, against => against.Baseline == "rule3");     // it is the best model itself
        // Tables and charts show it once.
        string[] shown = ["majority", "persistence", "momentum"];
        Assert.Equal(shown, judged.OtherBaselines.Select(b => b.Name));
        Assert.Equal([.. shown, "rule3"], Evaluation.Evaluate(with).OtherBaselines.Select(b => b.Name));
        foreach (TextTable table in (TextTable[])[ReportTables.Results(judged, brief: false), ReportTables.PerFold(model, judged)])
            Assert.Equal(table.ToPlainText().Split('\n').Count(line => line.Contains("momentum", StringComparison.Ordinal)),
                table.ToPlainText().Split('\n').Count(line => line.Contains("rule3", StringComparison.Ordinal)));
        string[] inPair = ReportTables.PerPair(model, judged).ToPlainText().Split('\n');
        Assert.Equal(model.Pairs.Count, inPair.Count(line => line.Contains("rule3", StringComparison.Ordinal)));
    }

    [Fact]
    public void Volatility_is_judged_on_its_own_truth()
    {
        ModelPredictions volatility = Run(new Volatility { MaxIter = 5 }, market).Models[0];
        Assert.Equal("volatility", volatility.Target);
        Assert.All(volatility.Truth!, v => Assert.True(v is 1 or -1));
        Assert.All(volatility.Rule!, v => Assert.True(v is 1 or -1));
        double rule = volatility.Truth!.Zip(volatility.Rule!, (t, r) => t == r ? 1.0 : 0).Average();
        Assert.InRange(rule, 0.5, 0.8);
    }
}
