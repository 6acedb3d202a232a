using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>The beginning of a file that is being downloaded, and beside it the ETag of the file that it is the beginning of.</summary>
internal sealed class FilePart(string path)
{
    const long MostBytes = 4L << 30;

    readonly string tagPath = path + ".etag";
    long asked;

    public string Path => path;

    /// <summary>Asks only for what is missing, provided that the file is still the same (If-Range).</summary>
    public void AskForRest(HttpRequestMessage request)
    {
        asked = File.Exists(path) && File.Exists(tagPath) ? new FileInfo(path).Length : 0;
        if (asked > 0 && EntityTagHeaderValue.TryParse(File.ReadAllText(tagPath), out EntityTagHeaderValue? tag))
        {
            request.Headers.Range = new RangeHeaderValue(asked, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }
        else asked = 0;
    }

    /// <summary>
    /// Takes what an answer brings until the file is whole, and compares it with the size and digest that the server stated.
    /// </summary>
    /// <param name="reply">The answer.</param>
    /// <param name="step">Told how many bytes there are, and how many there will be where that is known.</param>
    /// <returns>The size in bytes.</returns>
    public async Task<long> Receive(HttpReply reply, Action<long, long?> step)
    {
        HttpContent content = reply.Message.Content;
        ContentRangeHeaderValue? range = content.Headers.ContentRange;
        if (reply.Message.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            if (asked > 0 && range?.Length == asked) return await Verify(reply, asked);
            throw Spoilt(Invariant($"expected bytes from {asked} on, got 416: the file there is another"));
        }
        if (content.Headers.ContentType?.MediaType is "text/html") throw new TransientException("expected a Parquet file, got text/html");
        if (content.Headers.ContentEncoding.Count > 0)
            throw new TransientException($"expected a file as it is, got it as {string.Join(", ", content.Headers.ContentEncoding)}");

        bool rest = reply.Message.StatusCode == HttpStatusCode.PartialContent;
        if (rest && (asked == 0 || range?.From != asked))
            throw Spoilt(Invariant($"expected bytes from {asked} on, got them from {range?.From}"));
        long done = rest ? asked : 0;
        long? total = rest ? range!.Length ?? done + content.Headers.ContentLength : content.Headers.ContentLength;
        if (total is { } t && reply.Size is { } size && t != size)
            throw Spoilt(Invariant($"expected {size} bytes, as the server said before, got {t}"));
        if (total > MostBytes) throw new InvalidDataException(Invariant($"expected at most {MostBytes} bytes, got {total}"));
        total ??= reply.Size;
        if (!rest) Begin(reply.Headers.ETag);
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            byte[] buffer = new byte[128 << 10];
            for (int read; (read = await reply.Read(buffer)) > 0;)
            {
                done += read;
                if (done > (total ?? MostBytes)) break;
                file.Write(buffer.AsSpan(0, read));
                step(done, total);
            }
        }
        if (done < total) throw new TransientException(Invariant($"expected {total} bytes, got {done}"));
        if (done > (total ?? MostBytes)) throw Spoilt(Invariant($"expected {total ?? MostBytes} bytes, got more"));
        return await Verify(reply, done);
    }

    /// <summary>Requires the mark of a Parquet file at its beginning.</summary>
    /// <exception cref="InvalidDataException">The file is of another kind.</exception>
    public void RequireParquet()
    {
        byte[] start = new byte[16];
        using FileStream file = File.OpenRead(path);
        int n = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (start.AsSpan(0, n).StartsWith("PAR1"u8)) return;
        string shown = string.Concat(start.Take(n).Select(b => b is > 31 and < 127 ? (char)b : '.'));
        throw new InvalidDataException($"expected a Parquet file, got one that begins with '{shown}'");
    }

    public void Delete()
    {
        if (Directory.Exists(System.IO.Path.GetDirectoryName(path)))
            foreach (string file in (string[])[path, tagPath]) File.Delete(file);
    }

    // Without a strong ETag nobody can tell whether the rest belongs to this beginning.
    void Begin(EntityTagHeaderValue? tag)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        Delete();
        if (tag is { IsWeak: false }) File.WriteAllText(tagPath, tag.ToString());
        File.Create(path).Dispose();
    }

    async Task<long> Verify(HttpReply reply, long bytes)
    {
        if (reply.Size is { } size && size != bytes) throw Spoilt(Invariant($"expected {size} bytes, got {bytes}"));
        if (reply.Sha256 is not { } expected) return bytes;
        using FileStream file = File.OpenRead(path);
        string got = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, reply.Cancellation));
        return got == expected ? bytes : throw Spoilt($"expected a file with SHA-256 {expected}, got {got}");
    }

    /// <summary>What is there is of no use: the next attempt begins anew.</summary>
    TransientException Spoilt(string message)
    {
        Delete();
        return new TransientException(message);
    }
}
