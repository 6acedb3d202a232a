using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Worker;

/// <summary>
/// A training in which everything has state: dropout, running statistics, Adam, a falling rate, early stopping, gathered batches, files.
/// </summary>
static class Resumable
{
    const int Rows = 700, Features = 8;

    internal static void Train(string folder)
    {
        var model = new Model(new Sequential(new Dense(Features, 16), new BatchNorm1d(16), Activation.Relu(), new Dropout(0.2f),
            new Dense(16, 2)), seed: 1);
        ISamples samples = Samples();
        (ISamples training, ISamples validation) = samples.SplitByTime(0.2, gap: 4);
        var options = new TrainerOptions
        {
            Epochs = 200,
            BatchSize = 33,                  // shards of 33 rows
            AccumulatedBatches = 2,
            ClipNorm = 1,
            Threads = 2,
            Seed = 3,
            Checkpoint = new Checkpoint(Path.Combine(folder, "training.safetensors"), EveryBatches: 1),
        };
        History history = new Trainer(model, new CrossEntropy([1f, 1.5f]), new Adam(0.01f), options).Fit(training, validation,
        [
            new LearningRateSchedule(Schedules.WarmupCosine(100, 2_000), perBatch: true),
            new EarlyStopping(patience: 100, restoreBest: true),
            new CsvLogger(Path.Combine(folder, "history.csv")),
            new ModelCheckpoint(Path.Combine(folder, "model-{epoch}.safetensors"), keepLast: 2),
            new Announce(),
        ]);
        history.Save(Path.Combine(folder, "history.json"));
        model.Save(Path.Combine(folder, "model.safetensors"));
        Console.WriteLine($"done {history.Epochs.Count} {history.StopReason}");
        Console.WriteLine(Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.State))));
    }

    static ArraySamples Samples()
    {
        var random = new CounterRandom(7, 0);
        float[] x = new float[Rows * Features], y = new float[Rows], weights = new float[Rows];
        foreach (ref float value in x.AsSpan()) value = (float)random.NextNormal();
        for (int row = 0; row < Rows; row++)
        {
            y[row] = x[row * Features] + x[row * Features + 1] * x[row * Features + 2] + random.NextNormal() > 0 ? 1 : 0;
            weights[row] = 1 + row / (float)Rows;
        }
        return new ArraySamples(x, new Shape(Features), y, weights: weights);
    }

    sealed class Announce : Callback
    {
        public override void OnBatchEnd(TrainingContext context) => Console.WriteLine($"{context.Epoch} {context.Batch}");
    }
}
