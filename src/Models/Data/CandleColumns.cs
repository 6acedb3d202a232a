using System.Globalization;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>
/// The columns of candles in a table, found by <see cref="CandleNames"/> and read as they stand: unchecked, NaN where a value is missing.
/// </summary>
internal sealed class CandleColumns
{
    readonly List<double>[] values = [.. Enumerable.Range(1, Last).Select(_ => new List<double>())];
    readonly List<string> notes = [];
    readonly CandleTimes times;
    bool timeIsClose;

    CandleColumns(CandleTimes times) => this.times = times;

    /// <summary>The last column: <see cref="Column"/> goes from 1 to it.</summary>
    public const int Last = 9;

    public ReadOnlySpan<long> OpenTime => times.Values;
    public ReadOnlySpan<double> Open => Column(1);
    public ReadOnlySpan<double> High => Column(2);
    public ReadOnlySpan<double> Low => Column(3);
    public ReadOnlySpan<double> Close => Column(4);
    public ReadOnlySpan<double> BaseVolume => Column(CandleNames.Volume);
    public int Rows => times.Count;

    /// <summary>Says that the rows are of several symbols or timeframes; null where they are not.</summary>
    public string? Mixture { get; private set; }

    public IReadOnlyList<string> Notes => notes;

    /// <summary>
    /// Column by number: 1 to 5 open, high, low, close, volume; 6 quote volume, 7 trades, 8 and 9 taker-buy volume in base and quote
    /// (empty if absent).
    /// </summary>
    public ReadOnlySpan<double> Column(int number) => CollectionsMarshal.AsSpan(values[number - 1]);

    /// <summary>Whether the table has the columns of candles: a time, open, high, low, close and volume.</summary>
    public static bool Fit(Table table) => CandleNames.Of(table).Complete;

    /// <summary>Reads all rows.</summary>
    /// <param name="table">The file.</param>
    /// <param name="zone">Whose local time the times are that state no zone; null for UTC.</param>
    /// <param name="mayMiss">Whether a row's time may be missing, or in few rows be unreadable; such a row needs no numbers either.</param>
    /// <exception cref="InvalidDataException">A column is missing, or a value is no number or time.</exception>
    public static CandleColumns Read(Table table, TimeZoneInfo? zone = null, bool mayMiss = false)
    {
        var names = CandleNames.Of(table);
        if (names.Problem() is { } problem) throw new InvalidDataException($"{table.Path}: {problem}");
        var time = table.Columns[names.Roles[CandleNames.Time]];
        var clock = names.Clock < 0 ? null : table.Columns[names.Clock];
        var candles = new CandleColumns(new CandleTimes(table.Path, time, clock, zone, mayMiss)) { timeIsClose = names.TimeIsClose };
        int[] roles = [.. Enumerable.Range(0, names.Roles.Length).Where(role => names.Roles[role] >= 0)];
        int[] columns = [.. roles.Select(role => names.Roles[role]), .. names.OtherTimes, .. names.SingleValued];
        int clockAt = Array.IndexOf(columns, names.Clock);
        if (clock is not null && clockAt < 0) (columns, clockAt) = ([.. columns, names.Clock], columns.Length);
        var differences = new (int Rows, int First, long Time)[names.OtherTimes.Length];
        string?[] single = new string?[names.SingleValued.Length];
        foreach (var block in table.Blocks(columns))
        {
            int first = candles.Rows;
            candles.times.Append(block[0], clock is null ? null : block[clockAt]);
            for (int k = 1; k < roles.Length; k++)
                candles.Append(candles.values[roles[k] - 1], table.Path, table.Columns[columns[k]], block[k]);
            for (int k = 0, c = roles.Length; k < differences.Length; k++, c++)
                candles.times.Compare(table.Columns[columns[c]], block[c], first, ref differences[k]);
            for (int k = 0, c = roles.Length + differences.Length; k < single.Length; k++, c++)
                candles.Single(table.Columns[columns[c]], block[c], first, ref single[k]);
        }
        candles.times.RequireReadable();
        candles.notes.AddRange([.. candles.times.Notes, .. names.Notes]);
        if (candles.Mixture is { } mixture) candles.notes.Add(mixture);
        if (names.TimeIsClose) candles.notes.Add($"'{time.Name}' has the times at which candles close; they open one timeframe earlier");
        for (int k = 0; k < differences.Length; k++)
            if (differences[k] is { Rows: > 0 } d)
                candles.notes.Add(Invariant($"'{table.Columns[names.OtherTimes[k]].Name}' differs from '{time.Name}', which counts, ")
                    + Invariant($"in {d.Rows} rows, ")
                    + Invariant(
                        $"first in row {d.First + 1}: {TimeText.ToIso(d.Time)} instead of {TimeText.ToIso(candles.OpenTime[d.First])}"));
        return candles;
    }

    void Append(List<double> values, string path, TableColumn column, ColumnValues block)
    {
        int first = values.Count;
        CollectionsMarshal.SetCount(values, first + block.Count);
        var into = CollectionsMarshal.AsSpan(values)[first..];
        switch (column.Kind)
        {
            case ColumnKind.Real:
                block.As<double>().CopyTo(into);
                break;
            case ColumnKind.Integer:
                for (int i = 0; i < into.Length; i++) into[i] = block.As<long>()[i];
                break;
            case ColumnKind.Decimal:
                for (int i = 0; i < into.Length; i++) into[i] = ScaledDecimal.ToDouble(block.As<Int128>()[i], column.Scale);
                break;
            case ColumnKind.Text:
                for (int i = 0; i < into.Length; i++)
                {
                    if (block.IsMissing(i) || CsvTypes.TryReal(block.As<string>()[i], out into[i])) continue;
                    bool none = CsvTypes.IsBlank(block.As<string>()[i]) || OpenTime[first + i] == CandleTimes.Missing;
                    into[i] = none ? double.NaN : throw new InvalidDataException(
                        Invariant($"{path}: row {first + i + 1}: {column.Name} is {Shown(column, block, i)}, ")
                        + "expected a number with a decimal point and without separators of thousands");
                }
                break;
            default:
                throw new InvalidDataException($"{path}: column '{column.Name}' of type {column.Type} holds no numbers");
        }
        if (block.Missing is not { } missing) return;
        for (int i = 0; i < into.Length; i++)
            if (missing[i]) into[i] = double.NaN;
    }

    void Single(TableColumn column, ColumnValues block, int first, ref string? value)
    {
        for (int i = 0; i < block.Count && Mixture is null; i++)
        {
            if (block.IsMissing(i)) continue;
            string found = block.As<string>()[i];
            value ??= found;
            if (found != value)
                Mixture = Invariant($"{column.Name} is '{Short(value)}', but {Shown(column, block, i)} in row {first + i + 1}");
        }
    }

    /// <summary>Turns close times into open times, where the file has nothing else.</summary>
    public void OpenFromClose(Timeframe timeframe)
    {
        if (timeIsClose) times.OpenFromClose(timeframe);
        timeIsClose = false;
    }

    /// <summary>Leaves out, with a note, a column that candles can do without.</summary>
    public void LeaveOut(int number, string reason)
    {
        notes.Add($"{CandleNames.NameOf(number)} is left out: {reason}");
        values[number - 1].Clear();
    }

    /// <summary>Why a row has no time.</summary>
    public string TimeFaultOf(int row) => times.FaultOf(row);

    /// <summary>The timeframe in the file's name, otherwise the usual distance between rows.</summary>
    /// <exception cref="InvalidDataException">Neither tells it.</exception>
    public Timeframe TimeframeOf(string file)
    {
        if (CandleFileName.Of(file).Timeframe is { } named) return named;
        var distances = CandleDistances.Of(OpenTime);
        return distances.Timeframe ?? throw new InvalidDataException($"{file}: expected a timeframe: " + (distances.AreMonths
            ? "the rows are one calendar month apart, which is no fixed length"
            : "neither the file's name nor the distance between its times, which must be whole minutes, tells it"));
    }

    /// <summary>A value as errors show it.</summary>
    public static string Shown(TableColumn column, ColumnValues block, int i)
    {
        string text = Convert.ToString(block.Values.GetValue(i), CultureInfo.InvariantCulture) ?? "";
        return column.Kind == ColumnKind.Text ? $"'{Short(text)}'" : text;
    }

    static string Short(string text) =>
        string.Concat((text.Length <= 40 ? text : text[..40] + "...").Select(c => char.IsControl(c) ? ' ' : c));
}
