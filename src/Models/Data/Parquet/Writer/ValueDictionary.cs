using System.Runtime.InteropServices;

namespace NeuralCore.Models.Data.Parquet.Writer;

/// <summary>A chunk's distinct values, in the order in which they first occur, and where each of its values stands among them.</summary>
internal sealed class ValueDictionary<T> where T : notnull
{
    const int FreeValues = 1024, MostBytes = 1 << 20;

    ValueDictionary(T[] values, int[] index) => (Values, Index) = (values, index);

    public T[] Values { get; }

    public int[] Index { get; }

    /// <summary>Bits of an index; some readers do not take 0.</summary>
    public int Width => Math.Max(1, BitWriter.Width((ulong)(Values.Length - 1)));

    /// <summary>
    /// The dictionary, or null where it does not pay: where with its indices it is longer than half of the values as they are. Given up
    /// early where more than every second value is new, so that continuous values cost little.
    /// </summary>
    public static ValueDictionary<T>? Of(ReadOnlySpan<T> values, ValueFormat<T> format)
    {
        if (format.Equality is not { } equality || values.IsEmpty) return null;
        var places = new Dictionary<T, int>(equality);
        var distinct = new List<T>();
        int[] index = new int[values.Length];
        long plain = 0, bytes = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int length = format.PlainBytes(values[i]);
            plain += length;
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, values[i], out bool known);
            if (!known)
            {
                place = distinct.Count;
                distinct.Add(values[i]);
                bytes += length;
                if (distinct.Count > FreeValues + i / 2 || bytes > MostBytes) return null;
            }
            index[i] = place;
        }
        var dictionary = new ValueDictionary<T>([.. distinct], index);
        return bytes + (long)values.Length * dictionary.Width / 8 <= plain / 2 ? dictionary : null;
    }
}
