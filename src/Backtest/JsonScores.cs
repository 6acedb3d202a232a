using System.Text.Json;

namespace NeuralCore.Backtest;

/// <summary>The recurring objects of report.json: numbers that may be missing, intervals, rates and scores.</summary>
static class JsonScores
{
    public static void Write(Utf8JsonWriter json, Scores scores, int rank)
    {
        if (scores.Direction.N > 0) json.WriteNumber("rank", rank);
        else json.WriteNull("rank");
        json.WriteNumber("rows", scores.Rows);
        json.WriteNumber("zero_returns", scores.ZeroReturns);
        json.WriteNumber("ties", scores.Ties);
        Rate(json, "direction", scores.Direction);
        Rate(json, "calls", scores.Calls, scores.Coverage);
        Rate(json, "most_confident", scores.MostConfident, scores.MostConfidentCoverage);
        Rate(json, "three_class", scores.ThreeClass);
        if (scores.EdgeShare is { } share)
        {
            json.WriteStartObject("edge_share");
            Number(json, "value", share.Value);
            Interval(json, share.Interval);
            json.WriteEndObject();
        }
        else json.WriteNull("edge_share");
        JsonFigures.Metrics(json, scores.Metrics);
        json.WriteStartArray("confusion");
        foreach (IReadOnlyList<long> truth in scores.Confusion)
        {
            json.WriteStartArray();
            foreach (long count in truth) json.WriteNumberValue(count);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("confidence");
        foreach (ConfidenceBin bin in scores.Confidence)
        {
            json.WriteStartObject();
            Number(json, "from", bin.From);
            Number(json, "to", bin.To);
            json.WriteNumber("n", bin.N);
            Number(json, "accuracy", bin.Accuracy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A list of objects.</summary>
    public static void Each<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Rate(Utf8JsonWriter json, string name, Rate rate, double? coverage = null)
    {
        json.WriteStartObject(name);
        Number(json, "accuracy", rate.Accuracy);
        Interval(json, rate.Interval);
        json.WriteNumber("hits", rate.Hits);
        json.WriteNumber("n", rate.N);
        if (coverage is { } share) Number(json, "coverage", share);
        json.WriteEndObject();
    }

    public static void Interval(Utf8JsonWriter json, Interval interval) => Numbers(json, "interval", [interval.Low, interval.High]);

    public static void Numbers(Utf8JsonWriter json, string name, ReadOnlySpan<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value)) json.WriteNumberValue(value);
            else json.WriteNullValue();
        }
        json.WriteEndArray();
    }

    public static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
