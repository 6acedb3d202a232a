using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralCore.Tests;

/// <summary>A batch that several threads share.</summary>
public class TrainerThreadsTests
{
    const int Steps = 6, Features = 3;

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [Trait("Category", "Bits")]
    public void AnyNumberOfThreadsGivesTheSameBits(int threads)
    {
        Assert.Equal(Fit(1), Fit(threads));

        static string Fit(int threads)
        {
            Model model = Network(dropout: 0.2f);
            History history = Trainer(model, new() { Epochs = 2, BatchSize = 150, Threads = threads, ClipNorm = 1f, Seed = 5 })
                .Fit(Rows(407), Rows(90));
            return Hash(model) + history.Epochs[1].ValidationLoss.ToString("R") + history.Epochs[1].TrainingLoss.ToString("R");
        }
    }

    [Fact]
    public void ALossThatIsNotANumberNamesEpochAndBatchAndKeepsTheGoodWeights()
    {
        Model model = Network();
        string good = "";
        var rows = new Poisoned(Rows(200), row: 150, from: 201);      // NaN appears once the first epoch's 200 rows have been read
        var error = Assert.Throws<TrainingException>(() => Trainer(model, new() { Epochs = 5, BatchSize = 50, Threads = 2 })
            .Fit(rows, Rows(50), [new Watch(c => good = c.Problem is null ? Hash(model) : good)],
                cancellation: TestContext.Current.CancellationToken));
        Assert.Matches("epoch 2, batch [1-4]", error.Message);
        Assert.Equal(good, Hash(model));
        Assert.DoesNotContain(model.Values.ToArray(), v => !float.IsFinite(v));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 64)]
    [InlineData(33, 32)]
    [InlineData(65, 1000)]
    public void AnyNumberOfRowsTrains(int rows, int batch)
    {
        Model model = Network();
        History history = Trainer(model, new() { Epochs = 2, BatchSize = batch, Threads = 3 })
            .Fit(Rows(rows), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(2, history.Epochs.Count);
        Assert.All(history.Epochs, e => Assert.True(double.IsFinite(e.TrainingLoss) && double.IsNaN(e.ValidationLoss)));
    }

    [Fact]
    public void AnErrorInAThreadComesOutAndTheTrainerGoesOn()
    {
        Trainer trainer = Trainer(Network(), new() { Epochs = 1, BatchSize = 96, Threads = 3 });
        float[] wrong = [.. Enumerable.Repeat(7f, 96)];               // class 7 of 2
        Assert.Throws<ArgumentException>(() => trainer.Fit(new ArraySamples(new float[96 * Steps * Features], new Shape(Steps, Features),
            wrong), cancellation: TestContext.Current.CancellationToken));
        Assert.True(double.IsFinite(trainer.Fit(Rows(96), cancellation: TestContext.Current.CancellationToken).Epochs[0].TrainingLoss));
    }

    static Model Network(float dropout = 0) => new(new Sequential(
        new Lstm(Features, 9, bidirectional: true), new AdditiveAttention(18, 5), new Dropout(dropout), new Dense(18, 2)), seed: 3);

    static Trainer Trainer(Model model, TrainerOptions options) => new(model, new CrossEntropy(), new Adam(0.01f), options);

    /// <summary>Random sequences; the class says whether the first feature rises from start to end.</summary>
    static ArraySamples Rows(int count)
    {
        var random = new CounterRandom(9, 9);
        var x = new float[count * Steps * Features];
        foreach (ref float value in x.AsSpan()) value = (float)random.NextNormal();
        float[] y = [.. Enumerable.Range(0, count)
            .Select(row => x[(row * Steps + Steps - 1) * Features] > x[row * Steps * Features] ? 1f : 0f)];
        return new ArraySamples(x, new Shape(Steps, Features), y);
    }

    static string Hash(Model model) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.Values)));

    sealed class Watch(Action<TrainingContext> look) : Callback
    {
        public override void OnBatchEnd(TrainingContext context) => look(context);
    }

    /// <summary>Samples one of whose rows turns to NaN after so many rows were read.</summary>
    sealed class Poisoned(ISamples inner, int row, int from) : ISamples
    {
        int read;

        public int Count => inner.Count;
        public Shape InputShape => inner.InputShape;
        public int TargetColumns => inner.TargetColumns;

        public void Copy(ReadOnlySpan<int> rows, Span<float> inputs, Span<float> targets)
        {
            inner.Copy(rows, inputs, targets);
            if (inputs.IsEmpty || Interlocked.Add(ref read, rows.Length) < from) return;
            int at = rows.IndexOf(row);
            if (at >= 0) inputs[at * Steps * Features] = float.NaN;
        }
    }
}
