using NeuralCore.Backtest;
using NeuralCore.Models.Data;

namespace Backtest.Tests;

/// <summary>Made-up candles and backtest results with known properties.</summary>
static class MadeUp
{
    public static readonly Timeframe Hour = Timeframe.Parse("1h");
    public static readonly long Start = (long)(new DateTime(2023, 1, 1, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalMicroseconds;

    public static long At(long candle) => Start + candle * Hour.Microseconds;

    public static Candles Candles(string name, int count, int first = 0)
    {
        double[] ones = [.. Enumerable.Repeat(1.0, count)];
        return new Candles
        {
            Symbol = name + "USDT", Base = name, Timeframe = Hour, OpenTime = [.. Enumerable.Range(first, count).Select(t => At(t))],
            Open = ones, High = ones, Low = ones, Close = ones, Volume = ones,
        };
    }

    /// <summary>The candles with volumes in the quote asset and of takers.</summary>
    public static Candles WithFlow(Candles c)
    {
        var random = new NeuralCore.CounterRandom((ulong)c.Close[^1].GetHashCode(), 29);
        return new()
        {
            Symbol = c.Symbol, Base = c.Base, Timeframe = c.Timeframe, OpenTime = c.OpenTime,
            Open = c.Open, High = c.High, Low = c.Low, Close = c.Close,
            Volume = c.Volume, QuoteVolume = [.. c.Volume.Zip(c.Close, (v, p) => v * p)],
            TakerBuyVolume = [.. c.Volume.Select(v => v * random.NextDouble())],
        };
    }

    /// <summary>
    /// A market of <paramref name="pairs"/> pairs: a rise has probability p in {0.4, 0.6}, and model "knows" sees p with the given
    /// noise. With <paramref name="knows"/> = 0 the models are coins.
    /// </summary>
    public static BacktestResult Result(int pairs = 3, int candles = 400, bool simulated = true, double knows = 1,
        string protocol = "walkforward", ulong seed = 1, int threads = 2, string @out = "out/a")
    {
        var random = new NeuralCore.CounterRandom(seed, 7);
        int n = pairs * candles;
        var p = new double[n];
        var rows = new TestRows
        {
            Pair = new int[n], Time = new long[n], Fold = new int[n], Return = new double[n], Label = new byte[n],
            LastReturn = new double[n], Momentum = new double[n], Majority = new byte[n], BestProbability = simulated ? p : null,
        };
        var good = Empty("v3.1", seed, n, "BiLSTM 64+64, attention");
        var linear = Empty("linear", seed, n, "one dense layer");
        for (int t = 0, i = 0; t < candles; t++)
            for (int pair = 0; pair < pairs; pair++, i++)
            {
                p[i] = random.NextInt32(2) == 0 ? 0.4 : 0.6;
                double magnitude = random.NextDouble() * 0.01;
                (rows.Pair[i], rows.Time[i], rows.Fold[i]) = (pair, At(10_000 + t), t < candles / 2 ? 0 : 1);
                rows.Return[i] = i % 97 == 96 ? 0 : random.NextDouble() < p[i] ? magnitude : -magnitude;
                rows.LastReturn[i] = random.NextNormal();
                rows.Momentum[i] = rows.LastReturn[i] + 1;
                rows.Label[i] = Math.Abs(rows.Return[i]) < 0.0033 ? TestRows.Neutral : rows.Return[i] > 0 ? TestRows.Up : TestRows.Down;
                rows.Majority[i] = TestRows.Up;
                Fill(good, i, knows * (p[i] - 0.5) + 0.05 * random.NextNormal(), random.NextDouble());
                Fill(linear, i, knows * (p[i] - 0.5) + 0.3 * random.NextNormal(), random.NextDouble());
            }
        FoldFacts Facts(int k) => new(new Fold(k, At(0), At(8_000), At(8_000), At(10_000 + k * candles / 2), At(10_000 + k * candles / 2),
            At(10_000 + (k + 1) * candles / 2))
        { LabelTime = 2 * Hour.Microseconds }, 24_000, 6_000);
        return new BacktestResult
        {
            Version = "0.1.0", Protocol = protocol, Data = simulated ? "Embedded simulated market" : "klines",
            Timeframe = Hour, Seed = seed,
            Options = [new("accuracy", 0.6), new("pairs", new[] { "AAA", "BBB" }), new("until", null), new("pooled", true),
                new("out", @out), new("threads", threads)],
            Pairs = [.. Enumerable.Range(0, pairs).Select(
                i => new PairFacts($"P{i}", 10_000 + candles, At(0), At(9_999 + candles), i == 0 ? ["2 gaps | 5 candles missing"] : []))],
            Folds = [Facts(0), Facts(1)], Rows = rows, Models = [linear, good],
            Candles = Following(rows, pairs), ValidationReturns = [Validation(0), Validation(1)],
            Exclusions = [new Exclusion(0, "SOL", "1,200 training candles, fewer than 2,000")],
            Notes = ["1 file ignored: readme.txt"], Run = new RunFacts(DateTimeOffset.UnixEpoch.AddDays(20_000), 12.5, threads, @out),
        };
    }

    /// <summary>
    /// The run with two models more: "volatility", right on four rows of five of a target of its own, whose rule is right on three; and
    /// "tst", which calls directions as the last model does and forecasts returns over 5 and 10 candles.
    /// </summary>
    public static BacktestResult WithOthers(BacktestResult result)
    {
        int n = result.Rows.Count;
        double Truth(int i) => i % 11 == 0 ? double.NaN : i % 7 < 3 ? 1 : -1;
        float Up(int i) => (float)(0.5 + Truth(i % 11 == 0 ? i + 1 : i) * (i % 5 == 0 ? -1 : 1) * (0.1 + i % 4 * 0.1));
        return result with
        {
            Models = [.. result.Models, new ModelPredictions
            {
                Model = "volatility", Id = "volatility", Description = "window 24", Target = "volatility",
                Says = "range above its 7-day median",
                Up = [.. Enumerable.Range(0, n).Select(Up)], Down = [.. Enumerable.Range(0, n).Select(i => 1 - Up(i))],
                Neutral = new float[n], ConfidenceThreshold = [0.7f, 0.7f], Epochs = [0, 0], MajorityUp = new bool[n],
                Truth = [.. Enumerable.Range(0, n).Select(Truth)],
                Rule = [.. Enumerable.Range(0, n).Select(i => Truth(i) * (i % 5 < 2 ? -1 : 1))],
                Validation = [Guesses(0), Guesses(1)], ValidationTruth = [Validation(0), Validation(1)],
            }, Named(result.Models[^1], "tst", [5, 10], [.. Enumerable.Range(0, 2 * n).Select(i => (i % 5 - 2) * 0.001f)])],
        };
    }

    /// <summary>A model of another name that says the same, and forecasts.</summary>
    public static ModelPredictions Named(ModelPredictions m, string name, int[]? horizons = null, float[]? forecast = null) => new()
    {
        Model = name, Description = m.Description, Features = m.Features, Down = m.Down, Neutral = m.Neutral, Up = m.Up, Epochs = m.Epochs,
        ConfidenceThreshold = m.ConfidenceThreshold, Validation = m.Validation, Horizons = horizons ?? [], Forecast = forecast ?? [],
    };

    static double[] Validation(int fold) => [.. Enumerable.Range(0, 100).Select(i => (i + fold) % 3 - 1.0)];

    /// <summary>
    /// Candles whose returns are those of the rows: one for each row and one after the last, each opening where the one before closed.
    /// </summary>
    static Candles[] Following(TestRows rows, int pairs) => [.. Enumerable.Range(0, pairs).Select(pair =>
    {
        int[] own = [.. Enumerable.Range(0, rows.Count).Where(row => rows.Pair[row] == pair)];
        double[] close = new double[own.Length + 1];
        close[0] = 100;
        for (int t = 0; t < own.Length; t++) close[t + 1] = close[t] * (1 + rows.Return[own[t]]);
        return new Candles
        {
            Symbol = $"P{pair}USDT", Base = $"P{pair}", Timeframe = Hour,
            OpenTime = [.. Enumerable.Range(0, close.Length).Select(t => At(10_000 + t))],
            Open = [100, .. close[..^1]], High = close, Low = close, Close = close, Volume = close,
        };
    })];

    static ModelPredictions Empty(string model, ulong seed, int n, string description) => new()
    {
        Model = model, Id = $"{model} {seed}", Description = description, Features = [NeuralCore.Models.FeatureSet.Named("week3")],
        Down = new float[n], Neutral = new float[n], Up = new float[n], ConfidenceThreshold = [0.4f, 0.4f],
        Validation = [Guesses(0), Guesses(1)], Epochs = [7, 9], Seconds = 1.25,
        IsNetwork = model.StartsWith('v') && model != "v2",
    };

    static NeuralCore.Models.Prediction[] Guesses(int fold) =>
        [.. Validation(fold).Select((r, i) => new NeuralCore.Models.Prediction(0.5f - Lean(r, i), 0, 0.5f + Lean(r, i)))];

    // Mostly right, and rarely sure of it.
    static float Lean(double @return, int i) => (float)(Math.Sign(@return) * (i % 4 == 0 ? -0.1 : 0.1) * (1 + i % 5));

    static void Fill(ModelPredictions model, int row, double lean, double neutral)
    {
        double up = Math.Clamp(0.5 + lean, 0.01, 0.99);
        model.Neutral[row] = (float)(0.5 * neutral);
        model.Up[row] = (float)(up * (1 - model.Neutral[row]));
        model.Down[row] = 1 - model.Neutral[row] - model.Up[row];
    }
}
