using System.Globalization;
using System.Numerics;

namespace NeuralCore.Models.Data;

/// <summary>Counts, extremes and sum of one column, block by block.</summary>
internal abstract class ColumnStatistics(TableColumn column)
{
    protected TableColumn Column { get; } = column;

    protected long Nulls { get; set; }

    public abstract void Add(ColumnValues block);

    public abstract ColumnSummary Finish();

    public static ColumnStatistics For(TableColumn column) => column.Kind switch
    {
        ColumnKind.Boolean => new Statistics<long, BigInteger>(column, v => v, v => v == 0 ? "false" : "true", Exact),
        ColumnKind.Integer => new Statistics<long, BigInteger>(column, v => v, v => v.ToString(CultureInfo.InvariantCulture), Exact),
        ColumnKind.Time => new Statistics<long, BigInteger>(column, null, v => v.ToString(CultureInfo.InvariantCulture), Exact),
        ColumnKind.Decimal => new Statistics<Int128, BigInteger>(column, v => v, v => Scaled(v, column.Scale), v => Scaled(v, column.Scale)),
        ColumnKind.Real when column.Type == "float" => new Statistics<double, double>(column, v => v, v => Text((float)v), Text, NaNLast),
        ColumnKind.Real => new Statistics<double, double>(column, v => v, Text, Text, NaNLast),
        ColumnKind.Text => new Statistics<string, double>(column, null, v => v, Text, string.CompareOrdinal),
        _ => new Statistics<byte[], double>(column, null, null, Text),
    };

    static string Exact(BigInteger v) => v.ToString(CultureInfo.InvariantCulture);

    static string Text(double v) => v.ToString("R", CultureInfo.InvariantCulture);

    static string Text(float v) => v.ToString("R", CultureInfo.InvariantCulture);

    static int NaNLast(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.IsNaN(a).CompareTo(double.IsNaN(b)) : a.CompareTo(b);

    static string Scaled(BigInteger unscaled, int scale)
    {
        string digits = BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        string sign = unscaled.Sign < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}

/// <inheritdoc/>
/// <typeparam name="T">Type of the values.</typeparam>
/// <typeparam name="S">Type of the sum.</typeparam>
internal sealed class Statistics<T, S>(
    TableColumn column, Func<T, S>? term, Func<T, string>? text, Func<S, string> sumText, Comparison<T>? compare = null)
    : ColumnStatistics(column) where S : struct, IAdditionOperators<S, S, S>
{
    readonly Comparison<T> compare = compare ?? Comparer<T>.Default.Compare;
    T? min, max;
    S sum;
    bool any;

    public override void Add(ColumnValues block)
    {
        var values = block.As<T>();
        for (int i = 0; i < values.Length; i++)
        {
            if (block.IsMissing(i))
            {
                Nulls++;
                continue;
            }
            if (term is not null) sum += term(values[i]);
            if (text is null) continue;
            if (!any || compare(values[i], min!) < 0) min = values[i];
            if (!any || compare(values[i], max!) > 0) max = values[i];
            any = true;
        }
    }

    public override ColumnSummary Finish() =>
        new(Column.Name, Column.Type, Nulls, any ? text!(min!) : null, any ? text!(max!) : null, any && term is not null ? sumText(sum) : null);
}
