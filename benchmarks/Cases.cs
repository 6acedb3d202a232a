namespace NeuralCore.Benchmarks;

/// <summary>Everything that is timed, by kind.</summary>
static class Cases
{
    static readonly int[] Batches = [1, 32, 256];

    /// <summary>
    /// What the peers run as well; with several threads only what the library spreads over them, networks on several shards.
    /// </summary>
    public static IEnumerable<Entry> Peers(int threads)
    {
        IEnumerable<Entry> networks = [.. NetworkInference(threads), .. NetworkTraining(threads)];
        return threads > 1 ? networks.Where(e => e.Batch > Trainer.ShardRows)
            : [.. RecurrentInference, .. RecurrentTraining, .. GemmCase.All, .. networks];
    }

    public static IEnumerable<Entry> RecurrentInference
        => Batches.SelectMany(batch => RecurrentShape.All.Select(shape => shape.Inference(batch)));

    public static IEnumerable<Entry> RecurrentTraining
        => Batches.SelectMany(batch => RecurrentShape.All.Select(shape => shape.Training(batch)));

    public static IEnumerable<Entry> NetworkInference(int threads)
        => Network.All.SelectMany(network => new[] { network.Inference(1, threads), network.Inference(256, threads) });

    public static IEnumerable<Entry> NetworkTraining(int threads)
        => Network.All.SelectMany(network => new[] { network.Training(32, threads), network.Training(64, threads) });

    /// <summary>One LSTM layer, forward and backward, with one of its sizes growing: T, B or H.</summary>
    public static IEnumerable<Entry> Scaling { get; } =
    [
        .. new[] { 10, 20, 50, 100, 200, 500, 1000, 2000 }.Select(T => new RecurrentShape("lstm", T, 64, 64).Training(32)),
        .. new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 }.Select(B => new RecurrentShape("lstm", 60, 128, 128).Training(B)),
        .. new[] { 16, 32, 128, 256, 512, 1024 }.Select(H => new RecurrentShape("lstm", 20, H, H).Training(32)),   // 64 stands above
    ];
}
