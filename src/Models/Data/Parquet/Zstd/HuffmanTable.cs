using System.Numerics;

namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>
/// The decoding table of Huffman-coded literals (RFC 8878, 4.2): symbol and code length for every value of the next bits.
/// </summary>
internal sealed class HuffmanTable
{
    const int MostBits = 11;

    readonly int log;
    readonly (byte Symbol, byte Bits)[] codes;

    // A symbol of weight w > 0 has a code of log + 1 - w bits; codes are given out in ascending order of weight, then symbol.
    HuffmanTable(ReadOnlySpan<byte> weights, int log)
    {
        this.log = log;
        codes = new (byte, byte)[1 << log];
        int at = 0;
        for (int weight = 1; weight <= log; weight++)
            for (int s = 0; s < weights.Length; s++)
            {
                if (weights[s] != weight) continue;
                codes.AsSpan(at, 1 << (weight - 1)).Fill(((byte)s, (byte)(log + 1 - weight)));
                at += 1 << (weight - 1);
            }
    }

    /// <summary>Takes a table's description off the front of <paramref name="data"/>.</summary>
    public static HuffmanTable Read(scoped ref ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) throw new InvalidDataException("zstd data ends before a Huffman table");
        Span<byte> weights = stackalloc byte[256];
        int head = data[0], count = head < 128 ? 0 : head - 127, bytes = head < 128 ? head : (count + 1) / 2;
        if (bytes > data.Length - 1) throw new InvalidDataException("a zstd Huffman table is cut short");
        var description = data.Slice(1, bytes);
        data = data[(1 + bytes)..];
        if (head < 128) count = Weights(description, weights);
        else
            for (int i = 0; i < count; i++) weights[i] = (byte)(i % 2 == 0 ? description[i / 2] >> 4 : description[i / 2] & 15);
        // The last weight is not written: it makes the sum of 2^(weight - 1) the next power of two.
        int sum = 0;
        foreach (byte weight in weights[..count]) sum += weight > MostBits ? 1 << MostBits : (1 << weight) >> 1;
        int log = sum == 0 ? 0 : BitOperations.Log2((uint)sum) + 1, last = (1 << log) - sum;
        if (log is 0 or > MostBits || !BitOperations.IsPow2(last))
            throw new InvalidDataException("a zstd Huffman table's weights do not add up");
        weights[count++] = (byte)(BitOperations.Log2((uint)last) + 1);
        return new HuffmanTable(weights[..count], log);
    }

    // Weights in finite state entropy coding: two states take turns until the bits are used up, then the other one has the last.
    static int Weights(ReadOnlySpan<byte> data, Span<byte> weights)
    {
        const int Most = 255;
        var table = FseTable.Read(ref data, mostLog: 6, mostSymbols: 256);
        var bits = new BackwardBits(data);
        int state = (int)bits.Read(table.Log), other = (int)bits.Read(table.Log), count = 0;
        while (count < Most - 1)
        {
            var now = table[state];
            weights[count++] = now.Symbol;
            state = now.Base + (int)bits.Read(now.Bits);
            if (bits.Left < 0)
            {
                weights[count++] = table[other].Symbol;
                return count;
            }
            (state, other) = (other, state);
        }
        throw new InvalidDataException("a zstd Huffman table has more than 255 weights");
    }

    /// <summary>Decodes a stream that holds exactly as many symbols as <paramref name="symbols"/> has room for.</summary>
    public void Decode(ReadOnlySpan<byte> stream, Span<byte> symbols)
    {
        var bits = new BackwardBits(stream);
        var table = codes;
        for (int i = 0; i < symbols.Length; i++)
        {
            var (symbol, length) = table[(int)bits.Peek(log)];
            symbols[i] = symbol;
            bits.Skip(length);
        }
        if (bits.Left != 0) throw new InvalidDataException("zstd literals do not end where their bits do");
    }
}
