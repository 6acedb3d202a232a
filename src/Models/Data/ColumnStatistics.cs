using System.Globalization;
using System.Numerics;

namespace NeuralCore.Models.Data;

/// <summary>Counts, extremes and sum of one column, block by block.</summary>
internal abstract class ColumnStatistics(TableColumn column)
{
    protected TableColumn Column { get; } = column;

    protected long Nulls { get; private set; }

    /// <summary>Whether there is a value at all.</summary>
    protected bool Any { get; private set; }

    public void Add(ColumnValues block)
    {
        int nulls = block.Missing is null ? 0 : block.Missing.AsSpan().Count(true);
        Nulls += nulls;
        if (block.Count == nulls) return;
        AddPresent(block, first: !Any);
        Any = true;
    }

    /// <summary>Adds a block in which at least one value is not missing.</summary>
    protected abstract void AddPresent(ColumnValues block, bool first);

    public abstract ColumnSummary Finish();

    protected ColumnSummary Summary(string? min, string? max, string? sum) =>
        new(Column.Name, Column.Type, Nulls, Any ? min : null, Any ? max : null, Any ? sum : null);

    protected static string Text(long v) => v.ToString(CultureInfo.InvariantCulture);

    protected static string Text(double v) => v.ToString("R", CultureInfo.InvariantCulture);

    public static ColumnStatistics For(TableColumn column) => column.Kind switch
    {
        ColumnKind.Boolean or ColumnKind.Integer or ColumnKind.Time or ColumnKind.TimeOfDay => new IntegerStatistics(column),
        ColumnKind.Decimal => new DecimalStatistics(column),
        ColumnKind.Real => new RealStatistics(column),
        ColumnKind.Text => new TextStatistics(column),
        _ => new BinaryStatistics(column),
    };
}

/// <summary>Integers, booleans (false and true, the sum counts the trues) and times (which have no sum).</summary>
internal sealed class IntegerStatistics(TableColumn column) : ColumnStatistics(column)
{
    long min = long.MaxValue, max = long.MinValue;
    Int128 sum;

    protected override void AddPresent(ColumnValues block, bool first)
    {
        long[] values = block.As<long>();
        for (int i = 0; i < values.Length; i++)
        {
            if (block.IsMissing(i)) continue;
            long v = values[i];
            min = Math.Min(min, v);
            max = Math.Max(max, v);
            sum += v;
        }
    }

    public override ColumnSummary Finish() => Column.Kind switch
    {
        ColumnKind.Boolean => Summary(min == 0 ? "false" : "true", max == 0 ? "false" : "true", sum.ToString(CultureInfo.InvariantCulture)),
        ColumnKind.Integer => Summary(Text(min), Text(max), sum.ToString(CultureInfo.InvariantCulture)),
        _ => Summary(Text(min), Text(max), null),
    };
}

/// <summary>Floating numbers; NaN counts as larger than all others.</summary>
internal sealed class RealStatistics(TableColumn column) : ColumnStatistics(column)
{
    double min, max, sum;

    protected override void AddPresent(ColumnValues block, bool first)
    {
        double[] values = block.As<double>();
        for (int i = 0; i < values.Length; i++)
        {
            if (block.IsMissing(i)) continue;
            double v = values[i];
            sum += v;
            if (first) (min, max, first) = (v, v, false);
            if (v < min || double.IsNaN(min)) min = v;
            if (v > max || double.IsNaN(v)) max = v;
        }
    }

    // A float's shortest text is that of 32 bits; the sum is always a double.
    public override ColumnSummary Finish() => Summary(Extreme(min), Extreme(max), Text(sum));

    string Extreme(double v) => Column.Type == "float" ? ((float)v).ToString("R", CultureInfo.InvariantCulture) : Text(v);
}

/// <summary>Decimals, exactly.</summary>
internal sealed class DecimalStatistics(TableColumn column) : ColumnStatistics(column)
{
    Int128 min = Int128.MaxValue, max = Int128.MinValue;
    BigInteger sum;

    protected override void AddPresent(ColumnValues block, bool first)
    {
        var values = block.As<Int128>();
        Int128 part = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (block.IsMissing(i)) continue;
            var v = values[i];
            min = v < min ? v : min;
            max = v > max ? v : max;
            var next = part + v;
            if ((part < 0) == (v < 0) && (next < 0) != (v < 0))    // beyond 128 bits
            {
                sum += part;
                next = v;
            }
            part = next;
        }
        sum += part;
    }

    public override ColumnSummary Finish() => Summary(Scaled(min), Scaled(max), Scaled(sum));

    string Scaled(BigInteger unscaled)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(Column.Scale + 1, '0');
        string sign = unscaled.Sign < 0 ? "-" : "";
        return Column.Scale == 0 ? sign + digits : $"{sign}{digits[..^Column.Scale]}.{digits[^Column.Scale..]}";
    }
}

/// <summary>Texts, in ordinal order.</summary>
internal sealed class TextStatistics(TableColumn column) : ColumnStatistics(column)
{
    string? min, max;

    protected override void AddPresent(ColumnValues block, bool first)
    {
        string[] values = block.As<string>();
        for (int i = 0; i < values.Length; i++)
        {
            if (block.IsMissing(i)) continue;
            if (min is null || string.CompareOrdinal(values[i], min) < 0) min = values[i];
            if (max is null || string.CompareOrdinal(values[i], max) > 0) max = values[i];
        }
    }

    public override ColumnSummary Finish() => Summary(min, max, null);
}

/// <summary>Bytes: only the missing ones are counted.</summary>
internal sealed class BinaryStatistics(TableColumn column) : ColumnStatistics(column)
{
    protected override void AddPresent(ColumnValues block, bool first) { }

    public override ColumnSummary Finish() => Summary(null, null, null);
}
