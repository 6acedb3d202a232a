using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NeuralCore.Benchmarks;

/// <summary>Times cases as the peers are timed: the median over runs for about a second.</summary>
static class Peers
{
    const double Budget = 1;   // seconds
    const int MostRuns = 3000;
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };   // '+' as it is

    /// <summary>
    /// Keeps the process on one core. One that taskset pins as a whole starts as on a machine with one processor, where the runtime waits
    /// ten times longer before it optimises hot methods: the short cases would be over before.
    /// </summary>
    public static void Pin(int core)
    {
        using var process = Process.GetCurrentProcess();
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows()) process.ProcessorAffinity = (nint)1 << core;
        else throw new InvalidOperationException("--core: expected Linux or Windows");
    }

    /// <summary>Keeps the thread pool at one size: a thread that it starts or ends allocates, whatever runs there.</summary>
    public static void Fix(int threads)
    {
        ThreadPool.GetMinThreads(out int workers, out int waiting);
        int size = Math.Max(threads, workers);
        ThreadPool.SetMinThreads(size, waiting);
        ThreadPool.SetMaxThreads(size, waiting);
    }

    /// <summary>Checks and times cases; prints one JSON line a case, or a table.</summary>
    public static void Measure(IEnumerable<Entry> entries, int threads, bool check, bool json)
    {
        foreach (Entry entry in entries)
        {
            Case timed = entry.Open();
            if (check) timed.Check();
            double us = Median(entry, timed), gflops = timed.Flops / us / 1e3, peak = gflops / FmaPeak.Measure();
            var line = new
            {
                peer = $"neuralcore/t{threads}", model = entry.Model, op = entry.Op, batch = entry.Batch,
                us = Math.Round(us, 2), gflops = Math.Round(gflops, 1), peak = Math.Round(peak, 3),
            };
            Console.WriteLine(json ? JsonSerializer.Serialize(line, Plain)
                : string.Create(CultureInfo.InvariantCulture,
                    $"{entry,-52} {us,11:F2} us {gflops,8:F1} GFLOP/s {peak,7:P1} of one core's peak"));
        }
    }

    /// <inheritdoc cref="Median(Entry, Case)"/>
    public static double Median(Entry entry) => Median(entry, entry.Open());

    /// <summary>
    /// Median time of a warm run in microseconds. What the runtime itself makes once, such as the thread that watches over a pool without
    /// progress, is not there again the second time.
    /// </summary>
    /// <exception cref="InvalidOperationException">Warm runs allocate managed memory, on whatever thread, time and again.</exception>
    public static double Median(Entry entry, Case timed)
    {
        timed.Warm();
        for (int attempt = 1; ; attempt++)
        {
            (List<long> ticks, long allocated) = Time(timed);
            if (allocated == 0) return ticks.Order().ElementAt(ticks.Count / 2) * 1e6 / Stopwatch.Frequency;
            if (attempt == 3)
                throw new InvalidOperationException($"{entry}: expected warm runs to allocate nothing, got {allocated} bytes "
                    + $"in {ticks.Count} runs");
        }
    }

    static (List<long> Ticks, long Allocated) Time(Case timed)
    {
        var ticks = new List<long>(MostRuns);
        long allocated = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
        while (ticks.Count < MostRuns && (ticks.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < Budget))
        {
            long before = Stopwatch.GetTimestamp();
            timed.Run();
            ticks.Add(Stopwatch.GetTimestamp() - before);
        }
        return (ticks, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
