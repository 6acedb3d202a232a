using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NeuralCore.Benchmarks;

const string Usage = """
    usage: benchmarks peers [--json] [--filter TEXT] [--core N] [--threads N]
                                                    the cases of the comparison, see benchmarks/peers/README.md; --core keeps them on
                                                    one core; several threads: only networks on more than 32 rows, for the rest runs on one
           benchmarks scaling [the same options]    one LSTM layer, forward and backward, with growing T, B and H
           benchmarks data [--json] [--filter TEXT] [--core N] [--file FILE]
                                                    reading candles, beside benchmarks/peers/duckdb.mjs; FILE is by default
                                                    ../shared/data/klines/BTCUSDT/BTC_1m.parquet
           benchmarks int8 [TEXT]                   files and predictions of the networks whose name has TEXT, with float32 and int8 weights
           benchmarks startup                       time of a fresh process to its first prediction
           benchmarks classical [--json] [--out FOLDER] [--data FOLDER] [--training N] [--threads N] [--repeats N] [--filter TEXT]
                                                    logistic regression, boosting and forest, trained on N of the rows in --data, or on N
                                                    made-up ones [240000], which --out writes for benchmarks/peers/classical.py
           benchmarks serve [--json] [--filter MODEL] [--candles N]
                                                    time to serve a candle (its features, forward pass, call) with every model, N [20000] of
                                                    them on one thread and N from 16 threads on one model
           benchmarks bdn [BenchmarkDotNet options] BenchmarkDotNet with memory; --list flat names them, --filter '*' runs them all
    """;

switch (args)
{
    case [StartUp.Child]:
        Console.WriteLine("started");
        return 0;
    case [StartUp.Child, string folder]:
        StartUp.Predict(folder);
        return 0;
    case ["int8", .. string[] rest] when rest.Length < 2:
        Int8.Measure(rest is [var text] ? text : "");
        return 0;
    case ["startup"]:
        StartUp.Measure();
        return 0;
    case ["bdn", .. string[] rest]:
        BenchmarkDotNet(rest);
        return 0;
    case ["data", .. string[] rest]:
        return Data(rest);
    case ["serve", .. string[] rest]:
        return MeasureServing(rest);
    case ["classical", .. string[] rest]:
        return MeasureClassical(rest);
    case ["peers" or "scaling", .. string[] rest]:
        (bool json, string filter, int? core, int threads) = (false, "", null, 1);
        for (int i = 0; i < rest.Length; i++)
            switch (rest[i])
            {
                case "--json": json = true; break;
                case "--filter" when i + 1 < rest.Length: filter = rest[++i]; break;
                case "--core" when i + 1 < rest.Length && int.TryParse(rest[++i], out int n) && n >= 0 && n < Environment.ProcessorCount:
                    core = n;
                    break;
                case "--threads" when i + 1 < rest.Length && int.TryParse(rest[++i], out threads) && threads >= 1: break;
                default: return Refuse();
            }
        if (threads > 1 && (core is not null || args[0] == "scaling")) return Refuse();
        try
        {
            if (core is int pinned) Peers.Pin(pinned);
            if (threads > 1) Peers.Fix(threads);
            // The double reference of the longest sequences would take gigabytes; `peers` checks the same layer.
            bool check = args[0] == "peers";
            IEnumerable<Entry> entries = (check ? Cases.Peers(threads) : Cases.Scaling)
                .Where(e => e.ToString().Contains(filter, StringComparison.OrdinalIgnoreCase));
            Peers.Measure(entries, threads, check, json);
            return 0;
        }
        catch (InvalidOperationException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    default:
        return Refuse();
}

static int Data(string[] options)
{
    (bool json, string filter, int? core, string file) = (false, "", null, "../shared/data/klines/BTCUSDT/BTC_1m.parquet");
    for (int i = 0; i < options.Length; i++)
        switch (options[i])
        {
            case "--json": json = true; break;
            case "--filter" when i + 1 < options.Length: filter = options[++i]; break;
            case "--file" when i + 1 < options.Length: file = options[++i]; break;
            case "--core" when i + 1 < options.Length && int.TryParse(options[++i], out int n) && n >= 0 && n < Environment.ProcessorCount:
                core = n;
                break;
            default: return Refuse();
        }
    try
    {
        if (core is int pinned) Peers.Pin(pinned);
        DataCases.Measure(file, filter, json);
        return 0;
    }
    catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
}

// A method of its own, which no other verb compiles. In this process: BenchmarkDotNet knows no moniker for every new runtime that it could
// build a project for.
static void BenchmarkDotNet(string[] options) => BenchmarkSwitcher.FromAssembly(typeof(Peers).Assembly)
    .Run(options, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60)));

static int MeasureClassical(string[] rest)
{
    (bool json, string? to, string? from, string filter, int training, int threads, int repeats) = (false, null, null, "", 240_000, 1, 3);
    for (int i = 0; i < rest.Length; i++)
        switch (rest[i])
        {
            case "--json": json = true; break;
            case "--out" when i + 1 < rest.Length: to = rest[++i]; break;
            case "--data" when i + 1 < rest.Length: from = rest[++i]; break;
            case "--filter" when i + 1 < rest.Length: filter = rest[++i]; break;
            case "--training" when i + 1 < rest.Length && int.TryParse(rest[++i], out training) && training is >= 4
                and <= 10_000_000:
                break;
            case "--threads" when i + 1 < rest.Length && int.TryParse(rest[++i], out threads) && threads >= 1: break;
            case "--repeats" when i + 1 < rest.Length && int.TryParse(rest[++i], out repeats) && repeats >= 1: break;
            default: return Refuse();
        }
    try
    {
        ClassicalRows rows = from is null ? ClassicalRows.Made(training) : ClassicalRows.Read(from, training);
        if (to is not null) rows.Write(to);
        Classical.Measure(rows, threads, repeats, filter, json);
        return 0;
    }
    catch (Exception error) when (error is IOException or InvalidDataException)
    {
        Console.Error.WriteLine(error.Message);
        return 1;
    }
}

static int MeasureServing(string[] rest)
{
    (bool json, string filter, int candles) = (false, "", 20_000);
    for (int i = 0; i < rest.Length; i++)
        switch (rest[i])
        {
            case "--json": json = true; break;
            case "--filter" when i + 1 < rest.Length: filter = rest[++i]; break;
            case "--candles" when i + 1 < rest.Length && int.TryParse(rest[++i], out candles) && candles >= 1_000: break;
            default: return Refuse();
        }
    Serve.Measure(filter, candles, json);
    return 0;
}

static int Refuse()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
