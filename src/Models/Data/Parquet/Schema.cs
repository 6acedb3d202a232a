using System.Globalization;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>What a column means beyond its physical type.</summary>
internal enum Meaning
{
    None, Text, Uuid, Float16, Decimal, Integer, Date, TimeMilliseconds, TimeMicroseconds, TimeNanoseconds, Milliseconds,
    Microseconds, Nanoseconds,
}

/// <summary>
/// One node of the schema tree, which the footer lists depth first (parquet.thrift: SchemaElement, LogicalType, ConvertedType).
/// </summary>
internal sealed record SchemaElement
{
    public string Name { get; init; } = "";
    public PhysicalType? Type { get; init; }
    public int FixedLength { get; init; }
    public Repetition Repetition { get; init; }
    public int Children { get; init; }
    public Meaning Meaning { get; init; }
    public int Bits { get; init; }
    public bool Unsigned { get; init; }
    public bool Utc { get; init; }
    public int Scale { get; init; }
    public int Precision { get; init; }

    public static SchemaElement Read(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var s = new SchemaElement();
        bool logical = false;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: s = s with { Type = (PhysicalType)r.Int32(type) }; break;
                case 2: s = s with { FixedLength = r.Int32(type) }; break;
                case 3: s = s with { Repetition = (Repetition)r.Int32(type) }; break;
                case 4: s = s with { Name = r.Text(type) }; break;
                case 5: s = s with { Children = r.Int32(type) }; break;
                case 6:
                    int converted = r.Int32(type);
                    if (!logical) s = s.Converted(converted);
                    break;
                case 7: s = s with { Scale = r.Int32(type) }; break;
                case 8: s = s with { Precision = r.Int32(type) }; break;
                case 10: s = s.Logical(ref r, type); logical = true; break;
                default: r.Skip(type); break;
            }
        return s;
    }

    // ConvertedType is the older annotation; a LogicalType beside it says the same and more. Its timestamps are UTC by definition.
    SchemaElement Converted(int code) => code switch
    {
        0 or 4 or 19 => this with { Meaning = Meaning.Text },
        5 => this with { Meaning = Meaning.Decimal },
        6 => this with { Meaning = Meaning.Date },
        7 => this with { Meaning = Meaning.TimeMilliseconds },
        8 => this with { Meaning = Meaning.TimeMicroseconds },
        9 => this with { Meaning = Meaning.Milliseconds, Utc = true },
        10 => this with { Meaning = Meaning.Microseconds, Utc = true },
        >= 11 and <= 14 => this with { Meaning = Meaning.Integer, Bits = 8 << (code - 11), Unsigned = true },
        >= 15 and <= 18 => this with { Meaning = Meaning.Integer, Bits = 8 << (code - 15) },
        _ => this,
    };

    SchemaElement Logical(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var s = this;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1 or 4 or 12: s = s with { Meaning = Meaning.Text }; r.Skip(type); break;
                case 5: s = s.DecimalType(ref r, type); break;
                case 6: s = s with { Meaning = Meaning.Date }; r.Skip(type); break;
                case 7: s = s.Instant(ref r, type, Meaning.TimeMilliseconds); break;
                case 8: s = s.Instant(ref r, type, Meaning.Milliseconds); break;
                case 10: s = s.IntegerType(ref r, type); break;
                case 14: s = s with { Meaning = Meaning.Uuid }; r.Skip(type); break;
                case 15: s = s with { Meaning = Meaning.Float16 }; r.Skip(type); break;
                default: r.Skip(type); break;
            }
        return s;
    }

    // TimeType and TimestampType agree: whether adjusted to UTC, then the unit, whose three meanings follow each other.
    SchemaElement Instant(ref ThriftReader r, ThriftType type, Meaning milliseconds)
    {
        ThriftReader.Struct(type);
        var s = this;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: s = s with { Utc = ThriftReader.Boolean(type) }; break;
                case 2:
                    ThriftReader.Struct(type);
                    int unit = 0;
                    while (r.Field(ref unit, out type))
                    {
                        s = s with { Meaning = unit is >= 1 and <= 3 ? milliseconds + (unit - 1) : Meaning.None };
                        r.Skip(type);
                    }
                    break;
                default: r.Skip(type); break;
            }
        return s;
    }

    SchemaElement DecimalType(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var s = this with { Meaning = Meaning.Decimal };
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: s = s with { Scale = r.Int32(type) }; break;
                case 2: s = s with { Precision = r.Int32(type) }; break;
                default: r.Skip(type); break;
            }
        return s;
    }

    SchemaElement IntegerType(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var s = this with { Meaning = Meaning.Integer };
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: s = s with { Bits = r.Int32(type) }; break;
                case 2: s = s with { Unsigned = !ThriftReader.Boolean(type) }; break;
                default: r.Skip(type); break;
            }
        return s;
    }

    /// <summary>The column as the rest of the library sees it.</summary>
    /// <exception cref="InvalidDataException">An unknown physical type, or a decimal or fixed length out of range.</exception>
    public TableColumn Column()
    {
        if (Type == PhysicalType.FIXED_LEN_BYTE_ARRAY && FixedLength < 1)
            throw new InvalidDataException($"column '{Name}': fixed-length values of {FixedLength} bytes");
        if (Meaning == Meaning.Decimal
            && Type is PhysicalType.INT32 or PhysicalType.INT64 or PhysicalType.BYTE_ARRAY or PhysicalType.FIXED_LEN_BYTE_ARRAY)
            return DecimalColumn();
        return Type switch
        {
            PhysicalType.BOOLEAN => new(Name, "bool", ColumnKind.Boolean),
            PhysicalType.INT32 when Meaning == Meaning.Date => new(Name, "date", ColumnKind.Time, HasZone: false),
            PhysicalType.INT64 when Unit is { } unit => new(Name, $"timestamp[{unit}{(Utc ? ", UTC" : "")}]",
                ColumnKind.Time, HasZone: Utc),
            PhysicalType.INT32 or PhysicalType.INT64 when TimeUnit is { } unit => new(Name, $"time[{unit}]", ColumnKind.TimeOfDay),
            PhysicalType.INT64 when Unsigned => new(Name, "uint64", ColumnKind.Decimal),
            PhysicalType.INT32 or PhysicalType.INT64 => new(Name, IntegerName, ColumnKind.Integer),
            PhysicalType.INT96 => new(Name, "timestamp[ns]", ColumnKind.Time, HasZone: false),
            PhysicalType.FLOAT => new(Name, "float", ColumnKind.Real),
            PhysicalType.DOUBLE => new(Name, "double", ColumnKind.Real),
            PhysicalType.BYTE_ARRAY when Meaning == Meaning.Text => new(Name, "string", ColumnKind.Text),
            PhysicalType.BYTE_ARRAY => new(Name, "binary", ColumnKind.Binary),
            PhysicalType.FIXED_LEN_BYTE_ARRAY when Meaning == Meaning.Uuid && FixedLength == 16 => new(Name, "uuid", ColumnKind.Text),
            PhysicalType.FIXED_LEN_BYTE_ARRAY when Meaning == Meaning.Float16 && FixedLength == 2 => new(Name, "float16", ColumnKind.Real),
            PhysicalType.FIXED_LEN_BYTE_ARRAY => new(Name, string.Create(CultureInfo.InvariantCulture, $"fixed[{FixedLength}]"),
                ColumnKind.Binary),
            _ => throw new InvalidDataException($"column '{Name}': unknown physical type {Type}"),
        };
    }

    string? Unit => Meaning switch { Meaning.Milliseconds => "ms", Meaning.Microseconds => "us", Meaning.Nanoseconds => "ns", _ => null };

    string? TimeUnit => Meaning switch
    {
        Meaning.TimeMilliseconds => "ms",
        Meaning.TimeMicroseconds => "us",
        Meaning.TimeNanoseconds => "ns",
        _ => null,
    };

    string IntegerName
    {
        get
        {
            int bits = Bits is 8 or 16 or 32 or 64 ? Bits : Type == PhysicalType.INT32 ? 32 : 64;
            return string.Create(CultureInfo.InvariantCulture, $"{(Unsigned ? "u" : "")}int{bits}");
        }
    }

    TableColumn DecimalColumn()
    {
        string type = string.Create(CultureInfo.InvariantCulture, $"decimal({Precision},{Scale})");
        if (Precision is < 1 or > 38 || Scale < 0 || Scale > Precision)
            throw new InvalidDataException($"column '{Name}': {type} is not supported (1 to 38 digits, scale within them)");
        return new(Name, type, ColumnKind.Decimal, Scale);
    }
}
