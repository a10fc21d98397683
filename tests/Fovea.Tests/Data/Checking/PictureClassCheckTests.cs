using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Imaging;

namespace Fovea.Tests.Data.Checking;

/// <summary>The check and the description of data sets whose pictures have one class each.</summary>
public sealed class PictureClassCheckTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public PictureClassCheckTests()
    {
        for (int i = 0; i < 3; i++) _folder.Picture($"train/cat/{i}.png", seed: i);
        for (int i = 0; i < 2; i++) _folder.Picture($"train/dog/{i}.png", 30, 20, seed: 10 + i);
        _folder.Picture("val/cat/0.png", seed: 20);
        _folder.Picture("val/dog/0.png", seed: 21);
    }

    public void Dispose() => _folder.Dispose();

    private DataCheckReport Run() => DataCheck.Run(_folder.Root);

    private Finding Single(FindingKind kind)
    {
        Finding finding = Assert.Single(Run().Findings);
        Assert.Equal(kind, finding.Kind);
        return finding;
    }

    [Fact]
    public void Good_data_have_no_findings()
    {
        DataCheckReport report = Run();
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Empty(report.Notes);
        Assert.True(report.IsOfWholePictures);
        Assert.Equal([new("train", 5, 0), new("val", 2, 0)], report.Splits);
        Assert.Equal(["cat", "dog"], report.Classes);
    }

    [Fact]
    public void Pictures_that_cannot_be_decoded()
    {
        _folder.Write("train/dog/bad.png", "no picture");
        Finding finding = Single(FindingKind.UnreadablePicture);
        Assert.Equal((_folder["train/dog/bad.png"], Severity.Error), (finding.Location.File, finding.Severity));
        File.Delete(_folder["train/dog/bad.png"]);
        _folder.Write("train/dog/old.bmp", "BM");
        Assert.Contains("this kind of picture is not read", Single(FindingKind.UnreadablePicture).Message);
    }

    [Fact]
    public void Classes_without_pictures()
    {
        Directory.CreateDirectory(_folder["train/cow"]);
        Finding finding = Single(FindingKind.EmptyClass);
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("'cow' has no picture in any split", finding.Message);
        Assert.Equal(["cat", "cow", "dog"], Run().Classes);
    }

    [Fact]
    public void Classes_that_only_one_split_has()
    {
        _folder.Picture("val/cow/0.png", seed: 30);
        Finding finding = Single(FindingKind.UntrainedClass);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("'cow' has no picture in split train, but in val", finding.Message);
        Directory.Delete(_folder["val/cow"], recursive: true);
        _folder.Picture("train/cow/0.png", seed: 30);
        DataCheckReport report = Run();
        Assert.True(report.IsClean);
        Assert.Equal(["split val has no picture of 1 of 3 classes: cow."], report.Notes);
    }

    [Fact]
    public void Classes_that_are_probably_one()
    {
        _folder.Picture("train/Cat/9.png", seed: 40);
        Assert.Contains("'Cat' and 'cat'", Single(FindingKind.MisspeltClass).Message);
    }

    [Fact]
    public void The_same_picture_twice()
    {
        File.Copy(_folder["train/cat/1.png"], _folder["val/cat/copy.png"]);
        Assert.Contains("has the same pixels as", Single(FindingKind.DuplicateAcrossSplits).Message);
        File.Move(_folder["val/cat/copy.png"], _folder["train/dog/copy.png"]);
        Finding finding = Single(FindingKind.DuplicateAcrossClasses);
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("of class 'dog' in split train has the same pixels as", finding.Message);
        File.Move(_folder["train/dog/copy.png"], _folder["train/cat/copy.png"]);
        Assert.Equal(Severity.Warning, Single(FindingKind.DuplicatePicture).Severity);
    }

    [Fact]
    public void Pictures_that_are_shared_out_are_in_trainval_too_and_no_copies()
    {
        Directory.Delete(_folder["val"], recursive: true);
        DataCheckReport report = Run();
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Equal([new("train", 4, 0), new("val", 1, 0), new("trainval", 5, 0)], report.Splits);
    }

    [Fact]
    public void Grey_pictures_among_coloured_ones_are_noted()
    {
        new Image(new ImageSize(2, 2), [.. Enumerable.Repeat((byte)9, 12)]).SavePng(_folder["train/cat/grey.png"]);
        DataCheckReport report = Run();
        Assert.True(report.IsClean);
        Assert.Equal(["1 of 8 pictures are grey, the others have colours: grey.png."], report.Notes);
    }

    [Fact]
    public void Folders_without_pictures_are_noted()
    {
        Directory.CreateDirectory(_folder["test/cat"]);
        _folder.Write("train/cat/notes.txt", "x");
        DataCheckReport report = Run();
        Assert.True(report.IsClean);
        Assert.Equal(2, report.Notes.Count);
        Assert.Contains("1 files or links that are no pictures", report.Notes[0]);
        Assert.Contains("no split and passed over: test", report.Notes[1]);
    }

    [Fact]
    public void Classes_are_counted_and_files_asked_for_their_sizes()
    {
        _folder.Write("val/dog/bad.png", "no picture");
        DatasetInfo info = DataInfo.Of(_folder.Root);
        Assert.True(info.IsOfWholePictures);
        Assert.Equal(1, info.Faults);
        SplitInfo train = info.Splits[0];
        Assert.Equal([new(1, "cat", 0, 3), new(2, "dog", 0, 2)], train.Classes);
        Assert.Equal([new(48, 64, 3), new(30, 20, 2)], train.PictureSizes);
        Assert.Equal((5, 0, 0, 2), (train.Pictures, train.EmptyPictures, train.Boxes, train.DistinctSizes));
        Assert.Equal(2, info.Splits[1].Classes[1].Pictures);
    }
}
