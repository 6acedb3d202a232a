using NeuralCore.Kernels;

namespace NeuralCore.Benchmarks;

/// <summary>C (M, N) = A (M, K) B (K, N), all row-major; packing is part of the time.</summary>
sealed class GemmCase(Entry entry, int M, int N, int K) : Case(entry)
{
    readonly float[] a = Values(M * K, 0), b = Values(K * N, 1), c = new float[M * N];

    public static IEnumerable<Entry> All { get; } = new (int M, int N, int K)[]
    {
        (32, 512, 128), (32, 128, 32), (512, 148, 1920), (1920, 512, 128), (1920, 128, 512),
        (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (37, 53, 29),
    }.Select(s => new Entry($"gemm {s.M}x{s.N}x{s.K}", "gemm", 1, entry => new GemmCase(entry, s.M, s.N, s.K)));

    public override double Flops => 2.0 * M * N * K;

    public override void Run() => Gemm.Multiply(M, N, K, ref a[0], K, 1, ref b[0], N, 1, ref c[0], N, accumulate: false);

    public override void Check()
    {
        Run();
        var graph = new Graph();
        Require("C", c, graph.Product(Graph.Input(a, K), graph.Transpose(Graph.Input(b, N))).Value);
    }
}
