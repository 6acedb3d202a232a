using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;

namespace NeuralCore.Backtest.Cli;

/// <summary>The program <c>neuralcore</c>: its commands, and what becomes of their errors.</summary>
static class CommandLine
{
    public const int Success = 0, Failure = 1, WrongUsage = 2, Stopped = 130;

    /// <summary>How long a command has to end in order after Ctrl-C before it is left where it is.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(700);

    /// <summary>Version of the program.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs one command; without any, the main job.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, Session session)
    {
        ParseResult parse = Root(session)
            .Parse(args.Length == 0 ? ["backtest"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        Task<int> work = Task.Factory.StartNew(() => Guarded(parse, session),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            work.Wait(session.Cancellation);
        }
        catch (OperationCanceledException)
        {
            if (Task.WaitAny([work], Grace) < 0) return SayStopped(session);   // work that has ended meanwhile gives its own code below
        }
        catch (AggregateException) { /* rethrown below as it was */ }
        return work.GetAwaiter().GetResult();
    }

    static Command Root(Session session) => new("neuralcore",
        "Trains price direction models on candles and tells how good they are. Without a command it runs 'backtest' on a simulated market.")
    {
        BacktestCommand.Create(session), TrainCommand.Create(session), RetrainCommand.Create(session),
        EvaluateCommand.Create(session), PredictCommand.Create(session), ZigZagCommand.Create(session),
        DebugCommand.Create(session), AuditCommand.Create(session), ExportCommand.Create(session),
        SimulateCommand.Create(session), InspectCommand.Create(session), ConvertCommand.Create(session), DownloadCommand.Create(session),
        new HelpOption(), new VersionOption { Action = new PrintVersion() },
    };

    /// <summary>
    /// The one place where errors become a line and an exit code. What is not listed here is a bug and keeps its stack trace.
    /// </summary>
    static int Guarded(ParseResult parse, Session session)
    {
        try
        {
            if (parse.Action is ParseErrorAction) throw Wrong(parse);
            return parse.Invoke(new InvocationConfiguration
            {
                Output = session.Out, Error = session.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            });
        }
        catch (OperationCanceledException)
        {
            return SayStopped(session);
        }
        catch (Exception e) when (e is UsageException or ArgumentException or FormatException)
        {
            return Say(session, e.Message, WrongUsage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or TrainingException
            or OutOfMemoryException)
        {
            return Say(session, e.Message, Failure);
        }
    }

    static int Say(Session session, string message, int code)
    {
        string[] lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        session.Error.WriteLine($"neuralcore: {string.Join(' ', lines)}");
        return code;
    }

    static int SayStopped(Session session)
    {
        if (session.ErrorIsTerminal) session.Error.Write("\e[?25h");     // a progress bar that could not end has hidden the cursor
        return Say(session, session.Kept() is { } kept ? $"stopped; {kept}" : "stopped", Stopped);
    }

    static UsageException Wrong(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        string commands = string.Join(", ", command.Subcommands.Select(c => c.Name));
        string options = string.Join(", ", command.Options.Where(o => o is not (HelpOption or VersionOption)).Select(o => o.Name));
        if (parse.UnmatchedTokens is not [var token, ..]) return new($"{parse.Errors[0].Message} (see neuralcore --help)");
        return new(commands.Length > 0
            ? $"'{token}': expected a command: {commands}"
            : token.StartsWith('-') ? $"option '{token}': {command.Name} has {options}"
            : $"{command.Name}: unexpected '{token}' (see neuralcore {command.Name} --help)");
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Version);
            return Success;
        }
    }
}
