using System.Text.Json;

namespace NeuralCore.Models;

/// <summary>
/// Weights that move: w_m ∝ v_m · exp(-L_m), where v_m is the weight that is set and L_m the sum of the member's log-losses on candles
/// whose outcome is known at the row's close, each candle's loss the mean over its pairs and halved every <see cref="HalfLife"/> candles.
/// There are two such sums, for calm and for turbulent candles, by recent volatility over its median of the training rows; a row's weights
/// come from the sums of its own kind.
/// <para>
/// What is fitted are the sums at the end of the validation rows. Predicting rows goes on from there in the order of time, and only a
/// label that is known at a row's close plays a part in its weights: rows asked for together are one stretch of time. A row asked for
/// alone, as in live use, has the fitted sums, aged by the time since; they move on when the model is trained again. Rows from before
/// the end of the fit start with no losses, so that no later label reaches them.
/// </para>
/// Source: the forgetting of Raftery, Kárný and Ettler, "Online prediction under model uncertainty via dynamic model averaging", 2010.
/// </summary>
public sealed record Adaptive() : WeightedModel((new V32(), 1), (new Forest(), 1), (new Boosting(), 1))
{
    /// <inheritdoc/>
    public override string Name => "adaptive";

    /// <summary>Candles after which a loss counts half.</summary>
    public double HalfLife { get; init; } = 168;

    /// <summary>Candles of the recent volatility.</summary>
    public int Period { get; init; } = 24;

    private protected override CombinedPredictor CreatePredictor() => new AdaptivePredictor(this);

    /// <inheritdoc/>
    public override int LookBack => Math.Max(base.LookBack, MarketState.LookBack(Period));

    /// <inheritdoc/>
    public override IEnumerable<(string Name, double Value)> Settings => [.. base.Settings, ("half_life", HalfLife), ("period", Period)];

    /// <inheritdoc/>
    public override DirectionModel With(string name, double value) => name switch
    {
        "half_life" => this with { HalfLife = Between(name, value, 1, 1e6) },
        "period" => this with { Period = (int)Between(name, Whole(name, value), 2, 10_000) },
        _ => base.With(name, value),
    };
}

/// <summary>Members weighted by how they did of late in markets like the row's.</summary>
/// <param name="model">The ensemble.</param>
public sealed class AdaptivePredictor(Adaptive model) : CombinedPredictor(model)
{
    const float Least = 1e-6f;      // of a probability, so that a loss is bounded

    double threshold = 1;           // of the relative volatility, over which a candle is turbulent
    Losses fitted = new(model.Members.Count);

    /// <summary>Losses up to a time: of each member, in calm and in turbulent candles.</summary>
    sealed class Losses(int members)
    {
        internal long Time { get; set; } = long.MinValue;

        internal double[][] Sums { get; init; } = [new double[members], new double[members]];

        internal Losses Copy() => new(Sums[0].Length) { Time = Time, Sums = [[.. Sums[0]], [.. Sums[1]]] };
    }

    /// <inheritdoc/>
    public override bool RowsDepend => true;

    Adaptive Own => (Adaptive)Model;

    private protected override void LearnFrom(Windows training, Windows validation, Prediction[][] said, FitContext context)
    {
        threshold = MarketState.Median(MarketState.RelativeVolatility(training, Own.Period));
        fitted = new(Own.Members.Count);
        if (validation.Count > 0) Walk(validation, said, fitted, validation.KnownBy);
    }

    private protected override Prediction[] CombineAlike(Windows rows, Prediction[][] said)
        => Walk(rows, said, rows.Rows.Min(row => Close(rows, row)) >= fitted.Time ? fitted.Copy() : new(Own.Members.Count), long.MinValue);

    /// <summary>
    /// Predicts the rows in the order of time, and takes in each label when it is known; at the end those known by a time.
    /// </summary>
    Prediction[] Walk(Windows rows, Prediction[][] said, Losses losses, long until)
    {
        double[] volatility = MarketState.RelativeVolatility(rows, Own.Period);
        Direction?[] truth = Truth(rows);
        long[] close = [.. rows.Rows.Select(row => Close(rows, row))];
        long[] known = [.. rows.Rows.Select(row => rows.Series[row.Pair].Label(Target.Direction).KnownAt[row.End])];
        int[] order = [.. Enumerable.Range(0, close.Length).OrderBy(row => close[row])];
        var labels = new Queue<IGrouping<long, int>>(order.Where(row => truth[row] is not null).GroupBy(row => known[row])
            .OrderBy(g => g.Key));
        var predictions = new Prediction[close.Length];
        Span<double> w = new double[said.Length];
        foreach (int row in order)
        {
            TakeIn(close[row]);
            double[] sums = losses.Sums[Kind(row)];
            double least = sums.Min(), age = Aged(rows, losses.Time, close[row]), total = 0;
            for (int m = 0; m < w.Length; m++) total += w[m] = Own.Members[m].Weight * ScalarMath.Exp(-age * (sums[m] - least));
            for (int m = 0; m < w.Length; m++) w[m] /= total;
            predictions[row] = Mixture.Mean(said, row, w);
        }
        TakeIn(until);
        return predictions;

        int Kind(int row) => volatility[row] > threshold ? 1 : 0;

        void TakeIn(long time)
        {
            while (labels.Count > 0 && labels.Peek().Key <= time)
            {
                IGrouping<long, int> candle = labels.Dequeue();
                double age = Aged(rows, losses.Time, candle.Key);
                foreach (double[] sums in losses.Sums) for (int m = 0; m < sums.Length; m++) sums[m] *= age;
                foreach (IGrouping<int, int> kind in candle.GroupBy(Kind))
                    for (int m = 0; m < said.Length; m++)
                        losses.Sums[kind.Key][m] += kind.Average(
                            row => -ScalarMath.Log(Math.Max(Mixture.Of(said[m][row], truth[row]!.Value), Least)));
                losses.Time = candle.Key;
            }
        }
    }

    /// <summary>What is left of a loss: 2^(-candles / half-life).</summary>
    double Aged(Windows rows, long from, long to) => from == long.MinValue ? 1
        : ScalarMath.Pow(0.5, Math.Max(0, to - from) / (double)rows.Series[0].Candles.Timeframe.Microseconds / Own.HalfLife);

    static long Close(Windows rows, (int Pair, int End) row)
        => rows.Series[row.Pair].Candles is var c ? c.OpenTime[row.End] + c.Timeframe.Microseconds : 0;

    private protected override void WriteLearned(Utf8JsonWriter json)
    {
        json.WriteNumber("volatility_threshold", threshold);
        json.WriteNumber("losses_until", fitted.Time);
        WriteNumbers(json, "calm_losses", fitted.Sums[0]);
        WriteNumbers(json, "turbulent_losses", fitted.Sums[1]);
    }

    private protected override void ReadLearned(string folder, JsonElement config)
    {
        int members = Own.Members.Count;
        threshold = Property(config, "volatility_threshold").GetDouble();
        fitted = new(members)
        {
            Time = Property(config, "losses_until").GetInt64(),
            Sums = [ReadNumbers(folder, config, "calm_losses", members), ReadNumbers(folder, config, "turbulent_losses", members)],
        };
        if (!(threshold > 0))
            throw new InvalidDataException($"{Path.Combine(folder, "config.json")}: expected a volatility_threshold over 0");
    }
}
