using System.Text;

namespace NeuralCore.Backtest;

/// <summary>Writes the report files of a backtest.</summary>
public static class Report
{
    /// <summary>
    /// Writes report.html, report.md and report.json into a folder, which is created. All are complete under temporary names before one
    /// gets its own, so that a run that fails or is stopped leaves no half report.
    /// </summary>
    /// <returns>Path of report.md.</returns>
    /// <exception cref="IOException">The folder or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or a file may not be written.</exception>
    public static string Write(string folder, BacktestResult result, EvaluationResult evaluation)
    {
        Directory.CreateDirectory(folder);
        string[] names = ["report.md", "report.html", "report.json"];
        string[] final = [.. names.Select(name => Path.Combine(folder, name))];
        string[] temporary = [.. names.Select(name => Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.tmp"))];
        try
        {
            File.WriteAllText(temporary[0], ReportMarkdown.Render(result, evaluation), new UTF8Encoding(false));
            File.WriteAllText(temporary[1], ReportHtml.Render(result, evaluation), new UTF8Encoding(false));
            using (FileStream json = File.Create(temporary[2])) ReportJson.Write(json, result, evaluation);
            for (int i = 0; i < names.Length; i++) File.Move(temporary[i], final[i], overwrite: true);
        }
        finally
        {
            foreach (string path in temporary) File.Delete(path);
        }
        return final[0];
    }
}
