using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data;

/// <summary>
/// The columns of candles in a table, by the names people have (letter case, spaces and dashes aside), read as they stand: unchecked,
/// NaN where a value is missing.
/// </summary>
internal sealed class CandleColumns
{
    const int Time = 0, Volume = 5, Required = 6;

    // In each row the first name found in the file counts.
    static readonly string[][] Names =
    [
        ["open_time", "opentime", "timestamp", "datetime", "date", "time", "date_time", "open_timestamp", "ts", "t", "unix"],
        ["open", "o", "open_price"],
        ["high", "h", "high_price"],
        ["low", "l", "low_price"],
        ["close", "c", "close_price"],
        ["volume", "v", "vol", "base_volume", "volume_base"],
        ["quote_volume", "quote_asset_volume", "quotevolume", "volume_quote", "quote_vol", "qav", "q"],
        ["trades", "number_of_trades", "num_trades", "trade_count", "count", "n"],
        ["taker_buy_base", "taker_buy_base_asset_volume", "taker_buy_base_volume", "taker_buy_volume", "taker_base_vol", "tb_base_av"],
    ];

    readonly List<double>[] values = [.. Names.Skip(1).Select(_ => new List<double>())];
    readonly List<long> time = [];
    readonly List<string> notes = [];
    int timesWithoutZone;

    CandleColumns() { }

    public ReadOnlySpan<long> OpenTime => CollectionsMarshal.AsSpan(time);
    public ReadOnlySpan<double> Open => Column(1);
    public ReadOnlySpan<double> High => Column(2);
    public ReadOnlySpan<double> Low => Column(3);
    public ReadOnlySpan<double> Close => Column(4);
    public ReadOnlySpan<double> BaseVolume => Column(Volume);
    public int Rows => time.Count;
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Column by number: 1 to 5 open, high, low, close, volume; 6 quote volume, 7 trades, 8 taker-buy volume (empty if absent).</summary>
    public ReadOnlySpan<double> Column(int number) => CollectionsMarshal.AsSpan(values[number - 1]);

    /// <summary>Number of columns after the time.</summary>
    public int Count => values.Length;

    /// <summary>Whether the table has the columns of candles: a time, open, high, low, close and volume.</summary>
    public static bool Fit(Table table) => Map(table).Take(Required).All(c => c >= 0);

    /// <summary>Reads all rows.</summary>
    /// <exception cref="InvalidDataException">A column is missing, or a value is no number or time.</exception>
    public static CandleColumns Read(Table table)
    {
        int[] map = Map(table);
        if (map.Take(Required).Any(c => c < 0)) throw new InvalidDataException($"{table.Path}: not candles: {Missing(table, map)}");
        var candles = new CandleColumns();
        int[] roles = [.. Enumerable.Range(0, map.Length).Where(role => map[role] >= 0)];
        int[] columns = Array.ConvertAll(roles, role => map[role]);
        foreach (var block in table.Blocks(columns))
            for (int k = 0; k < roles.Length; k++)
            {
                var column = table.Columns[columns[k]];
                if (roles[k] == Time) candles.AppendTimes(table.Path, column, block[k]);
                else Append(candles.values[roles[k] - 1], table.Path, column, block[k]);
            }
        candles.Settle(table.Columns[map[Time]]);
        return candles;
    }

    static int[] Map(Table table)
    {
        string[] found = [.. table.Columns.Select(c => c.Name.Trim().Replace(' ', '_').Replace('-', '_').ToLowerInvariant())];
        return Array.ConvertAll(Names, names => names.Select(n => Array.IndexOf(found, n)).FirstOrDefault(i => i >= 0, -1));
    }

    static string Missing(Table table, int[] map)
    {
        const int Most = 20;
        var found = table.Columns.Take(Most).Select(c => c.Name.Length <= 40 ? c.Name : c.Name[..40] + "...");
        string more = table.Columns.Count > Most ? string.Create(CultureInfo.InvariantCulture, $", and {table.Columns.Count - Most} more") : "";
        var missing = Names.Take(Required).Where((_, role) => map[role] < 0).Select(names => names[0]);
        return $"missing {string.Join(", ", missing)}; found {string.Join(", ", found)}{more}";
    }

    void AppendTimes(string path, TableColumn column, ColumnValues block)
    {
        for (int i = 0; i < block.Count; i++)
        {
            if (block.IsMissing(i)) throw Bad(path, time.Count + 1, column, "is missing");
            bool ok = true, hasZone = column.HasZone;
            long t = 0;
            switch (column.Kind)
            {
                case ColumnKind.Time: t = block.As<long>()[i]; break;
                case ColumnKind.Integer: t = TimeText.FromNumber(block.As<long>()[i]); break;
                case ColumnKind.Real or ColumnKind.Decimal when column.Scale == 0:
                    ok = TimeText.TryParse(Shown(column, block, i), out t, out _);
                    break;
                case ColumnKind.Text: ok = TimeText.TryParse(block.As<string>()[i], out t, out hasZone); break;
                default: throw new InvalidDataException($"{path}: column '{column.Name}' of type {column.Type} holds no times");
            }
            if (!ok || t is < 0 or >= TimeText.End)
                throw Bad(path, time.Count + 1, column, $"is {Shown(column, block, i)}, expected a time between 1970 and 2262");
            if (!hasZone) timesWithoutZone++;
            time.Add(t);
        }
    }

    static void Append(List<double> values, string path, TableColumn column, ColumnValues block)
    {
        double scale = Math.Pow(10, column.Scale);
        for (int i = 0; i < block.Count; i++)
        {
            double v = double.NaN;
            if (!block.IsMissing(i))
                switch (column.Kind)
                {
                    case ColumnKind.Real: v = block.As<double>()[i]; break;
                    case ColumnKind.Integer: v = block.As<long>()[i]; break;
                    case ColumnKind.Decimal: v = (double)block.As<Int128>()[i] / scale; break;
                    case ColumnKind.Text:
                        if (!double.TryParse(block.As<string>()[i], NumberStyles.Float, CultureInfo.InvariantCulture, out v))
                            throw Bad(path, values.Count + 1, column, $"is {Shown(column, block, i)}, expected a number");
                        break;
                    default: throw new InvalidDataException($"{path}: column '{column.Name}' of type {column.Type} holds no numbers");
                }
            values.Add(v);
        }
    }

    // What candles need is checked later; a column that they can do without is left out where it has holes.
    void Settle(TableColumn timeColumn)
    {
        if (timesWithoutZone > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{timesWithoutZone} times in '{timeColumn.Name}' have no time zone and are taken as UTC"));
        for (int number = Volume + 1; number <= values.Length; number++)
        {
            int bad = values[number - 1].Count(v => !double.IsFinite(v));
            if (bad == 0) continue;
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Names[number][0]} is left out: {bad} of its values are missing or not finite"));
            values[number - 1].Clear();
        }
    }

    static string Shown(TableColumn column, ColumnValues block, int i)
    {
        string text = Convert.ToString(block.Values.GetValue(i), CultureInfo.InvariantCulture) ?? "";
        return column.Kind == ColumnKind.Text ? $"'{(text.Length <= 40 ? text : text[..40] + "...")}'" : text;
    }

    static InvalidDataException Bad(string path, int row, TableColumn column, string what) => new($"{path}: row {row}: {column.Name} {what}");
}
