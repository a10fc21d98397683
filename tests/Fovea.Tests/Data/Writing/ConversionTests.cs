using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Writing;
using Fovea.Imaging;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data.Writing;

/// <summary>Round trips through all formats, and what they tell of losses.</summary>
public sealed class ConversionTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Source => _folder["coco"];

    private ConversionReport To(DatasetFormat format, string from, string to, ConversionOptions? options = null) =>
        DataConversion.Run(_folder[from], format, _folder[to], options);

    /// <summary>A COCO folder of two splits whose objects have nothing that another format lacks but ids and class ids.</summary>
    private void Plain()
    {
        _folder.Picture("coco/train/7.png", seed: 7);
        _folder.Picture("coco/train/9.png", 30, 70, seed: 9);
        _folder.Picture("coco/val/11.png", seed: 11);
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7) + "," + Image(9, 30, 70),
            Annotation(100, 7, 18, "[1.07, 2.3, 30.51, 20.66]") + "," + Annotation(101, 7, 3, "[0, 0, 64, 48]") + "," +
            Annotation(102, 9, 3, "[5.1, 5.2, 10.3, 10.7]")));
        _folder.Write("coco/annotations/instances_val.json", CocoText(Image(11), Annotation(100, 11, 3, "[0.3, 1e-3, 12.345, 6.789]")));
    }

    /// <summary>Masks of all kinds: a polygon with decimals, two polygons, run lengths with a hole, a whole picture.</summary>
    private void Masked()
    {
        _folder.Picture("coco/train/7.png", 10, 12, seed: 7);
        string Outlined(long id, string box, string outline, string more = "") =>
            Annotation(id, 7, 3, box, $", \"segmentation\": {outline}{more}");
        var holed = RunLengthMask.FromBitmap(new Mask(new ImageSize(10, 12),
            [.. Enumerable.Range(0, 120).Select(i => (i / 12, i % 12) is ( >= 6 and <= 8, >= 7 and <= 10) and not (7, 8) ? (byte)1 : (byte)0)]));
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7, 10, 12),
            Outlined(1, "[0.5, 0.3, 4.2, 3.4]", "[[0.5, 0.3, 4.7, 0.5, 4.1, 3.7, 0.9, 3.1]]") + "," +
            Outlined(2, "[6, 0, 6, 3]", "[[6, 0, 8, 0, 8, 3, 6, 3], [10, 1, 12, 1, 12, 3, 10, 3]]") + "," +
            Outlined(3, "[7, 6, 4, 3]", $"{{\"size\": [10, 12], \"counts\": \"{holed.ToCompressed().Replace("\\", "\\\\")}\"}}") + "," +
            Outlined(4, "[1, 5, 2, 4]", "{\"size\": [10, 12], \"counts\": [15, 4, 6, 4, 91]}", ", \"area\": 8, \"iscrowd\": 1")));
    }

    private void Equal(IDataset expected, IDataset actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Categories.Select(c => c.Name), actual.Categories.Select(c => c.Name));
        for (int i = 0; i < expected.Count; i++)
        {
            ImageRecord a = expected[i], b = actual[i];
            Assert.Equal((Path.GetFileName(a.Path), a.Size, a.Annotations.Count), (Path.GetFileName(b.Path), b.Size, b.Annotations.Count));
            Assert.Equal(File.ReadAllBytes(a.Path), File.ReadAllBytes(b.Path));
            foreach ((Annotation x, Annotation y) in a.Annotations.Zip(b.Annotations))
            {
                Assert.Equal(x.Category, y.Category);
                Assert.Equal(x.Mask, y.Mask);
                Assert.Equal(x.Keypoints.Count, y.Keypoints.Count);
                foreach ((double p, double q) in ((double, double)[])[(x.Box.X1, y.Box.X1), (x.Box.Y1, y.Box.Y1), (x.Box.X2, y.Box.X2), (x.Box.Y2, y.Box.Y2),
                    .. x.Keypoints.Zip(y.Keypoints).SelectMany(k => ((double, double)[])[(k.First.X, k.Second.X), (k.First.Y, k.Second.Y),
                        (k.First.Visibility, k.Second.Visibility)])])
                    Assert.True(Math.Abs(p - q) <= tolerance * Math.Max(1, Math.Abs(p)), $"{p} became {q} in {b.Path}");
            }
        }
    }

    private void NothingWrong(string folder) => Assert.DoesNotContain(DataCheck.Run(_folder[folder]).Findings,
        finding => finding.Kind is not (FindingKind.DuplicatePicture or FindingKind.NoAnnotations));

    [Fact]
    public void COCO_keeps_everything()
    {
        Masked();
        ConversionReport report = To(DatasetFormat.Coco, "coco", "out");
        Assert.Empty(report.Losses);
        IDataset before = Dataset.Open(Source, "train"), after = Dataset.Open(_folder["out"], "train");
        Equal(before, after, tolerance: 0);
        Assert.Equal(before.Categories, after.Categories);
        Assert.Equal(before[0].Annotations.Select(a => (a.Id, a.IsCrowd)), after[0].Annotations.Select(a => (a.Id, a.IsCrowd)));
        Assert.Equal(8, after[0].Annotations[3].Area);
        Assert.Equal(before[0].Id, after[0].Id);
        string text = File.ReadAllText(_folder["out/annotations/instances_train.json"]);
        Assert.Contains("[0.5,0.3,4.2,3.4]", text);                           // not 3.4000000000000004
        Assert.Contains("[[0.5,0.3,4.7,0.5,4.1,3.7,0.9,3.1]]", text);
        NothingWrong("out");
    }

    [Theory]
    [InlineData(DatasetFormat.Voc)]
    [InlineData(DatasetFormat.Yolo)]
    [InlineData(DatasetFormat.LabelMe)]
    public void Boxes_come_back_from_every_format(DatasetFormat format)
    {
        Plain();
        ConversionReport report = To(format, "coco", "there");
        Assert.Equal([new ConvertedSplit("train", 2, 3), new ConvertedSplit("val", 1, 1)], report.Splits);
        Assert.Equal([ConversionLoss.Id, ConversionLoss.CategoryId], report.Losses.Keys);
        Assert.Equal((7, 2), (report.Losses[ConversionLoss.Id], report.Losses[ConversionLoss.CategoryId]));
        Assert.StartsWith("7 ids of pictures and objects", report.Lines[0]);
        Assert.Equal(format, Dataset.Recognise(_folder["there"]).Format);
        NothingWrong("there");
        Assert.Empty(To(DatasetFormat.Coco, "there", "back").Losses);
        foreach (string split in (string[])["train", "val"])
        {
            Equal(Dataset.Open(Source, split), Dataset.Open(_folder["there"], split));
            Equal(Dataset.Open(Source, split), Dataset.Open(_folder["back"], split));
        }
        NothingWrong("back");
    }

    [Theory]
    [InlineData(DatasetFormat.Voc, ConversionLoss.Crowd)]
    [InlineData(DatasetFormat.LabelMe)]
    [InlineData(DatasetFormat.Yolo, ConversionLoss.Crowd, ConversionLoss.JoinedMask)]
    public void Masks_come_back_bit_for_bit(DatasetFormat format, params ConversionLoss[] losses)
    {
        Masked();
        ConversionReport report = To(format, "coco", "there");
        Assert.Equal(losses.Append(ConversionLoss.Id).Append(ConversionLoss.CategoryId).Order(), report.Losses.Keys);
        NothingWrong("there");
        To(DatasetFormat.Coco, "there", "back");
        IDataset before = Dataset.Open(Source, "train"), after = Dataset.Open(_folder["back"], "train");
        Equal(before, after);
        Assert.All(after[0].Annotations, annotation => Assert.NotNull(annotation.Mask));
        Assert.Equal(format == DatasetFormat.LabelMe, after[0].Annotations[3].IsCrowd);
        NothingWrong("back");
    }

    [Theory]
    [InlineData(DatasetFormat.Yolo)]
    [InlineData(DatasetFormat.LabelMe)]
    public void Any_mask_comes_back(DatasetFormat format)
    {
        var random = new Random(3);
        var size = new ImageSize(23, 31);
        _folder.Picture("coco/train/7.png", size.Height, size.Width);
        RunLengthMask[] masks = [.. Enumerable.Range(0, 40).Select(i => RunLengthMask.FromBitmap(new Mask(size,
            [.. Enumerable.Range(0, (int)size.Pixels).Select(_ => random.NextDouble() < i / 40.0 + 0.01 ? (byte)1 : (byte)0)])))];
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7, size.Height, size.Width), string.Join(",",
            masks.Select((mask, i) => Annotation(i, 7, 3, "[0, 0, 5, 5]", ", \"segmentation\": {\"size\": [23, 31], " +
                $"\"counts\": [{string.Join(", ", mask.Counts.ToArray())}]}}")))));
        To(format, "coco", "there");
        Assert.Equal(masks, Dataset.Open(_folder["there"], "train")[0].Annotations.Select(a => a.Mask));
    }

    [Fact]
    public void A_box_beside_its_polygon_moves_in_YOLO_and_is_a_rectangle_in_LabelMe()
    {
        _folder.Picture("coco/train/7.png");
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7),
            Annotation(1, 7, 3, "[1, 1, 8, 8.5]", ", \"segmentation\": [[1, 1, 9, 1, 9, 9, 1, 9]], \"area\": 64")));
        ConversionReport report = To(DatasetFormat.Yolo, "coco", "yolo");
        Assert.Contains("1 boxes read as the smallest around their polygons, up to 0.5 pixels from what was stated.", report.Lines);
        Assert.Equal(9, Dataset.Open(_folder["yolo"], "train")[0].Annotations[0].Box.Y2, 1e-9);
        To(DatasetFormat.LabelMe, "coco", "labelme");
        Equal(Dataset.Open(Source, "train"), Dataset.Open(_folder["labelme"], "train"));
    }

    [Fact]
    public void VOC_gives_shared_pixels_to_the_later_object_and_needs_all_masks()
    {
        _folder.Picture("coco/train/7.png", 4, 6);
        _folder.Picture("coco/train/9.png", 4, 6, seed: 1);
        string square = ", \"area\": 4, \"segmentation\": {\"size\": [4, 6], \"counts\": [4, 2, 2, 2, 14]}";
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7, 4, 6) + "," + Image(9, 4, 6),
            Annotation(1, 7, 3, "[1, 0, 2, 2]", square) + "," +
            Annotation(2, 7, 3, "[1, 0, 1, 2]", ", \"area\": 2.5, \"segmentation\": {\"size\": [4, 6], \"counts\": [4, 2, 18]}") + "," +
            Annotation(3, 9, 3, "[1, 0, 2, 2]", square) + "," + Annotation(4, 9, 3, "[0, 0, 6, 4]")));
        ConversionReport report = To(DatasetFormat.Voc, "coco", "voc");
        Assert.Equal((1, 1, 1), (report.Losses[ConversionLoss.OverlappingMask], report.Losses[ConversionLoss.Mask], report.Losses[ConversionLoss.Area]));
        IDataset voc = Dataset.Open(_folder["voc"], "train");
        Assert.Equal([2L, 2L], voc[0].Annotations.Select(a => a.Mask!.Area()));
        Assert.All(voc[1].Annotations, annotation => Assert.Null(annotation.Mask));
    }

    [Theory]
    [InlineData(DatasetFormat.Yolo, ConversionLoss.Skeleton)]
    [InlineData(DatasetFormat.LabelMe, ConversionLoss.Skeleton)]
    [InlineData(DatasetFormat.Voc, ConversionLoss.Keypoints)]
    public void Key_points_come_back_where_the_format_has_them(DatasetFormat format, ConversionLoss loss)
    {
        _folder.Picture("coco/train/7.png");
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7),
            Annotation(1, 7, 4, "[1, 2, 30.5, 20]", ", \"keypoints\": [1.5, 2, 2, 3, 1.25, 1, 0, 0, 0]") + "," +
            Annotation(2, 7, 4, "[1, 2, 20.5, 20]", ", \"keypoints\": [1.5, 2, 2, 3, 1.25, 1, 60.1, 40, 1]"),
            """{"id": 4, "name": "dog", "keypoints": ["left ear", "nose", "right ear"], "skeleton": [[1, 2]]}"""));
        ConversionReport report = To(format, "coco", "there");
        Assert.Contains(loss, report.Losses.Keys);
        NothingWrong("there");
        IDataset before = Dataset.Open(Source, "train"), there = Dataset.Open(_folder["there"], "train");
        if (format == DatasetFormat.Voc)
        {
            Assert.All(there[0].Annotations, annotation => Assert.Empty(annotation.Keypoints));
            return;
        }
        Equal(before, there);
        To(DatasetFormat.Coco, "there", "back");
        IDataset back = Dataset.Open(_folder["back"], "train");
        Equal(before, back);
        Assert.Equal(before.SkeletonOf(0)!.Names, back.SkeletonOf(0)!.Names);
        Assert.Equal(before.SkeletonOf(0)!.MirrorPairs, back.SkeletonOf(0)!.MirrorPairs);
        NothingWrong("back");
    }

    [Fact]
    public void COCOs_person_keeps_its_skeleton()
    {
        _folder.Picture("coco/train/7.png");
        string names = string.Join(", ", Skeleton.CocoPerson.Names.Select(name => $"\"{name}\""));
        string limbs = string.Join(", ", Skeleton.CocoPerson.Limbs.Select(limb => $"[{limb.From + 1}, {limb.To + 1}]"));
        string points = "5, 6, 2, " + string.Join(", ", Enumerable.Repeat("0, 0, 0", 16));
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7), Annotation(1, 7, 1, "[1, 2, 30, 20]", $", \"keypoints\": [{points}]"),
            $$"""{"id": 1, "name": "person", "keypoints": [{{names}}], "skeleton": [{{limbs}}]}"""));
        foreach (DatasetFormat format in (DatasetFormat[])[DatasetFormat.Yolo, DatasetFormat.LabelMe, DatasetFormat.Coco])
        {
            ConversionReport report = To(format, "coco", format.ToString());
            Assert.DoesNotContain(ConversionLoss.Skeleton, report.Losses.Keys);
            IDataset there = Dataset.Open(_folder[format.ToString()], "train");
            Equal(Dataset.Open(Source, "train"), there);
            Assert.Equal(Skeleton.CocoPerson.Limbs, there.SkeletonOf(0)!.Limbs);
            Assert.Equal(Skeleton.CocoPerson.Names, there.SkeletonOf(0)!.Names);
        }
    }

    [Fact]
    public void Boxes_that_YOLO_cannot_say_are_cut_or_left_out()
    {
        _folder.Picture("coco/train/7.png");
        _folder.Write("coco/annotations/instances_train.json", CocoText(Image(7), Annotation(1, 7, 3, "[-10, 0, 80, 20]") + "," +
            Annotation(2, 7, 3, "[20, 20, -5, 5]") + "," + Annotation(3, 7, 3, "[-1, 0, 10, 10]")));
        ConversionReport report = To(DatasetFormat.Yolo, "coco", "yolo");
        Assert.Equal((1, 1), (report.Losses[ConversionLoss.CutBox], report.Losses[ConversionLoss.ReversedBox]));
        Assert.Equal([new ConvertedSplit("train", 1, 2)], report.Splits);
        IReadOnlyList<Annotation> annotations = Dataset.Open(_folder["yolo"], "train")[0].Annotations;
        Assert.Equal(new Box(0, 0, 64, 20), annotations[0].Box);
        Assert.Equal(-1, annotations[1].Box.X1, 1e-9); // its middle and its width are shares of the picture
    }

    [Fact]
    public void VOC_keeps_its_classes_and_lists_and_tells_difficult_in_COCO()
    {
        _folder.Voc("a", Object("dog", "1", "1", "10", "10", "<difficult>1</difficult>"));
        _folder.Voc("b", Object("car", 1, 1, 10, 10), seed: 1);
        _folder.Split("train", "a");
        _folder.Split("val", "b");
        _folder.Split("trainval", "a", "b");
        ConversionReport report = DataConversion.Run(_folder.Root, DatasetFormat.Coco, _folder["coco"]);
        Assert.Equal([ConversionLoss.Difficult], report.Losses.Keys);
        Assert.Equal(["train", "val"], report.Splits.Select(s => s.Name));
        Assert.Contains(report.Notes, note => note.Contains("trainval"));
        Assert.Equal(["car", "dog"], Dataset.Open(_folder["coco"], "train").Categories.Select(c => c.Name));

        report = DataConversion.Run(_folder.Root, DatasetFormat.LabelMe, _folder["labelme"], new ConversionOptions { Splits = ["trainval", "val"] });
        Assert.Equal([ConversionLoss.RepeatedPicture], report.Losses.Keys);
        Assert.True(Dataset.Open(_folder["labelme"], "trainval")[0].Annotations[0].IsDifficult);
    }

    [Fact]
    public void Years_of_splits_go_and_pictures_of_one_name_stay_apart()
    {
        _folder.GoodCoco();
        File.Move(_folder["train2017/9.png"], _folder["train2017/7.webp"]);
        string json = _folder["annotations/instances_train2017.json"];
        File.WriteAllText(json, File.ReadAllText(json).Replace("9.png", "7.webp"));
        ConversionReport report = DataConversion.Run(_folder.Root, DatasetFormat.Yolo, _folder["yolo"]);
        Assert.Equal((2, 1), (report.Losses[ConversionLoss.SplitName], report.Losses[ConversionLoss.PictureName]));
        IDataset train = Dataset.Open(_folder["yolo"], "train");
        Assert.Equal(["7-2.webp", "7.png"], train.Categories.Count == 2 ? [Path.GetFileName(train[0].Path), Path.GetFileName(train[1].Path)] : []);
        Assert.Equal(2, train[1].Annotations.Count);
    }
}
