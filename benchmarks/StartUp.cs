using System.Diagnostics;
using System.Globalization;
using NeuralCore.Models;

namespace NeuralCore.Benchmarks;

/// <summary>How long a fresh process takes to its first prediction: it loads a folder with v3.1 and predicts for one window.</summary>
static class StartUp
{
    /// <summary>The verb of the process that is timed; without a folder it only says that it runs.</summary>
    public const string Child = "first-prediction";

    const int Runs = 20;

    /// <summary>Starts processes and prints the times from their start to the line that they print.</summary>
    public static void Measure()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"neuralcore-start-up-{Environment.ProcessId}");
        try
        {
            new Model(new V31().Build(features: 6), seed: 1).SaveFolder(folder);
            Print("process alone", []);
            Print("load v3.1, predict", [folder]);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }

        static void Print(string what, string[] arguments)
        {
            double[] ms = [.. Enumerable.Range(0, Runs).Select(_ => Time(arguments)).Order()];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what,-20} median {ms[Runs / 2],4:F0} ms, from {ms[0]:F0} to {ms[^1]:F0} in {Runs} processes"));
        }
    }

    static double Time(string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", typeof(StartUp).Assembly.Location, Child, .. arguments])
        { RedirectStandardOutput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string? line = process.StandardOutput.ReadLine();
        double ms = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.WaitForExit();
        return line is not null && process.ExitCode == 0 ? ms
            : throw new InvalidOperationException($"{Child}: expected a line and exit code 0, got '{line}' and {process.ExitCode}");
    }

    /// <summary>What the process does.</summary>
    public static void Predict(string folder)
    {
        Model model = Model.LoadFolder(folder);
        Tensor y = model.Predict(new Tensor(1, 20, 6), model.Tape());
        Console.WriteLine($"{y[0, 0]}");
    }
}
