namespace NeuralCore.Backtest.Cli;

/// <summary>What a command shares with the world: where it writes, and when it has to stop.</summary>
/// <param name="Out">Results: summaries, JSON.</param>
/// <param name="Error">Progress, notes, and the one line that says what went wrong.</param>
/// <param name="Cancellation">Ctrl-C.</param>
sealed record Session(TextWriter Out, TextWriter Error, CancellationToken Cancellation = default)
{
    /// <summary>Whether <see cref="Out"/> is a terminal, which gets tables with borders.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal, which gets progress bars.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>What a stopped command leaves behind and how to go on, for the line that says so.</summary>
    public Func<string?> Kept { get; set; } = () => null;

    /// <summary>Writes a line above the progress bars; null while there are none.</summary>
    public Action<string>? AboveBars { get; set; }

    /// <summary>Writes a note.</summary>
    public void Note(string text) => (AboveBars ?? Error.WriteLine)($"neuralcore: note: {text}");
}

/// <summary>The command line or the configuration file is wrong: exit code 2.</summary>
sealed class UsageException(string message) : Exception(message);
