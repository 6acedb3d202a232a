using System.Buffers.Binary;
using System.Numerics;

namespace NeuralCore.Models.Data.Parquet.Zstd;

/// <summary>XXH64 with seed 0 (xxHash, doc/xxhash_spec.md), of which a zstd frame's checksum is the low half.</summary>
internal static class XxHash64
{
    const ulong P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            ulong hash = P5, length = (ulong)data.Length;
            if (data.Length >= 32)
            {
                ulong a = P1 + P2, b = P2, c = 0, d = 0 - P1;
                for (; data.Length >= 32; data = data[32..])
                {
                    a = Round(a, Lane(data));
                    b = Round(b, Lane(data[8..]));
                    c = Round(c, Lane(data[16..]));
                    d = Round(d, Lane(data[24..]));
                }
                hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                    + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
                foreach (ulong lane in (ReadOnlySpan<ulong>)[a, b, c, d]) hash = (hash ^ Round(0, lane)) * P1 + P4;
            }
            hash += length;
            for (; data.Length >= 8; data = data[8..]) hash = BitOperations.RotateLeft(hash ^ Round(0, Lane(data)), 27) * P1 + P4;
            if (data.Length >= 4)
            {
                hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt32LittleEndian(data) * P1, 23) * P2 + P3;
                data = data[4..];
            }
            foreach (byte last in data) hash = BitOperations.RotateLeft(hash ^ last * P5, 11) * P1;
            hash = (hash ^ hash >> 33) * P2;
            hash = (hash ^ hash >> 29) * P3;
            return hash ^ hash >> 32;
        }
    }

    static ulong Lane(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt64LittleEndian(data);

    static ulong Round(ulong sum, ulong lane) => unchecked(BitOperations.RotateLeft(sum + lane * P2, 31) * P1);
}
