using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralCore.Benchmarks;

/// <summary>Times every case as the peers are timed: one thread, the median over runs for about a second and a half.</summary>
static class Peers
{
    const double Budget = 1.5;   // seconds
    const int MostRuns = 3000;
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };   // '+' as it is

    /// <summary>
    /// Keeps the calling thread on one core. A process that taskset pins as a whole starts as on a machine with one processor, where the
    /// runtime waits ten times longer before it optimises hot methods: the short cases would be over before.
    /// </summary>
    public static void Pin(int core)
    {
        using var process = Process.GetCurrentProcess();
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows()) process.ProcessorAffinity = (nint)1 << core;
        else throw new InvalidOperationException("--core: expected Linux or Windows");
    }

    static readonly int[] Batches = [1, 32, 256];

    static IEnumerable<Func<Case>> Cases =>
    [
        .. Batches.SelectMany(batch => RecurrentShape.All.SelectMany(shape => new Func<Case>[]
            { () => new RecurrentInference(shape, batch), () => new RecurrentTraining(shape, batch) })),
        .. GemmCase.All,
        .. Network.All.SelectMany(network => new Func<Case>[]
            { () => new NetworkInference(network, 1), () => new NetworkInference(network, 256), () => new NetworkTraining(network, 32), () => new NetworkTraining(network, 64) }),
    ];

    /// <summary>Checks and times the cases whose text contains <paramref name="filter"/>; prints one JSON line a case, or a table.</summary>
    public static void Measure(string filter, bool json)
    {
        foreach (Func<Case> make in Cases)
        {
            Case timed = make();
            if (!timed.ToString().Contains(filter, StringComparison.OrdinalIgnoreCase)) continue;
            timed.Check();
            double exact = Median(timed), us = Math.Round(exact, 1), gflops = timed.Flops / exact / 1e3, peak = Math.Round(gflops / FmaPeak.Measure(), 3);
            gflops = Math.Round(gflops, 1);
            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { peer = "neuralcore/t1", model = timed.Model, op = timed.Op, batch = timed.Batch, us, gflops, peak }, Plain)
                : string.Create(CultureInfo.InvariantCulture, $"{timed,-52} {us,10:F1} us {gflops,8:F1} GFLOP/s {peak,7:P1} of the peak"));
        }
    }

    /// <summary>Median time of a warm run in microseconds.</summary>
    /// <exception cref="InvalidOperationException">A warm run allocated managed memory.</exception>
    static double Median(Case timed)
    {
        timed.Warm();

        var ticks = new List<long>(MostRuns);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        for (long start = Stopwatch.GetTimestamp(); ticks.Count < MostRuns && (ticks.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < Budget);)
        {
            long before = Stopwatch.GetTimestamp();
            timed.Run();
            ticks.Add(Stopwatch.GetTimestamp() - before);
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated != 0) throw new InvalidOperationException($"{timed}: expected warm runs to allocate nothing, got {allocated} bytes in {ticks.Count} runs");
        ticks.Sort();
        return ticks[ticks.Count / 2] * 1e6 / Stopwatch.Frequency;
    }
}
