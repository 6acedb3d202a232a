using System.Runtime.CompilerServices;

namespace NeuralCore.Models.Data.Parquet;

/// <summary>
/// What comes out of a decompressor: one page after another in the same memory, which grows with what really comes and never beyond what
/// the page's header states.
/// </summary>
internal sealed class PageBuffer
{
    // Most copies are short: they go as one vector, of which the part that is too much is overwritten later.
    const int Short = 16;

    byte[] bytes = new byte[1 << 16];
    int length, stated;

    /// <summary>Begins a page of at most <paramref name="size"/> bytes.</summary>
    public void Begin(int size) => (length, stated) = (0, size);

    public int Count => length;

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    /// <summary>Room for at least one more byte, followed by <see cref="Advance"/>.</summary>
    public Span<byte> Free()
    {
        Grow(length + 1);
        return bytes.AsSpan(length);
    }

    public void Advance(int count) => Room(count);

    public void Append(ReadOnlySpan<byte> more)
    {
        int at = Room(more.Length);    // before the array is looked at: it may be another one then
        more.CopyTo(bytes.AsSpan(at));
    }

    /// <summary>Appends the first <paramref name="count"/> bytes of <paramref name="source"/>, which a reader has before it.</summary>
    public void Append(ReadOnlySpan<byte> source, int count)
    {
        int at = Room(count);
        if (count <= Short && source.Length >= Short && at + Short <= bytes.Length) source[..Short].CopyTo(bytes.AsSpan(at, Short));
        else source[..count].CopyTo(bytes.AsSpan(at));
    }

    public void Fill(byte value, int count)
    {
        int at = Room(count);
        bytes.AsSpan(at, count).Fill(value);
    }

    /// <summary>Appends <paramref name="count"/> bytes equal to those <paramref name="distance"/> bytes before each.</summary>
    public void Repeat(long distance, int count)
    {
        if (distance < 1 || distance > length) throw new InvalidDataException($"compressed data refers {distance} bytes back at {length}");
        int at = Room(count), period = (int)distance;
        if (count <= Short && period >= Short && at + Short <= bytes.Length)
        {
            bytes.AsSpan(at - period, Short).CopyTo(bytes.AsSpan(at, Short));
            return;
        }
        while (count > 0)
        {
            int n = Math.Min(count, period);
            bytes.AsSpan(at - period, n).CopyTo(bytes.AsSpan(at));
            at += n;
            count -= n;
            period += n;    // what has been repeated can be repeated
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Room(int count)
    {
        if (count > Math.Min(stated, bytes.Length) - length) Make(count);
        length += count;
        return length - count;
    }

    void Make(int count)
    {
        if (count > stated - length) throw new InvalidDataException($"compressed data holds more than the {stated} bytes stated");
        Grow(length + count);
    }

    void Grow(int needed)
    {
        if (needed > bytes.Length) Array.Resize(ref bytes, (int)Math.Max(needed, Math.Min(2L * bytes.Length, stated)));
    }
}

/// <summary>A <see cref="PageBuffer"/> as a stream that <see cref="System.IO.Compression"/> can write to.</summary>
internal sealed class PageStream(PageBuffer page) : Stream
{
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => page.Count;
    public override long Position { get => page.Count; set => throw new NotSupportedException(); }
    public override void Write(ReadOnlySpan<byte> buffer) => page.Append(buffer);
    public override void Write(byte[] buffer, int offset, int count) => page.Append(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
