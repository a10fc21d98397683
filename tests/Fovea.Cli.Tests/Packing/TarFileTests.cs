using System.Diagnostics;
using TarReader = System.Formats.Tar.TarReader;
using System.IO.Compression;
using Fovea.Cli.Packing;

namespace Fovea.Cli.Tests.Packing;

public sealed class TarFileTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fovea-tar-").FullName;

    [Fact]
    public async Task AnArchiveHoldsEveryFileUnderTheFoldersNameWithItsMode()
    {
        string folder = Path.Combine(_root, "bundle");
        Directory.CreateDirectory(Path.Combine(folder, "lib"));
        await File.WriteAllTextAsync(Path.Combine(folder, "run"), "start");
        await File.WriteAllTextAsync(Path.Combine(folder, "lib", "data"), "numbers");
        string archive = Path.Combine(_root, "bundle.tar.gz");

        await TarFile.WriteAsync(folder, archive, name => name == "run", CancellationToken.None);

        await using var gzip = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        List<(string Name, bool Executable, string Content)> entries = [];
        while (await tar.GetNextEntryAsync() is { } entry)
            entries.Add((entry.Name, entry.Mode.HasFlag(UnixFileMode.OtherExecute), await new StreamReader(entry.DataStream!)
                .ReadToEndAsync()));
        Assert.Equal([("bundle/lib/data", false, "numbers"), ("bundle/run", true, "start")], entries);
        Assert.Equal([archive], Directory.GetFiles(_root)); // no unfinished file beside it
    }

    [Fact]
    public async Task XzUnpacksWhatXzPacked()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, "bundle")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(folder, "zeros"), new byte[1_000_000]);
        string archive = Path.Combine(_root, "bundle.tar.xz");
        try
        {
            await TarFile.WriteAsync(folder, archive, _ => false, CancellationToken.None);
        }
        catch (PackException error) when (error.InnerException is System.ComponentModel.Win32Exception)
        {
            Assert.Contains("apt-get install xz-utils", error.Message); // a machine without the program
            Assert.Empty(Directory.GetFiles(_root));
            return;
        }
        Assert.InRange(new FileInfo(archive).Length, 1, 10_000);
        using Process xz = Process.Start(new ProcessStartInfo("xz", ["--test", archive]))!;
        await xz.WaitForExitAsync();
        Assert.Equal(0, xz.ExitCode);
    }

    [Fact]
    public async Task AFailureLeavesTheOldArchiveAlone()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root, "bundle")).FullName;
        string archive = Path.Combine(_root, "bundle.tar.gz");
        await File.WriteAllTextAsync(archive, "old");
        await File.WriteAllTextAsync(Path.Combine(folder, "file"), "new");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TarFile.WriteAsync(folder, archive, _ => false, new CancellationToken(canceled: true)));
        Assert.Equal("old", await File.ReadAllTextAsync(archive));
        Assert.Equal([archive], Directory.GetFiles(_root));
    }

    [Fact]
    public void OutsideACheckoutTheMessageSaysWhereToRunIt()
    {
        var error = Assert.Throws<PackException>(() => SourceCheckout.Around(_root));
        Assert.Contains($"'{_root}'", error.Message);
        Assert.Contains("./fovea pack in a checkout", error.Message);
    }

    [Fact]
    public void TheCheckoutIsFoundFromInside()
    {
        File.WriteAllText(Path.Combine(_root, "Fovea.slnx"), "");
        Assert.Equal(_root, SourceCheckout.Around(Directory.CreateDirectory(Path.Combine(_root, "artifacts", "fovea")).FullName).Root);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
