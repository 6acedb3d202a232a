using NeuralCore.Kernels;

namespace NeuralCore.Benchmarks;

/// <summary>C (M, N) = A (M, K) B (K, N), all row-major; packing is part of the time.</summary>
sealed class GemmCase(int M, int N, int K) : Case($"gemm {M}x{N}x{K}", "gemm", 1)
{
    readonly float[] a = Values(M * K, 0), b = Values(K * N, 1), c = new float[M * N];

    public static IEnumerable<Func<Case>> All { get; } = new (int, int, int)[]
    {
        (32, 512, 128), (32, 128, 32), (512, 148, 1920), (1920, 512, 128), (1920, 128, 512), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (37, 53, 29),
    }.Select(s => new Func<Case>(() => new GemmCase(s.Item1, s.Item2, s.Item3)));

    public override double Flops => 2.0 * M * N * K;

    public override void Run() => Gemm.Multiply(M, N, K, ref a[0], K, 1, ref b[0], N, 1, ref c[0], N, accumulate: false);

    public override void Check() { }
}
