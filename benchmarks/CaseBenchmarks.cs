using BenchmarkDotNet.Attributes;

namespace NeuralCore.Benchmarks;

/// <summary>The cases of one kind in BenchmarkDotNet, checked before they run.</summary>
[MemoryDiagnoser]
public abstract class CaseBenchmarks
{
    readonly Dictionary<string, Entry> entries;
    Case timed = null!;

    private protected CaseBenchmarks(IEnumerable<Entry> entries) => this.entries = entries.ToDictionary(e => e.ToString());

    public IEnumerable<string> Names => entries.Keys;

    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        timed = entries[Name].Open();
        timed.Check();
    }

    [Benchmark]
    public void Run() => timed.Run();
}

public class RecurrentInferenceBenchmarks() : CaseBenchmarks(Cases.RecurrentInference);

public class RecurrentTrainingBenchmarks() : CaseBenchmarks(Cases.RecurrentTraining);

public class GemmBenchmarks() : CaseBenchmarks(GemmCase.All);

public class NetworkInferenceBenchmarks() : CaseBenchmarks(Cases.NetworkInference(threads: 1));

public class NetworkTrainingBenchmarks() : CaseBenchmarks(Cases.NetworkTraining(threads: 1));
