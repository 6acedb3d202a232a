using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NeuralCore.Benchmarks;

const string Usage = """
    usage: benchmarks peers [--json] [--filter TEXT] [--core N]   the cases of the comparison with PyTorch, see benchmarks/peers/README.md
           benchmarks bdn [BenchmarkDotNet options]               BenchmarkDotNet with memory; --filter '*' runs everything
    """;

switch (args)
{
    case ["bdn", .. string[] rest]:
        // In this process: BenchmarkDotNet knows no moniker for every new runtime that it could build a project for.
        BenchmarkSwitcher.FromAssembly(typeof(Peers).Assembly)
            .Run(rest, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
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

static int Refuse()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
