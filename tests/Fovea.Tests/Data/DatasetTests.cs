using Fovea.Data;

namespace Fovea.Tests.Data;

public sealed class DatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Refused() => Assert.Throws<DataException>(() => Dataset.Recognise(_folder.Root)).Message;

    [Fact]
    public void The_format_is_recognised()
    {
        _folder.GoodVoc();
        Assert.Equal(DatasetFormat.Voc, Dataset.Recognise(_folder.Root).Format);
        using var coco = new DataFolder();
        coco.GoodCoco();
        Assert.Equal(DatasetFormat.Coco, Dataset.Recognise(coco.Root).Format);
    }

    [Fact]
    public void A_folder_with_nothing_but_pictures_is_told_as_such()
    {
        _folder.Picture("a.png");
        _folder.Picture("b.png");
        string message = Refused();
        Assert.Contains("it holds 2 pictures, but no annotations", message);
        Assert.Contains("JPEGImages/", message);
        Assert.Contains("annotations/instances_train.json", message);
    }

    [Fact]
    public void Empty_missing_and_foreign_paths_are_told_apart()
    {
        Assert.Contains("it is empty", Refused());
        string none = _folder["none"], text = _folder.Write("a.txt", "x");
        Assert.Contains("There is no folder", Assert.Throws<DataException>(() => Dataset.Recognise(none)).Message);
        Assert.Contains("is a file", Assert.Throws<DataException>(() => Dataset.Recognise(text)).Message);
    }

    [Fact]
    public void Two_formats_in_one_folder_are_not_guessed()
    {
        _folder.GoodVoc();
        _folder.Write("annotations/instances_train.json", "{}");
        Assert.Contains("both", Refused());
    }
}
