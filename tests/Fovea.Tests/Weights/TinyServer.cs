using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fovea.Tests.Weights;

/// <summary>What a client asked for.</summary>
/// <param name="Path">The path.</param>
/// <param name="From">The first byte that it wants, or null for all.</param>
internal sealed record TinyRequest(string Path, long? From);

/// <summary>What the server answers, faults included.</summary>
internal sealed record TinyAnswer(byte[] Body)
{
    public int Status { get; init; } = 200;

    /// <summary>Further lines of the head, such as "Location: /elsewhere".</summary>
    public string[] Head { get; init; } = [];

    /// <summary>What Content-Length says; null for the body's length, -1 to leave it out.</summary>
    public long? Length { get; init; }

    /// <summary>After the body the server says nothing more, until it is disposed, instead of closing the connection.</summary>
    public bool Hangs { get; init; }

    /// <summary>Awaited before the answer.</summary>
    public Task Before { get; init; } = Task.CompletedTask;

    /// <summary>A file, or the part of it that is asked for.</summary>
    public static TinyAnswer File(byte[] file, TinyRequest request)
    {
        if (request.From is not { } from) return new TinyAnswer(file);
        if (from >= file.Length) return new TinyAnswer([]) { Status = 416, Head = [$"Content-Range: bytes */{file.Length}"] };
        return new TinyAnswer(file[(int)from..]) { Status = 206, Head = [$"Content-Range: bytes {from}-{file.Length - 1}/{file.Length}"] };
    }
}

/// <summary>A web server in this process, one connection a request.</summary>
internal sealed class TinyServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<TinyRequest, TinyAnswer> _answer;

    public TinyServer(Func<TinyRequest, TinyAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/models/");

    public ConcurrentQueue<TinyRequest> Requests { get; } = new();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                TinyRequest request = await ReadAsync(stream);
                Requests.Enqueue(request);
                TinyAnswer answer = _answer(request);
                await answer.Before.WaitAsync(_end.Token);
                long length = answer.Length ?? answer.Body.Length;
                string[] head = [$"HTTP/1.1 {answer.Status} Whatever", "Connection: close", .. answer.Head,
                    .. length >= 0 ? (string[])[$"Content-Length: {length}"] : []];
                await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", head) + "\r\n\r\n"), _end.Token);
                await stream.WriteAsync(answer.Body, _end.Token);
                if (answer.Hangs) await Task.Delay(Timeout.Infinite, _end.Token);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
            }
        }
    }

    private static async Task<TinyRequest> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string path = (await reader.ReadLineAsync())!.Split(' ')[1];
        long? from = null;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                from = long.Parse(line["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        return new TinyRequest(path, from);
    }
}
