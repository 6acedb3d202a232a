using NeuralCore.Models.Data;

namespace NeuralCore.Models;

/// <summary>What <see cref="SimulatedMarket.Create"/> makes.</summary>
public sealed record SimulatedMarketOptions
{
    /// <summary>Number of markets.</summary>
    public int Pairs { get; init; } = 10;

    /// <summary>Candles of each market.</summary>
    public int Candles { get; init; } = 20_000;

    /// <summary>Key of every random draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The best possible direction accuracy, 0.5 to 0.95: the mean of max(p, 1 - p). 0.5 plants nothing.</summary>
    public double Accuracy { get; init; } = 0.60;

    /// <summary>Length of a candle.</summary>
    public Timeframe Timeframe { get; init; } = Timeframe.Parse("1h");

    /// <summary>Open time of the first candle, UTC.</summary>
    public DateTime Start { get; init; } = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
}

/// <summary>
/// A market whose best possible accuracy is known. It says nothing about real prices: it is a yardstick for models.
/// <para>
/// The next candle closes up iff z &lt; a·g, with z standard normal and correlated 0.7 over pairs, so that the probability of up,
/// known at the close of candle t, is p = Φ(a·g). g is the <see cref="SimulatedPattern"/> in the six signals of
/// the last candles and a is found by bisection, with the same random numbers each time, so that the mean of max(p, 1 - p) is the
/// accuracy asked for (to 1e-6 for thousands of candles; a hundred candles move in steps). No predictor can expect to be right more
/// often than that.
/// </para>
/// <para>
/// The size of a move is drawn independently of its sign: |r| = σ √h |x|, x Student-t with 4 degrees of freedom scaled to variance 1,
/// a multivariate t over pairs (correlation 0.6, one common factor and a common χ²), and h a GARCH(1,1) in x:
/// h_{t+1} = (1 - α - β) + h_t (α x_t² + β). A move multiplies the price by 1 + |r| or divides it by that, so that up and down are
/// mirror images and there is no drift. A candle opens at the last close; wicks and volume are drawn from h and |x| and
/// know nothing of the next sign.
/// </para>
/// <para>
/// Every draw is keyed by (seed, market or pair, candle), and only arithmetic that IEEE 754 rounds correctly is used: the same options
/// give the same bits everywhere.
/// </para>
/// </summary>
public sealed class SimulatedMarket
{
    const double SignCorrelation = 0.7, SizeCorrelation = 0.6, Alpha = 0.06, Beta = 0.92;
    const double WickScale = 0.5, VolumeScale = 1e6, SmallestMove = 1e-7;
    const ulong Stream = 0x4D41524B45540000;
    static readonly string[] Bases = ["BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK", "DOT"];
    static readonly double[] FirstPrices = [7200, 130, 14, 20, 0.2, 0.033, 0.02, 15, 1.8, 5];

    SimulatedMarket(SimulatedMarketOptions options, Candles[] candles) =>
        (Options, Candles, ProbabilityUp) = (options, candles, [.. candles.Select(c => new double[c.Count])]);

    /// <summary>What was asked for.</summary>
    public SimulatedMarketOptions Options { get; }

    /// <summary>The candles of each pair.</summary>
    public Candles[] Candles { get; }

    /// <summary>
    /// <c>ProbabilityUp[pair][t]</c> is the probability, known at the close of candle t, that candle t + 1 closes above it;
    /// ½ before <see cref="SimulatedPattern.FirstRow"/>.
    /// </summary>
    public double[][] ProbabilityUp { get; }

    /// <summary>The factor a in p = Φ(a·g); 0 where nothing is planted.</summary>
    public double Strength { get; private set; }

    /// <summary>Simulates a market.</summary>
    /// <param name="options">Sizes, seed and accuracy.</param>
    /// <param name="cancellation">Ends the simulation, from one pair to the next.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static SimulatedMarket Create(SimulatedMarketOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(nameof(options.Pairs), options.Pairs, 1, 1000);
        Check(nameof(options.Candles), options.Candles, SimulatedPattern.FirstRow + 2, 10_000_000);
        Check(nameof(options.Accuracy), options.Accuracy, 0.5, 0.95);
        PairShocks[] shocks = Shocks(options, cancellation);
        var market = new SimulatedMarket(options, [.. shocks.Select((s, pair) => NewCandles(options, pair, s))]);
        market.Calibrate(shocks, cancellation);
        return market;
    }

    /// <summary>
    /// The probability that the next candle closes up, for every candle, from the six columns of <see cref="Week3Signals.Compute"/>
    /// alone; ½ before <see cref="SimulatedPattern.FirstRow"/>.
    /// </summary>
    public double[] BestProbability(double[][] signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (signals.Length != Week3Signals.Names.Count)
            throw new ArgumentException($"SimulatedMarket: expected six columns of signals, got {signals.Length}", nameof(signals));
        return [.. Enumerable.Range(0, signals[0].Length).Select(t => NormalDistribution(Strength * SimulatedPattern.Value(signals, t)))];
    }

    static void Check(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw new ArgumentOutOfRangeException(
                name, value, FormattableString.Invariant($"SimulatedMarket: expected {name} from {least} to {most}, got {value}"));
    }

    /// <summary>Everything random about one pair, an entry a candle.</summary>
    /// <param name="Z">The normal number that decides the sign.</param>
    /// <param name="X">Size of the shock, |x|.</param>
    /// <param name="H">GARCH variance, 1 on average.</param>
    /// <param name="WickUp">Exponential number behind the upper wick.</param>
    /// <param name="WickDown">Exponential number behind the lower wick.</param>
    /// <param name="Volume">Exponential number behind the volume.</param>
    sealed record PairShocks(double[] Z, double[] X, double[] H, double[] WickUp, double[] WickDown, double[] Volume);

    static PairShocks[] Shocks(SimulatedMarketOptions options, CancellationToken cancellation)
    {
        int n = options.Candles;
        var common = new CounterRandom(options.Seed, Stream);
        double[] sign = new double[n], size = new double[n], chi = new double[n];
        for (int t = 0; t < n; t++)
        {
            (sign[t], size[t]) = (common.NextNormal(), common.NextNormal());
            chi[t] = -2 * ScalarMath.Log(common.NextDouble() * common.NextDouble());
        }
        return [.. Enumerable.Range(0, options.Pairs).Select(pair =>
        {
            cancellation.ThrowIfCancellationRequested();
            var random = new CounterRandom(options.Seed, Stream + 1 + (ulong)pair);
            var s = new PairShocks(new double[n], new double[n], new double[n], new double[n], new double[n], new double[n]);
            double h = 1;
            for (int t = 0; t < n; t++)
            {
                s.Z[t] = Math.Sqrt(SignCorrelation) * sign[t] + Math.Sqrt(1 - SignCorrelation) * random.NextNormal();
                double normal = Math.Sqrt(SizeCorrelation) * size[t] + Math.Sqrt(1 - SizeCorrelation) * random.NextNormal();
                double x = Math.Abs(normal) / Math.Sqrt(chi[t] / 2);
                (s.X[t], s.H[t]) = (x, h);
                h = 1 - Alpha - Beta + h * (Alpha * x * x + Beta);
                s.WickUp[t] = -ScalarMath.Log(random.NextDouble());
                s.WickDown[t] = -ScalarMath.Log(random.NextDouble());
                s.Volume[t] = -ScalarMath.Log(random.NextDouble());
            }
            return s;
        })];
    }

    /// <summary>The candles before their prices: times, and volumes, which depend on sizes only.</summary>
    static Candles NewCandles(SimulatedMarketOptions options, int pair, PairShocks s)
    {
        int n = options.Candles;
        string name = pair < Bases.Length ? Bases[pair] : $"P{pair + 1}";
        long start = (options.Start - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        double typical = VolumeScale / FirstPrice(pair);
        return new Candles
        {
            Symbol = name + "USDT",
            Base = name,
            Timeframe = options.Timeframe,
            OpenTime = [.. Enumerable.Range(0, n).Select(t => start + t * options.Timeframe.Microseconds)],
            Open = new double[n],
            High = new double[n],
            Low = new double[n],
            Close = new double[n],
            Volume = [.. Enumerable.Range(0, n).Select(t => typical * Math.Sqrt(s.H[t]) * (0.5 + s.X[t]) * (1 + s.Volume[t]))],
        };
    }

    static double FirstPrice(int pair) => pair < FirstPrices.Length ? FirstPrices[pair] : 10;

    /// <summary>Bisects a until the mean of max(p, 1 - p) is the accuracy; leaves the market simulated with the last a.</summary>
    void Calibrate(PairShocks[] shocks, CancellationToken cancellation)
    {
        double low = 0, high = double.PositiveInfinity;
        Strength = Options.Accuracy > 0.5 ? 0.25 : 0;
        for (int round = 0; ; round++)
        {
            double error = Simulate(shocks, cancellation) - Options.Accuracy;
            if (Math.Abs(error) < 1e-6 || round == 40) return;
            if (error > 0) high = Strength;
            else low = Strength;
            Strength = double.IsInfinity(high) ? 2 * low : (low + high) / 2;
        }
    }

    /// <summary>Plays every pair with the present a; returns the mean of max(p, 1 - p) over the rows whose outcome is simulated.</summary>
    double Simulate(PairShocks[] shocks, CancellationToken cancellation)
    {
        double sum = 0;
        for (int pair = 0; pair < Candles.Length; pair++)
        {
            cancellation.ThrowIfCancellationRequested();
            Play(Candles[pair], shocks[pair], FirstPrice(pair), ProbabilityUp[pair]);
            for (int t = SimulatedPattern.FirstRow; t < Options.Candles - 1; t++)
                sum += Math.Max(ProbabilityUp[pair][t], 1 - ProbabilityUp[pair][t]);
        }
        return sum / Candles.Length / (Options.Candles - 1 - SimulatedPattern.FirstRow);
    }

    void Play(Candles candles, PairShocks s, double price, double[] probability)
    {
        var signals = new Week3State();
        double[][] columns = [.. Week3Signals.Names.Select(_ => new double[candles.Count])];
        double g = 0;
        for (int t = 0; t < candles.Count; t++)
        {
            double scale = SimulatedPattern.MoveScale * Math.Sqrt(s.H[t]);
            double factor = 1 + Math.Max(scale * s.X[t], SmallestMove);
            candles.Open[t] = price;
            candles.Close[t] = s.Z[t] < Strength * g ? price * factor : price / factor;
            candles.High[t] = Math.Max(price, candles.Close[t]) * (1 + WickScale * scale * s.WickUp[t]);
            candles.Low[t] = Math.Min(price, candles.Close[t]) / (1 + WickScale * scale * s.WickDown[t]);
            price = candles.Close[t];
            signals.Next(candles, t, columns);
            g = SimulatedPattern.Value(columns, t);
            probability[t] = NormalDistribution(Strength * g);
        }
    }

    /// <summary>
    /// Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …), absolute error under 1e-13; 0 or 1 beyond ±8, NaN of NaN.
    /// <para>Source: Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software 11 (2004).</para>
    /// </summary>
    internal static double NormalDistribution(double x)
    {
        if (!(Math.Abs(x) <= 8)) return x > 0 ? 1 : x < 0 ? 0 : double.NaN;
        double y = -x * x / 128, density = 1;   // exp(-x²/2) = exp(y)^64
        for (int k = 12; k >= 1; k--) density = 1 + y / k * density;
        for (int k = 0; k < 6; k++) density *= density;
        double sum = x, term = x, last = 0;
        for (int k = 3; sum != last; k += 2) (last, term, sum) = (sum, term * x * x / k, sum + term * x * x / k);
        return 0.5 + sum * density * 0.39894228040143267794;
    }
}
