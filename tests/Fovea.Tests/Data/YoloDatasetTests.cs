using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class YoloDatasetTests : IDisposable
{
    private const string Names = "train: images/train\nval: images/val\nnc: 2\nnames:\n  0: car\n  1: dog\n";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One split of one picture of 40 x 80 pixels, with these lines.</summary>
    private void Write(string lines, string yaml = "train: images/train\nnames: [car, dog]\n")
    {
        _folder.Picture("images/train/a.png", 40, 80);
        _folder.Write("labels/train/a.txt", lines);
        _folder.Write("data.yaml", yaml);
    }

    private IDataset Open() => Dataset.Open(_folder.Root, "train");

    [Fact]
    public void Shares_of_the_picture_become_pixels()
    {
        Write("1 0.5 0.25 0.25 0.5\n\n  0 0.5 0.5 1 1\r\n");
        _folder.Picture("images/train/empty.png", 10, 10, seed: 3);
        IDataset data = Open();
        Assert.Equal((DatasetFormat.Yolo, 2), (Dataset.Recognise(_folder.Root).Format, data.Count));
        Assert.Equal([new(1, "car"), new(2, "dog")], data.Categories);
        Assert.Equal([new Box(30, 0, 50, 20), new Box(0, 0, 80, 40)], data[0].Annotations.Select(a => a.Box));
        Assert.Equal([1, 0], data[0].Annotations.Select(a => a.Category));
        Assert.Equal((new ImageSize(40, 80), 400.0), (data[0].Size, data[0].Annotations[0].Area));
        Assert.Empty(data[1].Annotations); // a picture without a label file shows background
        Assert.Null(data[0].Annotations[0].Mask);
        Assert.Equal(FindingKind.NoAnnotations, Assert.Single(DataCheck.Run(_folder.Root).Findings).Kind);
    }

    [Theory]
    [InlineData("data.yaml", Names, "images/train/a.png", "labels/train/a.txt")]
    [InlineData("my.yml", "names: [car, dog]\ntrain: ../train/images\nval: ../valid/images\ntest: ../test/images", "train/images/a.png", "train/labels/a.txt")]
    [InlineData("data.yaml", "path: /datasets/here\ntrain: /datasets/here/images/train\nnames: [car, dog]", "images/train/a.png", "labels/train/a.txt")]
    [InlineData("classes.txt", "car\ndog\n", "images/train/a.png", "labels/train/a.txt")]
    [InlineData("classes.txt", "car\ndog\n", "train/images/a.png", "train/labels/a.txt")]
    [InlineData("classes.txt", "car\ndog\n", "train/a.png", "train/a.txt")]
    [InlineData("data.yaml", "names: [car, dog]\ntrain: [images/a]", "images/a/a.png", "labels/a/a.txt")]
    [InlineData("obj.names", "car\ndog\n", "obj_train_data/a.png", "obj_train_data/a.txt", "all")]
    [InlineData("classes.txt", "car\ndog\n", "images/a.png", "labels/a.txt", "all")]
    [InlineData("classes.txt", "car\ndog\n", "a.png", "a.txt", "all")]
    public void Usual_layouts_are_found(string nameFile, string names, string picture, string label, string split = "train")
    {
        _folder.Write(nameFile, names);
        _folder.Picture(picture, 40, 80);
        _folder.Write(label, "1 0.5 0.25 0.25 0.5\n");
        Assert.Equal([split], Dataset.Recognise(_folder.Root).Splits);
        IDataset data = Dataset.Open(_folder.Root, split);
        Annotation annotation = Assert.Single(data[0].Annotations);
        Assert.Equal(("dog", new Box(30, 0, 50, 20)), (data.Categories[annotation.Category].Name, annotation.Box));
        Assert.Empty(DataCheck.Run(_folder.Root).Findings);
    }

    [Fact]
    public void Lists_of_pictures_are_splits()
    {
        Write("0 0.5 0.5 0.5 0.5", "train: train.txt\nval: val.txt\nnames: [car, dog]\n");
        _folder.Picture("images/train/b.png", seed: 4);
        _folder.Write("labels/train/b.txt", "1 0.5 0.5 0.5 0.5");
        _folder.Write("train.txt", "./images/train/a.png\n");
        _folder.Write("val.txt", "/somewhere/else/images/train/b.png\n");
        Assert.Equal(["train", "val"], Dataset.Recognise(_folder.Root).Splits);
        Assert.Equal(1, Dataset.Open(_folder.Root, "val")[0].Annotations[0].Category);
        _folder.Write("val.txt", "images/train/c.png\n");
        var error = Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val"));
        Assert.Equal(new DataLocation(_folder["val.txt"], 1), error.Location);
    }

    [Fact]
    public void Polygons_are_masks()
    {
        Write("0 0.125 0.25 0.5 0.25 0.5 0.75 0.125 0.75\n1 0.5 0.5 0.25 0.25\n");
        Annotation annotation = Open()[0].Annotations[0];
        Assert.Equal(new Box(10, 10, 40, 30), annotation.Box);
        Assert.Equal(RunLengthMask.FromPolygons([[10, 10, 40, 10, 40, 30, 10, 30]], new ImageSize(40, 80)), annotation.Mask);
        Assert.Equal(1, DataInfo.Of(_folder.Root).Splits[0].Masks);
        Assert.True(DataCheck.Run(_folder.Root).IsClean);
    }

    [Fact]
    public void Key_points_have_names_and_mirror_pairs()
    {
        Write("1 0.5 0.5 0.5 0.5 0.25 0.5 2 0.5 0.75 1 0 0 0\n0 0.5 0.5 0.25 0.25 0 0 0 0 0 0 0 0 0\n",
            "train: images/train\nnames: [car, dog]\nkpt_shape: [3, 3]\nflip_idx: [0, 2, 1]\nkpt_names:\n  1: [nose, port, starboard]\n");
        IDataset data = Open();
        Assert.Equal([new(20, 20, 2), new(40, 30, 1), default], data[0].Annotations[0].Keypoints);
        Assert.Empty(data[0].Annotations[1].Keypoints);
        Assert.Null(data.SkeletonOf(0));
        Skeleton skeleton = data.SkeletonOf(1)!;
        Assert.Equal(["nose", "port", "starboard"], skeleton.Names);
        Assert.Equal([(1, 2)], skeleton.MirrorPairs);
        Assert.Empty(DataCheck.Run(_folder.Root).Findings);
    }

    [Fact]
    public void Key_points_without_visibility_are_visible_but_at_the_origin()
    {
        Write("0 0.5 0.5 0.5 0.5 0.25 0.5 0 0", "train: images/train\nnames: [car]\nkpt_shape: [2, 2]\n");
        IDataset data = Open();
        Assert.Equal([new(20, 20, 2), default], data[0].Annotations[0].Keypoints);
        Assert.Equal(["1", "2"], data.SkeletonOf(0)!.Names);
    }

    [Theory]
    [InlineData("x 0.5 0.5 0.1 0.1", FindingKind.BadAnnotation, "begins with 'x'")]
    [InlineData("-1 0.5 0.5 0.1 0.1", FindingKind.BadAnnotation, "begins with '-1'")]
    [InlineData("1.5 0.5 0.5 0.1 0.1", FindingKind.BadAnnotation, "the number of a class, counted from 0")]
    [InlineData("2 0.5 0.5 0.1 0.1", FindingKind.UnknownClass, "the class 2 is not in the class list, which ends with 1, dog")]
    [InlineData("0 0.5 0.5 0.1", FindingKind.BadAnnotation, "there are 3 numbers after the class")]
    [InlineData("0 0.5 0.5 0.1 0.1 0.1", FindingKind.BadAnnotation, "there are 5 numbers")]
    [InlineData("0 0.5 0.5 0.1 0.1 0.1 0.1 0.1", FindingKind.BadAnnotation, "there are 7 numbers")]
    [InlineData("0 0.5 1.01 0.1 0.1", FindingKind.BadAnnotation, "number 2 after the class is '1.01'")]
    [InlineData("0 0.5 0.5 -0.1 0.1", FindingKind.BadAnnotation, "number 3 after the class is '-0.1'")]
    [InlineData("0 nan 0.5 0.1 0.1", FindingKind.BadAnnotation, "number 1 after the class is 'nan'")]
    [InlineData("0 0,5 0.5 0.1 0.1", FindingKind.BadAnnotation, "a share of the picture from 0 to 1 was expected")]
    public void A_wrong_line_is_told_by_its_number(string line, FindingKind kind, string expected)
    {
        Write("0 0.5 0.5 0.5 0.5\n" + line);
        Finding finding = Assert.Single(DataCheck.Run(_folder.Root).Findings);
        Assert.Equal((kind, new DataLocation(_folder["labels/train/a.txt"], 2)), (finding.Kind, finding.Location));
        Assert.Contains(expected, finding.Message);
        Assert.Contains(expected, Assert.Throws<DataException>(Open).Message);
    }

    [Theory]
    [InlineData("0 0.5 0.5 0.5 0.5", "there are 4 numbers after the class, but 7 were expected")]
    [InlineData("0 0.5 0.5 0.5 0.5 0.5 0.5 3", "number 7 after the class is '3', but a visibility")]
    [InlineData("0 0.5 0.5 0.5 0.5 0.5 1.5 2", "number 6 after the class is '1.5', but a share")]
    public void Wrong_key_points_are_told(string line, string expected)
    {
        Write(line, "train: images/train\nnames: [car]\nkpt_shape: [1, 3]\n");
        Assert.Contains(expected, Assert.Throws<DataException>(Open).Message);
    }

    [Theory]
    [InlineData("names: [car, dog, car]\n", 1, "the class 'car' is listed twice")]
    [InlineData("nc: 3\nnames: [car, dog]\n", 1, "nc is '3', but there are 2 names")]
    [InlineData("names:\n  0: car\n  2: dog\n", 3, "the class number '2' stands where 1 was expected")]
    [InlineData("names: [car, dog]\nkpt_shape: [3]\n", 2, "kpt_shape is not the number of key points")]
    [InlineData("names: [car, dog]\nkpt_shape: [2, 3]\nflip_idx: [0, 0]\n", 3, "flip_idx does not give each of 2 key points")]
    [InlineData("names: [car, dog]\nkpt_shape: [2, 3]\nkpt_names: {0: [a]}\n", 3, "kpt_names has 1 names for class 0, but kpt_shape says 2")]
    public void A_wrong_yaml_is_told_by_its_line(string yaml, long line, string expected)
    {
        Write("", yaml);
        var error = Assert.Throws<DataException>(Open);
        Assert.Equal(new DataLocation(_folder["data.yaml"], line), error.Location);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Labels_without_names_or_picture_are_told()
    {
        Write("0 0.5 0.5 0.5 0.5");
        _folder.Write("labels/train/b.txt", "0 0.5 0.5 0.5 0.5");
        Finding finding = Assert.Single(DataCheck.Run(_folder.Root).Findings);
        Assert.Equal((FindingKind.NoPicture, _folder["labels/train/b.txt"]), (finding.Kind, finding.Location.File));
        File.Delete(_folder["data.yaml"]);
        Assert.Contains("classes.txt", Assert.Throws<DataException>(Open).Message);
    }

    [Fact]
    public void A_given_class_list_numbers_the_classes()
    {
        Write("0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.25 0.25");
        Category[] classes = [new(7, "dog"), new(5, "car")];
        Assert.Equal([1, 0], Dataset.Open(_folder.Root, "train", classes)[0].Annotations.Select(a => a.Category));
        Assert.Contains("'dog' is not in the class list: car.",
            Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "train", [new(1, "car")])).Message);
    }

    [Fact]
    public void A_damaged_picture_and_a_split_that_is_not_there_are_told()
    {
        Write("0 0.5 0.5 0.5 0.5", Names);
        File.WriteAllText(_folder["images/train/a.png"], "no picture");
        DataCheckReport report = DataCheck.Run(_folder.Root);
        Assert.Equal(FindingKind.UnreadablePicture, Assert.Single(report.Findings).Kind);
        Assert.Contains(report.Notes, note => note.Contains("images/val") && note.Contains("not there"));
    }
}
