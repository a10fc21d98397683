using Fovea.Data;
using Fovea.Data.Writing;

namespace Fovea.Tests.Data.Writing;

/// <summary>The folder that a conversion writes: whole or not there, and never over another.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public OutputTests() => Directory.CreateDirectory(_folder["source"]);

    public void Dispose() => _folder.Dispose();

    private void Source()
    {
        _folder.Picture("source/JPEGImages/a.png");
        _folder.Picture("source/JPEGImages/b.png", seed: 1);
        foreach (string id in (string[])["a", "b"])
            _folder.Write($"source/Annotations/{id}.xml", DataFolder.VocText(id, DataFolder.Object("car", 1, 1, 9, 9)));
    }

    private ConversionReport Run(ConversionOptions? options = null, CancellationToken cancel = default) =>
        DataConversion.Run(_folder["source"], DatasetFormat.Coco, _folder["out"], options, cancel);

    private void NothingIsLeft() => Assert.Equal(["source"], Directory.EnumerateFileSystemEntries(_folder.Root).Select(Path.GetFileName));

    [Fact]
    public void An_empty_folder_is_filled_and_another_never_touched()
    {
        Source();
        Directory.CreateDirectory(_folder["out"]);
        Run();
        Assert.Equal(2, Dataset.Open(_folder["out"], "all").Count);
        Assert.Contains("exists and is not empty", Assert.Throws<DataException>(() => Run()).Message);
        _folder.Write("file", "");
        Assert.Contains("is a file", Assert.Throws<DataException>(() => DataConversion.Run(_folder["source"], DatasetFormat.Voc, _folder["file"])).Message);
    }

    [Fact]
    public void After_an_error_nothing_is_left()
    {
        Source();
        File.WriteAllText(_folder["source/JPEGImages/b.png"], "no picture");
        Assert.ThrowsAny<IOException>(() => Run());
        NothingIsLeft();
        _folder.Picture("source/JPEGImages/b.png", 10, 10);
        Assert.Contains("the stated picture size is 48 x 64", Assert.Throws<DataException>(() => Run()).Message);
        NothingIsLeft();
    }

    [Fact]
    public void After_it_was_cancelled_nothing_is_left()
    {
        Source();
        using var cancel = new CancellationTokenSource();
        var options = new ConversionOptions { Progress = new Now(done => { if (done == 1) cancel.Cancel(); }) };
        Assert.Throws<OperationCanceledException>(() => Run(options, cancel.Token));
        NothingIsLeft();
    }

    [Fact]
    public void Linked_pictures_are_the_same_files_and_copies_are_not()
    {
        Source();
        Run(new ConversionOptions { LinkPictures = true });
        DataConversion.Run(_folder["source"], DatasetFormat.Yolo, _folder["copied"]);
        byte[] before = File.ReadAllBytes(_folder["source/JPEGImages/a.png"]);
        using (FileStream file = File.OpenWrite(_folder["source/JPEGImages/a.png"])) file.WriteByte(7); // in place
        Assert.Equal(7, File.ReadAllBytes(_folder["out/all/a.png"])[0]);
        Assert.Equal(before, File.ReadAllBytes(_folder["copied/images/all/a.png"]));
    }

    [Fact]
    public void Formats_that_are_only_read_and_data_without_boxes_are_refused()
    {
        Source();
        Assert.Contains("cannot be written", Assert.Throws<ArgumentException>(() =>
            DataConversion.Run(_folder["source"], DatasetFormat.Mnist, _folder["out"])).Message);
        Assert.Contains("has no split 'train'. It has: all.", Assert.Throws<DataException>(() =>
            Run(new ConversionOptions { Splits = ["train"] })).Message);
        _folder.Picture("classes/train/a/1.png");
        _folder.Picture("classes/train/b/2.png");
        Assert.Contains("where objects are in each picture is wanted", Assert.Throws<DataException>(() =>
            DataConversion.Run(_folder["classes"], DatasetFormat.Coco, _folder["out"])).Message);
    }

    private sealed class Now(Action<int> report) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => report(value.Done);
    }
}
