using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace NeuralCore.Models.Data;

/// <summary>The candles of several pairs, with what was found in their files.</summary>
/// <param name="Pairs">One entry a pair.</param>
/// <param name="Reports">The check of each pair's file, in the same order.</param>
public sealed record CandleSet(Candles[] Pairs, CandleReport[] Reports)
{
    /// <summary>
    /// SHA-256, as 64 lower-case hex digits, over the pairs in order: symbol, base, timeframe, number of candles, and the bytes of each
    /// column (little-endian), absent ones marked; the newest column, taker-buy quote volume, only where it is there. Equal data have equal
    /// hashes, whatever kind of file they came from.
    /// </summary>
    public static string Hash(IEnumerable<Candles> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var pair in pairs)
        {
            sha.AppendData(Encoding.UTF8.GetBytes($"{pair.Symbol}\n{pair.Base}\n"));
            Number(pair.Timeframe.Microseconds);
            Number(pair.Count);
            sha.AppendData(MemoryMarshal.AsBytes<long>(pair.OpenTime));
            foreach (double[]? column in (double[]?[])
                [pair.Open, pair.High, pair.Low, pair.Close, pair.Volume, pair.QuoteVolume, pair.Trades, pair.TakerBuyVolume])
            {
                Number(column is null ? 0 : 1);
                sha.AppendData(MemoryMarshal.AsBytes<double>(column));
            }
            if (pair.TakerBuyQuoteVolume is not { } takerQuote) continue;    // no mark where it is absent: older hashes stay as they were
            Number(2);
            sha.AppendData(MemoryMarshal.AsBytes<double>(takerQuote));
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());

        void Number(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            sha.AppendData(bytes);
        }
    }

    /// <summary>The hash of these pairs: see <see cref="Hash(IEnumerable{Candles})"/>.</summary>
    public string Hash() => Hash(Pairs);
}
