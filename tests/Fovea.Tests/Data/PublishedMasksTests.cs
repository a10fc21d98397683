using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Tests.Data;

/// <summary>Data sets for segmentation in their published layouts, each made small.</summary>
public sealed class PublishedMasksTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Open(string split, AnnotationKind? wanted = null) => Dataset.Open(_folder.Root, split, wanted: wanted);

    private static byte[] Labels(IDataset data, int index) => data.Load(index).Labels!.Labels;

    private string[] Names(string split)
    {
        IDataset data = Open(split);
        return [.. Enumerable.Range(0, data.Count).Select(i => Path.GetFileNameWithoutExtension(data[i].Path))];
    }

    [Fact]
    public void Pascal_VOC_has_palette_masks_with_a_background_and_outlines_that_are_ignored()
    {
        foreach (string id in (string[])["2007_000032", "2007_000039", "2007_000063"])
        {
            _folder.Picture($"JPEGImages/{id}.png", 2, 3, seed: id[^1]);
            _folder.Mask($"SegmentationClass/{id}.png", 2, 3, isPalette: true, [0, 1, 20, 255, 15, 0]);
        }
        _folder.Picture("JPEGImages/2007_000027.png"); // has boxes only
        _folder.Write("ImageSets/Segmentation/train.txt", "2007_000039\n2007_000032\n");
        _folder.Write("ImageSets/Segmentation/val.txt", "2007_000063\n");
        _folder.Write("ImageSets/Segmentation/trainval.txt", "2007_000032\n2007_000039\n2007_000063\n");
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.Voc, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "trainval"], layout.Splits);
        IDataset train = Open("train");
        Assert.Equal(["2007_000039", "2007_000032"], Names("train"));
        Assert.Equal(21, train.Categories.Count);
        Assert.Equal(["background", "aeroplane", "person", "tvmonitor"], new[] { 0, 1, 15, 20 }.Select(i => train.Categories[i].Name));
        Assert.Equal([0, 1, 20, 255, 15, 0], Labels(train, 0));

        _folder.Write("ImageSets/Segmentation/val.txt", "2007_000027\n");
        Assert.Contains("val.txt:1: picture", Assert.Throws<DataException>(() => Open("val")).Message);
        Assert.Contains($"has no mask: there is no {_folder["SegmentationClass/2007_000027.png"]}",
            Assert.Throws<DataException>(() => Open("val")).Message);
    }

    [Fact]
    public void A_VOC_folder_with_boxes_and_labels_gives_what_is_wanted_and_boxes_otherwise()
    {
        _folder.GoodVoc();
        _folder.Plain("SegmentationClass/a.png", 48, 64, 2);
        _folder.Write("ImageSets/Segmentation/train.txt", "a\n");
        Assert.Equal((AnnotationKind.Boxes, 2), (Open("train").Kind, Open("train").Count));
        Assert.Equal((AnnotationKind.Boxes, 2), (Open("train", AnnotationKind.Boxes).Kind, Open("train", AnnotationKind.Boxes).Count));
        IDataset labels = Open("train", AnnotationKind.Labels);
        Assert.Equal((AnnotationKind.Labels, 1, 2), (labels.Kind, labels.Count, Labels(labels, 0)[0]));

        _folder.Write("classes.txt", "car\ndog\n"); // as for detection: masks count the background first
        labels = Open("train", AnnotationKind.Labels);
        Assert.Equal(["background", "car", "dog"], labels.Categories.Select(c => c.Name));
        Assert.Equal(2, Labels(labels, 0)[0]);
        _folder.Write("classes.txt", "_background_\ncar\ndog\n");
        Assert.Equal(["_background_", "car", "dog"], Open("train", AnnotationKind.Labels).Categories.Select(c => c.Name));
    }

    [Fact]
    public void A_VOC_folder_without_lists_has_one_split()
    {
        _folder.Picture("JPEGImages/a.png", 2, 2);
        _folder.Plain("SegmentationClass/a.png", 2, 2, 3);
        Assert.Equal(["a"], Names(VocLayout.AllSplit));
        _folder.Plain("SegmentationClass/b.png", 2, 2, 3);
        Assert.Contains("b.png: this mask has no picture", Assert.Throws<DataException>(() => Open("all")).Message);
    }

    [Fact]
    public void Cityscapes_counts_the_nineteen_evaluated_classes_of_fine_and_coarse_labels()
    {
        void Add(string kind, string split, string city, int frame, params byte[] ids)
        {
            string name = $"{split}/{city}/{city}_{frame:D6}_000019_";
            _folder.Picture($"leftImg8bit/{name}leftImg8bit.png", 1, 4, frame);
            _folder.Mask($"{kind}/{name}{kind}_labelIds.png", 1, 4, ids);
            _folder.Mask($"{kind}/{name}{kind}_instanceIds.png", 1, 4, 1, 1, 1, 1);
            _folder.Picture($"{kind}/{name}{kind}_color.png", 1, 4);
        }
        Add("gtFine", "train", "aachen", 1, 7, 33, 0, 26);
        Add("gtFine", "train", "ulm", 2, 8, 11, 29, 255);
        Add("gtFine", "val", "frankfurt", 3, 24, 25, 31, 14);
        Add("gtCoarse", "train", "aachen", 1, 7, 0, 0, 0);
        Add("gtCoarse", "train", "ulm", 2, 0, 0, 0, 8);
        Add("gtCoarse", "train_extra", "augsburg", 4, 23, 21, 0, 3);
        _folder.Picture("leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png", 1, 4);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.Cityscapes, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val", "train_coarse", "train_extra"], layout.Splits);
        IDataset train = Open("train");
        Assert.Equal(19, train.Categories.Count);
        Assert.Equal([new(7, "road"), new(33, "bicycle")], [train.Categories[0], train.Categories[18]]);
        Assert.Equal(["aachen_000001_000019_leftImg8bit", "ulm_000002_000019_leftImg8bit"], Names("train"));
        Assert.Equal([0, 18, 255, 13], Labels(train, 0));
        Assert.Equal([1, 2, 255, 255], Labels(train, 1));
        Assert.Equal([11, 12, 16, 255], Labels(Open("val"), 0));
        Assert.Equal([0, 255, 255, 255], Labels(Open("train_coarse"), 0));
        Assert.Equal([10, 8, 255, 255], Labels(Open("train_extra"), 0));

        File.Delete(_folder["gtCoarse/train/ulm/ulm_000002_000019_gtCoarse_labelIds.png"]);
        Assert.Contains("has no mask: there is no " + _folder["gtCoarse/train/ulm/ulm_000002_000019_gtCoarse_labelIds.png"],
            Assert.Throws<DataException>(() => Open("train_coarse")).Message);
        _folder.Mask("gtFine/val/frankfurt/frankfurt_000003_000019_gtFine_labelIds.png", 1, 4, 7, 7, 34, 7);
        Assert.Contains("value 34, the first in row 0, column 2", Assert.Throws<DataException>(() => Open("val").Load(0)).Message);
    }

    [Fact]
    public void ADE20K_ignores_what_is_none_of_its_150_classes()
    {
        _folder.Picture("images/training/ADE_train_00000001.png", 1, 4);
        _folder.Mask("annotations/training/ADE_train_00000001.png", 1, 4, 0, 1, 150, 13);
        _folder.Picture("images/validation/ADE_val_00000001.png", 1, 4, seed: 1);
        _folder.Mask("annotations/validation/ADE_val_00000001.png", 1, 4, 2, 2, 0, 0);
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.Ade20K, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal(["train", "val"], layout.Splits);
        IDataset train = Open("train");
        Assert.Equal(150, train.Categories.Select(c => c.Name).Distinct().Count());
        Assert.Equal([new(1, "wall"), new(13, "person"), new(150, "flag")],
            [train.Categories[0], train.Categories[12], train.Categories[149]]);
        Assert.Equal([255, 0, 149, 12], Labels(train, 0));
        Assert.Equal([1, 1, 255, 255], Labels(Open("val"), 0));
    }

    [Fact]
    public void Stanford_Background_has_text_files_and_no_splits()
    {
        for (int i = 0; i < 5; i++)
        {
            _folder.Picture($"images/{i}.png", 2, 3, i);
            _folder.Write($"labels/{i}.regions.txt", "0 7 -1\r\n 3 3  3\n\n");
            _folder.Write($"labels/{i}.surfaces.txt", "1 1 1\n1 1 1\n");
        }
        DatasetLayout layout = Dataset.Recognise(_folder.Root);
        Assert.Equal((DatasetFormat.StanfordBackground, AnnotationKind.Labels), (layout.Format, layout.Kind));
        Assert.Equal((4, 1, 5), (Open("train").Count, Open("val").Count, Open("trainval").Count));
        Assert.Equal(["sky", "foreground"], [Open("train").Categories[0].Name, Open("train").Categories[7].Name]);
        Assert.Equal([0, 7, 255, 3, 3, 3], Labels(Open("trainval"), 2));
        (string, string)[] faults =
        [
            ("0 1 2\n0 1\n", "row 1 has 2 numbers, but row 0 has 3"), ("", "it is empty"),
            ("0 1 2\n0 x 1", "number 1 (from 0) of row 1 is no whole number"), ("0 1 -2\n", "number 2 (from 0) of row 0"),
        ];
        foreach ((string text, string message) in faults)
        {
            _folder.Write("labels/2.regions.txt", text);
            Assert.Contains(message, Assert.Throws<DataException>(() => Open("trainval").Load(2)).Message);
        }
    }
}
