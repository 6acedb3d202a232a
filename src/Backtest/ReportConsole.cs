using Spectre.Console;

namespace NeuralCore.Backtest;

/// <summary>The short form of the report: tables on a terminal, aligned plain text elsewhere.</summary>
public static class ReportConsole
{
    /// <summary>Writes the summary as terminal tables.</summary>
    public static void Write(IAnsiConsole console, BacktestResult result, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(console);
        Write(result, evaluation, console.WriteLine, table => console.Write(table.ToTerminal()));
    }

    /// <summary>Writes the summary as plain text.</summary>
    public static void Write(TextWriter writer, BacktestResult result, EvaluationResult evaluation)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Write(result, evaluation, writer.WriteLine, table => writer.WriteLine(table.ToPlainText()));
    }

    static void Write(BacktestResult result, EvaluationResult evaluation, Action<string> line, Action<TextTable> table)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(evaluation);
        if (result.Simulated) line(ReportTables.SimulatedNotice);
        line($"{result.Data}; {result.Protocol}, {result.Timeframe}, {result.Pairs.Count} pairs, "
            + $"{Format.Count(result.Rows.Count)} test predictions a model");
        if (evaluation.Models.Count > 0) table(ReportTables.Results(evaluation, brief: true));
        if (evaluation.Market is { Combined: var market })
            line($"Best possible accuracy on these rows: {Format.Percent(market.BestAccuracy)}");
        if (evaluation.Comparisons.Count > 0)
        {
            line($"Compared with {evaluation.Comparisons[0].Against}, paired, in percentage points:");
            table(ReportTables.Comparisons(evaluation, EvaluationResult.MostDrawn));
        }
        if (Verdict.Of(evaluation) is { } verdict) line($"{verdict.Words}.");
        if (evaluation.Network is { } network) line(network.Short);
        foreach (TargetScores model in evaluation.Others) line(TargetTables.Line(model));
        foreach (ForecastScores model in evaluation.Forecasts)
            foreach (HorizonScores horizon in model.Horizons) line(TargetTables.Line(model, horizon));
        if (evaluation.Remark is not null) line(evaluation.Remark);
        foreach (string alarm in evaluation.Alarms) line("Plausibility alarm: " + alarm);
    }
}
