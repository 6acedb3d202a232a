namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>
/// One of the three kinds of code in zstd's sequences (RFC 8878, 3.1.1.3.2): what the codes stand for and how they are coded.
/// </summary>
/// <param name="mostLog">The largest table allowed, as a power of two.</param>
/// <param name="baseline">The smallest value of each code.</param>
/// <param name="extraBits">How many bits follow each code, to be added.</param>
/// <param name="predefined">The table of blocks that bring none.</param>
internal sealed class SequenceCodes(int mostLog, uint[] baseline, byte[] extraBits, FseTable predefined)
{
    static readonly byte[] LiteralBits = [.. new byte[16], 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    static readonly byte[] MatchBits = [.. new byte[32], 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    static readonly byte[] OffsetBits = [.. Enumerable.Range(0, 32).Select(code => (byte)code)];

    public static SequenceCodes LiteralLengths { get; } = new(9, Baseline(LiteralBits, 0), LiteralBits, FseTable.Of(
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6));

    public static SequenceCodes Offsets { get; } = new(8, Baseline(OffsetBits, 1), OffsetBits, FseTable.Of(
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5));

    public static SequenceCodes MatchLengths { get; } = new(9, Baseline(MatchBits, 3), MatchBits, FseTable.Of(
        [1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6));

    // Each code's values begin where those of the code before end.
    static uint[] Baseline(byte[] bits, uint first)
    {
        uint[] baseline = new uint[bits.Length];
        for (int code = 0; code < bits.Length; code++)
        {
            baseline[code] = first;
            first += 1u << bits[code];
        }
        return baseline;
    }

    /// <summary>A block's table, after its mode; <paramref name="before"/> is the table of the block before, if any.</summary>
    public FseTable Table(int mode, FseTable? before, scoped ref ReadOnlySpan<byte> data)
    {
        switch (mode)
        {
            case 0: return predefined;
            case 1:
                if (data.IsEmpty || data[0] >= baseline.Length) throw new InvalidDataException("a zstd block repeats an unknown code");
                var single = FseTable.Single(data[0]);
                data = data[1..];
                return single;
            case 2: return FseTable.Read(ref data, mostLog, baseline.Length);
            default: return before ?? throw new InvalidDataException("a zstd block uses a table that was not given");
        }
    }

    /// <summary>What a code stands for, with the bits that follow it.</summary>
    public uint Value(byte code, ref BackwardBits bits) => baseline[code] + (uint)bits.Read(extraBits[code]);
}
