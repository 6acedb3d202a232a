using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using NeuralCore.Models.Data;
using NeuralCore.Models.Data.Parquet;
using NeuralCore.Models.Data.Parquet.Writer;

namespace Models.Tests.Data;

/// <summary>The statistics of every chunk and page, and the footer's other statements, against the values.</summary>
public sealed class ParquetStatisticsTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    byte[] Write(MadeColumn[] columns, ParquetOptions options)
    {
        string path = folder.File("x.parquet");
        ParquetWriter.Write(path, [.. columns.Select(c => c.Column)], [.. columns.Select(c => c.Values)], options);
        return File.ReadAllBytes(path);
    }

    [Fact]
    public void EqualWhatTheValuesHave() => Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), Gen.Choose(1, 900).ToArbitrary(),
        (seed, rows) =>
    {
        var options = new ParquetOptions { GroupRows = 400, PageRows = 90, Dictionaries = seed % 2 == 0, Codec = (Codec)(seed % 3) };
        MadeColumn[] columns =
            [.. MadeColumn.Kinds.Select((kind, c) => MadeColumn.Of($"c{c}", kind, rows, 1 << seed % 11, seed % 4 * 0.33, seed + c))];
        byte[] file = Write(columns, options);
        int row = 0;
        foreach (var group in ThriftTree.Footer(file).Structs(4))
        {
            int count = (int)group.Long(3);
            for (int c = 0; c < columns.Length; c++) CheckChunk(columns[c], row, count, group.Structs(1)[c].Struct(3), file, options);
            row += count;
        }
        Assert.Equal(rows, row);
    }).QuickCheckThrowOnFailure();

    static void CheckChunk(MadeColumn column, int row, int count, ThriftTree chunk, byte[] file, ParquetOptions options)
    {
        Assert.Equal(count, chunk.Long(5));
        CheckStatistics(column, row, count, chunk.Struct(12));
        long start = chunk.Has(11) ? chunk.Long(11) : chunk.Long(9), plain = 0;
        int at = (int)start, end = at + (int)chunk.Long(7), stated = 0;
        while (at < end)
        {
            int before = at;
            var header = ThriftTree.Read(file, ref at);
            plain += at - before + header.Long(2);
            at += (int)header.Long(3);
            if (header.Long(1) != 0) continue;    // the dictionary
            var page = header.Struct(5);
            int rows = (int)page.Long(1);
            Assert.InRange(rows, 1, options.PageRows);
            CheckStatistics(column, row + stated, rows, page.Struct(5));
            stated += rows;
        }
        Assert.Equal((end, count, chunk.Long(6)), (at, stated, plain));
    }

    static void CheckStatistics(MadeColumn column, int row, int count, ThriftTree statistics)
    {
        int[] present = [.. Enumerable.Range(row, count).Where(i => !column.Values.IsMissing(i))];
        Assert.Equal(count - present.Length, statistics.Long(3));
        Assert.False(statistics.Has(1) || statistics.Has(2));
        var values = present.Select(i => column.Values.Values.GetValue(i)!).Where(v => v is not double.NaN).ToList();
        if (values.Count == 0)
        {
            Assert.False(statistics.Has(5) || statistics.Has(6));
            return;
        }
        values.Sort(Order);
        byte[]? min = Plain(values[0], column.Column.Kind, -0.0), max = Plain(values[^1], column.Column.Kind, 0.0);
        if (min is null || max is null)
        {
            Assert.False(statistics.Has(5) || statistics.Has(6));
            return;
        }
        Assert.Equal(min, statistics.Bytes(6));
        Assert.Equal(max, statistics.Bytes(5));
    }

    // Of texts that of their code points, which UTF-32 shows.
    static int Order(object a, object b) => (a, b) switch
    {
        (string x, string y) => Compare(x.EnumerateRunes().Select(r => r.Value), y.EnumerateRunes().Select(r => r.Value)),
        (byte[] x, byte[] y) => Compare(x.Select(v => (int)v), y.Select(v => (int)v)),
        _ => ((IComparable)a).CompareTo(b),
    };

    static int Compare(IEnumerable<int> a, IEnumerable<int> b)
    {
        int[] x = [.. a], y = [.. b];
        for (int i = 0; i < Math.Min(x.Length, y.Length); i++)
            if (x[i] != y[i]) return x[i].CompareTo(y[i]);
        return x.Length.CompareTo(y.Length);
    }

    static byte[]? Plain(object value, ColumnKind kind, double zero)
    {
        byte[] bytes = value switch
        {
            long v when kind == ColumnKind.Boolean => [(byte)v],
            long v => BitConverter.GetBytes(v),
            double v => BitConverter.GetBytes(v == 0 ? zero : v),
            string v => System.Text.Encoding.UTF8.GetBytes(v),
            Int128 v => BigEndian(v),
            _ => (byte[])value,
        };
        return bytes.Length <= 256 ? bytes : null;
    }

    static byte[] BigEndian(Int128 value)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        return bytes;
    }

    [Fact]
    public void StateNoNanAndBothZeros()
    {
        ThriftTree Of(params double[] values) => ThriftTree.Footer(Write([new(new("a", "", ColumnKind.Real), new(values, null))], new()))
            .Structs(4)[0].Structs(1)[0].Struct(3).Struct(12);
        var zero = Of(0.0, -0.0, double.NaN);
        Assert.Equal(BitConverter.GetBytes(-0.0), zero.Bytes(6));
        Assert.Equal(BitConverter.GetBytes(0.0), zero.Bytes(5));
        Assert.False(Of(double.NaN, double.NaN).Has(5));
        var infinite = Of(double.NegativeInfinity, double.NaN, double.PositiveInfinity);
        Assert.Equal(BitConverter.GetBytes(double.NegativeInfinity), infinite.Bytes(6));
        Assert.Equal(BitConverter.GetBytes(double.PositiveInfinity), infinite.Bytes(5));
        Assert.Equal(BitConverter.GetBytes(double.PositiveInfinity), Of(double.PositiveInfinity).Bytes(6));
    }

    // parquet.thrift: FileMetaData, SchemaElement (4 name, 6 converted type, 7 scale, 8 precision, 10 logical type), ColumnOrder.
    [Fact]
    public void StandBesideSchemaOrdersAndWriter()
    {
        MadeColumn[] columns = [.. MadeColumn.Kinds.Select((kind, c) => MadeColumn.Of(kind.ToString(), kind, 30, 5, c % 2 * 0.5, c))];
        var footer = ThriftTree.Footer(Write(columns, new()));
        Assert.Equal(30, footer.Long(3));
        Assert.Matches(@"^NeuralCore version \d+\.\d+\.\d+$", System.Text.Encoding.UTF8.GetString(footer.Bytes(6)));
        Assert.All(footer.Structs(7), order => Assert.True(order.Has(1)));
        Assert.Equal(columns.Length, footer.Structs(7).Length);
        var schema = footer.Structs(2);
        Assert.Equal(columns.Length, schema[0].Long(5));
        for (int c = 0; c < columns.Length; c++)
        {
            var (column, leaf) = (columns[c].Column, schema[c + 1]);
            Assert.Equal(column.Name, System.Text.Encoding.UTF8.GetString(leaf.Bytes(4)));
            Assert.Equal(c % 2, leaf.Long(3));    // optional where values are missing
            switch (column.Kind)
            {
                case ColumnKind.Time:
                    Assert.Equal(column.HasZone, leaf.Has(6) && leaf.Long(6) == 10);
                    Assert.Equal(column.HasZone, leaf.Struct(10).Struct(8)[1]);
                    Assert.True(leaf.Struct(10).Struct(8).Struct(2).Has(2));
                    break;
                case ColumnKind.TimeOfDay:
                    Assert.False(leaf.Has(6) || (bool)leaf.Struct(10).Struct(7)[1]);
                    Assert.True(leaf.Struct(10).Struct(7).Struct(2).Has(2));
                    break;
                case ColumnKind.Decimal:
                    Assert.Equal((5, column.Scale, 38, 16), (leaf.Long(6), leaf.Long(7), leaf.Long(8), leaf.Long(2)));
                    Assert.Equal((column.Scale, 38), (leaf.Struct(10).Struct(5).Long(1), leaf.Struct(10).Struct(5).Long(2)));
                    break;
                case ColumnKind.Text:
                    Assert.True(leaf.Long(6) == 0 && leaf.Struct(10).Has(1));
                    break;
                default:
                    Assert.False(leaf.Has(6) || leaf.Has(10));
                    break;
            }
        }
    }
}
