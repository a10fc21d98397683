using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;
using Fovea.Imaging;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data;

/// <summary>Masks and key points of objects, from COCO's files and VOC's.</summary>
public sealed class InstanceMaskTests : IDisposable
{
    private const string Person = """
        {"id": 4, "name": "person", "keypoints": ["nose", "left_eye", "Right_Eye"], "skeleton": [[1, 2], [1, 3]]}
        """;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A COCO folder with one picture of 4 x 6 pixels.</summary>
    private void Write(params string[] annotations)
    {
        _folder.Picture("train/7.png", 4, 6);
        _folder.Write("annotations/instances_train.json", CocoText(Image(7, 4, 6), string.Join(",\n", annotations), Person));
    }

    private static string Outlined(long id, string outline, string box = "[1, 0, 2, 2]") =>
        Annotation(id, 7, 4, box, $", \"segmentation\": {outline}");

    private IDataset Open() => Dataset.Open(_folder.Root, "train");

    private Finding[] Check() => [.. DataCheck.Run(_folder.Root).Findings];

    [Fact]
    public void Polygons_and_run_lengths_become_masks()
    {
        Write(Outlined(1, "[[1, 0, 3, 0, 3, 2, 1, 2]]"), Outlined(2, """{"size": [4, 6], "counts": [4, 2, 2, 2, 14]}"""),
            Outlined(3, """{"counts": "4220<", "size": [4, 6], "more": [{}]}"""), Annotation(4, 7, 4, "[1, 0, 2, 2]"), Outlined(5, "[]"));
        var square = RunLengthMask.FromUncompressed([4, 2, 2, 2, 14], new ImageSize(4, 6));
        foreach (IReadOnlyList<Annotation> annotations in (IReadOnlyList<Annotation>[])[Open().Load(0).Annotations, Open()[0].Annotations])
        {
            Assert.Equal(square, annotations[0].Mask);
            Assert.Equal(square, annotations[1].Mask);
            Assert.Equal(square.Size, annotations[2].Mask!.Size);
            Assert.Null(annotations[3].Mask);
            Assert.Null(annotations[4].Mask);
            Assert.Null((annotations[0] with { Mask = null }).Mask);
        }
        SplitInfo info = DataInfo.Of(_folder.Root).Splits[0];
        Assert.Equal((5, 3, 0), (info.Boxes, info.Masks, info.WithKeypoints));
    }

    [Fact]
    public void Key_points_and_skeletons_are_read()
    {
        Write(Annotation(1, 7, 4, "[0, 0, 6, 4]", """, "keypoints": [1.5, 2, 2, 3, 1, 1, 0, 0, 0], "num_keypoints": 2"""),
            Annotation(2, 7, 4, "[0, 0, 5, 4]", """, "keypoints": [0, 0, 0, 0, 0, 0, 0, 0, 0]"""), Annotation(3, 7, 4, "[0, 0, 4, 4]"));
        IDataset data = Open();
        Skeleton skeleton = data.SkeletonOf(0)!;
        Assert.Equal(["nose", "left_eye", "Right_Eye"], skeleton.Names);
        Assert.Equal([(0, 1), (0, 2)], skeleton.Limbs);
        Assert.Equal([(1, 2)], skeleton.MirrorPairs);
        Assert.Equal([0.067, 0.067, 0.067], skeleton.Sigmas);
        IReadOnlyList<Annotation> annotations = data[0].Annotations;
        Assert.Equal([new(1.5, 2, 2), new(3, 1, 1), new(0, 0, 0)], annotations[0].Keypoints);
        Assert.Equal(new Keypoint[3], annotations[1].Keypoints);
        Assert.Empty(annotations[2].Keypoints);
        Assert.Equal(1, DataInfo.Of(_folder.Root).Splits[0].WithKeypoints);
        Assert.Empty(Check());
    }

    [Fact]
    public void COCOs_person_is_recognised_by_its_names()
    {
        Skeleton read = Skeleton.Of(Skeleton.CocoPerson.Names, Skeleton.CocoPerson.Limbs);
        Assert.Equal(Skeleton.CocoPerson.MirrorPairs, read.MirrorPairs);
        Assert.Equal((0.026, 0.107, 0.089), (read.Sigmas[0], read.Sigmas[11], read.Sigmas[16]));
    }

    [Fact]
    public void Files_of_key_points_are_found_where_there_are_no_others()
    {
        _folder.Picture("val2017/7.png", 4, 6);
        _folder.Write("annotations/person_keypoints_val2017.json", CocoText(Image(7, 4, 6), Annotation(1, 7, 4, "[0, 0, 6, 4]"), Person));
        _folder.Write("annotations/captions_val2017.json", "{}");
        Assert.Equal(1, Dataset.Open(_folder.Root, "val").Count);
        Assert.Equal(1, Dataset.Open(_folder["annotations/person_keypoints_val2017.json"], "").Count);
    }

    [Theory]
    [InlineData("[[1, 0, 3, 0]]", FindingKind.UnreadableMask, "a polygon of its outline has 4 numbers")]
    [InlineData("[1, 0, 3, 0, 3, 2]", FindingKind.UnreadableMask, "is 1, not an array")]
    [InlineData("[[1, 0, 3, 0, 3, 1e300]]", FindingKind.UnreadableMask, "100,000,000 pixels away")]
    [InlineData("""{"size": [6, 4], "counts": [24]}""", FindingKind.UnreadableMask, "its mask is 6 x 4, but the picture 4 x 6")]
    [InlineData("""{"size": 5, "counts": [24]}""", FindingKind.UnreadableMask, "its mask is of no size")]
    [InlineData("""{"size": [4, 6]}""", FindingKind.UnreadableMask, "no \"counts\"")]
    [InlineData("""{"size": [4, 6], "counts": "P"}""", FindingKind.UnreadableMask, "no run lengths of 24 pixels")]
    [InlineData("""{"size": [4, 6], "counts": [24]}""", FindingKind.WrongMask, "its mask is empty")]
    [InlineData("[[1, 0, 3, 0, 1, 0]]", FindingKind.WrongMask, "its mask is empty")]
    [InlineData("[[11, 0, 13, 0, 13, 2, 11, 2]]", FindingKind.WrongMask, "lies beside the picture of 4 x 6")]
    [InlineData("[[1, -1, 3, -1, 3, 2, 1, 2]]", FindingKind.OutOfPicture, "its outline reaches out")]
    [InlineData("[[4, 0, 6, 0, 6, 2, 4, 2]]", FindingKind.WrongMask, "but its mask reaches from (4, 0) to (6, 2)")]
    public void What_is_wrong_with_a_mask_is_told(string outline, FindingKind kind, string expected)
    {
        Write(Outlined(1, outline), Outlined(2, "[[1, 0, 3, 0, 3, 2, 1, 2]]", "[1, 0, 2, 1.9]"));
        Finding finding = Assert.Single(Check());
        Assert.Equal(kind, finding.Kind);
        Assert.StartsWith("annotation 1: ", finding.Message);
        Assert.Contains(expected, finding.Message);
        Assert.EndsWith("instances_train.json", finding.Location.File);
        Annotation annotation = Open().Load(0).Annotations[0];
        if (kind == FindingKind.UnreadableMask) Assert.Contains(expected, Assert.Throws<DataException>(() => annotation.Mask).Message);
        else Assert.NotNull(annotation.Mask);
    }

    [Theory]
    [InlineData("[1, 1, 2, 0, 0, 0]", "it has 2 key points, but its class \"person\" has 3.")]
    [InlineData("[1, 1, 2, 0, 0, 0, 9, 1, 1]", "a key point at (9, 1) lies outside the picture of 4 x 6")]
    [InlineData("[1, 1, 3, 0, 0, 0, 1, 1, 1]", "not all of them of these kinds")]
    [InlineData("[1, 1, 2, 0]", "are 4 numbers")]
    [InlineData("[1, 1, null]", "are 2 numbers")]
    [InlineData("\"x\"", "is \"x\"")]
    public void What_is_wrong_with_key_points_is_told(string keypoints, string expected)
    {
        Write(Annotation(1, 7, 4, "[0, 0, 6, 4]", $", \"keypoints\": {keypoints}"), Annotation(2, 7, 4, "[0, 0, 5, 4]"));
        Assert.Contains(expected, Assert.Single(Check()).Message);
    }

    [Theory]
    [InlineData("""{"id": 4, "name": "person", "keypoints": ["a", 5]}""", "but a name was expected")]
    [InlineData("""{"id": 4, "name": "person", "keypoints": ["a"], "skeleton": [[1, 2]]}""", "beyond its 1")]
    [InlineData("""{"id": 4, "name": "person", "keypoints": ["a"], "skeleton": [[0, 1]]}""", "counted from 1")]
    public void A_wrong_skeleton_is_told(string category, string expected)
    {
        _folder.Picture("train/7.png", 4, 6);
        _folder.Write("annotations/instances_train.json", CocoText(Image(7, 4, 6), Annotation(1, 7, 4, "[0, 0, 6, 4]"), category));
        Assert.Contains(expected, Assert.Single(Check()).Message);
    }

    [Fact]
    public void Objects_of_VOC_have_masks_where_there_are_files_of_them()
    {
        _folder.Voc("a", Object("car", 1, 1, 2, 2) + "\n" + Object("dog", 4, 1, 6, 4), 4, 6);
        _folder.Voc("b", Object("dog", 1, 1, 6, 4), 4, 6);
        _folder.Mask("SegmentationObject/a.png", 4, 6, isPalette: true,
        [
            1, 1, 255, 2, 2, 2,
            1, 0, 255, 2, 2, 2,
            0, 0, 255, 0, 2, 2,
            0, 0, 255, 0, 0, 2,
        ]);
        IDataset data = Dataset.Open(_folder.Root, "all");
        IReadOnlyList<Annotation> annotations = data.Load(0).Annotations;
        Assert.Equal((3L, new Box(0, 0, 2, 2)), (annotations[0].Mask!.Area(), annotations[0].Mask!.BoundingBox()));
        Assert.Equal((9L, new Box(3, 0, 6, 4)), (annotations[1].Mask!.Area(), annotations[1].Mask!.BoundingBox()));
        Assert.Null(data[1].Annotations[0].Mask);
        Assert.DoesNotContain(Check(), finding => finding.Kind is FindingKind.WrongMask or FindingKind.UnreadableMask);

        _folder.Plain("SegmentationObject/b.png", 6, 4, 1);
        Assert.Contains("the mask is 6 x 4 (height x width), but its picture 4 x 6",
            Assert.Throws<DataException>(() => Dataset.Open(_folder.Root, "all").Load(1).Annotations[0].Mask).Message);
        Assert.Contains(Check(), finding => finding.Kind == FindingKind.UnreadableMask);
    }
}
