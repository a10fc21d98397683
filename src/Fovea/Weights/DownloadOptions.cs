namespace Fovea.Weights;

/// <summary>How weights are downloaded.</summary>
public sealed record DownloadOptions
{
    /// <summary>A mirror to take files from, by their names, in place of the publisher; http or https. Null for the publisher.</summary>
    public Uri? BaseUrl { get; init => field = value is null || IsWeb(value) ? value : throw new ArgumentException(
        $"The weights' address '{value}' is no web address: expected one such as https://mirror.example.org/models/."); }

    /// <summary>How long a connection may take to come about.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server may send nothing.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a download that breaks off is tried; each try goes on where the last one stopped.</summary>
    public int Attempts { get; init => field = Check.Positive(value); } = 4;

    /// <summary>The pause before the second try; each further one is twice as long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Free bytes on the disk of a folder.</summary>
    internal Func<string, long> FreeBytes { get; init; } = FreeBytesOf;

    /// <summary>Where a published file is to be had.</summary>
    internal Uri AddressOf(PublishedWeights weights) =>
        BaseUrl is null ? weights.Url : new Uri(BaseUrl.AbsoluteUri.TrimEnd('/') + "/" + weights.FileName);

    /// <summary>Whether an address is absolute, and http or https.</summary>
    internal static bool IsWeb(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static long FreeBytesOf(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (ArgumentException)
        {
            return long.MaxValue;   // a network share of Windows: it will say when it is full
        }
    }
}

/// <summary>How far a download is.</summary>
/// <param name="Done">Bytes that are there.</param>
/// <param name="Total">Bytes in all, or 0 where the server does not tell.</param>
/// <param name="Start">Bytes that were there before: from a download that was interrupted.</param>
/// <param name="Note">What else there is to tell, such as that another process downloads the same file; null for nothing.</param>
public readonly record struct DownloadProgress(long Done, long Total, long Start, string? Note = null);

/// <summary>Weights could not be downloaded. The message says why, what to fetch by hand, and where to put it.</summary>
public sealed class WeightDownloadException : IOException
{
    internal WeightDownloadException(string message, Exception? inner = null) : base(message, inner) { }
}
