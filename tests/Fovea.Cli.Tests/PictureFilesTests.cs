namespace Fovea.Cli.Tests;

public sealed class PictureFilesTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public PictureFilesTests()
    {
        foreach (string name in new[] { "b.jpg", "a.PNG", "c.webp", "notes.txt" }) _folder.Write(Path.Combine("photos", name), "x");
        _folder.Write("empty/readme.md", "x");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FoldersAndPatternsAreSortedAndHoldPicturesOnly()
    {
        Assert.Equal(["a.PNG", "b.jpg", "c.webp"], Names(_folder["photos"]));
        Assert.Equal(["b.jpg"], Names(_folder["photos", "*.j*"]));
        Assert.Equal(["a.PNG", "b.jpg"], Names(_folder["photos", "a*"], _folder["photos", "b.???"]));
    }

    [Fact]
    public void AFileIsTakenAsItIsAndOnlyOnce()
    {
        Assert.Equal(["notes.txt"], Names(_folder["photos", "notes.txt"]));
        Assert.Equal(["b.jpg", "a.PNG", "c.webp"],
            Names(_folder["photos", "b.jpg"], _folder["photos"], _folder["photos", "..", "photos", "b.jpg"]));
    }

    [Fact]
    public void NothingIsAnError()
    {
        Assert.Contains("there is no picture or folder", Assert.Throws<UsageException>(() => Names(_folder["absent.jpg"])).Message);
        Assert.Contains("is a folder without pictures", Assert.Throws<UsageException>(() => Names(_folder["empty"])).Message);
        Assert.Contains("matches no picture", Assert.Throws<UsageException>(() => Names(_folder["photos", "z*"])).Message);
        Assert.Contains("there is no picture or folder", Assert.Throws<UsageException>(() => Names(_folder["nowhere", "z*"])).Message);
    }

    private static IEnumerable<string> Names(params string[] arguments) => PictureFiles.Find(arguments)
        .Select(file => Path.GetFileName(file)!);
}
