using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NeuralCore.Benchmarks;

const string Usage = """
    usage: benchmarks peers [--json] [--filter TEXT] [--core N]   the cases of the comparison with PyTorch, see benchmarks/peers/README.md
           benchmarks startup                                     time of a fresh process to its first prediction
           benchmarks bdn [BenchmarkDotNet options]               BenchmarkDotNet with memory; --filter '*' runs everything
    """;

switch (args)
{
    case [StartUp.Child]:
        Console.WriteLine("started");
        return 0;
    case [StartUp.Child, string folder]:
        StartUp.Predict(folder);
        return 0;
    case ["startup"]:
        StartUp.Measure();
        return 0;
    case ["bdn", .. string[] rest]:
        BenchmarkDotNet(rest);
        return 0;
    case ["peers", .. string[] rest]:
        (bool json, string filter, int? core) = (false, "", null);
        for (int i = 0; i < rest.Length; i++)
            switch (rest[i])
            {
                case "--json": json = true; break;
                case "--filter" when i + 1 < rest.Length: filter = rest[++i]; break;
                case "--core" when i + 1 < rest.Length && int.TryParse(rest[++i], out int n) && n >= 0 && n < Environment.ProcessorCount: core = n; break;
                default: return Refuse();
            }
        try
        {
            if (core is int pinned) Peers.Pin(pinned);
            Peers.Measure(filter, json);
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

// A method of its own, which no other verb compiles. In this process: BenchmarkDotNet knows no moniker for every new runtime that it could
// build a project for.
static void BenchmarkDotNet(string[] options) => BenchmarkSwitcher.FromAssembly(typeof(Peers).Assembly)
    .Run(options, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));

static int Refuse()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
