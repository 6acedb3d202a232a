using System.Net;
using static System.FormattableString;

namespace NeuralCore.Models.Data;

/// <summary>A request that may succeed when it is made again.</summary>
/// <param name="message">What went wrong.</param>
/// <param name="wait">How long the server asks to wait; null if it does not say.</param>
/// <param name="inner">The cause.</param>
internal sealed class TransientException(string message, TimeSpan? wait = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? Wait { get; } = wait;
}

/// <summary>A request that the server will refuse again.</summary>
internal sealed class RefusedException(Uri url, HttpStatusCode status, string reason) : IOException($"{HttpFetch.Shown(url)}: {reason}")
{
    public HttpStatusCode Status { get; } = status;
}

/// <summary>
/// GET with a bounded number of attempts: waits between them double from half a second to half a minute, times a random 0.5 to 1.5, or
/// are what the server asks for. Follows redirects itself, because the first answer says what the file behind them must be.
/// </summary>
/// <param name="options">Attempts, patience and clock.</param>
/// <param name="say">Told before each wait.</param>
internal sealed class HttpFetch(DownloadOptions options, Action<string> say) : IDisposable
{
    const int MostRedirects = 10;

    static readonly TimeSpan RateLimitWait = TimeSpan.FromMinutes(1);

    readonly HttpClient client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = options.BaseAddress is not { IsLoopback: true },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { { "User-Agent", "NeuralCore" }, { "Accept-Encoding", "identity" } },
    };

    public void Dispose() => client.Dispose();

    /// <summary>The address as errors name it: that asked for, not that of a redirect, whose query is a signature.</summary>
    public static string Shown(Uri url)
        => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped);

    /// <summary>The address that a link of a server leads to.</summary>
    /// <param name="url">What was asked for: from https no link leads back to http.</param>
    /// <param name="at">What the link is relative to.</param>
    /// <param name="link">The link as the server wrote it; its query may be a signature, so that errors do not show it.</param>
    /// <exception cref="IOException">It is no address, or of another kind.</exception>
    public static Uri Linked(Uri url, Uri at, string link)
    {
        if (Uri.TryCreate(at, link, out Uri? next) && (next.Scheme == "https" || next.Scheme == url.Scheme)) return next;
        string shown = string.Concat(link.TakeWhile(c => c != '?').Take(100).Select(c => char.IsControl(c) ? ' ' : c));
        throw new IOException($"{Shown(url)}: expected a link to {(url.Scheme == "https" ? "https" : "http or https")}, got '{shown}'");
    }

    /// <summary>Makes a request until it succeeds.</summary>
    /// <param name="url">What to get.</param>
    /// <param name="prepare">Adds headers, anew for every attempt.</param>
    /// <param name="use">Takes what it needs from the answer (200, 206 or 416); a <see cref="TransientException"/> asks for it
    /// again.</param>
    /// <param name="cancellation">Stops at once.</param>
    /// <exception cref="RefusedException">The server refuses.</exception>
    /// <exception cref="IOException">All attempts failed, or the server asks for a wait beyond the longest.</exception>
    public async Task<T> Get<T>(Uri url, Action<HttpRequestMessage>? prepare, Func<HttpReply, Task<T>> use, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using HttpReply reply = await Send(url, prepare, cancellation);
                return await use(reply);
            }
            catch (TransientException e)
            {
                if (e.Wait > options.LongestWait)
                    throw new IOException(Invariant($"{Shown(url)}: {e.Message}, and asks to wait until ")
                        + Invariant($"{options.Time.GetUtcNow() + e.Wait:yyyy-MM-dd HH:mm} UTC: resume it then"), e);
                if (attempt >= options.Attempts)
                    throw new IOException(Invariant($"{Shown(url)}: {e.Message}; given up after {attempt} attempts: ")
                        + "check the connection, and resume it later", e);
                await Wait(e.Wait ?? Backoff(attempt), Invariant($"{e.Message} (attempt {attempt} of {options.Attempts})"), cancellation);
            }
        }
    }

    /// <summary>Waits and says so.</summary>
    public Task Wait(TimeSpan time, string why, CancellationToken cancellation)
    {
        say(Invariant($"{why}: waiting {time.TotalSeconds:0.#} s"));
        return Task.Delay(time, options.Time, cancellation);
    }

    static TimeSpan Backoff(int attempt) =>
        TimeSpan.FromSeconds(Math.Min(30, 0.5 * Math.Pow(2, attempt - 1)) * (0.5 + Random.Shared.NextDouble()));

    async Task<HttpReply> Send(Uri url, Action<HttpRequestMessage>? prepare, CancellationToken cancellation)
    {
        var reply = new HttpReply(options.StallTimeout, cancellation);
        try
        {
            Uri at = url;
            for (int hop = 0; hop <= MostRedirects; hop++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, at);
                prepare?.Invoke(request);
                await reply.Take(token => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token));
                bool redirects = reply.Message.StatusCode is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
                    or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
                if (!redirects || reply.Header("Location") is not { } location)
                {
                    await RequireSuccess(reply, url);
                    return reply;
                }
                at = Linked(url, at, location);
            }
            throw new IOException(Invariant($"{Shown(url)}: expected at most {MostRedirects} redirects, got more"));
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    async Task RequireSuccess(HttpReply reply, Uri url)
    {
        HttpResponseMessage answer = reply.Message;
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable) return;
        int code = (int)answer.StatusCode;
        string got = Invariant($"expected 200, got {code} {answer.ReasonPhrase}").TrimEnd();
        if (code is 429 or 418) throw new TransientException(got, reply.RetryAfter(options.Time) ?? RateLimitWait);
        if (code is 408 or 425 or >= 500) throw new TransientException(got, reply.RetryAfter(options.Time));
        throw new RefusedException(url, answer.StatusCode, $"{got}{await reply.Beginning()}");
    }
}
