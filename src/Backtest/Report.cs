using System.Text;

namespace NeuralCore.Backtest;

/// <summary>Writes the report files of a backtest.</summary>
public static class Report
{
    /// <summary>The files, the one to be read first.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["report.md", "report.html", "report.json", "training_history.json"];

    /// <summary>
    /// Writes report.html, report.md, report.json and training_history.json into a folder, which is created. All are complete under temporary names before one
    /// gets its own, so that a run that fails or is stopped leaves no half report.
    /// </summary>
    /// <returns>Path of report.md.</returns>
    /// <exception cref="IOException">The folder or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or a file may not be written.</exception>
    public static string Write(string folder, BacktestResult result, EvaluationResult evaluation)
    {
        Directory.CreateDirectory(folder);
        string[] final = [.. Names.Select(name => Path.Combine(folder, name))];
        string[] temporary = [.. Names.Select(name => Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.tmp"))];
        try
        {
            File.WriteAllText(temporary[0], ReportMarkdown.Render(result, evaluation), new UTF8Encoding(false));
            File.WriteAllText(temporary[1], ReportHtml.Render(result, evaluation), new UTF8Encoding(false));
            using (FileStream json = File.Create(temporary[2])) ReportJson.Write(json, result, evaluation);
            using (FileStream histories = File.Create(temporary[3])) TrainingHistory.Write(histories, result);
            for (int i = 0; i < Names.Count; i++) File.Move(temporary[i], final[i], overwrite: true);
        }
        finally
        {
            foreach (string path in temporary) File.Delete(path);
        }
        return final[0];
    }
}
