using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;
using NeuralCore.Models.Data.Parquet.Writer;

namespace Models.Tests.Data;

/// <summary>What is written is read back to the bit, and what cannot be written is refused and leaves nothing behind.</summary>
public sealed class ParquetWriterTests : IDisposable
{
    static readonly TableColumn Real = new("a", "double", ColumnKind.Real), Text = new("a", "string", ColumnKind.Text);
    static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    string PathOf(string name = "x.parquet") => folder.File(name);

    static List<ColumnValues> ReadAll(string path)
    {
        using var table = Table.Open(path);
        var blocks = table.Blocks([.. Enumerable.Range(0, table.Columns.Count)]).ToList();
        return [.. table.Columns.Select((_, c) => Join([.. blocks.Select(b => b[c])]))];
    }

    static ColumnValues Join(ColumnValues[] blocks)
    {
        if (blocks.Length == 0) return new(Array.Empty<int>(), null);
        var all = Array.CreateInstance(blocks[0].Values.GetType().GetElementType()!, blocks.Sum(b => b.Count));
        bool[] missing = new bool[all.Length];
        int at = 0;
        foreach (var block in blocks)
        {
            block.Values.CopyTo(all, at);
            block.Missing?.CopyTo(missing, at);
            at += block.Count;
        }
        return new(all, missing);
    }

    void RoundTrip(IReadOnlyList<MadeColumn> columns, ParquetOptions options)
    {
        ParquetWriter.Write(PathOf(), [.. columns.Select(c => c.Column)], [.. columns.Select(c => c.Values)], options, default);
        var read = ReadAll(PathOf());
        using var table = Table.Open(PathOf());
        for (int c = 0; c < columns.Count; c++) columns[c].AssertRead(table.Columns[c], read[c]);
    }

    [Fact]
    public void EveryTableIsReadBackToTheBit() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        int rows = random.Next(4) == 0 ? random.Next(4) : random.Next(5001);
        var options = new ParquetOptions
        {
            Codec = new[] { Codec.UNCOMPRESSED, Codec.SNAPPY, Codec.GZIP }[random.Next(3)], GroupRows = random.Next(1, 5001),
            PageRows = random.Next(1, 3000), PageBytes = 1 << random.Next(4, 20), Dictionaries = random.Next(2) == 0,
        };
        if (options.GroupRows < 50) options = options with { GroupRows = 50 };
        double[] shares = [0, 0, 0.1, 0.9, 1];
        MadeColumn Column(ColumnKind kind, int c) =>
            MadeColumn.Of($"c{c}", kind, rows, 1 << random.Next(14), shares[random.Next(5)], random.Next());
        RoundTrip([.. MadeColumn.Kinds.Select(Column)], options);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(130)]
    [InlineData(20_000)]
    [InlineData(20_001)]
    [InlineData(300_000)]
    public void LengthsAroundTheBordersOfBlocksPagesAndGroupsAreReadBack(int rows) => RoundTrip(
        [.. MadeColumn.Kinds.Select((kind, c) => MadeColumn.Of($"c{c}", kind, rows, 20, c % 2 * 0.3, c))], new());

    [Fact]
    public void IntegersOfEveryWidthAndAllRunLengthsAreReadBack()
    {
        for (int width = 0; width < 64; width++)
        {
            long[] values = [.. Enumerable.Range(0, 300).Select(i => (i % 3 == 0 ? 1L : -1L) << width)];
            RoundTrip([new(new("a", "int64", ColumnKind.Integer), new(values, null))], new());
        }
        var random = new Random(1);
        var runs = new List<double>();
        for (int length = 1; length < 40; length++) runs.AddRange(Enumerable.Repeat((double)random.Next(5), length));
        bool[] missing = [.. runs.Select(v => v == 2)];
        RoundTrip([new(Real, new(runs.Select((v, i) => missing[i] ? 0 : v).ToArray(), missing))], new());
    }

    [Fact]
    public void BlocksBecomeRowGroupsAndLongOnesSeveral()
    {
        ColumnValues[] Block(int rows, int b) => [new(Enumerable.Repeat((double)b, rows).ToArray(), null)];
        ColumnValues[][] blocks = [.. new[] { 3, 0, 25, 10 }.Select(Block)];
        ParquetWriter.Write(PathOf(), [Real], _ => false, blocks, new() { GroupRows = 10 }, default);
        using (var table = Table.Open(PathOf()))
            Assert.Equal([3, 10, 10, 5, 10], table.Blocks([0]).Select(b => b[0].Count));
        Assert.Equal([0, 0, 0, .. Enumerable.Repeat(2.0, 25), .. Enumerable.Repeat(3.0, 10)], ReadAll(PathOf())[0].As<double>());
    }

    long Size(TableColumn column, Array values, ParquetOptions? options = null)
    {
        ParquetWriter.Write(PathOf(), [column], [new(values, null)], options);
        return new FileInfo(PathOf()).Length;
    }

    [Fact]
    public void DictionariesAndDifferencesAreUsedWhereTheyPay()
    {
        var random = new Random(1);
        double[] few = [.. Enumerable.Range(0, 20_000).Select(_ => random.Next(200) * 0.01)];
        double[] many = [.. few.Select(_ => random.NextDouble())];
        Assert.Equal([Encoding.RLE, Encoding.RLE_DICTIONARY, Encoding.PLAIN], Encodings(Real, few), Unordered);
        Assert.Equal([Encoding.RLE, Encoding.PLAIN], Encodings(Real, many), Unordered);
        Assert.True(Size(Real, few) < 1.1 * 20_000 + 3000);     // a byte each
        Assert.True(Size(Real, few, new() { Dictionaries = false }) > 1.5 * Size(Real, few));
        Assert.Equal([Encoding.RLE, Encoding.RLE_DICTIONARY, Encoding.PLAIN],
            Encodings(Text, few.Select(v => $"symbol {v}").ToArray()), Unordered);
        long[] minutes = [.. Enumerable.Range(0, 20_000).Select(i => 1_640_995_200_000_000 + i * 60_000_000L)];
        Assert.True(Size(new("t", "", ColumnKind.Time), minutes) < 1000);
    }

    static readonly IEqualityComparer<IEnumerable<Encoding>> Unordered =
        EqualityComparer<IEnumerable<Encoding>>.Create((a, b) => a!.Order().SequenceEqual(b!.Order()), a => a.Count());

    IEnumerable<Encoding> Encodings(TableColumn column, Array values)
    {
        Size(column, values);
        var chunk = ThriftTree.Footer(File.ReadAllBytes(PathOf())).Structs(4)[0].Structs(1)[0].Struct(3);
        return ((object[])chunk[2]).Select(e => (Encoding)(long)e);
    }

    void Refuses(TableColumn column, Array values, bool[]? missing, string message)
    {
        var e = Assert.Throws<ArgumentException>(() => ParquetWriter.Write(PathOf(), [column], _ => false, [[new(values, missing)]]));
        Assert.Equal($"ParquetWriter '{PathOf()}': {message}", e.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void ValuesThatCannotBeStoredAreRefused()
    {
        Refuses(Text, new[] { "fine", "a\uD83D" }, null, "column 'a', row 2: expected text, got half a surrogate pair at character 2");
        Refuses(Text, new[] { "\uDE80\uD83D" }, null, "column 'a', row 1: expected text, got half a surrogate pair at character 1");
        Refuses(Text, new string?[] { null }, null, "column 'a', row 1: expected a value that is marked as missing or not null, got null");
        Refuses(Real, new double[3], [false, false, true], "column 'a', row 3: expected a value in a required column, got a missing one");
        Refuses(Real, new float[3], null, "column 'a' (Real): expected Double[], got Single[]");
        Refuses(Real, new double[3], new bool[2], "column 'a': expected 3 marks of missing values, got 2");
        Refuses(new("a", "", ColumnKind.Boolean), new long[] { 1, 2 }, null, "column 'a', row 2: expected 0 or 1, got 2");
        Refuses(new("a", "", ColumnKind.Decimal), new[] { Int128.MinValue }, null,
            $"column 'a', row 1: expected at most 38 digits, got {Int128.MinValue}");
        Refuses(new("a", "", ColumnKind.Decimal, 39), Array.Empty<Int128>(), null, "column 'a': expected a scale of 0 to 38, got 39");
    }

    [Fact]
    public void TablesThatAreNoneAreRefused()
    {
        string Message(TableColumn[] columns, ColumnValues[] values, ParquetOptions? options = null) =>
            Assert.Throws<ArgumentException>(() => ParquetWriter.Write(PathOf(), columns, values, options)).Message;
        ColumnValues three = new(new double[3], null), two = new(new double[2], null);
        TableColumn b = Real with { Name = "b" };
        Assert.EndsWith("expected at least one column, got none", Message([], []), StringComparison.Ordinal);
        Assert.EndsWith("expected columns of different names, got 'a' twice", Message([Real, Real], [three, three]),
            StringComparison.Ordinal);
        Assert.EndsWith("expected 2 columns, got 1", Message([Real, b], [three]), StringComparison.Ordinal);
        Assert.EndsWith("column 'b': expected 3 values as in 'a', got 2", Message([Real, b], [three, two]), StringComparison.Ordinal);
        Assert.Contains("got ZSTD", Message([Real], [three], new() { Codec = Codec.ZSTD }), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WhenCancelledOrFailingTheFileBeforeStaysAndNothingElse()
    {
        folder.Write("x.parquet", "before");
        using var cancellation = new CancellationTokenSource();
        IEnumerable<ColumnValues[]> Blocks(Action between)
        {
            yield return [new(new double[100_000], null)];
            between();
            yield return [new(new double[100_000], null)];
        }
        Assert.Throws<OperationCanceledException>(
            () => ParquetWriter.Write(PathOf(), [Real], _ => false, Blocks(cancellation.Cancel), null, cancellation.Token));
        Assert.Throws<InvalidDataException>(
            () => ParquetWriter.Write(PathOf(), [Real], _ => false, Blocks(() => throw new InvalidDataException("no"))));
        Assert.Equal("before", File.ReadAllText(PathOf()));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
        ParquetWriter.Write(PathOf(), [Real], _ => false, Blocks(() => { }));
        Assert.Equal(200_000, TableSummary.Of(PathOf()).Rows);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void APlaceThatCannotBeWrittenIsNamedInOneLine()
    {
        void Fails(string path)
        {
            string message = Assert.Throws<IOException>(() => ParquetWriter.Write(path, [Real], [new(new double[1], null)])).Message;
            Assert.StartsWith($"{path}: cannot be written: ", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
        Fails(Path.Combine(folder.Path, "no", "such", "folder.parquet"));
        Fails(Path.Combine(folder.Write("file", "x"), "x.parquet"));
        Directory.CreateDirectory(PathOf("d"));
        Fails(PathOf("d"));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }
}
