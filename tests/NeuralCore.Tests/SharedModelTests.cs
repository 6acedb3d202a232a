using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NeuralCore.Tests;

/// <summary>Tests that watch the memory of the process run alone.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class AloneCollection;

/// <summary>One model, many threads, no locks.</summary>
[Collection("alone")]
[Trait("Speed", "Slow")]
public class SharedModelTests
{
    const int Threads = 64, Seconds = 10;

    [Fact]
    public void SixtyFourThreadsPredictForTenSecondsInFlatMemory()
    {
        var model = new Model(new Sequential(new Lstm(5, 16, bidirectional: true), new TransformerEncoder(1, 32, heads: 4, 48),
            new AdditiveAttention(32, 8), new Dense(32, 3)), 1);
        Tensor[] inputs = [.. Enumerable.Range(1, 12).Select(rows => Draw.Tensor((ulong)rows, rows, 20, 5))];
        float[][] expected = [.. inputs.Select(x => model.Predict(x, model.Tape()).Span.ToArray())];
        float[] values = [.. model.State];
        Exception? error = null;
        var passes = new long[Threads];
        var allocated = new long[Threads];
        using var warm = new Barrier(Threads + 1);
        using var done = new Barrier(Threads + 1);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() => Predict(i)))];
        foreach (Thread thread in threads) thread.Start();
        warm.SignalAndWait();
        long workingSet = WorkingSet();
        done.SignalAndWait();
        long growth = WorkingSet() - workingSet;
        foreach (Thread thread in threads) thread.Join();

        Assert.Null(error);
        Assert.All(passes, count => Assert.True(count >= inputs.Length, $"a thread made {count} passes"));
        Assert.All(allocated, bytes => Assert.Equal(0, bytes));
        Assert.True(growth < 16 << 20, $"the process grew by {growth} bytes");
        Draw.SameBits(values, model.State, "weights");

        void Predict(int thread)
        {
            Tape tape = model.Tape();
            try
            {
                for (int i = 0; i < inputs.Length; i++) Check(i);   // warm: the tape has all its memory
            }
            catch (Exception e) { error = e; }
            warm.SignalAndWait();
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread(), end = Stopwatch.GetTimestamp() + Seconds * Stopwatch.Frequency;
                for (int i = thread; Stopwatch.GetTimestamp() < end || passes[thread] < inputs.Length; i++, passes[thread]++)
                    Check(i % inputs.Length);
                allocated[thread] = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            catch (Exception e) { error = e; }
            done.SignalAndWait();

            void Check(int i)
            {
                ReadOnlySpan<float> y = model.Predict(inputs[i], tape).Span;
                if (!MemoryMarshal.AsBytes(y).SequenceEqual(MemoryMarshal.AsBytes(expected[i].AsSpan())))
                    Draw.SameBits(expected[i], y, "a prediction beside others");
            }
        }

        static long WorkingSet()
        {
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }
}
