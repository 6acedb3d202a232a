using System.Text;
using System.Text.Json;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

/// <summary>Results of an audit for readers, in lines of at most 100 columns, and for machines, an object a line.</summary>
static class AuditOutput
{
    const int Width = 100, Indent = 28, MostLeaks = 10;

    /// <summary>PASS, WARN or FAIL, the check and its sentence; further leaks below it, a paragraph each.</summary>
    public static string Text(AuditResult result)
    {
        var text = new StringBuilder($"{result.Word}  {result.Check,-Indent + 8}  ".PadRight(Indent));
        Wrapped(text, result.Sentence);
        foreach (AuditLeak leak in result.Leaks.Skip(1).Take(MostLeaks - 1)) Wrapped(text.Append('\n').Append(' ', Indent), leak.Sentence);
        if (result.Leaks.Count > MostLeaks) Wrapped(text.Append('\n').Append(' ', Indent), $"and {result.Leaks.Count - MostLeaks} more: --json has all");
        return text.ToString();
    }

    /// <summary>What was audited, and how many checks came to what.</summary>
    public static string Closing(DirectionModel model, BacktestData data, IReadOnlyList<AuditResult> results)
    {
        int passed = Count(AuditOutcome.Pass), warned = Count(AuditOutcome.Warning), failed = Count(AuditOutcome.Fail);
        return $"{model.Name} with features {string.Join(" and ", model.FeatureSets.Select(set => set.Name))} on {string.Join(", ", data.Pairs.Select(p => p.Base))} "
            + $"{data.Pairs[0].Timeframe}: {passed} of {results.Count} checks passed{(warned > 0 ? $", {warned} with a warning" : "")}{(failed > 0 ? $", {failed} failed" : "")}";

        int Count(AuditOutcome outcome) => results.Count(r => r.Outcome == outcome);
    }

    /// <summary>A check as JSON.</summary>
    public static string Json(AuditResult result) => Line(result.Write);

    /// <summary>What was audited, as JSON.</summary>
    public static string Summary(DirectionModel model, BacktestData data, IReadOnlyList<AuditResult> results) => Line(json =>
    {
        json.WriteStartObject();
        json.WriteString("model", model.Name);
        Names("features", model.FeatureSets.Select(set => set.Name));
        json.WriteString("timeframe", data.Pairs[0].Timeframe.ToString());
        Names("pairs", data.Pairs.Select(p => p.Base));
        json.WriteString("data_hash", data.Hash);
        json.WriteBoolean("passed", results.All(r => r.Outcome != AuditOutcome.Fail));
        json.WriteEndObject();

        void Names(string key, IEnumerable<string> names)
        {
            json.WriteStartArray(key);
            foreach (string name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }
    });

    static string Line(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Words from column <see cref="Indent"/> to <see cref="Width"/>.</summary>
    static void Wrapped(StringBuilder text, string sentence)
    {
        int column = Indent;
        foreach (string word in sentence.Split(' '))
        {
            if (column > Indent && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', Indent);
                column = Indent;
            }
            if (column > Indent) (text, column) = (text.Append(' '), column + 1);
            text.Append(word);
            column += word.Length;
        }
    }
}
