namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>How a Parquet file is laid out.</summary>
internal sealed record ParquetOptions
{
    /// <summary>SNAPPY, GZIP or UNCOMPRESSED.</summary>
    public Codec Codec { get; init; } = Codec.SNAPPY;

    /// <summary>Most rows of a row group, the unit that readers take into memory or give to a thread.</summary>
    public int GroupRows { get; init; } = 1 << 17;

    /// <summary>Most rows of a page.</summary>
    public int PageRows { get; init; } = 20_000;

    /// <summary>A page is closed once its values take this many bytes in PLAIN.</summary>
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Whether to write dictionaries where they pay.</summary>
    public bool Dictionaries { get; init; } = true;
}
