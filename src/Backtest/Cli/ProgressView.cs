using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace NeuralCore.Backtest.Cli;

/// <summary>Shows how far long work is: bars on a terminal; elsewhere a line a finished job, or with --json an event a line.</summary>
static class ProgressView
{
    /// <summary>Does the work and shows what it reports.</summary>
    public static T Show<T>(Session session, string title, Func<Action<BacktestProgress>, T> work, bool json = false)
    {
        var watch = Stopwatch.StartNew();
        if (!session.ErrorIsTerminal) return work(step =>
        {
            if (json) session.Error.WriteLine(Event(step, watch.Elapsed.TotalSeconds));
            else Line(session, step);
        });
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Error) });
        return console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask total = context.AddTask(Markup.Escape(title), maxValue: 1);
                var jobs = new Dictionary<string, ProgressTask>();
                bool wide = console.Profile.Width >= 100;
                session.AboveBars = console.WriteLine;
                try
                {
                    return work(step => Bars(context, total, jobs, step, title, wide));
                }
                finally
                {
                    session.AboveBars = null;
                }
            });
    }

    /// <summary>Does work that has no parts to count, and shows that it is being done.</summary>
    public static T Wait<T>(Session session, string name, string title, Func<T> work, bool json = false)
    {
        if (session.ErrorIsTerminal)
        {
            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Error) });
            return console.Status().Start(Markup.Escape(title), _ => work());
        }
        session.Error.WriteLine(json ? Event(name, _ => { }) : title);
        return work();
    }

    /// <summary>Work of several jobs says when one is finished; a lone job, such as a training, says everything.</summary>
    static void Line(Session session, BacktestProgress step)
    {
        if (step.Total == 1) session.Error.WriteLine(step.Message);
        else if (step.Epoch == -1) session.Error.WriteLine($"[{step.Finished,3}/{step.Total}] {step.Message}");
    }

    /// <summary>One line of JSON; docs/configuration.md describes the events.</summary>
    public static string Event(string name, Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.ToArray());
    }

    static string Event(BacktestProgress step, double seconds)
    {
        return Event(step.Epoch switch { 0 => "job_started", -1 => "job_finished", _ => "epoch" }, json =>
        {
            json.WriteString("job", step.Job);
            if (step.Training is { } epoch)
            {
                json.WriteNumber("epoch", epoch.Number);
                JsonScores.Number(json, "training_loss", epoch.TrainingLoss);
                JsonScores.Number(json, "validation_loss", epoch.ValidationLoss);
                JsonScores.Number(json, "learning_rate", epoch.LearningRate);
            }
            if (step.Epoch == -1) json.WriteBoolean("reused", step.Reused);
            json.WriteNumber("finished", step.Finished);
            json.WriteNumber("total", step.Total);
            json.WriteNumber("fraction", step.Fraction);
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            JsonScores.Number(json, "seconds_left", Math.Round(SecondsLeft(step, seconds), 3));
        });
    }

    /// <summary>What is left at the speed so far, which jobs that were found finished say nothing about.</summary>
    internal static double SecondsLeft(BacktestProgress step, double seconds)
        => step.Fraction == 1 ? 0 : seconds * (1 - step.Fraction) / (step.Fraction - step.ReusedFraction);

    static void Bars(ProgressContext context, ProgressTask total, Dictionary<string, ProgressTask> jobs, BacktestProgress step,
        string title, bool wide)
    {
        // Of the work of this run alone, from whose speed the time left comes.
        total.MaxValue = Math.Max(1e-9, 1 - step.ReusedFraction);
        total.Value = step.Fraction == 1 ? total.MaxValue : step.Fraction - step.ReusedFraction;
        total.Description = Markup.Escape(step.Total > 1 ? $"{title}: {step.Finished} of {step.Total} jobs" : title);
        if (!jobs.TryGetValue(step.Job, out ProgressTask? job))
        {
            if (step.Epoch == -1) return;
            jobs[step.Job] = job = context.AddTask(Markup.Escape(step.Job), maxValue: 1).IsIndeterminate();
        }
        job.Description = Markup.Escape(wide || step.Epoch < 1 ? step.Message : $"{step.Job}: epoch {step.Epoch}");
        if (step.Epoch != -1) return;
        job.Value = 1;
        job.StopTask();
        jobs.Remove(step.Job);
    }
}
