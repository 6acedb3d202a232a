using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NeuralCore.Benchmarks;

const string Usage = """
    usage: benchmarks peers [--json] [--filter TEXT]     the cases of the comparison with PyTorch, see benchmarks/peers/README.md
           benchmarks bdn [BenchmarkDotNet options]      BenchmarkDotNet with memory; --filter '*' runs everything
    """;

switch (args)
{
    case ["bdn", .. string[] rest]:
        // In this process: BenchmarkDotNet knows no moniker for every new runtime that it could build a project for.
        BenchmarkSwitcher.FromAssembly(typeof(InferenceBenchmarks).Assembly)
            .Run(rest, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
        return 0;
    case ["peers", .. string[] rest]:
        bool json = rest.Contains("--json");
        int filter = Array.IndexOf(rest, "--filter");
        if (rest.Length != (json ? 1 : 0) + (filter < 0 ? 0 : 2) || filter == rest.Length - 1) break;
        try
        {
            Peers.Measure(filter < 0 ? "" : rest[filter + 1], json);
            return 0;
        }
        catch (InvalidOperationException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
}
Console.Error.WriteLine(Usage);
return 2;
