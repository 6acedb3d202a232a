using System.Diagnostics;
using System.Globalization;

namespace NeuralCore.Tests;

/// <summary>How many damaged files a test tries (NEURALCORE_MUTATIONS, from NEURALCORE_SEED), and the watch beside them.</summary>
static class Mutations
{
    public static readonly int Cases = (int)Setting("NEURALCORE_MUTATIONS", 10_000);
    public static readonly ulong Seed = Setting("NEURALCORE_SEED", 1);

    static ulong Setting(string name, ulong otherwise)
        => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>Runs all cases beside a watch: a case that takes half a minute hangs. A failure says which case it was.</summary>
    public static void Watched(Action<ulong> run)
    {
        ulong number = 0;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                for (; Volatile.Read(ref number) < (ulong)Cases; Volatile.Write(ref number, number + 1)) run(number);
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { IsBackground = true };
        thread.Start();
        ulong seen = 0;
        for (long since = Stopwatch.GetTimestamp(); !thread.Join(100);)
            if (Volatile.Read(ref number) is ulong now && now != seen) (seen, since) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(30)) Assert.Fail($"seed {Seed}, case {seen}: hangs");
        if (failure is not null) Assert.Fail($"seed {Seed}, case {number}: {failure}");
    }
}
