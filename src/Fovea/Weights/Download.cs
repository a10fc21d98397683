using System.Net;
using System.Net.Http.Headers;

namespace Fovea.Weights;

/// <summary>Brings one file of the web onto the disk. What has arrived stays there when it breaks off, and the next try goes on from it
/// (RFC 9110, section 14: range requests).</summary>
/// <param name="client">Does not follow redirections: that is done here, to web addresses only and never from https to http.</param>
/// <param name="address">Where the file is.</param>
/// <param name="part">Where it is collected.</param>
/// <param name="limit">The most bytes that it may have.</param>
/// <param name="options">Timeouts and tries.</param>
/// <param name="tell">Receives progress.</param>
internal sealed class Download(
    HttpClient client, Uri address, string part, long limit, DownloadOptions options, Action<DownloadProgress> tell)
{
    private const int BlockBytes = 1 << 16, MostRedirections = 5;

    private long _start;

    /// <summary>Downloads what is missing of the file.</summary>
    /// <exception cref="WeightDownloadException">It cannot be had, or cannot be written.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        TimeSpan pause = options.Pause;
        for (int attempt = 1; ; attempt++, pause *= 2)
        {
            try
            {
                await TransferAsync(cancellation).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is TransientException or HttpRequestException
                or (IOException and not WeightDownloadException))
            {
                // Where not even a first connection comes about there is no network, or no such server: waiting would not help.
                bool unreachable = attempt == 1 && error is HttpRequestException
                {
                    HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError,
                };
                if (attempt == options.Attempts || unreachable)
                    throw new WeightDownloadException($"{address} could not be downloaded: {Reason(error)}" + Kept(), error);
                tell(new DownloadProgress(Length(), 0, _start, $"{Reason(error)} Trying again."));
            }
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    private async Task TransferAsync(CancellationToken cancellation)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            long begin = Length();
            using HttpResponseMessage response = await AskAsync(begin, timer).ConfigureAwait(false);
            if (IsWhole(response, begin)) return;
            Expect(response);
            begin = response.StatusCode == HttpStatusCode.PartialContent ? begin : 0;   // a server without ranges sends all of it
            ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
            if (begin > 0 && range?.From != begin)
                throw new TransientException($"the server sent bytes from {range?.From} on where those from {begin} on were asked for.",
                    Drop);
            long total = response.Content.Headers.ContentLength is { } rest ? begin + rest : range?.Length ?? 0;
            if (total > limit) throw TooLong($"has {total:N0} bytes");
            ExpectSpace(total - begin);
            _start = begin;
            using Stream body = await response.Content.ReadAsStreamAsync(timer.Token).ConfigureAwait(false);
            await CopyAsync(body, begin, total, timer).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransientException($"the server sent nothing for {options.StallTimeout.TotalSeconds:0.#} seconds.");
        }
    }

    private async Task<HttpResponseMessage> AskAsync(long begin, CancellationTokenSource timer)
    {
        Uri place = address;
        for (int redirections = 0; ; redirections++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            if (begin > 0) request.Headers.Range = new RangeHeaderValue(begin, null);
            timer.CancelAfter(options.ConnectTimeout + options.StallTimeout);
            HttpResponseMessage response =
                await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            var next = new Uri(place, location);
            bool lessSafe = place.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps;
            if (redirections == MostRedirections || !DownloadOptions.IsWeb(next) || lessSafe)
                throw new WeightDownloadException($"{address} could not be downloaded: the server leads to '{next}', which is not " +
                    $"followed: at most {MostRedirections} redirections are, to web addresses, and not from https to http.");
            place = next;
        }
    }

    private async Task CopyAsync(Stream body, long done, long total, CancellationTokenSource timer)
    {
        using FileStream file = Open(done);
        byte[] block = new byte[BlockBytes];
        while (true)
        {
            tell(new DownloadProgress(done, total, _start));
            timer.CancelAfter(options.StallTimeout);
            int count = await body.ReadAsync(block, timer.Token).ConfigureAwait(false);
            if (count == 0) break;
            done += count;
            if (done > limit) throw TooLong($"has more than {limit:N0} bytes");
            Write(() => file.Write(block, 0, count));
        }
        Write(() => file.Flush(flushToDisk: true));
        if (done < total) throw new TransientException($"the connection ended after {done:N0} of {total:N0} bytes.");
    }

    private FileStream Open(long position)
    {
        FileStream? file = null;
        Write(() =>
        {
            file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
            file.SetLength(position);
            file.Position = position;
        });
        return file!;
    }

    // What fails here is the disk, not the network: another try would not help.
    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightDownloadException($"{part} cannot be written: {error.Message}.{Kept()}", error);
        }
    }

    // Asked for bytes after the last one, a server says how many there are.
    private bool IsWhole(HttpResponseMessage response, long begin)
    {
        if (begin == 0 || response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable) return false;
        if (response.Content.Headers.ContentRange?.Length == begin) return true;
        throw new TransientException("the server has not as many bytes as are here already.", Drop);
    }

    private void Expect(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent) return;
        string answer = $"the server answered {status} ({response.ReasonPhrase})";
        if (status is 408 or 429 or >= 500) throw new TransientException(answer + ".");
        throw new WeightDownloadException($"{address} could not be downloaded: {answer}.");
    }

    private void ExpectSpace(long bytes)
    {
        long free = options.FreeBytes(Path.GetDirectoryName(Path.GetFullPath(part))!);
        if (bytes > free)
            throw new WeightDownloadException($"{part} cannot be written: {bytes:N0} bytes are missing of it, but the disk has {free:N0} " +
                "left. Make room, or set FOVEA_CACHE to a folder on another disk.");
    }

    private WeightDownloadException TooLong(string what)
    {
        Drop();
        return new WeightDownloadException($"{address} {what}, more than any such model needs ({limit:N0}): it is another file.");
    }

    private long Length() => File.Exists(part) ? new FileInfo(part).Length : 0;

    private void Drop() => File.Delete(part);

    private string Kept() => Length() is > 0 and var bytes ? $" {bytes:N0} bytes are kept: the next try goes on from there." : "";

    private static string Reason(Exception error) => error switch
    {
        HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => "the connection ended too early.",
        HttpRequestException { InnerException: { } inner } => inner.Message.TrimEnd('.') + ".",
        _ => error.Message.TrimEnd('.') + ".",
    };

    /// <summary>Something that may go well at the next try.</summary>
    private sealed class TransientException : Exception
    {
        public TransientException(string message, Action? mend = null) : base(message) => mend?.Invoke();
    }
}
