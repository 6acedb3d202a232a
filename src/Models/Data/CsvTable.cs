using System.Globalization;
using CsvHelper;

namespace NeuralCore.Models.Data;

/// <summary>
/// A CSV file: comma, semicolon, tab or bar (found from the first lines), LF or CRLF, with or without a header and byte order mark,
/// quoted as in RFC 4180, also below a line with a web address (as CryptoDataDownload writes it). Every column is text; a missing value is
/// an empty field.
/// </summary>
internal sealed class CsvTable : Table
{
    /// <summary>The order of the exchange's own kline files, which have no header.</summary>
    static readonly string[] KlineOrder =
    [
        "open_time", "open", "high", "low", "close", "volume", "close_time",
        "quote_volume", "trades", "taker_buy_base", "taker_buy_quote", "ignore",
    ];

    const int BlockRows = 16_384, MaxRowBytes = 1 << 20;

    readonly FileStream file;
    readonly bool header;

    public CsvTable(string path, FileStream file) : this(path, file, FirstRow(file)) { }

    CsvTable(string path, FileStream file, string[] first)
        : base(path, [.. Names(first).Select(n => new TableColumn(n, "text", ColumnKind.Text))]) =>
        (this.file, header) = (file, IsHeader(first));

    public override void Dispose() => file.Dispose();

    public override IEnumerable<ColumnValues[]> Blocks(IReadOnlyList<int> columns)
    {
        using var reader = Reader(file);
        if (header) Guard(Path, reader.Read);
        for (long row = 1; Guard(Path, () => Block(reader, columns, row)) is { Length: > 0 } rows; row += rows.Length)
            yield return Transpose(rows, columns.Count);
    }

    // Rows, then columns: a row is checked as a whole before its chosen fields are kept.
    string[][] Block(CsvReader reader, IReadOnlyList<int> columns, long firstRow)
    {
        var rows = new List<string[]>();
        while (rows.Count < BlockRows && Next(reader))
        {
            if (reader.FieldCount != Columns.Count)
                throw new InvalidDataException($"row {firstRow + rows.Count}: {reader.FieldCount} fields, expected {Columns.Count}");
            string[] fields = new string[columns.Count];
            for (int c = 0; c < fields.Length; c++) fields[c] = reader.GetString(columns[c]);
            rows.Add(fields);
        }
        return [.. rows];
    }

    static ColumnValues[] Transpose(string[][] rows, int columns)
    {
        var block = new ColumnValues[columns];
        for (int c = 0; c < columns; c++)
        {
            string[] values = Array.ConvertAll(rows, r => r[c]);
            bool[] missing = Array.ConvertAll(values, v => v.Length == 0);
            block[c] = new ColumnValues(values, missing.Contains(true) ? missing : null);
        }
        return block;
    }

    static string[] FirstRow(FileStream file)
    {
        if (file.Length == 0) throw new InvalidDataException("the file is empty");
        using var reader = Reader(file);
        if (!Next(reader)) throw new InvalidDataException("the file has no row");
        string[] fields = new string[reader.FieldCount];
        for (int c = 0; c < fields.Length; c++) fields[c] = reader.GetString(c);
        if (fields.Any(f => f.Any(c => char.IsControl(c) || c == '\uFFFD')))    // U+FFFD stands for bytes that are no UTF-8
            throw new InvalidDataException("neither CSV nor Parquet: its first line is not plain text");
        return fields;
    }

    static CsvReader Reader(FileStream file)
    {
        file.Position = LengthOfAddress(file);
        return CsvReader.Create(file, new CsvReaderOptions
        {
            HasHeader = false,
            MaxRecordSize = MaxRowBytes,
            TrimWhitespace = true,
            MalformedData = CsvMalformedDataHandling.Throw,
        }, leaveOpen: true);
    }

    // Bytes of a first line that is a web address, with its line end; 0 where there is none.
    static int LengthOfAddress(FileStream file)
    {
        Span<byte> start = stackalloc byte[256];
        start = start[..RandomAccess.Read(file.SafeFileHandle, start, 0)];
        int mark = start.StartsWith("\uFEFF"u8) ? 3 : 0, end = start.IndexOf((byte)'\n') + 1;
        return end > 0 && start[mark..].StartsWith("http"u8) && !start[..end].ContainsAny(",;\t|"u8) ? end : 0;
    }

    static bool Next(CsvReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    // A header is a row in which nothing is a number or a time.
    static bool IsHeader(string[] row) => !row.Any(f =>
        double.TryParse(f, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || TimeText.TryParse(f, out _, out _));

    static IEnumerable<string> Names(string[] first)
    {
        if (IsHeader(first)) return first;
        bool klines = first.Length is >= 6 and <= 12;
        return first.Select((_, i) => klines ? KlineOrder[i] : string.Create(CultureInfo.InvariantCulture, $"column{i + 1}"));
    }
}
