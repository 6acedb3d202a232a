using System.Buffers;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>
/// Writes the hybrid of run lengths and bit packing that levels and dictionary indices use (Encodings.md, RLE = 3): 8 or more equal values
/// as a run, what stands between runs bit-packed in groups of 8.
/// </summary>
internal static class RunLengthEncoder
{
    const int Group = 8;

    public static void Encode(ReadOnlySpan<int> values, int width, ArrayBufferWriter<byte> to)
    {
        int packed = 0;    // values before it are written
        for (int i = 0; i < values.Length;)
        {
            int run = 1;
            while (i + run < values.Length && values[i + run] == values[i]) run++;
            int fill = (Group - (i - packed) % Group) % Group;    // values of the run that the open group takes
            if (run - fill >= Group)
            {
                Pack(values[packed..(i + fill)], width, to);
                BitWriter.WriteVarint((ulong)(run - fill) << 1, to);
                var value = to.GetSpan(4);
                for (int b = 0; b < (width + 7) / 8; b++) value[b] = (byte)(values[i] >> (8 * b));
                to.Advance((width + 7) / 8);
                packed = i + run;
            }
            i += run;
        }
        Pack(values[packed..], width, to);
    }

    static void Pack(ReadOnlySpan<int> values, int width, ArrayBufferWriter<byte> to)
    {
        if (values.IsEmpty) return;
        BitWriter.WriteVarint((ulong)((values.Length + Group - 1) / Group) << 1 | 1, to);
        BitWriter.Pack(values, width, to);
    }
}
