using System.Text.Json;
using NeuralCore.Models.Data;

namespace NeuralCore.Backtest;

/// <summary>What a check of the audit came to.</summary>
public enum AuditOutcome
{
    /// <summary>No leak was found.</summary>
    Pass,

    /// <summary>The check could not have found a leak, or says something that is no leak.</summary>
    Warning,

    /// <summary>A leak was found.</summary>
    Fail,
}

/// <summary>Where something is known that cannot be known yet.</summary>
/// <param name="Column">Name of the feature or other column.</param>
/// <param name="Symbol">The pair.</param>
/// <param name="Candle">Index of its candle.</param>
/// <param name="OpenTime">Open time of the candle, µs since 1970 UTC.</param>
/// <param name="Sentence">What was expected there and what was found.</param>
public sealed record AuditLeak(string Column, string Symbol, int Candle, long OpenTime, string Sentence)
{
    /// <summary>A leak at a candle.</summary>
    internal static AuditLeak At(string column, Candles candles, int candle, string found) =>
        new(column, candles.Symbol, candle, candles.OpenTime[candle],
            $"'{column}' of {candles.Symbol} at candle {candle}, {Format.Iso(candles.OpenTime[candle])}: {found}");
}

/// <summary>One check of the audit.</summary>
/// <param name="Check">Its name.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="Sentence">What was done and found.</param>
public sealed record AuditResult(string Check, AuditOutcome Outcome, string Sentence)
{
    /// <summary>The leaks that were found, at most one for each column, pair and kind of change.</summary>
    public IReadOnlyList<AuditLeak> Leaks { get; init; } = [];

    /// <summary>PASS, WARN or FAIL.</summary>
    internal string Word => Outcome switch { AuditOutcome.Pass => "PASS", AuditOutcome.Warning => "WARN", _ => "FAIL" };

    /// <summary>A check that passes with a sentence, or fails with the first of the leaks.</summary>
    internal static AuditResult Of(string check, string pass, IReadOnlyList<AuditLeak> leaks) => leaks.Count == 0
        ? new(check, AuditOutcome.Pass, pass)
        : new(check, AuditOutcome.Fail,
            leaks.Count == 1 ? leaks[0].Sentence : $"{leaks[0].Sentence} (and {leaks.Count - 1} more)")
        { Leaks = leaks };

    /// <summary>Writes <c>{check, outcome, sentence, leaks: [{column, symbol, candle, time, sentence}]}</c>.</summary>
    public void Write(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("check", Check);
        json.WriteString("outcome", Outcome switch { AuditOutcome.Pass => "pass", AuditOutcome.Warning => "warning", _ => "fail" });
        json.WriteString("sentence", Sentence);
        json.WriteStartArray("leaks");
        foreach (AuditLeak leak in Leaks)
        {
            json.WriteStartObject();
            json.WriteString("column", leak.Column);
            json.WriteString("symbol", leak.Symbol);
            json.WriteNumber("candle", leak.Candle);
            json.WriteString("time", Format.Iso(leak.OpenTime));
            json.WriteString("sentence", leak.Sentence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
