#:project ../src/NeuralCore/NeuralCore.csproj

// Sequences of different lengths through a Transformer: train with callbacks, save, load without this code, and reuse the encoder for
// another task.    dotnet run samples/transformer.cs
using NeuralCore;

// 2,000 sequences of 4 to 20 steps of noise; the class is 1 where the greatest value of the first feature comes before that of the second.
const int Count = 2_000, Steps = 20;
var random = new CounterRandom(seed: 1, stream: 0);
float[] inputs = new float[Count * Steps * 2], targets = new float[Count];
int[] lengths = new int[Count];
foreach (ref float value in inputs.AsSpan()) value = (float)random.NextNormal();
for (int i = 0; i < Count; i++)
{
    lengths[i] = 4 + random.NextInt32(Steps - 3);
    targets[i] = Greatest(i, 0) < Greatest(i, 1) ? 1 : 0;
}
(ISamples training, ISamples validation) = new ArraySamples(inputs, new Shape(Steps, 2), targets, lengths: lengths).SplitByTime(0.2);

Sequential Encoder() => new(new Dense(2, 16), new SinusoidalPositions(), new TransformerEncoder(layers: 2, 16, heads: 4, feedForward: 32));
var model = new Model(new Sequential(("encoder", Encoder()), ("pool", new AdditiveAttention(16, 8)), ("head", new Dense(16, 2))), seed: 1);
Console.WriteLine(model.Summary(new Shape(1, Steps, 2)));
History history = new Trainer(model, new CrossEntropy(), new AdamW(3e-3f), new TrainerOptions { Epochs = 15, ClipNorm = 1, Threads = 2 })
    .Fit(training, validation, [new LearningRateSchedule(Schedules.WarmupCosine(steps: 2, total: 15)),
        new EarlyStopping(patience: 4, restoreBest: true), new ProgressLines()]);
Console.WriteLine($"best epoch {history.BestEpoch} of {history.Epochs.Count}");

string folder = Path.Combine(Path.GetTempPath(), $"neuralcore-sample-{Environment.ProcessId}");
try
{
    model.SaveFolder(folder);
    Model loaded = Model.LoadFolder(folder);

    // A row in a batch with lengths and the same sequence alone: the same bits.
    Tensor batch = Tensor.From(inputs[..(8 * Steps * 2)], 8, Steps, 2).WithLengths(lengths[..8]),
        alone = Tensor.From(inputs[..(lengths[0] * 2)], 1, lengths[0], 2);
    bool same = loaded.Predict(batch, loaded.Tape()).Row(0).SequenceEqual(model.Predict(alone, model.Tape()).Row(0));
    Console.WriteLine($"loaded, in a batch, beside trained, alone: {(same ? "the same" : "different")}");

    // Another head on the trained encoder, which stays as it is.
    var other = new Model(new Sequential(("trunk", Encoder()), ("last", new TakeLast()), ("head", new Dense(16, 3))), seed: 2);
    LoadReport report = other.LoadPartial(Path.Combine(folder, "model.safetensors"),
        new() { Keys = LoadOptions.Rename(("encoder.*", "trunk.*"), ("*", null)) });
    other.Freeze("trunk.*");
    Console.WriteLine($"{report.Matched.Count} tensors taken over, {report.Missing.Count} new");
    return same && report.Missing.Count == 2 ? 0 : 1;
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}

int Greatest(int row, int feature) => Enumerable.Range(0, lengths[row]).MaxBy(t => inputs[(row * Steps + t) * 2 + feature]);
