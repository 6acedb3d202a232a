using System.Collections.Concurrent;

namespace NeuralCore.Tests;

/// <summary>
/// Predictions over many rows: cut into shards, on any number of threads, with the bits of one pass over the whole batch.
/// </summary>
[Collection("alone")]
public class InferenceSessionTests
{
    static readonly int[] Rows = [0, 1, 31, 32, 33, 64, 257, 257, 600], Threads = [1, 2, 4, 7];

    public static TheoryData<string> Names => EveryLayerTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Bits")]
    public void Shards_have_the_bits_of_the_whole_batch(string name)
    {
        var (_, make, input) = GradientTests.Layers.Single(l => l.Name == name);
        var model = new Model(make(), seed: 4);
        InferenceSession[] sessions = [.. Threads.Select(threads => new InferenceSession(model, threads))];
        Tape tape = model.Tape();
        foreach (int rows in Rows)
        {
            if (rows < 2 && name == "BatchNorm1d without weights and statistics") continue;   // needs two rows
            Tensor x = input.Make(rows, stream: 5), whole = Whole(model, x);
            AssertSame(whole, model.Predict(x, tape), $"{rows} rows");
            foreach (InferenceSession session in sessions) AssertSame(whole, session.Predict(x), $"{rows} rows in a session");
        }
    }

    /// <summary>One pass over all rows.</summary>
    static Tensor Whole(Model model, Tensor x)
    {
        Tape tape = model.Tape();
        tape.Begin(training: false);
        return model.Root.Forward(x, tape);
    }

    static void AssertSame(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.HasLengths, actual.HasLengths);
        Assert.Equal(expected.Lengths.ToArray(), actual.Lengths.ToArray());
        Draw.SameBits(expected.Span, actual.Span, what);
    }

    [Fact]
    public void LargeBatchesRunInShardsAndThoseThatNeedItWhole()
    {
        var seen = new ConcurrentQueue<int>();
        var model = new Model(new Sequential(new Watch(x => seen.Enqueue(x.Shape[0])), new Dense(3, 2)), 1);
        new InferenceSession(model, 2).Predict(Draw.Tensor(1, 100, 3));
        Assert.Equal([4, 48, 48], seen.Order());
        seen.Clear();
        model = new Model(new Sequential(new Watch(x => seen.Enqueue(x.Shape[0])), Activation.Softmax(0)), 1);
        model.Predict(Draw.Tensor(1, 100, 3), model.Tape());
        Assert.Equal([100], seen);
    }

    /// <summary>Whether OutputShape tells it; with 32 steps, even the shape of a shard looks right.</summary>
    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    [InlineData(true, 32)]
    public void ALayerWhoseOutputDoesNotBeginWithTheRowsGetsThemAllAtOnce(bool tells, int steps)
    {
        var model = new Model(new Transposed(tells), 1);
        var session = new InferenceSession(model, 3);
        foreach (int rows in (int[])[40, 96, 40, 7])
        {
            Tensor x = Draw.Tensor(1, rows, steps, 3), whole = Whole(model, x);
            AssertSame(whole, model.Predict(x, model.Tape()), "prediction");
            AssertSame(whole, session.Predict(x), "session");
            AssertSame(whole, session.Predict(x), "session, again");
        }
    }

    /// <summary>
    /// A row of this model takes 2·16 floats; shards are as many multiples of 48 rows as take no more than the scratch memory.
    /// </summary>
    [Theory]
    [InlineData(1 << 10, 11)]
    [InlineData(16 << 10, 6)]
    [InlineData(32 << 10, 3)]
    [InlineData(1 << 20, 0)]
    public void OnceTheMemoryOfARowIsKnownShardsHaveAsManyRowsAsFit(int scratch, int count)
    {
        var model = new Model(new Sequential(new Dense(4, 16), new Dense(16, 16)), 1);
        var shards = new RowShards(scratch);
        Tape[] tapes = [model.Tape(), model.Tape()];
        Tensor x = Draw.Tensor(1, 500, 4), whole = Whole(model, x);
        foreach (int expected in (int[])[11, count, count])
        {
            shards.Cut(model, x);
            Assert.Equal(expected, shards.Count);
            shards.Run(tapes[0]);
            AssertSame(whole, shards.Join(model, x, tapes[0]), $"{expected} shards");
        }
        shards.Cut(model, x, passes: 2);
        Assert.InRange(shards.Count, 5, 11);   // each thread has at least two, of at most 240 rows
        shards.Run(tapes[1], 1);
        shards.Run(tapes[0]);
        AssertSame(whole, shards.Join(model, x, tapes[0]), "two passes");
    }

    [Fact]
    public void LengthsOfALayersOwnAreJoined()
    {
        var model = new Model(new Counted(), 1);
        Tensor x = Draw.Tensor(1, 70, 4, 2), y = new InferenceSession(model, 2).Predict(x);
        Assert.Equal([.. Enumerable.Range(0, 70).Select(row => x.Span[row * 8] > 0 ? 4 : 1)], y.Lengths.ToArray());
    }

    [Fact]
    public void ErrorsReachTheCallerAndTheSessionGoesOn()
    {
        var model = new Model(new Sequential(new Watch(x =>
        {
            if (x.Span.Contains(7)) throw new InvalidDataException("seven");
        }), new Dense(3, 2)), 1);
        var session = new InferenceSession(model, 3);
        Tensor x = Draw.Tensor(1, 200, 3), bad = x.Copy();
        foreach (int row in (int[])[0, 40, 199])
        {
            x.Span.CopyTo(bad.Span);
            bad.Span[row * 3] = 7;
            Assert.Equal("seven", Assert.Throws<InvalidDataException>(() => session.Predict(bad)).Message);
            AssertSame(Whole(model, x), session.Predict(x), "after an error");
        }
        Assert.Equal("Dense '1': expected input (..., 3), got (200, 4)",
            Assert.Throws<ArgumentException>(() => session.Predict(new Tensor(200, 4))).Message);
        Assert.Equal("InferenceSession: expected at least 1 thread, got 0 (Parameter 'threads')\nActual value was 0.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new InferenceSession(model, 0)).Message.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void TwoCallersAtOnceAreRefused()
    {
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var model = new Model(new Sequential(new Watch(_ =>
        {
            inside.Set();
            leave.Wait();
        }), new Dense(3, 2)), 1);
        var session = new InferenceSession(model);
        Tensor x = Draw.Tensor(1, 2, 3);
        float[] y = [];
        var first = new Thread(() => y = [.. session.Predict(x).Span]);
        first.Start();
        inside.Wait(TestContext.Current.CancellationToken);
        string refused = Assert.Throws<InvalidOperationException>(() => session.Predict(x)).Message;
        Assert.Contains("one prediction at a time", refused, StringComparison.Ordinal);
        leave.Set();
        first.Join();
        Draw.SameBits(y, session.Predict(x).Span, "afterwards");
    }

    [Fact]
    public void ABusyPoolDelaysNothing()
    {
        using var leave = new ManualResetEventSlim();
        using var left = new CountdownEvent(200);
        var threads = new ConcurrentDictionary<int, bool>();
        var model = new Model(new Sequential(new Watch(_ => threads[Environment.CurrentManagedThreadId] = true), new Dense(3, 2)), 1);
        var session = new InferenceSession(model, 4);
        Tensor x = Draw.Tensor(1, 257, 3), whole = Whole(model, x);
        threads.Clear();
        for (int i = 0; i < left.InitialCount; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                leave.Wait();
                left.Signal();
            }, null);
        try
        {
            for (int i = 0; i < 50; i++) AssertSame(whole, session.Predict(x), "beside a busy pool");
            Assert.Equal([Environment.CurrentManagedThreadId], threads.Keys);
        }
        finally
        {
            leave.Set();
            left.Wait(CancellationToken.None);
        }
        for (int i = 0; i < 50; i++) AssertSame(whole, session.Predict(x), "when the pool is free again");
    }

    [Fact]
    public void AModelThatLearnsBetweenPredictionsIsSeen()
    {
        var model = new Model(new Sequential(new Lstm(3, 9), new TakeLast(), new Dense(9, 2)), 1);
        var session = new InferenceSession(model, 2);
        Tensor x = Draw.Tensor(1, 100, 5, 3);
        float[] before = [.. session.Predict(x).Span];
        foreach (ref float w in model.Values) w *= 1.5f;
        model.ParametersChanged();
        Tensor after = session.Predict(x);
        AssertSame(Whole(model, x), after, "after training");
        Assert.NotEqual(before, after.Span.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void AWarmPredictionAllocatesNothingOnAnyThread(int threads)
    {
        var model = new Model(new Sequential(new Lstm(4, 17, bidirectional: true), new AdditiveAttention(34, 8), new Dense(34, 3)), 1);
        var session = new InferenceSession(model, threads);
        Tape tape = model.Tape();
        Tensor[] inputs = [.. new[] { 1, 32, 33, 200, 257 }.Select(rows
            => Draw.Tensor(1, rows, 10, 4).WithLengths([.. Enumerable.Range(0, rows).Select(i => 1 + i % 10)]))];
        Allocations.AssertNone(() =>
        {
            foreach (Tensor x in inputs)
            {
                session.Predict(x);
                model.Predict(x, tape);
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void AWarmTrainingStepAllocatesNothingOnAnyThread(int threads)
    {
        const int Count = 150, T = 6, I = 4;
        var model = new Model(new Sequential(new Lstm(I, 17, bidirectional: true), new AdditiveAttention(34, 8), new Dropout(0.1f),
            new Dense(34, 3)), 1);
        var trainer = new Trainer(model, new CrossEntropy(), new Adam(1e-3f), new() { BatchSize = Count, ClipNorm = 1, Threads = threads });
        var samples = new ArraySamples(Draw.Floats(Count * T * I, 1), new Shape(T, I),
            [.. Enumerable.Range(0, Count).Select(i => (float)(i % 3))]);
        int[] rows = [.. Enumerable.Range(0, Count)];
        ulong step = 0;
        Allocations.AssertNone(() => trainer.Step(samples, rows, ++step));
    }

    /// <summary>What the process allocates while something runs again and again.</summary>
    static class Allocations
    {
        internal static void AssertNone(Action run)
        {
            for (int i = 0; i < 40; i++) run();
            long least = long.MaxValue;
            for (int window = 0; window < 10; window++)   // the test host allocates at times; work that does would in each window
            {
                long before = GC.GetTotalAllocatedBytes(precise: true);
                for (int i = 0; i < 10; i++) run();
                least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
            }
            Assert.Equal(0, least);
        }
    }

    /// <summary>y = x, seen by a test.</summary>
    sealed class Watch(Action<Tensor> see) : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape)
        {
            see(x);
            return x;
        }

        public override Tensor Backward(Tensor dY, Tape tape) => dY;
    }

    /// <summary>Sequences (B, T, F) as (T, B, F).</summary>
    sealed class Transposed(bool tells) : Layer
    {
        public override Shape OutputShape(Shape input) => tells ? new Shape(input[1], input[0], input[2]) : input;

        public override Tensor Forward(Tensor x, Tape tape)
        {
            (int B, int T, int F) = (x.Shape[0], x.Shape[1], x.Shape[2]);
            Tensor y = tape.Tensor(T, B, F);
            for (int row = 0; row < B; row++)
                for (int t = 0; t < T; t++) x.Row(row * T + t).CopyTo(y.Row(t * B + row));
            return y;
        }

        public override Tensor Backward(Tensor dY, Tape tape) => throw new NotSupportedException("is not trained here");
    }

    /// <summary>y = x, with lengths that its values decide.</summary>
    sealed class Counted : Layer
    {
        public override Tensor Forward(Tensor x, Tape tape)
            => x.WithLengths([.. Enumerable.Range(0, x.Shape[0]).Select(row => x.Span[row * x.Shape[1] * x.Shape[2]] > 0
                ? x.Shape[1] : 1)]);

        public override Tensor Backward(Tensor dY, Tape tape) => throw new NotSupportedException("is not trained here");
    }
}
