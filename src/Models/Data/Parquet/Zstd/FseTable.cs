using System.Numerics;

namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>
/// A state of finite state entropy coding: its symbol, and the next state, <see cref="Base"/> plus that many <see cref="Bits"/>.
/// </summary>
internal readonly record struct FseState(byte Symbol, byte Bits, ushort Base);

/// <summary>The decoding table of finite state entropy coding (RFC 8878, 4.1.1).</summary>
internal sealed class FseTable
{
    readonly FseState[] states;

    FseTable(int log, FseState[] states) => (Log, this.states) = (log, states);

    /// <summary>The number of states is two to this power.</summary>
    public int Log { get; }

    public FseState this[int state] => states[state];

    /// <summary>The table of one symbol that takes no bits.</summary>
    public static FseTable Single(byte symbol) => new(0, [new FseState(symbol, 0, 0)]);

    /// <summary>The table of normalised probabilities: of 2^<paramref name="log"/> states, -1 standing for less than one.</summary>
    public static FseTable Of(ReadOnlySpan<short> probabilities, int log)
    {
        int size = 1 << log, high = size;
        byte[] symbols = new byte[size];
        int[] next = new int[probabilities.Length];
        for (int s = 0; s < next.Length; s++)
        {
            next[s] = Math.Abs((int)probabilities[s]);
            if (probabilities[s] == -1) symbols[--high] = (byte)s;
        }
        int step = (size >> 1) + (size >> 3) + 3, at = 0;
        for (int s = 0; s < next.Length; s++)
            for (int i = 0; i < probabilities[s]; i++)
            {
                symbols[at] = (byte)s;
                do at = (at + step) & (size - 1);
                while (at >= high);
            }
        var states = new FseState[size];
        for (int i = 0; i < size; i++)
        {
            int n = next[symbols[i]]++, bits = log - BitOperations.Log2((uint)n);
            states[i] = new FseState(symbols[i], (byte)bits, (ushort)((n << bits) - size));
        }
        return new FseTable(log, states);
    }

    /// <summary>Takes a table's description off the front of <paramref name="data"/>.</summary>
    /// <param name="data">What is read.</param>
    /// <param name="mostLog">The largest <see cref="Log"/> allowed.</param>
    /// <param name="mostSymbols">The largest number of symbols allowed.</param>
    public static FseTable Read(scoped ref ReadOnlySpan<byte> data, int mostLog, int mostSymbols)
    {
        var probabilities = new List<short>();
        int bit = 0, log = (int)Bits(data, ref bit, 4) + 5;
        if (log > mostLog) throw new InvalidDataException($"a zstd table of 2^{log} states (at most 2^{mostLog})");
        for (int left = 1 << log; left > 0;)
        {
            // A value from 0 to left + 1 takes as many bits as that needs; the smallest ones take a bit less.
            int bits = BitOperations.Log2((uint)left + 1) + 1, half = (1 << (bits - 1)) - 1, shorter = (1 << bits) - 1 - (left + 1);
            int value = (int)Bits(data, ref bit, bits);
            if ((value & half) < shorter)
            {
                value &= half;
                bit--;
            }
            else if (value > half) value -= shorter;
            probabilities.Add((short)(value - 1));
            left -= Math.Abs(value - 1);
            for (int zeros = value == 1 ? 3 : 0; zeros == 3;)
            {
                zeros = (int)Bits(data, ref bit, 2);
                for (int i = 0; i < zeros; i++) probabilities.Add(0);
            }
            if (left < 0 || probabilities.Count > mostSymbols) throw new InvalidDataException("a zstd table's probabilities do not add up");
        }
        int bytes = (bit + 7) / 8;
        if (bytes > data.Length) throw new InvalidDataException("a zstd table is cut short");
        data = data[bytes..];
        return Of([.. probabilities], log);
    }

    // Bits from the lowest up; zeros beyond the end, which the caller finds.
    static uint Bits(ReadOnlySpan<byte> data, ref int bit, int count)
    {
        uint value = 0;
        for (int i = 0; i < 4; i++)
        {
            int at = (bit >> 3) + i;
            value |= at < data.Length ? (uint)data[at] << (8 * i) : 0;
        }
        value = value >> (bit & 7) & ((1u << count) - 1);
        bit += count;
        return value;
    }
}
