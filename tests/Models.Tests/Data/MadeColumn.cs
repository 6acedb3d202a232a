using System.Globalization;
using System.Text;
using NeuralCore.Models.Data;

namespace Models.Tests.Data;

/// <summary>A column of made-up values in which everything hostile occurs.</summary>
sealed record MadeColumn(TableColumn Column, ColumnValues Values)
{
    static readonly long[] Longs = [0, 1, -1, long.MinValue, long.MaxValue, 1L << 53];

    // The years 1 to 9999; some readers have no times beyond.
    static readonly long[] Times = [0, 1, -1, -62_135_596_800_000_000, 253_402_300_799_999_999, 1_640_995_200_000_001];

    static readonly double[] Doubles =
    [
        0.0, -0.0, 1, -1, double.NaN, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_1234), BitConverter.Int64BitsToDouble(-1),
        double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, 0.1,
    ];

    // In UTF-16 the last is before the one before it, in UTF-8 and by code points after it.
    static readonly string[] Texts = ["", " ", "a", "A", "é", "\0", "\"\n\\", "BTCUSDT", "日本", new('x', 300), "\uFFFD", "\U0001F680"];

    static readonly Int128 LargestDecimal = Int128.Parse(new string('9', 38), CultureInfo.InvariantCulture);

    public static readonly ColumnKind[] Kinds = Enum.GetValues<ColumnKind>();

    /// <param name="name">Its name.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="rows">Number of values.</param>
    /// <param name="distinct">About how many different values there are.</param>
    /// <param name="missing">Share of missing values.</param>
    /// <param name="seed">Decides the values.</param>
    public static MadeColumn Of(string name, ColumnKind kind, int rows, int distinct, double missing, int seed)
    {
        var random = new Random(seed);
        int Seed() => random.Next(distinct);
        Array values = kind switch
        {
            ColumnKind.Boolean => Fill(rows, () => (long)(Seed() & 1)),
            ColumnKind.Integer => Fill(rows, () => Long(Seed(), Longs)),
            ColumnKind.TimeOfDay => Fill(rows, () => 1_234_567L * Seed() % 86_400_000_000),
            ColumnKind.Time => Fill(rows, () => Long(Seed(), Times)),
            ColumnKind.Real => Fill(rows, () => Double(Seed())),
            ColumnKind.Decimal => Fill(rows, () => Decimal(Seed())),
            ColumnKind.Text => Fill(rows, () => Text(Seed())),
            _ => Fill(rows, () => Encoding.UTF8.GetBytes(Text(Seed())).Append((byte)(distinct % 256)).ToArray()),
        };
        bool[]? marks = missing == 0 ? null : Fill(rows, () => random.NextDouble() < missing);
        if (marks is not null)
            for (int i = 0; i < rows; i++)
                if (marks[i]) Array.Clear(values, i, 1);
        int scale = kind == ColumnKind.Decimal ? seed % 19 : 0;
        bool zone = kind != ColumnKind.Time || seed % 2 == 0;
        return new(new(name, kind.ToString(), kind, scale, zone), new(values, marks));
    }

    static T[] Fill<T>(int count, Func<T> next)
    {
        var values = new T[count];
        for (int i = 0; i < count; i++) values[i] = next();
        return values;
    }

    static long Long(int i, long[] first) => i < first.Length ? first[i] : 1_640_995_200_000_000 + i * 60_000_000L;

    static double Double(int i) => i < Doubles.Length ? Doubles[i] : 30_000 + i * 0.01;

    static Int128 Decimal(int i) => i switch
    {
        0 => LargestDecimal,
        1 => -LargestDecimal,
        2 => 0,
        _ => (Int128)Long(i % 50, Longs) * (i - 500),
    };

    static string Text(int i) => i < Texts.Length ? Texts[i] : $"text {i}";

    /// <summary>Whether what was read is this column to the bit.</summary>
    public void AssertRead(TableColumn column, ColumnValues read)
    {
        Assert.Equal((Column.Name, Column.Kind, Column.Scale, Column.HasZone), (column.Name, column.Kind, column.Scale, column.HasZone));
        Assert.Equal(Values.Count, read.Count);
        for (int i = 0; i < read.Count; i++)
        {
            Assert.Equal(Values.IsMissing(i), read.IsMissing(i));
            if (!read.IsMissing(i)) Assert.Equal(Bits(Values.Values.GetValue(i)!), Bits(read.Values.GetValue(i)!));
        }
    }

    static object Bits(object value) => value switch
    {
        double v => BitConverter.DoubleToInt64Bits(v),
        byte[] v => Convert.ToHexString(v),
        _ => value,
    };
}
