using System.Globalization;

namespace NeuralCore.Models.Data;

/// <summary>A candle file that a <see cref="DataFolder"/> holds.</summary>
/// <param name="Symbol">Exchange symbol: the name of the file's folder; in a flat folder the base and USDT.</param>
/// <param name="Base">Base asset, from the file's name.</param>
/// <param name="Timeframe">Timeframe, from the file's name.</param>
/// <param name="Path">The file.</param>
public sealed record CandleSource(string Symbol, string Base, Timeframe Timeframe, string Path);

/// <summary>
/// A folder of candles, as <c>--data</c> names it: the folder <c>klines</c> or its parent, with exactly
/// <c>{SYMBOL}/{BASE}_{TF}.parquet</c> or <c>.csv</c> (Parquet where there are both), or with such files directly in it.
/// </summary>
public sealed class DataFolder
{
    DataFolder(string path, Timeframe timeframe, IReadOnlyList<CandleSource> files, IReadOnlyList<string> notes,
        IReadOnlyList<string> ignored) =>
        (Path, Timeframe, Files, Notes, Ignored) = (path, timeframe, files, notes, ignored);

    /// <summary>The folder in which symbols or files were looked for.</summary>
    public string Path { get; }

    /// <summary>The timeframe asked for.</summary>
    public Timeframe Timeframe { get; }

    /// <summary>One file a pair, ordered by base (ordinal).</summary>
    public IReadOnlyList<CandleSource> Files { get; }

    /// <summary>Choices made, for example that a Parquet file was taken instead of a CSV file beside it.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Data files (.parquet, .csv) under other names, which are not read: paths relative to the folder.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Finds the files of a timeframe.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="timeframe">The timeframe.</param>
    /// <param name="bases">The bases wanted, for example BTC and ETH in any letter case; null or empty for all.</param>
    /// <exception cref="InvalidDataException">The folder is missing or holds no such file (the message names the timeframes it holds), or a
    /// base that was asked for is missing or there twice.</exception>
    public static DataFolder Find(string path, Timeframe timeframe, IReadOnlyList<string>? bases = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path)) throw new InvalidDataException($"{path}: no such folder");
        string root = System.IO.Path.Combine(path, "klines") is var inner && Directory.Exists(inner) ? inner : path;
        var ignored = new List<string>();
        var notes = new List<string>();
        var all = Sources(root, ignored);
        var found = all.Where(s => s.Timeframe == timeframe).ToList();
        if (found.Count == 0)
        {
            var there = all.Select(s => s.Timeframe).Distinct().OrderBy(t => t.Microseconds).Select(t => t.ToString());
            throw new InvalidDataException($"{root}: no candles of {timeframe}: expected {{SYMBOL}}/{{BASE}}_{timeframe}.parquet "
                + "or .csv; " +
                $"timeframes there: {string.Join(", ", there.DefaultIfEmpty("none"))}" +
                (ignored.Count == 0 ? "" : "; files under other "
                    + $"names: {string.Join(", ", ignored.Take(5))}{(ignored.Count > 5 ? ", ..." : "")}"));
        }
        if (bases is { Count: > 0 }) found = Chosen(root, timeframe, found, bases);
        var files = found.GroupBy(s => s.Base).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => One(root, g, notes)).ToList();
        ignored.Sort(StringComparer.Ordinal);
        return new DataFolder(root, timeframe, files, notes, ignored);
    }

    /// <summary>Reads and checks all files.</summary>
    /// <param name="read">Called after each file.</param>
    /// <param name="cancellation">Stops between files.</param>
    /// <exception cref="InvalidDataException">A file is unusable: see <see cref="CandleFile.Read"/>.</exception>
    public CandleSet Load(Action<CandleReport>? read = null, CancellationToken cancellation = default)
    {
        var pairs = new Candles[Files.Count];
        var reports = new CandleReport[Files.Count];
        for (int i = 0; i < pairs.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var file = Files[i];
            (pairs[i], reports[i]) = CandleFile.Read(file.Path, file.Symbol, file.Base, file.Timeframe);
            read?.Invoke(reports[i]);
        }
        return new CandleSet(pairs, reports);
    }

    static List<CandleSource> Sources(string root, List<string> ignored)
    {
        var sources = new List<CandleSource>();
        foreach (string file in DataFiles(root)) Take(file, symbol: null);
        foreach (string folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
            foreach (string file in DataFiles(folder)) Take(file, System.IO.Path.GetFileName(folder));
        return sources;

        void Take(string file, string? symbol)
        {
            var name = CandleFileName.Of(file);
            if (name is { IsPlain: true, Timeframe: { } timeframe } && System.IO.Path.GetExtension(file) is ".parquet" or ".csv"
                && (symbol?.StartsWith(name.Base, StringComparison.Ordinal) ?? true))
                sources.Add(new CandleSource(symbol ?? name.Base + "USDT", name.Base, timeframe, file));
            else
                ignored.Add(System.IO.Path.GetRelativePath(root, file));
        }
    }

    static IEnumerable<string> DataFiles(string folder) => Directory.EnumerateFiles(folder)
        .Where(f => f.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) || f.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        .Order(StringComparer.Ordinal);

    static List<CandleSource> Chosen(string root, Timeframe timeframe, List<CandleSource> found, IReadOnlyList<string> bases)
    {
        var wanted = bases.Select(b => b.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = wanted.Where(b => !found.Exists(s => b.Equals(s.Base, StringComparison.OrdinalIgnoreCase))).ToList();
        if (missing.Count > 0)
            throw new InvalidDataException($"{root}: no candles of {timeframe} for {string.Join(", ", missing)}; there are " +
                string.Join(", ", found.Select(s => s.Base).Distinct().Order(StringComparer.Ordinal)));
        return found.FindAll(s => wanted.Contains(s.Base));
    }

    static CandleSource One(string root, IEnumerable<CandleSource> files, List<string> notes)
    {
        var candidates = files.ToList();
        string[] folders = [.. candidates.Select(s => System.IO.Path.GetDirectoryName(s.Path) ?? "").Distinct()];
        if (folders.Length > 1)
            throw new InvalidDataException($"{root}: more than one pair of {candidates[0].Base}: " +
                string.Join(", ", candidates.Select(s => System.IO.Path.GetRelativePath(root, s.Path))));
        if (candidates.Count == 1) return candidates[0];
        var parquet = candidates.Single(s => s.Path.EndsWith(".parquet", StringComparison.Ordinal));
        notes.Add(string.Create(CultureInfo.InvariantCulture,
            $"{System.IO.Path.GetRelativePath(root, parquet.Path)} is read; the CSV file beside it is not"));
        return parquet;
    }
}
