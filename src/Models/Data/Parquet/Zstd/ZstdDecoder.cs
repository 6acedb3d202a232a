namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>
/// Decompresses zstd (RFC 8878): one or more frames, without dictionaries. A frame is a row of blocks; a compressed block is literals and
/// sequences, each of which copies some literals and then repeats bytes from before.
/// </summary>
internal sealed class ZstdDecoder
{
    const uint Magic = 0xFD2FB528, SkippableMagic = 0x184D2A50;
    const int MostBlockBytes = 1 << 17;

    // Of the block before, as the next one may use them again; a frame begins without.
    HuffmanTable? huffman;
    FseTable? literalLengths, offsets, matchLengths;
    uint repeat1, repeat2, repeat3;
    int frameStart;
    byte[] literals = [];

    public static void Decompress(ReadOnlySpan<byte> data, PageBuffer page)
    {
        var decoder = new ZstdDecoder();
        while (!data.IsEmpty)
        {
            uint magic = (uint)Number(ref data, 4);
            if ((magic & 0xFFFF_FFF0) == SkippableMagic) Take(ref data, (long)Number(ref data, 4));
            else if (magic == Magic) decoder.Frame(ref data, page);
            else throw new InvalidDataException("zstd data does not begin with its mark");
        }
    }

    void Frame(scoped ref ReadOnlySpan<byte> data, PageBuffer page)
    {
        (huffman, literalLengths, offsets, matchLengths) = (null, null, null, null);
        (repeat1, repeat2, repeat3, frameStart) = (1, 4, 8, page.Count);
        int flags = (int)Number(ref data, 1), sizeFlag = flags >> 6;
        bool oneSegment = (flags & 32) != 0, hasChecksum = (flags & 4) != 0;
        if ((flags & 8) != 0) throw new InvalidDataException("a zstd frame has a reserved flag");
        if (!oneSegment) Number(ref data, 1);    // the window's size: the whole page is kept anyway
        if (Number(ref data, (1 << (flags & 3)) >> 1) != 0)
            throw new InvalidDataException("a zstd frame needs a dictionary, which is not supported");
        ulong? size = sizeFlag switch
        {
            0 when !oneSegment => null,
            1 => Number(ref data, 2) + 256,
            _ => Number(ref data, 1 << sizeFlag),
        };
        for (bool last = false; !last;)
        {
            uint head = (uint)Number(ref data, 3);
            last = (head & 1) != 0;
            Block(head >> 1 & 3, (int)(head >> 3), ref data, page);
        }
        var content = page.Bytes[frameStart..];
        if (size is not null && size != (ulong)content.Length)
            throw new InvalidDataException($"a zstd frame of {content.Length} bytes states {size}");
        if (hasChecksum && (uint)Number(ref data, 4) != (uint)XxHash64.Hash(content))
            throw new InvalidDataException("a zstd frame's checksum does not agree");
    }

    void Block(uint type, int size, scoped ref ReadOnlySpan<byte> data, PageBuffer page)
    {
        if (size > MostBlockBytes) throw new InvalidDataException($"a zstd block of {size} bytes (at most {MostBlockBytes})");
        switch (type)
        {
            case 0: page.Append(Take(ref data, size)); break;
            case 1: page.Fill((byte)Number(ref data, 1), size); break;
            case 2:
                var block = Take(ref data, size);
                var text = Literals(ref block);
                Sequences(block, text, page);
                break;
            default: throw new InvalidDataException("a zstd block of a reserved type");
        }
    }

    ReadOnlySpan<byte> Literals(scoped ref ReadOnlySpan<byte> block)
    {
        int head = block.IsEmpty ? 0 : block[0], type = head & 3, format = head >> 2 & 3;
        if (type < 2)
        {
            ulong sizes = Number(ref block, format == 1 ? 2 : format == 3 ? 3 : 1);
            int plain = (int)(sizes >> ((format & 1) == 0 ? 3 : 4));
            if (type == 0) return Take(ref block, plain);
            var same = Room(plain);
            same.Fill((byte)Number(ref block, 1));
            return same;
        }
        int bits = format < 2 ? 10 : format == 2 ? 14 : 18;
        ulong both = Number(ref block, (2 * bits + 4 + 7) / 8) >> 4;
        int count = (int)(both & ((1UL << bits) - 1)), compressed = (int)(both >> bits);
        var coded = Take(ref block, compressed);
        if (type == 2) huffman = HuffmanTable.Read(ref coded);
        if (huffman is null) throw new InvalidDataException("a zstd block uses a Huffman table that was not given");
        var decoded = Room(count);
        if (format == 0)
        {
            huffman.Decode(coded, decoded);
            return decoded;
        }
        int first = (int)Number(ref coded, 2), second = (int)Number(ref coded, 2), third = (int)Number(ref coded, 2),
            quarter = (count + 3) / 4;
        if (3 * quarter > count) throw new InvalidDataException($"{count} zstd literals in four streams");
        huffman.Decode(Take(ref coded, first), decoded[..quarter]);
        huffman.Decode(Take(ref coded, second), decoded.Slice(quarter, quarter));
        huffman.Decode(Take(ref coded, third), decoded.Slice(2 * quarter, quarter));
        huffman.Decode(coded, decoded[(3 * quarter)..]);
        return decoded;
    }

    Span<byte> Room(int count)
    {
        if (count > MostBlockBytes) throw new InvalidDataException($"{count} zstd literals in a block (at most {MostBlockBytes})");
        if (literals.Length < count) literals = new byte[Math.Min(MostBlockBytes, 2 * count)];
        return literals.AsSpan(0, count);
    }

    void Sequences(ReadOnlySpan<byte> data, ReadOnlySpan<byte> text, PageBuffer page)
    {
        int start = page.Count, count = (int)Number(ref data, 1);
        if (count == 255) count = (int)Number(ref data, 2) + 0x7F00;
        else if (count >= 128) count = (count - 128 << 8) + (int)Number(ref data, 1);
        if (count > 0)
        {
            int modes = (int)Number(ref data, 1);
            if ((modes & 3) != 0) throw new InvalidDataException("a zstd block has a reserved flag");
            literalLengths = SequenceCodes.LiteralLengths.Table(modes >> 6, literalLengths, ref data);
            offsets = SequenceCodes.Offsets.Table(modes >> 4 & 3, offsets, ref data);
            matchLengths = SequenceCodes.MatchLengths.Table(modes >> 2 & 3, matchLengths, ref data);
            text = Execute(data, count, text, page);
        }
        else if (!data.IsEmpty) throw new InvalidDataException("a zstd block is longer than its literals");
        page.Append(text);
        if (page.Count - start > MostBlockBytes) throw new InvalidDataException($"a zstd block gives more than {MostBlockBytes} bytes");
    }

    // Returns the literals that no sequence copies.
    ReadOnlySpan<byte> Execute(ReadOnlySpan<byte> data, int count, ReadOnlySpan<byte> text, PageBuffer page)
    {
        FseTable literalTable = literalLengths!, offsetTable = offsets!, matchTable = matchLengths!;
        var bits = new BackwardBits(data);
        int literalState = (int)bits.Read(literalTable.Log), offsetState = (int)bits.Read(offsetTable.Log);
        int matchState = (int)bits.Read(matchTable.Log);
        for (int i = 0; i < count; i++)
        {
            FseState l = literalTable[literalState], o = offsetTable[offsetState], m = matchTable[matchState];
            uint offset = SequenceCodes.Offsets.Value(o.Symbol, ref bits);
            uint match = SequenceCodes.MatchLengths.Value(m.Symbol, ref bits);
            uint literal = SequenceCodes.LiteralLengths.Value(l.Symbol, ref bits);
            if (literal > text.Length || bits.Left < 0) throw new InvalidDataException("a zstd sequence goes beyond its literals or bits");
            page.Append(text, (int)literal);
            text = text[(int)literal..];
            uint distance = Distance(offset, literal == 0);
            if (distance > page.Count - frameStart)
                throw new InvalidDataException($"a zstd sequence refers {distance} bytes back at {page.Count - frameStart}");
            page.Repeat(distance, (int)match);
            if (i == count - 1) break;
            literalState = l.Base + (int)bits.Read(l.Bits);
            matchState = m.Base + (int)bits.Read(m.Bits);
            offsetState = o.Base + (int)bits.Read(o.Bits);
        }
        return bits.Left == 0 ? text : throw new InvalidDataException("zstd sequences do not end where their bits do");
    }

    // Values 1 to 3 name the last three distances, a place later where the sequence has no literals; the fourth place is the last one less
    // 1.
    uint Distance(uint value, bool noLiterals)
    {
        uint place = value > 3 ? 4 : value + (noLiterals ? 1u : 0);
        if (place == 1) return repeat1;
        uint distance = value > 3 ? value - 3 : place == 2 ? repeat2 : place == 3 ? repeat3 : repeat1 - 1;
        if (place != 2) repeat3 = repeat2;
        (repeat2, repeat1) = (repeat1, distance);
        return distance;
    }

    static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> data, long count)
    {
        if (count < 0 || count > data.Length) throw new InvalidDataException("zstd data ends too early");
        var taken = data[..(int)count];
        data = data[(int)count..];
        return taken;
    }

    // Little-endian.
    static ulong Number(scoped ref ReadOnlySpan<byte> data, int bytes)
    {
        ulong value = 0;
        var taken = Take(ref data, bytes);
        for (int i = 0; i < taken.Length; i++) value |= (ulong)taken[i] << (8 * i);
        return value;
    }
}
