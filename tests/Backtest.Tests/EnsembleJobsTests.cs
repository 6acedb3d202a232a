using NeuralCore.Backtest;
using NeuralCore.Models;

namespace Backtest.Tests;

/// <summary>Ensembles in a backtest: members' trainings are shared where they are the same, which changes no bit.</summary>
public sealed class EnsembleJobsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensemble-jobs-").FullName;
    static readonly SimulatedMarket market = SimulatedMarket.Create(new() { Pairs = 2, Candles = 900, Accuracy = 0.7, Seed = 2 });

    static readonly DirectionModel[] members = [new V32 { Hidden = 4, Epochs = 2 }, new Forest { Trees = 8, Depth = 4 },
        new Boosting { MaxIter = 8 }];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static CombinedModel Of(WeightedModel model, params DirectionModel[] own)
        => model with { Weights = new(own.Select((m, i) => new Member(m, 1 + i))) };

    static readonly CombinedModel[] ensembles =
    [
        Of(new Voting(), members), Of(new Tuned(), members), Of(new Stacking { Folds = 2 }, members), Of(new Adaptive(), members),
        Of(new MetaLabel { Folds = 2 }, members[2]), Of(new Gated(), members[0]), Of(new Regimes { MinRows = 50 }, members[2]),
        Of(new SeedAverage(), members[0]), Of(new PerPair(), members[2]), Of(new FineTuned(), members[0]),
    ];

    BacktestResult Run(IReadOnlyList<DirectionModel> models, int threads = 2, int seeds = 1, string? cache = null) => BacktestRun.Run(
        new BacktestData
        {
            Pairs = market.Candles, Description = "made up", Hash = "h",
            PairNotes = [.. market.Candles.Select(_ => (IReadOnlyList<string>)[])]
        },
        new BacktestOptions
        {
            Models = models, Folds = new FoldOptions { Count = 2, MinimumTrainingCandles = 100 }, Threads = threads,
            Seeds = seeds, Seed = 3, JobFolder = cache, Resume = cache is not null,
        }, new RunHeader("1", DateTimeOffset.UnixEpoch, folder, []));

    static IEnumerable<(float, float, float)> Said(BacktestResult result, string model)
        => result.Models.Single(m => m.Model == model) is var m ? m.Down.Zip(m.Neutral, m.Up) : [];

    [Fact]
    public void Jobs_that_are_shared_and_jobs_that_are_not_give_the_same_bits()
    {
        BacktestResult whole = Run([.. members, .. ensembles], threads: 3), none = Run(ensembles, threads: 1);
        foreach (CombinedModel model in ensembles)
        {
            Assert.Equal(Said(whole, model.Name), Said(none, model.Name));
            Assert.Equal(whole.Models.Single(m => m.Model == model.Name).Validation.SelectMany(v => v),
                none.Models.Single(m => m.Model == model.Name).Validation.SelectMany(v => v));
            Assert.Equal(Said(whole, model.Name), Said(Run([model]), model.Name));
        }
        Assert.True(Said(whole, "voting").Distinct().Count() > 50);
        Assert.NotEqual(Said(whole, "voting"), Said(whole, "tuned"));
        // How often a gate shuts is said.
        ModelPredictions gated = whole.Models.Single(m => m.Model == "gated");
        int shut = gated.Up.Zip(gated.Down).Count(p => p.First == p.Second);
        Assert.InRange(shut, 1, gated.Up.Length / 3);
        Assert.Contains(whole.Notes, note => note.StartsWith("gated calls "
            + "nothing on", StringComparison.Ordinal) && note.EndsWith($" of the test rows, {shut}", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_schedule_a_predictor_says_the_same()
    {
        BacktestResult result = Run(ensembles);
        MarketSeries[] series = MarketSeries.Of(market.Candles, [FeatureSet.Named("week3")]);
        var rows = new FoldRows(series, Folds.WalkForward(market.Candles, new FoldOptions { Count = 2, MinimumTrainingCandles = 100 })[0],
            -1, 20, []);
        foreach (CombinedModel model in ensembles)
        {
            CombinedPredictor predictor = model.Create();
            predictor.Fit(rows.Training, rows.Validation, new FitContext(3 * 1_000_003UL));
            Prediction[] said = predictor.Predict(rows.Test);
            Assert.Equal(said.Select(p => (p.Down, p.Neutral, p.Up)), Said(result, model.Name).Take(said.Length));
        }
    }

    [Fact]
    public void The_seeds_of_a_backtest_serve_the_average_over_seeds()
    {
        BacktestResult result = Run([members[0], ensembles[7]], seeds: 3);
        ModelPredictions one = result.Models[0], mean = result.Models[1];
        for (int row = 0; row < mean.Up.Length; row++)
            Assert.Equal(one.Seeds.Average(seed => seed.Up[row]), mean.Up[row], 1e-6);
    }

    [Fact]
    public void Members_without_a_job_of_their_own_are_kept_too()
    {
        BacktestResult first = Run([ensembles[0], ensembles[1]], cache: folder);
        Assert.Equal(0, first.Run.Reused);
        int kept = Directory.GetFiles(folder, "*.job").Length;
        Assert.Equal(2 * 2 + 3 * 2, kept);      // of two folds: two ensembles, and three members
        Assert.Equal(4, Run([ensembles[0], ensembles[1]], cache: folder).Run.Reused);
        Assert.Equal(2 * 3, Run(members, cache: folder).Run.Reused);
        // Other settings of a member are another ensemble.
        CombinedModel other = Of(new Voting(), members[0], members[1], new Boosting { MaxIter = 9 });
        BacktestResult changed = Run([other], cache: folder);
        Assert.Equal(0, changed.Run.Reused);
        Assert.NotEqual(Said(first, "voting"), Said(changed, "voting"));
    }

    [Fact]
    public void A_member_that_cannot_be_fitted_ends_the_run_with_its_name()
        => Assert.Contains("logistic: expected lags up to the 20 candles of a window, got 30",
            Assert.Throws<ArgumentException>(() => Run([Of(new Voting(), members[0], new Logistic { Lags = 30 })])).Message);
}
