using System.Diagnostics;
using System.Globalization;

namespace NeuralCore.Tests;

/// <summary>What only real processes show: tests/Worker is killed, or run under other instruction sets.</summary>
public sealed class WorkerTests : IDisposable
{
    const int Kills = 20;
    static readonly string[] Switches = ["AVX512", "AVX2", "HWIntrinsic"];
    readonly string root = Directory.CreateTempSubdirectory("neuralcore-worker-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    [Trait("Speed", "Slow")]
    public void ATrainingThatIsKilledTwentyTimesEndsWithTheSameBits()
    {
        string whole = Path.Combine(root, "whole");
        string expected = Finish(whole);
        var random = new CounterRandom(11, 0);
        int kills = 0, folders = 0;
        while (kills < Kills)
        {
            string folder = Path.Combine(root, $"killed{folders++}");
            while (kills < Kills && !KilledAtARandomMoment(folder, ref random)) kills++;
            Assert.Equal(expected, Finish(folder));
            foreach (string file in Directory.GetFiles(whole).Select(Path.GetFileName).OfType<string>())
                Assert.True(File.ReadAllBytes(Path.Combine(whole, file)).AsSpan()
                    .SequenceEqual(File.ReadAllBytes(Path.Combine(folder, file))), $"{file} differs");
            // Nobody trains again where Model.Save was killed: only its own temporary may be left.
            Assert.Equal(Names(whole), Names(folder).Where(name => !name.StartsWith("model.safetensors.", StringComparison.Ordinal)));
        }
    }

    static IEnumerable<string> Names(string folder) => Directory.GetFiles(folder).Select(path => Path.GetFileName(path))
        .Order(StringComparer.Ordinal);

    /// <summary>Starts the training and kills it after a few steps, or while it starts; true if it was done before.</summary>
    static bool KilledAtARandomMoment(string folder, ref CounterRandom random)
    {
        using Process process = Start("", "resumable", folder);
        int lines = Math.Max(0, random.NextInt32(50) - 5);
        for (int i = 0; i < lines; i++) process.StandardOutput.ReadLine();
        long until = Stopwatch.GetTimestamp() + Stopwatch.Frequency * random.NextInt32(lines == 0 ? 200_000 : 3_000) / 1_000_000;
        while (Stopwatch.GetTimestamp() < until) Thread.SpinWait(20);
        process.Kill();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    static string Finish(string folder)
    {
        string[] lines = Output("", "resumable", folder);
        Assert.StartsWith("done ", lines[^2], StringComparison.Ordinal);
        return lines[^2] + lines[^1];
    }

    [Theory]
    [InlineData("v3.1", "E3F913FD4E01D91D367AC670D22326C98F53558A1A6730A6D9B2F44C725607C4")]
    [InlineData("transformer", "36D85BE8DB5A3AB5363D3C9352FFB64749054DF405961AB74A7A18224BBC8481")]
    [Trait("Speed", "Slow")]
    public void FiftyStepsGiveOneHashUnderEveryInstructionSetAndNumberOfThreads(string network, string expected)
    {
        (string Off, int Threads)[] cases = [("", 1), ("", 2), ("", 4), ("AVX512", 1), ("AVX512", 2), ("AVX512", 4), ("AVX2", 1),
            ("HWIntrinsic", 1)];
        (int Width, string Hash)[] results =
            [.. cases.Select(c => Output(c.Off, "bits", network, "--threads", $"{c.Threads}") is [var width, var hash]
            ? (int.Parse(width, CultureInfo.InvariantCulture), hash)
            : throw new InvalidDataException("expected two lines from the worker"))];
        int widest = results[0].Width;
        Assert.Contains(widest, (int[])[1, 4, 8, 16]);
        Assert.Equal(cases.Select(c => c.Off switch
        {
            "AVX512" => Math.Min(widest, 8),
            "AVX2" => widest >= 8 ? 1 : widest,     // Arm has neither, and keeps its 4
            "HWIntrinsic" => 1,
            _ => widest,
        }), results.Select(r => r.Width));
        Assert.All(results, r => Assert.Equal(expected, r.Hash));
    }

    static string[] Output(string off, params string[] arguments)
    {
        using Process process = Start(off, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"worker {string.Join(' ', arguments)}: exit code {process.ExitCode}: {errors.Result}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A worker with one instruction set switched off, or with all that the machine has.</summary>
    static Process Start(string off, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, "Worker.dll"), .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in Switches) start.Environment.Remove("DOTNET_Enable" + name);
        if (off.Length > 0) start.Environment["DOTNET_Enable" + off] = "0";
        return Process.Start(start)!;
    }
}
