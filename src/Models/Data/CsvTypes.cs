using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>The types that the texts of a CSV file can be read as.</summary>
internal static class CsvTypes
{
    /// <summary>For each column the narrowest of int64, double, timestamp and string that holds all its values.</summary>
    public static TableColumn[] Infer(CsvTable table)
    {
        int n = table.Columns.Count;
        bool[] any = new bool[n], integer = new bool[n], real = new bool[n], time = new bool[n], zone = new bool[n];
        foreach (bool[] flag in (bool[][])[integer, real, time, zone]) Array.Fill(flag, true);
        // A number is a time only under a name that says so, and not where it is one of a row or an hour.
        bool[] timed = [.. table.Columns.Select(c => CandleNames.IsTime(c.Name))];
        foreach (var block in table.Blocks([.. Enumerable.Range(0, n)]))
            for (int c = 0; c < n; c++)
                foreach (string text in block[c].As<string>().Where(t => t.Length > 0))
                {
                    any[c] = true;
                    bool number = integer[c] && TryInteger(text, out _);
                    integer[c] &= number;
                    number = number || (real[c] || time[c]) && TryReal(text, out _);
                    real[c] &= number;
                    timed[c] = timed[c] && number && TimeText.TryParse(text, out long t, out _) && t >= TimeText.Least;
                    bool hasZone = true;
                    time[c] = time[c] && !number && TimeText.TryParse(text, out _, out hasZone);
                    zone[c] &= hasZone;
                }
        return [.. table.Columns.Select((column, c) => column switch
        {
            _ when any[c] && timed[c] && (integer[c] || real[c]) => new TableColumn(column.Name, "timestamp", ColumnKind.Time),
            _ when any[c] && integer[c] => new TableColumn(column.Name, "int64", ColumnKind.Integer),
            _ when any[c] && real[c] => new TableColumn(column.Name, "double", ColumnKind.Real),
            _ when any[c] && time[c] => new TableColumn(column.Name, zone[c] ? "timestamp[UTC]" : "timestamp", ColumnKind.Time),
            _ => new TableColumn(column.Name, "string", ColumnKind.Text),
        })];
    }

    /// <summary>Texts as values of an inferred column.</summary>
    public static ColumnValues Convert(TableColumn column, ColumnValues texts) => column.Kind switch
    {
        ColumnKind.Integer => texts with { Values = Array.ConvertAll(texts.As<string>(), t => TryInteger(t, out long v) ? v : 0) },
        ColumnKind.Real => texts with { Values = Array.ConvertAll(texts.As<string>(), t => TryReal(t, out double v) ? v : 0) },
        ColumnKind.Time => texts with
        {
            Values = Array.ConvertAll(texts.As<string>(), t => TimeText.TryParse(t, out long v, out _) ? v : 0),
        },
        _ => texts,
    };

    /// <summary>Whether a text is one of those that stand for a missing value.</summary>
    public static bool IsBlank(string text) =>
        text.Length <= 4 && text.ToUpperInvariant() is "" or "NULL" or "NONE" or "NA" or "N/A" or "#N/A" or "<NA>" or "NAT"
            or "NAN" or "\\N";

    static bool TryInteger(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    /// <summary>Reads a number with a decimal point, also inf and nan.</summary>
    public static bool TryReal(string text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return true;
        if (text.Length is not (3 or 4) || !text.EndsWith("inf", StringComparison.OrdinalIgnoreCase)) return false;
        value = text.Length == 3 || text[0] == '+' ? double.PositiveInfinity : double.NegativeInfinity;
        return text.Length == 3 || text[0] is '+' or '-';
    }
}
