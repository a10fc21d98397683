using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Data;

public sealed class LabelMeDatasetTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A file with these shapes, one a line from line 2 on, and its picture of 40 x 80 pixels.</summary>
    private void Write(params string[] shapes) => WriteAs("a", "a.png", shapes);

    private void WriteAs(string stem, string picture, params string[] shapes)
    {
        _folder.Picture($"{stem}.png", 40, 80, seed: stem.Length);
        _folder.Write($"{stem}.json", $$"""
            {"version": "5.4.1", "flags": {}, "imageData": "AAAA", "shapes": [

            """ + string.Join(",\n", shapes) + $$"""

            ], "imagePath": "{{picture}}", "imageHeight": 40, "imageWidth": 80}
            """);
    }

    private static string Shape(string label, string type, string points, string more = "") =>
        $$"""{"label": "{{label}}", "shape_type": "{{type}}", "points": {{points}}{{more}}}""";

    private IReadOnlyList<Annotation> Annotations() => Dataset.Open(_folder.Root, "all")[0].Annotations;

    [Fact]
    public void Shapes_become_boxes_and_masks()
    {
        Write(Shape("dog", "rectangle", "[[30.5, 20], [10, 5]]"), Shape("car", "polygon", "[[1, 1], [9, 1], [9, 7.5]]"),
            Shape("car", "circle", "[[40, 20], [43, 24]]"), Shape("rail", "linestrip", "[[1, 2], [7, 3], [5, 9]]"),
            Shape("dog", "rectangle", "[[1, 2], [5, 2], [5, 9], [1, 9]]"));
        IDataset data = Dataset.Open(_folder.Root, "all");
        Assert.Equal([new(1, "car"), new(2, "dog"), new(3, "rail")], data.Categories);
        IReadOnlyList<Annotation> annotations = data[0].Annotations;
        Assert.Equal([new Box(10, 5, 30.5, 20), new Box(1, 1, 9, 7.5), new Box(35, 15, 45, 25), new Box(1, 2, 7, 9), new Box(1, 2, 5, 9)],
            annotations.Select(a => a.Box));
        Assert.Equal([1, 0, 0, 2, 1], annotations.Select(a => a.Category));
        Assert.Null(annotations[0].Mask);
        Assert.Null(annotations[3].Mask);
        Assert.Equal(RunLengthMask.FromPolygons([[1, 1, 9, 1, 9, 7.5]], new ImageSize(40, 80)), annotations[1].Mask);
        Assert.Equal(Math.PI * 25, annotations[2].Mask!.Area(), 4.0); // a circle of radius 5
        Assert.Equal(new Box(35, 15, 45, 25), annotations[2].Mask!.BoundingBox());
        Assert.Equal(2, DataInfo.Of(_folder.Root).Splits[0].Masks);
        Assert.Empty(DataCheck.Run(_folder.Root).Findings);
    }

    [Fact]
    public void Shapes_of_a_group_and_a_label_are_one_object_and_points_its_key_points()
    {
        Write(Shape("dog", "polygon", "[[1, 1], [9, 1], [9, 9]]", ", \"group_id\": 4"), Shape("car", "rectangle", "[[0, 0], [5, 5]]"),
            Shape("dog", "polygon", "[[20, 1], [29, 1], [29, 9]]", ", \"group_id\": 4"), Shape("tail", "point", "[[3, 4]]", ", \"group_id\": 4"),
            Shape("dog", "rectangle", "[[0, 0], [30, 10]]", ", \"group_id\": 4, \"flags\": {\"difficult\": true, \"iscrowd\": false}"),
            Shape("ear", "point", "[[5, 6]]", ", \"group_id\": 4, \"flags\": {\"hidden\": true}"));
        IDataset data = Dataset.Open(_folder.Root, "all");
        Annotation dog = data[0].Annotations[0];
        Assert.Equal(2, data[0].Annotations.Count);
        Assert.Equal(new Box(0, 0, 30, 10), dog.Box); // the rectangle's
        Assert.Equal(RunLengthMask.FromPolygons([[1, 1, 9, 1, 9, 9], [20, 1, 29, 1, 29, 9]], new ImageSize(40, 80)), dog.Mask);
        Assert.Equal((true, false), (dog.IsDifficult, dog.IsCrowd));
        Assert.Equal(["ear", "tail"], data.SkeletonOf(1)!.Names);
        Assert.Equal([new(5, 6, 1), new(3, 4, 2)], dog.Keypoints);
        Assert.Null(data.SkeletonOf(0));
    }

    [Fact]
    public void A_mask_lies_between_its_first_and_last_pixel()
    {
        byte[] png = Image.EncodeGreyPng(new ImageSize(2, 3), [1, 0, 255, 0, 1, 1]);
        Write(Shape("dog", "mask", "[[4, 7], [6, 8]]", $", \"mask\": \"{Convert.ToBase64String(png)}\""));
        Annotation dog = Annotations()[0];
        Assert.Equal(new Box(4, 7, 7, 9), dog.Box);
        Mask mask = dog.Mask!.ToBitmap();
        Assert.Equal([true, false, true, false, true, true],
            Enumerable.Range(0, 6).Select(i => mask[7 + i / 3, 4 + i % 3]));
        Assert.Equal(4, mask.Area());
    }

    [Theory]
    [InlineData("[[4, 7], [5, 8]]", "its mask is 2 x 3 (height x width), but its points, the first and the last pixel, leave 2 x 2")]
    [InlineData("[[4, 7], [6, 8]]", "no PNG file as Base64", "!!")]
    [InlineData("[[4, 7], [6, 8]]", "its mask", "AAAA")]
    public void A_wrong_mask_is_told_by_its_line(string points, string expected, string? mask = null)
    {
        Write(Shape("car", "rectangle", "[[0, 0], [5, 5]]"), Shape("dog", "mask", points,
            $", \"mask\": \"{mask ?? Convert.ToBase64String(Image.EncodeGreyPng(new ImageSize(2, 3), new byte[6]))}\""));
        Finding finding = Assert.Single(DataCheck.Run(_folder.Root).Findings);
        Assert.Equal((FindingKind.UnreadableMask, 3L), (finding.Kind, finding.Location.Line));
        Assert.Contains(expected, finding.Message);
        Annotation dog = Annotations()[1];
        Assert.Contains(expected, Assert.Throws<DataException>(() => dog.Mask).Message);
    }

    [Theory]
    [InlineData("""{"label": "dog", "points": [[1, 1], [2, 2]]}""", "is a polygon of 2 points, but at least three was expected")]
    [InlineData("""{"label": "dog", "shape_type": "rectangle", "points": [[1, 1]]}""", "two opposite corners")]
    [InlineData("""{"label": "dog", "shape_type": "rectangle", "points": [[1, 1], [2, 3], [3, 3], [1, 3]]}""", "is a rectangle of 4 points")]
    [InlineData("""{"label": "dog", "shape_type": "star", "points": [[1, 1]]}""", "has the type 'star'")]
    [InlineData("""{"label": "dog", "points": [[1, 1], [2, 2], [3]]}""", "has no \"points\" that are an array of [x, y]")]
    [InlineData("""{"label": "dog", "points": [[1, 1], [2, 2], [3, 1e300]]}""", "at most 100,000,000")]
    [InlineData("""{"label": "dog", "points": [[1, 1], [2, 2], [3, "4"]]}""", "all finite numbers")]
    [InlineData("""{"label": " ", "points": [[1, 1], [2, 2], [3, 4]]}""", "has no label")]
    [InlineData("""{"label": "dog", "shape_type": "mask", "points": [[1, 1], [2, 2]]}""", "has no \"mask\"")]
    [InlineData("""{"label": "nose", "shape_type": "point", "points": [[1, 1]]}""", "the point 'nose' belongs to no object")]
    [InlineData("7", "an entry of \"shapes\" is 7")]
    public void A_wrong_shape_is_told_by_its_line(string shape, string expected)
    {
        Write(Shape("car", "rectangle", "[[0, 0], [5, 5]]"), shape);
        Finding finding = Assert.Single(DataCheck.Run(_folder.Root).Findings);
        Assert.Equal((_folder["a.json"], 3L), (finding.Location.File, finding.Location.Line));
        Assert.Contains(expected, finding.Message);
        Assert.Contains(expected, Assert.Throws<DataException>(Annotations).Message);
    }

    [Fact]
    public void Pictures_are_found_by_the_files_name_or_the_stated_one()
    {
        WriteAs("a", "..\\\\old\\\\b.png", Shape("dog", "rectangle", "[[0, 0], [5, 5]]"));
        Assert.Equal(_folder["a.png"], Dataset.Open(_folder.Root, "all")[0].Path);
        WriteAs("a", "other.png", Shape("dog", "rectangle", "[[0, 0], [5, 5]]"));
        File.Move(_folder["a.png"], _folder["other.png"]);
        Assert.Equal(_folder["other.png"], Dataset.Open(_folder.Root, "all")[0].Path);
        File.Move(_folder["other.png"], _folder["third.png"]);
        Assert.Contains(DataCheck.Run(_folder.Root).Findings, finding => finding.Kind == FindingKind.MissingPicture);
    }

    [Fact]
    public void Folders_are_splits_with_the_same_classes()
    {
        WriteAs("train/a", "a.png", Shape("dog", "rectangle", "[[0, 0], [5, 5]]"));
        WriteAs("val/bb", "bb.png", Shape("car", "rectangle", "[[0, 0], [5, 5]]"));
        Assert.Equal((DatasetFormat.LabelMe, 2), (Dataset.Recognise(_folder.Root).Format, Dataset.Recognise(_folder.Root).Splits.Count));
        Assert.Equal(["car", "dog"], Dataset.Open(_folder.Root, "train").Categories.Select(c => c.Name));
        _folder.Write("labels.txt", "__ignore__\n_background_\ndog\n");
        Assert.Equal([new(1, "dog")], Dataset.Open(_folder.Root, "train").Categories);
        Assert.Contains("'car' is not in the class list: dog.", Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "val")).Message);
    }

    [Fact]
    public void Two_formats_in_one_folder_are_not_guessed_between()
    {
        Write(Shape("dog", "rectangle", "[[0, 0], [5, 5]]"));
        _folder.GoodVoc();
        string message = Assert.Throws<DataException>(() => Dataset.Recognise(_folder.Root)).Message;
        Assert.Contains("VOC annotations", message);
        Assert.Contains("LabelMe files", message);
    }
}
