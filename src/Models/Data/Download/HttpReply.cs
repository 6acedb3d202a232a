using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace NeuralCore.Models.Data;

/// <summary>
/// An answer, read with patience for pauses up to a limit. All that can go wrong on the way is a <see cref="TransientException"/>.
/// </summary>
internal sealed class HttpReply(TimeSpan stall, CancellationToken cancellation) : IDisposable
{
    const int MostText = 64 << 20;

    readonly CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    HttpResponseMessage? message;
    Stream? body;

    public HttpResponseMessage Message => message!;

    public HttpResponseHeaders Headers => Message.Headers;

    /// <summary>Stops what is done with the answer.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>SHA-256 in hex of the file that a redirect leads to, where the server says it (X-Linked-Etag).</summary>
    public string? Sha256 { get; private set; }

    /// <summary>Size of that file in bytes (X-Linked-Size).</summary>
    public long? Size { get; private set; }

    /// <summary>Sends a request and takes its answer instead of the one before.</summary>
    public async Task Take(Func<CancellationToken, Task<HttpResponseMessage>> send)
    {
        message?.Dispose();
        message = await Patiently(send);
        if (Header("X-Linked-Etag")?.Trim('"') is { Length: 64 } digest && digest.All(char.IsAsciiHexDigit))
            Sha256 = digest.ToLowerInvariant();
        if (long.TryParse(Header("X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long size)) Size = size;
    }

    /// <summary>The next bytes of the body; 0 at its end.</summary>
    public async Task<int> Read(Memory<byte> buffer)
    {
        body ??= await Message.Content.ReadAsStreamAsync(cancellation);
        return await Patiently(token => body.ReadAsync(buffer, token).AsTask());
    }

    /// <summary>The whole body, of at most 64 MiB.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAll(int most = MostText)
    {
        byte[] bytes = new byte[64 << 10];
        int n = 0;
        for (int read; (read = await Read(bytes.AsMemory(n))) > 0;)
        {
            n += read;
            if (n >= most) break;
            if (n == bytes.Length) Array.Resize(ref bytes, 2 * n);
        }
        return bytes.AsMemory(0, Math.Min(n, most));
    }

    /// <summary>The beginning of the body for an error, as <c>: text</c>; nothing where it is no plain text.</summary>
    public async Task<string> Beginning()
    {
        const int Most = 200;
        try
        {
            if (Message.Content.Headers.ContentType?.MediaType is not ("application/json" or "text/plain")) return "";
            string text = Encoding.UTF8.GetString((await ReadAll(Most)).Span);
            return text.Length == 0 ? "" : $": {string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim()}";
        }
        catch (TransientException)
        {
            return "";
        }
    }

    /// <summary>A header's value as the server wrote it; null where it is not there.</summary>
    public string? Header(string name) => Headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>How long the server asks to wait, as seconds or as a date.</summary>
    public TimeSpan? RetryAfter(TimeProvider time)
    {
        TimeSpan? wait = Headers.RetryAfter?.Delta ?? Headers.RetryAfter?.Date - (Headers.Date ?? time.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    public void Dispose()
    {
        message?.Dispose();
        timer.Dispose();
    }

    async Task<T> Patiently<T>(Func<CancellationToken, Task<T>> work)
    {
        timer.CancelAfter(stall);
        try
        {
            return await work(timer.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException(string.Create(CultureInfo.InvariantCulture,
                $"the server sent nothing for {stall.TotalSeconds:0.#} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new TransientException(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}", inner: e);
        }
    }
}
