using Spectre.Console;

namespace NeuralCore.Backtest.Cli;

/// <summary>Shows how far long work is: bars on a terminal, a line a finished job elsewhere.</summary>
static class ProgressView
{
    /// <summary>Does the work and shows what it reports.</summary>
    public static T Show<T>(Session session, string title, Func<Action<BacktestProgress>, T> work)
    {
        if (!session.ErrorIsTerminal) return work(step => Line(session, step));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Error) });
        return console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask total = context.AddTask(Markup.Escape(title), maxValue: 1);
                var jobs = new Dictionary<string, ProgressTask>();
                bool wide = console.Profile.Width >= 100;
                return work(step => Bars(context, total, jobs, step, title, wide));
            });
    }

    /// <summary>Work of several jobs says when one is finished; a lone job, such as a training, says everything.</summary>
    static void Line(Session session, BacktestProgress step)
    {
        if (step.Total == 1) session.Error.WriteLine(step.Message);
        else if (step.Epoch == -1) session.Error.WriteLine($"[{step.Finished,3}/{step.Total}] {step.Message}");
    }

    static void Bars(ProgressContext context, ProgressTask total, Dictionary<string, ProgressTask> jobs, BacktestProgress step,
        string title, bool wide)
    {
        total.Value = step.Fraction;
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
