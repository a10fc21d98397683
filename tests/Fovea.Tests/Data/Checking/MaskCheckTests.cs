using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;

namespace Fovea.Tests.Data.Checking;

/// <summary>The check and the description of data sets that tell the class of every pixel.</summary>
public sealed class MaskCheckTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public MaskCheckTests()
    {
        Pair("train", "a", 0, 0, 1, 1, 1, 255);
        Pair("train", "b", 0, 0, 0, 0, 0, 0);
        Pair("val", "c", 0, 1, 0, 1, 0, 255);
        _folder.Write("classes.txt", "road\ncar\n");
    }

    public void Dispose() => _folder.Dispose();

    private void Pair(string split, string name, params byte[] values)
    {
        _folder.Picture($"images/{split}/{name}.png", 2, 3, seed: name[0]);
        _folder.Mask($"masks/{split}/{name}.png", 2, 3, values);
    }

    private DataCheckReport Run(DataCheckOptions? options = null) => DataCheck.Run(_folder.Root, options);

    private Finding Single(FindingKind kind, string file, DataCheckOptions? options = null)
    {
        Finding finding = Assert.Single(Run(options).Findings);
        Assert.Equal((kind, _folder[file]), (finding.Kind, finding.Location.File));
        return finding;
    }

    [Fact]
    public void Good_data_have_no_findings()
    {
        DataCheckReport report = Run();
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Empty(report.Notes);
        Assert.Equal((DatasetFormat.MaskFolders, AnnotationKind.Labels), (report.Format, report.Kind));
        Assert.Equal([new("train", 2, 0), new("val", 1, 0)], report.Splits);
        Assert.Equal(["road", "car"], report.Classes);
    }

    [Fact]
    public void Values_outside_the_classes()
    {
        Pair("val", "c", 0, 1, 0, 7, 7, 9);
        Finding finding = Single(FindingKind.WrongLabel, "masks/val/c.png");
        Assert.Equal(Severity.Error, finding.Severity);
        Assert.Contains("2 pixels have the value 7, the first in row 1, column 0 (from 0), which is no class. So are 9.", finding.Message);
    }

    [Fact]
    public void Sizes_that_differ_with_and_without_decoding()
    {
        _folder.Mask("masks/val/c.png", 2, 2, 0, 1, 0, 1);
        foreach (bool decode in (bool[])[true, false])
            Assert.Contains("the mask is 2 x 2 (height x width), but its picture", Single(FindingKind.WrongSize, "masks/val/c.png",
                new DataCheckOptions { DecodePictures = decode }).Message);
    }

    [Fact]
    public void Masks_of_colours_and_damaged_ones()
    {
        _folder.Picture("masks/val/c.png", 2, 3);
        DataCheckReport report = Run();
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.UnreadableMask, Severity.Error), (finding.Kind, finding.Severity));
        Assert.Contains("3 channels of 8 bits", finding.Message);
        Assert.Contains("Save the indices, not their colours.", finding.Message);
        _folder.Write("masks/val/c.png", "no picture");
        Assert.Equal(FindingKind.UnreadableMask, Assert.Single(Run().Findings).Kind);
    }

    [Fact]
    public void Masks_that_are_all_void()
    {
        Pair("train", "b", 255, 255, 255, 255, 255, 255);
        Finding finding = Single(FindingKind.NoLabels, "masks/train/b.png");
        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.Contains("nothing can be learnt", finding.Message);
    }

    [Fact]
    public void Classes_that_never_occur_or_only_where_nothing_is_learnt()
    {
        _folder.Write("classes.txt", "road\ncar\nbus\n");
        Finding finding = Assert.Single(Run().Findings);
        Assert.Equal((FindingKind.EmptyClass, Severity.Warning), (finding.Kind, finding.Severity));
        Assert.Contains("'bus' has no pixel in any split", finding.Message);
        Pair("val", "c", 2, 0, 0, 0, 0, 0);
        finding = Assert.Single(Run().Findings);
        Assert.Equal(FindingKind.UntrainedClass, finding.Kind);
        Assert.Contains("'bus' has no pixel in split train, but in val", finding.Message);
        Assert.Contains("split val has no pixel of 1 of 3 classes: car", Assert.Single(Run().Notes));
    }

    [Fact]
    public void Pictures_without_mask_and_masks_without_picture()
    {
        _folder.Picture("images/train/x.png", 2, 3, 99);
        Finding finding = Single(FindingKind.MissingAnnotation, "images/train/x.png");
        Assert.Contains("has no mask: there is no " + _folder["masks/train/x.png"], finding.Message);
        File.Delete(_folder["images/train/x.png"]);
        _folder.Plain("masks/train/y.png", 2, 3, 0);
        Assert.Equal(Severity.Warning, Single(FindingKind.NoPicture, "masks/train/y.png").Severity);
    }

    [Fact]
    public void Pictures_in_no_list_are_noted_and_copies_are_found()
    {
        using var flat = new DataFolder();
        foreach (string name in (string[])["a", "b", "c"])
        {
            flat.Picture($"images/{name}.png", 2, 2, name == "b" ? 'a' : name[0]);
            flat.Plain($"masks/{name}_mask.png", 2, 2, 0);
        }
        flat.Write("train.txt", "a\n");
        flat.Write("val.txt", "b\n");
        DataCheckReport report = DataCheck.Run(flat.Root);
        Assert.Equal(FindingKind.DuplicateAcrossSplits, Assert.Single(report.Findings).Kind);
        Assert.Contains("1 pictures with masks are in no split.", report.Notes);
        Assert.Contains(report.Notes, note => note.StartsWith("no list names the classes", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_wanted_is_checked_and_described_where_a_folder_has_both()
    {
        using var voc = new DataFolder();
        voc.GoodVoc();
        voc.Plain("SegmentationClass/a.png", 48, 64, 2);
        voc.Write("ImageSets/Segmentation/train.txt", "a\n");
        voc.Write("classes.txt", "car\ndog\n");
        Assert.Equal(AnnotationKind.Boxes, DataCheck.Run(voc.Root).Kind);
        DataCheckReport labels = DataCheck.Run(voc.Root, new DataCheckOptions { Wanted = AnnotationKind.Labels });
        Assert.Equal(["background", "car", "dog"], labels.Classes);
        Assert.Equal([FindingKind.EmptyClass, FindingKind.EmptyClass], labels.Findings.Select(f => f.Kind));
        Assert.Equal(48 * 64, DataInfo.Of(voc.Root, wanted: AnnotationKind.Labels).Splits[0].Labels!.Classes[2].Pixels);
        Assert.Null(DataInfo.Of(voc.Root).Splits[0].Labels);
    }

    [Fact]
    public void Pixels_pictures_and_weights_are_counted()
    {
        DatasetInfo info = DataInfo.Of(_folder.Root);
        Assert.Equal((AnnotationKind.Labels, 0), (info.Kind, info.Faults));
        SplitInfo train = info.Splits[0];
        Assert.Equal((2, 0, 0), (train.Pictures, train.Boxes, train.EmptyPictures));
        Assert.Equal([new(2, 3, 2)], train.PictureSizes);
        LabelInfo labels = train.Labels!;
        Assert.Equal((11, 1), (labels.Labelled, labels.Ignored));
        Assert.Equal([(8L, 2), (3L, 1)], labels.Classes.Select(c => (c.Pixels, c.Pictures)));
        Assert.Equal([2, 1], train.Classes.Select(c => c.Pictures));
        // f(road) = 8 / 12, f(car) = 3 / 6, median 7 / 12
        Assert.Equal([7.0 / 8, 7.0 / 6], labels.Classes.Select(c => c.MedianFrequency), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([11.0 / 16, 11.0 / 6], labels.Classes.Select(c => c.Inverse), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal(1 / Math.Log(1.02 + 8.0 / 11), labels.Classes[0].Enet, 9);
        Assert.Equal(3.0 / 11, labels.Classes[1].Share, 12);

        Pair("train", "a", 0, 0, 0, 0, 0, 0);
        Assert.Equal((0.0, 0), (DataInfo.Of(_folder.Root).Splits[0].Labels!.Classes[1].MedianFrequency, DataInfo.Of(_folder.Root).Faults));
        Pair("train", "a", 9, 9, 9, 9, 9, 9);
        Assert.Equal(1, DataInfo.Of(_folder.Root).Faults);
    }
}
