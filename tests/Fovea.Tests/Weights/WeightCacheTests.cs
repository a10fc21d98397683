using System.Security.Cryptography;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class WeightCacheTests : IDisposable
{
    private static readonly byte[] File = Bytes(300_000, 1);
    private static readonly PublishedWeights Weights = PublishedWeights.Find("resnet18", "default") with
    {
        Sha256Prefix = Convert.ToHexStringLower(SHA256.HashData(File))[..8], ParameterCount = 1000,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-cache-").FullName;

    private string FilePath => Path.Combine(_folder, Weights.FileName);

    private string PartPath => FilePath + ".part";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private WeightCache Cache(Uri address, Func<DownloadOptions, DownloadOptions>? change = null)
    {
        var options = new DownloadOptions
        {
            BaseUrl = address, Attempts = 3, Pause = TimeSpan.FromMilliseconds(5), StallTimeout = TimeSpan.FromSeconds(20),
        };
        return new WeightCache(_folder, change is null ? options : change(options));
    }

    private void AssertArrived()
    {
        Assert.Equal(File, System.IO.File.ReadAllBytes(FilePath));
        Assert.False(System.IO.File.Exists(PartPath));
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(File))}  {Weights.FileName}\n",
            System.IO.File.ReadAllText(FilePath + ".sha256"));
    }

    private static async Task<string> Fail(WeightCache cache) =>
        (await Assert.ThrowsAsync<WeightDownloadException>(() => cache.GetAsync(Weights))).Message;

    [Fact]
    public async Task AFileIsDownloadedOnceAndProgressTold()
    {
        using var server = new TinyServer(request => TinyAnswer.File(File, request));
        var told = new List<DownloadProgress>();
        WeightCache cache = Cache(server.Address);
        Assert.False(cache.Holds(Weights));
        Assert.Equal(FilePath, await cache.GetAsync(Weights, told.Add));
        AssertArrived();
        Assert.True(cache.Holds(Weights));
        Assert.Equal(new DownloadProgress(0, File.Length, 0), told[0]);
        Assert.Equal(new DownloadProgress(File.Length, File.Length, 0), told[^1]);
        Assert.True(told.Zip(told.Skip(1), (a, b) => a.Done <= b.Done).All(rises => rises));

        Assert.Equal(FilePath, await Cache(server.Address).GetAsync(Weights));
        Assert.Equal(new TinyRequest($"/models/{Weights.FileName}", null), Assert.Single(server.Requests));
    }

    [Fact]
    public async Task WhatArrivedBeforeIsKept()
    {
        System.IO.File.WriteAllBytes(PartPath, File[..123_456]);
        using var server = new TinyServer(request => TinyAnswer.File(File, request));
        var told = new List<DownloadProgress>();
        await Cache(server.Address).GetAsync(Weights, told.Add);
        AssertArrived();
        Assert.Equal(123_456, Assert.Single(server.Requests).From);
        Assert.Equal(new DownloadProgress(123_456, File.Length, 123_456), told[0]);
    }

    [Fact]
    public async Task AServerThatIgnoresRangesSendsAll()
    {
        System.IO.File.WriteAllBytes(PartPath, File[..100_000]);
        using var server = new TinyServer(_ => new TinyAnswer(File));
        await Cache(server.Address).GetAsync(Weights);
        AssertArrived();
    }

    [Fact]
    public async Task AnswersWithoutALengthEndWithTheConnection()
    {
        using var server = new TinyServer(_ => new TinyAnswer(File) { Length = -1 });
        var told = new List<DownloadProgress>();
        await Cache(server.Address).GetAsync(Weights, told.Add);
        AssertArrived();
        Assert.All(told, progress => Assert.Equal(0, progress.Total));
    }

    [Fact]
    public async Task AWholePartIsAskedForNoMore()
    {
        System.IO.File.WriteAllBytes(PartPath, File);
        using var server = new TinyServer(request => TinyAnswer.File(File, request));
        await Cache(server.Address).GetAsync(Weights);
        AssertArrived();
        Assert.Equal(File.Length, Assert.Single(server.Requests).From);
    }

    [Theory]
    [InlineData(100_000)]       // other bytes
    [InlineData(400_000)]       // more of them than the file has
    public async Task APartOfAnotherFileIsThrownAway(int length)
    {
        System.IO.File.WriteAllBytes(PartPath, Bytes(length, 2));
        using var server = new TinyServer(request => TinyAnswer.File(File, request));
        await Cache(server.Address).GetAsync(Weights);
        AssertArrived();
        Assert.Equal([length, null], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task ARangeThatWasNotAskedForIsNotTaken()
    {
        System.IO.File.WriteAllBytes(PartPath, File[..100_000]);
        using var server = new TinyServer(request =>
            TinyAnswer.File(File, request.From is null ? request : request with { From = 50_000 }));
        await Cache(server.Address).GetAsync(Weights);
        AssertArrived();
    }

    [Fact]
    public async Task AConnectionThatBreaksIsTriedAgainFromThere()
    {
        int tries = 0;
        using var server = new TinyServer(request =>
        {
            TinyAnswer whole = TinyAnswer.File(File, request);
            return ++tries == 3 ? whole : whole with { Body = whole.Body[..100_000], Length = whole.Body.Length };
        });
        var notes = new List<string>();
        await Cache(server.Address).GetAsync(Weights, progress => { if (progress.Note is { } note) notes.Add(note); });
        AssertArrived();
        Assert.Equal([null, 100_000, 200_000], server.Requests.Select(request => request.From));
        Assert.Equal(2, notes.Count);
        Assert.All(notes, note => Assert.Equal("the connection ended too early. Trying again.", note));
    }

    [Fact]
    public async Task ADownloadThatKeepsBreakingIsGivenUpWithItsPart()
    {
        using var server = new TinyServer(request =>
            TinyAnswer.File(File, request) is var whole ? whole with { Body = whole.Body[..10], Length = whole.Body.Length } : null!);
        string message = await Fail(Cache(server.Address));
        Assert.Equal(3, server.Requests.Count);
        Assert.StartsWith($"resnet18's weights IMAGENET1K_V1: {server.Address}{Weights.FileName} could not be downloaded: the connection " +
            "ended too early. 30 bytes are kept", message);
        Assert.Equal(File[..30], System.IO.File.ReadAllBytes(PartPath));
        Assert.False(System.IO.File.Exists(FilePath));
    }

    [Fact]
    public async Task AServerThatFallsSilentIsNotWaitedForForEver()
    {
        using var server = new TinyServer(_ => new TinyAnswer(File[..1000]) { Length = File.Length, Hangs = true });
        string message = await Fail(Cache(server.Address,
            options => options with { StallTimeout = TimeSpan.FromSeconds(0.2), Attempts = 1 }));
        Assert.Contains("the server sent nothing for 0.2 seconds. 1,000 bytes are kept", message);
    }

    [Fact]
    public async Task AServerThatNeverAnswersIsNotWaitedForForEver()
    {
        using var server = new TinyServer(_ => new TinyAnswer(File) { Before = Task.Delay(Timeout.Infinite) });
        string message = await Fail(Cache(server.Address, options => options with
        {
            StallTimeout = TimeSpan.FromSeconds(0.1), ConnectTimeout = TimeSpan.FromSeconds(0.1), Attempts = 2,
        }));
        Assert.Contains("the server sent nothing", message);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task CancellingKeepsWhatArrived()
    {
        using var server = new TinyServer(_ => new TinyAnswer(File[..70_000]) { Length = File.Length, Hangs = true });
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Cache(server.Address).GetAsync(Weights, progress => { if (progress.Done == 70_000) source.Cancel(); }, source.Token));
        Assert.Equal(File[..70_000], System.IO.File.ReadAllBytes(PartPath));

        using var better = new TinyServer(request => TinyAnswer.File(File, request));
        await Cache(better.Address).GetAsync(Weights);
        AssertArrived();
        Assert.Equal(70_000, Assert.Single(better.Requests).From);
    }

    [Fact]
    public async Task AnotherFileIsRefusedAndDeleted()
    {
        byte[] page = "<html>Please log in</html>"u8.ToArray();
        using var server = new TinyServer(_ => new TinyAnswer(page));
        string message = await Fail(Cache(server.Address));
        Assert.Contains("(26 bytes) is not what was published: its SHA-256 begins with " +
            $"{Convert.ToHexStringLower(SHA256.HashData(page))[..8]}, not {Weights.Sha256Prefix}", message);
        Assert.Single(server.Requests);
        Assert.False(System.IO.File.Exists(FilePath) || System.IO.File.Exists(PartPath));
    }

    [Theory]
    [InlineData(404, 1)]
    [InlineData(403, 1)]
    [InlineData(503, 3)]
    [InlineData(429, 3)]
    public async Task WhatTheServerRefusesIsToldAndWhatMayPassIsTriedAgain(int status, int tries)
    {
        using var server = new TinyServer(_ => new TinyAnswer([]) { Status = status });
        string message = await Fail(Cache(server.Address));
        Assert.Contains($"the server answered {status} (Whatever)", message);
        Assert.Equal(tries, server.Requests.Count);
        Assert.Contains($"\nWithout a network: fetch {Weights.Url} elsewhere and put it at {FilePath}, or name it with --weights FILE.",
            message);
    }

    [Fact]
    public async Task WithoutANetworkTheFileAndItsPlaceAreNamed()
    {
        Uri gone;
        using (var server = new TinyServer(_ => throw new InvalidOperationException())) gone = server.Address;
        string message = await Fail(Cache(gone));
        Assert.Contains("could not be downloaded: Connection refused", message);
        Assert.Contains($"fetch {Weights.Url} elsewhere and put it at {FilePath}", message);
    }

    [Fact]
    public async Task RedirectionsAreFollowedOnTheWebOnly()
    {
        using var server = new TinyServer(request => request.Path.StartsWith("/models/", StringComparison.Ordinal)
            ? new TinyAnswer([]) { Status = 302, Head = ["Location: /elsewhere"] } : TinyAnswer.File(File, request));
        System.IO.File.WriteAllBytes(PartPath, File[..1000]);
        await Cache(server.Address).GetAsync(Weights);
        AssertArrived();
        Assert.Equal(1000, server.Requests.Last().From);

        System.IO.File.Delete(FilePath);
        using var trap = new TinyServer(_ => new TinyAnswer([]) { Status = 302, Head = ["Location: file:///etc/passwd"] });
        Assert.Contains("leads to 'file:///etc/passwd', which is not followed", await Fail(Cache(trap.Address)));
        using var circle = new TinyServer(_ => new TinyAnswer([]) { Status = 302, Head = ["Location: /models/again"] });
        Assert.Contains($"leads to '{circle.Address}again', which is not followed", await Fail(Cache(circle.Address)));
        Assert.Equal(6, circle.Requests.Count);
    }

    [Theory, InlineData(null), InlineData(-1L)]
    public async Task AFileLargerThanAnyModelIsRefused(long? length)
    {
        const int Limit = (64 << 20) + 16 * 1000;
        using var server = new TinyServer(_ => new TinyAnswer(new byte[Limit + 1]) { Length = length });
        string message = await Fail(Cache(server.Address));
        Assert.Contains("more than any such model needs (67,124,864): it is another file.", message);
        Assert.False(System.IO.File.Exists(PartPath));
    }

    [Fact]
    public async Task ADiskWithoutRoomIsToldBeforeAndAFailedWriteIsNoFaultOfTheNetwork()
    {
        using var server = new TinyServer(request => TinyAnswer.File(File, request));
        WeightCache full = Cache(server.Address, options => options with { FreeBytes = folder => folder == _folder ? 299_999 : 0 });
        Assert.Contains("300,000 bytes are missing of it, but the disk has 299,999 left", await Fail(full));
        Directory.CreateDirectory(PartPath);
        Assert.Contains($"{PartPath} cannot be written", await Fail(Cache(server.Address)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task AFilePutThereByHandIsCheckedOnce()
    {
        WeightCache cache = Cache(new Uri("http://127.0.0.1:1/"));
        System.IO.File.WriteAllBytes(FilePath, Bytes(10, 3));
        Assert.Contains($"{FilePath} is not what was published", await Fail(cache));
        System.IO.File.WriteAllBytes(FilePath, File);
        Assert.Equal(FilePath, await cache.GetAsync(Weights));
        AssertArrived();

        System.IO.File.SetLastWriteTimeUtc(FilePath, DateTime.UtcNow.AddMinutes(1));   // newer than its check
        System.IO.File.AppendAllText(FilePath, "x");
        System.IO.File.SetLastWriteTimeUtc(FilePath, DateTime.UtcNow.AddMinutes(1));
        await Fail(cache);
    }

    [Fact]
    public async Task SeveralAtOnceDownloadOnce()
    {
        var allAsk = new TaskCompletionSource();
        int waiting = 0;
        using var server = new TinyServer(request => TinyAnswer.File(File, request) with { Before = allAsk.Task });
        Task<string>[] tasks = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => Cache(server.Address).GetAsync(Weights, progress =>
        {
            if (progress.Note is { } note && note.StartsWith("Waiting for another process", StringComparison.Ordinal)
                && Interlocked.Increment(ref waiting) == 3) allAsk.SetResult();
        })))];
        Assert.Equal([FilePath, FilePath, FilePath, FilePath], await Task.WhenAll(tasks));
        AssertArrived();
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task ACacheThatCannotBeWrittenIsNamed()
    {
        string file = Path.Combine(_folder, "file");
        System.IO.File.WriteAllText(file, "x");
        var cache = new WeightCache(Path.Combine(file, "weights"), new DownloadOptions { BaseUrl = new Uri("http://127.0.0.1:1/") });
        Assert.Contains("Set FOVEA_CACHE to a folder of yours.", await Fail(cache));
    }

    [Theory]
    [InlineData("/data/cache", "/x", "/data/cache/weights")]
    [InlineData(null, "/x", "/x/fovea/weights")]
    [InlineData("", "relative", null)]
    [InlineData(null, null, null)]
    public void TheEnvironmentNamesTheFolder(string? own, string? xdg, string? expected)
    {
        if (OperatingSystem.IsWindows()) return;
        expected ??= Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "fovea", "weights");
        Assert.Equal(expected,
            WeightCache.FromEnvironment(name => name switch { "FOVEA_CACHE" => own, "XDG_CACHE_HOME" => xdg, _ => null }).Folder);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("file:///srv/weights")]
    [InlineData("ftp://example.org/")]
    public void AMirrorIsAWebAddress(string mirror) =>
        Assert.Contains(mirror, Assert.Throws<ArgumentException>(() =>
            WeightCache.FromEnvironment(name => name == "FOVEA_WEIGHTS_URL" ? mirror : null)).Message);

    [Theory]
    [InlineData(null, "https://download.pytorch.org/models/")]
    [InlineData("https://mirror.example.org/a/b", "https://mirror.example.org/a/b/")]
    [InlineData("http://mirror.example.org/", "http://mirror.example.org/")]
    public void FilesAreTakenFromTheMirrorByTheirNames(string? mirror, string folder) =>
        Assert.Equal(folder + Weights.FileName,
            new DownloadOptions { BaseUrl = mirror is null ? null : new Uri(mirror) }.AddressOf(Weights).ToString());
}
