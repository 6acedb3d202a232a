using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NeuralCore.Kernels;
using NeuralCore.Models;

namespace NeuralCore.Worker;

/// <summary>Fifty steps of 100 rows, four shards each; prints the floats in a vector of the kernels, and the hash of the weights.</summary>
static class Bits
{
    const int Rows = 1000, T = 20, I = 6;

    internal static void Train(string network, int threads)
    {
        (Model model, Loss loss, Optimizer optimizer, TrainerOptions options) = network switch
        {
            "v3.1" => Direction(new V31()),
            "transformer" => (new Model(Transformer(), seed: 1), new JointLoss((new CrossEntropy(), 3, 1, 1f), (new Mse(), 1, 1, 0.1f)),
                new AdamW(3e-3f), new TrainerOptions { ClipNorm = 1, Seed = 2 }),
            _ => throw new ArgumentException($"worker: expected the network v3.1 or transformer, got {network}"),
        };
        new Trainer(model, loss, optimizer, options with { Epochs = 5, BatchSize = 100, Threads = threads }).Fit(Samples());
        Console.WriteLine(Simd.Has512 ? V512.Count : Simd.Has256 ? V256.Count : Simd.Has128 ? V128.Count : V1.Count);
        Console.WriteLine(Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.State))));
    }

    static (Model, Loss, Optimizer, TrainerOptions) Direction(NetworkModel m)
        => (new Model(m.Build(I), seed: 1), m.Loss(), m.Optimizer(), m.Training(seed: 2));

    static Sequential Transformer() => new(new Dense(I, 16), new SinusoidalPositions(),
        new TransformerEncoder(2, 16, 4, 32, normFirst: true, finalNorm: true), new MeanOverTime(),
        new Concat(new Dense(16, 3), new Dense(16, 1)));

    /// <summary>Random sequences, the class by their ends, and a size of the move.</summary>
    static ArraySamples Samples()
    {
        var random = new CounterRandom(1, 0);
        float[] x = new float[Rows * T * I], y = new float[Rows * 2];
        foreach (ref float value in x.AsSpan()) value = (float)random.NextNormal();
        for (int row = 0; row < Rows; row++)
        {
            float move = x[(row + 1) * T * I - 1] - x[row * T * I];
            (y[2 * row], y[2 * row + 1]) = (move < -0.5f ? 0 : move > 0.5f ? 2 : 1, Math.Abs(move));
        }
        return new ArraySamples(x, new Shape(T, I), y, targetColumns: 2);
    }
}
