using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>Which columns of a table are those of candles, by the names that exchanges, libraries and collections give them.</summary>
internal sealed class CandleNames
{
    /// <summary>
    /// Roles: the time, then the values in the order of <see cref="Names"/>, of which those before this number are required.
    /// </summary>
    public const int Time = 0, Volume = 5, QuoteVolume = 6, Trades = 7, TakerBase = 8, TakerQuote = 9, Required = 6;

    // Names are compared by their letters and digits alone, in lower case. In each row the first name found in the file counts; of times
    // that is an opening time by name, then what is usually a number, which has no time zone to go wrong, then a text, then an index of
    // pandas.
    static readonly string[][] Names =
    [
        ["opentime", "opentimestamp", "timeopen", "klineopentime", "starttime", "startat", "timestamp", "timestampms", "unix",
            "unixtimestamp", "unixtime", "ts", "datetime", "date", "time", "t", "datetimeutc", "dateutc", "timeutc", .. IndexNames],
        ["open", "o", "openprice"],
        ["high", "h", "highprice"],
        ["low", "l", "lowprice"],
        ["close", "c", "closeprice"],
        ["volume", "v", "vol", "basevolume", "volumebase", "baseassetvolume"],
        ["quotevolume", "quoteassetvolume", "volumequote", "quotevol", "qav", "q"],
        ["trades", "numberoftrades", "numtrades", "tradecount", "tradescount", "count", "n"],
        ["takerbuybase", "takerbuybaseassetvolume", "takerbuybasevolume", "takerbuyvolume", "takerbasevol", "tbbaseav"],
        ["takerbuyquote", "takerbuyquoteassetvolume", "takerbuyquotevolume", "takerquotevol", "tbquoteav"],
    ];

    static readonly string[] CloseTimes = ["closetime", "closetimestamp", "timeclose", "klineclosetime", "endtime"];
    static readonly string[] Clocks = ["time", "timeutc", "timeofday", "clock", "hour", "hours"];
    static readonly string[] Single =
        ["symbol", "pair", "ticker", "instrument", "coin", "asset", "market", "base", "name", "token", "timeframe", "interval"];
    static readonly string[] Money = ["USD", "USDT", "USDC", "BUSD", "TUSD", "FDUSD", "DAI", "EUR", "GBP", "JPY", "KRW", "TRY"];

    readonly IReadOnlyList<TableColumn> columns;

    static string[] IndexNames => ["index", "unnamed0", "indexlevel0"];

    CandleNames(IReadOnlyList<TableColumn> columns)
    {
        this.columns = columns;
        string[] keys = [.. columns.Select(c => Key(c.Name))];
        Roles = Array.ConvertAll(Names, names => names.Select(name => Find(name, keys)).FirstOrDefault(i => i >= 0, -1));
        if (Roles[Time] >= 0 && keys[Roles[Time]] is "date" or "dateutc")
            Clock = Clocks.Select(name => Find(name, keys)).FirstOrDefault(i => i >= 0, -1);
        OtherTimes = [.. Enumerable.Range(0, keys.Length)
            .Where(i => i != Roles[Time] && keys[i].Length > 1 && Names[Time].Contains(keys[i]))];
        SingleValued = [.. Enumerable.Range(0, keys.Length).Where(i => Single.Contains(keys[i]) && columns[i].Kind == ColumnKind.Text)];
        if (Roles[Time] < 0)
        {
            Roles[Time] = CloseTimes.Select(name => Find(name, keys)).FirstOrDefault(i => i >= 0, -1);
            TimeIsClose = Roles[Time] >= 0;
        }
        TakeVolumesOfAssets();
    }

    /// <summary>The columns of candles in a table.</summary>
    public static CandleNames Of(Table table) => new(table.Columns);

    /// <summary>For each role the column's number; -1 where there is none.</summary>
    public int[] Roles { get; }

    /// <summary>Other columns whose names say that they hold the time.</summary>
    public int[] OtherTimes { get; }

    /// <summary>
    /// Column that may hold the time of day, or its hour, where the time column is called a date; -1 where there is none.
    /// </summary>
    public int Clock { get; } = -1;

    /// <summary>Text columns that hold one value throughout if the file is of one pair: a symbol, a timeframe.</summary>
    public int[] SingleValued { get; }

    /// <summary>Whether the time column holds close times: there is no other, and its name says so.</summary>
    public bool TimeIsClose { get; }

    /// <summary>Choices made that the reader should know of.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether all required columns are there.</summary>
    public bool Complete => Roles.Take(Required).All(c => c >= 0);

    /// <summary>Whether a column's name is one that pandas gives to an index, which may be of row numbers.</summary>
    public static bool IsIndex(TableColumn column) => IndexNames.Contains(Key(column.Name));

    /// <summary>
    /// Whether a column's name says that its numbers are times: one of those above of two letters or more, or any that ends so.
    /// </summary>
    public static bool IsTime(string name) => Key(name) is { Length: > 1 } key && !IndexNames.Contains(key)
        && (Names[Time].Contains(key) || CloseTimes.Contains(key) || key.EndsWith("time", StringComparison.Ordinal)
            || key.EndsWith("timestamp", StringComparison.Ordinal));

    /// <summary>The usual name of a role.</summary>
    public static string NameOf(int role) => role switch
    {
        Time => "open_time",
        QuoteVolume => "quote_volume",
        TakerBase => "taker_buy_base",
        TakerQuote => "taker_buy_quote",
        _ => Names[role][0],
    };

    /// <summary>Says why the columns are not those of candles; null if they are.</summary>
    public string? Problem()
    {
        foreach (int column in Roles.Where(c => c >= 0))
            if (columns.Count(c => c.Name == columns[column].Name) is > 1 and var times)
                return string.Create(CultureInfo.InvariantCulture, $"expected one column '{columns[column].Name}', got {times}");
        if (Complete) return null;
        const int Most = 20;
        var found = columns.Take(Most).Select(c => c.Name.Length <= 40 ? c.Name : c.Name[..40] + "...");
        string more = columns.Count > Most ? string.Create(CultureInfo.InvariantCulture, $", and {columns.Count - Most} more") : "";
        var missing = Enumerable.Range(0, Required).Where(role => Roles[role] < 0).Select(NameOf);
        return $"not candles: missing {string.Join(", ", missing)}; found {string.Join(", ", found)}{more}";
    }

    // A column of exactly this name wins over one that differs in case or marks: the exchange's stream has t and T, v and V, q and Q.
    int Find(string name, string[] keys)
    {
        for (int i = 0; i < keys.Length; i++)
            if (columns[i].Name == name) return i;
        return Array.IndexOf(keys, name);
    }

    static string Key(string name) =>
        string.IsNullOrWhiteSpace(name) ? "unnamed0" : string.Concat(name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant));

    // "Volume BTC" and "Volume USDT": the first asset that is no money is the base, the other the quote.
    void TakeVolumesOfAssets()
    {
        const string Prefix = "Volume ";
        var left = Enumerable.Range(0, columns.Count).Where(i => columns[i].Name.StartsWith(Prefix, StringComparison.Ordinal)
            && Asset(i) is { Length: >= 2 and <= 10 } asset && asset.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c))).ToList();
        if (Roles[Volume] < 0 && left.Count > 0)
        {
            int choice = left.FindIndex(i => !Money.Contains(Asset(i)));
            if (choice < 0 && left.Count > 1) choice = 0;
            if (choice >= 0)
            {
                Take(Volume, left[choice]);
                left.RemoveAt(choice);
            }
        }
        if (Roles[QuoteVolume] < 0 && left.Find(i => Money.Contains(Asset(i)) || left.Count == 1) is var quote && left.Contains(quote))
            Take(QuoteVolume, quote);

        string Asset(int i) => columns[i].Name[Prefix.Length..];

        void Take(int role, int column)
        {
            Roles[role] = column;
            Notes.Add($"'{columns[column].Name}' is taken as {(role == Volume ? "volume" : "quote volume")}");
        }
    }
}
