using System.Security.Cryptography;

namespace Fovea.Weights;

/// <summary>A folder of published weights, each downloaded when it is first asked for. Several processes and threads may use it at a
/// time.</summary>
/// <remarks>A file gets its name when it is whole and its SHA-256 begins as published; until then it is called NAME.part. A file that
/// somebody put there by hand is checked at its first use. NAME.sha256 says that a file has been checked.</remarks>
public sealed class WeightCache
{
    // Published files hold float32 values; buffers and auxiliary heads come on top of the parameters that are counted.
    private const long BytesAParameter = 16, SmallestLimit = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly DownloadOptions _options;
    private readonly Lazy<HttpClient> _client;

    /// <summary>A cache in a folder, which is made when something is downloaded.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to download; null for the defaults.</param>
    public WeightCache(string folder, DownloadOptions? options = null)
    {
        Folder = Path.GetFullPath(folder);
        _options = options ?? new DownloadOptions();
        _client = new Lazy<HttpClient>(() => new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = _options.ConnectTimeout, AllowAutoRedirect = false, UseCookies = false,
        }) { Timeout = Timeout.InfiniteTimeSpan });
    }

    /// <summary>Where the files are.</summary>
    public string Folder { get; }

    /// <summary>The cache that the environment names: in FOVEA_CACHE, else in fovea under XDG_CACHE_HOME or ~/.cache (on Windows under the
    /// local application data), each with the folder weights in it. FOVEA_WEIGHTS_URL names a mirror to download from.</summary>
    /// <param name="variable">Looks up a variable; null for the process's environment.</param>
    /// <exception cref="ArgumentException">FOVEA_WEIGHTS_URL is no web address.</exception>
    public static WeightCache FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string? mirror = variable("FOVEA_WEIGHTS_URL");
        if (!Uri.TryCreate(mirror, UriKind.Absolute, out Uri? address) && !string.IsNullOrEmpty(mirror))
            throw new ArgumentException($"FOVEA_WEIGHTS_URL is '{mirror}', but a web address was expected, such as " +
                "https://mirror.example.org/models.");
        return new WeightCache(Path.Combine(Root(variable), "weights"), new DownloadOptions { BaseUrl = address });
    }

    /// <summary>Where the file of some weights is, or will be.</summary>
    public string PathOf(PublishedWeights weights) => Path.Combine(Folder, weights.FileName);

    /// <summary>Whether the file is there; whether it is the right one is checked when it is asked for.</summary>
    public bool Holds(PublishedWeights weights) => File.Exists(PathOf(weights));

    /// <summary>The path of some weights, which are downloaded where they are not there.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="tell">Receives progress, on any thread; null for none.</param>
    /// <param name="cancellation">Ends a download; what has arrived is kept for the next one.</param>
    /// <exception cref="WeightDownloadException">They cannot be had; the message says what to do.</exception>
    public async Task<string> GetAsync(PublishedWeights weights, Action<DownloadProgress>? tell = null,
        CancellationToken cancellation = default)
    {
        string path = PathOf(weights);
        if (IsChecked(path) || await CheckAsync(weights, path, cancellation).ConfigureAwait(false)) return path;
        try
        {
            Directory.CreateDirectory(Folder);
            using FileStream held = await LockAsync(path, tell, cancellation).ConfigureAwait(false);
            if (File.Exists(path)) return path;   // another process brought it meanwhile
            await FetchAsync(weights, path, tell ?? (_ => { }), cancellation).ConfigureAwait(false);
            return path;
        }
        catch (WeightDownloadException error)
        {
            throw new WeightDownloadException($"{weights.ModelId}'s weights {weights.Name}: {error.Message}\n{ByHand(weights, path)}",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightDownloadException($"The cache {Folder} cannot be written: {error.Message} Set FOVEA_CACHE to a folder of " +
                "yours.", error);
        }
    }

    private async Task FetchAsync(PublishedWeights weights, string path, Action<DownloadProgress> tell, CancellationToken cancellation)
    {
        string part = path + ".part";
        Uri address = _options.AddressOf(weights);
        bool resumes = File.Exists(part);
        var download = new Download(_client.Value, address, part, SmallestLimit + BytesAParameter * weights.ParameterCount, _options, tell);
        while (true)
        {
            await download.RunAsync(cancellation).ConfigureAwait(false);
            byte[] hash = await HashAsync(part, cancellation).ConfigureAwait(false);
            if (weights.HasHash(hash))
            {
                File.Move(part, path, overwrite: true);
                MarkChecked(path, hash);
                return;
            }
            long bytes = new FileInfo(part).Length;
            File.Delete(part);
            if (!resumes)
                throw new WeightDownloadException($"What arrived from {address} ({bytes:N0} bytes) is not what was published: its " +
                    $"SHA-256 begins with {Convert.ToHexStringLower(hash)[..8]}, not {weights.Sha256Prefix}. It was deleted. A proxy's " +
                    "page, perhaps?");
            resumes = false;   // the part that was here may have been another file's: once more from the start
        }
    }

    private static string ByHand(PublishedWeights weights, string path) =>
        $"Without a network: fetch {weights.Url} elsewhere and put it at {path}, or name it with --weights FILE.";

    /// <summary>Whether a file that nobody has checked yet is there and right.</summary>
    private static async Task<bool> CheckAsync(PublishedWeights weights, string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) return false;
        byte[] hash = await HashAsync(path, cancellation).ConfigureAwait(false);
        if (!weights.HasHash(hash))
            throw new WeightDownloadException($"{path} is not what was published: its SHA-256 begins with " +
                $"{Convert.ToHexStringLower(hash)[..8]}, not {weights.Sha256Prefix}. Delete it, and it will be downloaded anew.");
        MarkChecked(path, hash);
        return true;
    }

    private static bool IsChecked(string path) =>
        File.Exists(path) && File.Exists(Mark(path)) && File.GetLastWriteTimeUtc(Mark(path)) >= File.GetLastWriteTimeUtc(path);

    // In the form of sha256sum. A cache that is shared may be for reading only: then its files are checked each time.
    private static void MarkChecked(string path, byte[] hash)
    {
        try
        {
            File.WriteAllText(Mark(path), $"{Convert.ToHexStringLower(hash)}  {Path.GetFileName(path)}\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string Mark(string path) => path + ".sha256";

    private static async Task<byte[]> HashAsync(string path, CancellationToken cancellation)
    {
        using FileStream stream = File.OpenRead(path);
        return await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false);
    }

    // The lock is the open file, not its existence: it ends with the process, however that ends. So the file itself may stay.
    private static async Task<FileStream> LockAsync(string path, Action<DownloadProgress>? tell, CancellationToken cancellation)
    {
        string file = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.lock");
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                string note = $"Waiting for another process that downloads {Path.GetFileName(path)}.";
                if (!told) tell?.Invoke(new DownloadProgress(0, 0, 0, note));
            }
            await Task.Delay(Patience, cancellation).ConfigureAwait(false);
        }
    }

    private static string Root(Func<string, string?> variable)
    {
        if (variable("FOVEA_CACHE") is { Length: > 0 } own) return own;
        if (OperatingSystem.IsWindows())
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "fovea");
        // By the XDG base directory specification a path that is not absolute counts as not set.
        string? cache = variable("XDG_CACHE_HOME");
        return Path.Combine(Path.IsPathRooted(cache) ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "fovea");
    }
}
