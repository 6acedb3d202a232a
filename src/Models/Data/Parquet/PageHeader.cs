namespace NeuralCore.Models.Data.Parquet;

/// <summary>Page types, numbered as in parquet.thrift.</summary>
internal enum PageType { DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 }

/// <summary>The header before each page (parquet.thrift: PageHeader and the headers within it).</summary>
internal sealed record PageHeader
{
    public PageType Type { get; init; }
    public int Size { get; init; } = -1;
    public int CompressedSize { get; init; } = -1;
    public int Values { get; init; } = -1;
    public Encoding Encoding { get; init; }
    public Encoding LevelEncoding { get; init; } = Encoding.RLE;
    public int LevelBytes { get; init; }
    public int RepetitionBytes { get; init; }
    public bool Compressed { get; init; } = true;

    public static PageHeader Read(ref ThriftReader r)
    {
        var h = new PageHeader();
        int id = 0;
        while (r.Field(ref id, out var type))
            switch (id)
            {
                case 1: h = h with { Type = (PageType)r.Int32(type) }; break;
                case 2: h = h with { Size = r.Int32(type) }; break;
                case 3: h = h with { CompressedSize = r.Int32(type) }; break;
                case 5 or 7: h = h.Version1(ref r, type); break;
                case 8: h = h.Version2(ref r, type); break;
                default: r.Skip(type); break;
            }
        if (h.Size < 0 || h.CompressedSize < 0) throw new InvalidDataException($"page of {h.CompressedSize} bytes, {h.Size} uncompressed");
        return h;
    }

    // DataPageHeader and DictionaryPageHeader agree in the fields 1 and 2.
    PageHeader Version1(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        bool data = Type == PageType.DATA_PAGE;
        var h = this;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: h = h with { Values = r.Int32(type) }; break;
                case 2: h = h with { Encoding = (Encoding)r.Int32(type) }; break;
                case 3 when data: h = h with { LevelEncoding = (Encoding)r.Int32(type) }; break;
                default: r.Skip(type); break;
            }
        return h;
    }

    PageHeader Version2(ref ThriftReader r, ThriftType type)
    {
        ThriftReader.Struct(type);
        var h = this;
        int id = 0;
        while (r.Field(ref id, out type))
            switch (id)
            {
                case 1: h = h with { Values = r.Int32(type) }; break;
                case 4: h = h with { Encoding = (Encoding)r.Int32(type) }; break;
                case 5: h = h with { LevelBytes = r.Int32(type) }; break;
                case 6: h = h with { RepetitionBytes = r.Int32(type) }; break;
                case 7: h = h with { Compressed = ThriftReader.Boolean(type) }; break;
                default: r.Skip(type); break;
            }
        return h;
    }
}
