using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralCore.Backtest.Cli;

namespace Backtest.Tests.Cli;

/// <summary>Runs the program in this process, in a folder of its own that goes away.</summary>
sealed class Neuralcore : IDisposable
{
    public Neuralcore() => Folder = Directory.CreateTempSubdirectory("neuralcore-").FullName;

    public string Folder { get; }

    public string Path(params string[] parts) => System.IO.Path.Combine([Folder, .. parts]);

    public string Write(string name, string text)
    {
        string path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public static Outcome Run(params string[] args) => Run(args, null);

    /// <summary>Runs a command; <paramref name="onLine"/> sees every line of progress as it is written.</summary>
    public static Outcome Run(string[] args, Action<string>? onLine, CancellationToken cancellation = default)
    {
        using var @out = new StringWriter();
        using var error = new LineWriter(onLine);
        int code = CommandLine.Run(args, new Session(@out, error, cancellation));
        return new Outcome(code, @out.ToString(), error.ToString());
    }

    /// <summary>Two pairs of 600 candles, written by the program itself.</summary>
    public string Market(int pairs = 2, int candles = 600, string name = "market", double accuracy = 0.6)
    {
        Outcome outcome = Run("simulate", "--out", Path(name), "--pairs", $"{pairs}", "--candles", $"{candles}",
            "--accuracy", FormattableString.Invariant($"{accuracy}"));
        Assert.Equal((0, true), (outcome.Code, outcome.Out.Contains($"{pairs} pairs of {candles} candles", StringComparison.Ordinal)));
        return Path(name);
    }

    /// <summary>Options of a backtest that takes a second.</summary>
    public string[] Tiny(string name, params string[] more) =>
    [
        "backtest", "--models", "v2,linear", "--epochs", "1", "--candles", "600", "--pairs", "BTC,ETH", "--folds", "2",
        "--config", Write("tiny.yaml", "folds: {minimum_training_candles: 100}\n"), "--out", Path(name), .. more,
    ];

    /// <summary>report.json without what may differ between runs of the same job.</summary>
    public string Report(string name)
    {
        JsonObject report = JsonNode.Parse(File.ReadAllText(Path(name, "report.json")))!.AsObject();
        Assert.True(report.Remove("run"));
        return report.ToJsonString();
    }

    public string[] Files(string name) =>
        [.. Directory.EnumerateFileSystemEntries(Path(name), "*", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Path(name), f)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    sealed class LineWriter(Action<string>? onLine) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            onLine?.Invoke(value ?? "");
        }
    }
}

/// <summary>What a run of the program gave.</summary>
sealed record Outcome(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Requires an exit code, nothing on the output, and one line of error that says all this.</summary>
    public void Fails(int code, params string[] says)
    {
        Assert.Equal("", Out);
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => !l.StartsWith('[') && !l.StartsWith("neuralcore: note", StringComparison.Ordinal));
        Assert.StartsWith("neuralcore: ", line);
        foreach (string text in says) Assert.Contains(text, line);
        Assert.Equal(code, Code);
    }
}
