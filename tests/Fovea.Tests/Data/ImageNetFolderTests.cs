using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class ImageNetFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-imagenet-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(params string[] classes)
    {
        foreach (string name in classes)
        {
            Directory.CreateDirectory(Path.Combine(_folder, "val", name));
            new Image(new ImageSize(2, 2), new byte[12]).SavePng(Path.Combine(_folder, "val", name, "a.png"));
        }
    }

    [Fact]
    public void FoldersOfWordNetsNumbersHoldTheClassesOfThoseNames()
    {
        Write("n01440764", "n15075141", "goldfish");
        Category[] classes = [new(7, "toilet tissue"), new(8, "goldfish"), new(9, "tench")];
        IDataset data = Dataset.Recognise(_folder).Open("val", classes);
        Assert.Equal([("goldfish", 1), ("n01440764", 2), ("n15075141", 0)], Enumerable.Range(0, data.Count)
            .Select(i => (Path.GetFileName(Path.GetDirectoryName(data[i].Path))!, data[i].Category!.Value)).Order());
    }

    [Fact]
    public void WithoutSuchNamesTheyAreTheClassesThemselves()
    {
        Write("n01440764", "n15075141");
        Assert.Equal(["n01440764", "n15075141"], Dataset.Recognise(_folder).Open("val").Categories.Select(c => c.Name));
        Assert.Contains("n01440764",
            Assert.Throws<DataException>(() => Dataset.Recognise(_folder).Open("val", [new Category(1, "cat")])).Message);
    }
}
