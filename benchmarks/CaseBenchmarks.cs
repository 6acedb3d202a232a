using BenchmarkDotNet.Attributes;

namespace NeuralCore.Benchmarks;

/// <summary>Logits of one window: latency, and nothing allocated.</summary>
[MemoryDiagnoser]
public class InferenceBenchmarks
{
    Case infer = null!;

    public static IEnumerable<string> Networks => Network.All.Select(n => n.Name);

    [ParamsSource(nameof(Networks))]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        infer = new Inference(Network.All.Single(n => n.Name == Model), 1);
        infer.Check();
        infer.Warm();
    }

    [Benchmark]
    public void Batch1() => infer.Run();
}

/// <summary>A warm training step: time, and nothing allocated.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    Case train = null!;

    public static IEnumerable<string> Networks => Network.All.Select(n => n.Name);

    [ParamsSource(nameof(Networks))]
    public string Model { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        train = new TrainingStep(Network.All.Single(n => n.Name == Model), 32);
        train.Check();
        train.Warm();
    }

    [Benchmark]
    public void Batch32() => train.Run();
}
