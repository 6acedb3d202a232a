using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Models.Tests.Data;

/// <summary>A request as the server saw it. Header names are in lower case.</summary>
sealed record Asked(string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers);

/// <summary>How a connection ends after the body, or the part of it that is sent.</summary>
public enum Ending { Close, Reset, Stall }

/// <summary>What the server answers. Content-Length is that of the whole body, whatever is sent of it.</summary>
sealed record Answer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>Bytes of the body that are really sent.</summary>
    public int Sent { get; init; } = Body.Length;

    public Ending Ending { get; init; }

    public bool SaysLength { get; init; } = true;

    public static Answer Text(int status, string body, string type = "application/json", params (string, string)[] headers) =>
        new(status, Encoding.UTF8.GetBytes(body), [("Content-Type", type), .. headers]);
}

/// <summary>An HTTP server on this machine that also misbehaves: one request a connection, answered one after the other.</summary>
sealed class LocalServer : IDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource stop = new();
    readonly Func<Asked, int, Answer> answer;
    long sent;

    /// <param name="answer">Gets the request and its number, counted from 1.</param>
    public LocalServer(Func<Asked, int, Answer> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = Accept();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");

    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Bytes of bodies sent.</summary>
    public long Sent => Interlocked.Read(ref sent);

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
    }

    async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await listener.AcceptTcpClientAsync(stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    async Task Serve(TcpClient client)
    {
        using TcpClient connection = client;
        try
        {
            NetworkStream stream = connection.GetStream();
            if (await Read(stream) is not { } request) return;
            Answer reply;
            lock (listener)
            {
                Requests.Enqueue(request);
                reply = answer(request, Requests.Count);
            }
            var head = new StringBuilder("HTTP/1.1 ");
            head.Append(CultureInfo.InvariantCulture, $"{reply.Status} {(HttpStatusCode)reply.Status}\r\nConnection: close\r\n");
            if (reply.SaysLength) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
            foreach (var (name, value) in reply.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\n"), stop.Token);
            for (int at = 0; at < reply.Sent; at += 16384)
            {
                int n = Math.Min(16384, reply.Sent - at);
                await stream.WriteAsync(reply.Body.AsMemory(at, n), stop.Token);
                Interlocked.Add(ref sent, n);
            }
            if (reply.Ending == Ending.Stall) await Task.Delay(Timeout.Infinite, stop.Token);
            if (reply.Ending == Ending.Reset)
            {
                await Task.Delay(50, stop.Token);       // lets the client have what was sent
                connection.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The client has gone, or the test is over.
        }
    }

    async Task<Asked?> Read(NetworkStream stream)
    {
        var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        if (await reader.ReadLineAsync(stop.Token) is not { } line) return null;
        var headers = new Dictionary<string, string>();
        while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } header)
            headers[header[..header.IndexOf(':')].ToLowerInvariant()] = header[(header.IndexOf(':') + 1)..].Trim();
        string[] target = line.Split(' ')[1].Split('?', 2);
        var query = target.Length == 1 ? [] :
            target[1].Split('&').Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));
        return new Asked(Uri.UnescapeDataString(target[0]), query, headers);
    }
}

/// <summary>A clock on which every wait is over at once, and is remembered.</summary>
sealed class FakeTime(DateTimeOffset now) : TimeProvider
{
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public double[] Seconds => [.. Waits.Select(w => w.TotalSeconds)];

    public override DateTimeOffset GetUtcNow() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Enqueue(dueTime);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
