using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data;

public sealed class CocoMaskTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IDataset Open(string split = "train") => Dataset.Open(_folder.Root, split, wanted: AnnotationKind.Labels);

    /// <summary>A COCO folder with one picture of 4 x 6 pixels and these annotations; categories 3 car and 18 dog.</summary>
    private void Write(params string[] annotations)
    {
        _folder.Picture("train/7.png", 4, 6);
        _folder.Write("annotations/instances_train.json", CocoText(Image(7, 4, 6), string.Join(",\n", annotations)));
    }

    private static string Object(long id, long category, string outline) =>
        Annotation(id, 7, category, "[0, 0, 6, 4]", $", \"segmentation\": {outline}");

    private string Refused() => Assert.Throws<DataException>(() => Open().Load(0)).Message;

    [Fact]
    public void Polygons_and_run_lengths_are_drawn_and_meetings_of_classes_are_ignored()
    {
        Write(
            Object(1, 3, "[[1, 0, 3, 0, 3, 2, 1, 2], [4.4, 2.5, 6, 2.5, 6, 3.6, 4.4, 3.6]]"),
            Object(2, 18, """{"size": [4, 6], "counts": [9, 3, 12]}"""),
            Object(3, 18, """{"counts": "92=", "size": [4, 6]}"""));
        Assert.Equal(AnnotationKind.Boxes, Dataset.Open(_folder.Root, "train").Kind);
        IDataset data = Open();
        Assert.Equal([new(0, "background"), new(1, "car"), new(2, "dog")], data.Categories);
        Assert.Equal((AnnotationKind.Labels, 7L), (data.Kind, data[0].Id));
        Sample sample = data.Load(0);
        Assert.Empty(sample.Annotations);
        Assert.Equal(
        [
            0, 1, 1, 0, 0, 0,
            0, 1, 255, 0, 0, 0,
            0, 0, 2, 0, 1, 1,
            0, 0, 2, 0, 1, 1,
        ], sample.Labels!.Labels);

        IDataset other = Dataset.Open(_folder["annotations/instances_train.json"], "", wanted: AnnotationKind.Labels);
        Assert.Equal(sample.Labels.Labels, other.Load(0).Labels!.Labels);
        other = Dataset.Open(_folder.Root, "train", [new(1, "dog"), new(2, "car"), new(3, "background")], AnnotationKind.Labels);
        Assert.Equal([2, 1, 1, 2, 2, 2], other.Load(0).Labels!.Labels[..6]);
    }

    [Fact]
    public void A_picture_without_objects_is_background_and_outlines_may_leave_the_picture()
    {
        Write();
        Assert.All(Open().Load(0).Labels!.Labels, label => Assert.Equal(0, label));
        Write(Object(1, 3, "[[-10, -10, 100, -10, 100, 1.4, -10, 1.4]]"));
        Assert.Equal([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], Open().Load(0).Labels!.Labels[..12]);
        Write(Object(1, 3, "[[0, 0, 4, 0, 0, 4]]")); // a triangle: middles below its slope, and on it (3.5 is not below 3.5)
        Assert.Equal(
        [
            1, 1, 1, 0, 0, 0,
            1, 1, 0, 0, 0, 0,
            1, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0,
        ], Open().Load(0).Labels!.Labels);
    }

    [Fact]
    public void What_is_wrong_is_told_with_its_place()
    {
        Write(Annotation(1, 7, 3, "[0, 0, 6, 4]"));
        string message = Assert.Throws<DataException>(() => Open()).Message;
        Assert.Contains("annotation 1 has a box, but no outline (\"segmentation\"), which labels are made of.", message);
        Assert.StartsWith(_folder["annotations/instances_train.json"] + ":2:", message);

        Write(Object(1, 3, "[[0, 0, 4, 0, 0, 4]]"), Annotation(2, 7, 3, "[0, 0, 6, 4]"));
        Assert.Contains("instances_train.json:3:1: annotation 2: it has no outline", Refused());
        Write(Object(1, 3, "[[0, 0, 4, 0]]"));
        Assert.Contains("a polygon of its outline has 4 numbers", Refused());
        Write(Object(1, 3, "[[0, 0, 4, 0, 0, \"4\"]]"));
        Assert.Contains("its outline holds \"4\" where a number was expected", Refused());
        Write(Object(1, 3, "[]"));
        Assert.Contains("is empty", Refused());
        Write(Object(1, 3, """{"size": [6, 4], "counts": [24]}"""));
        Assert.Contains("its mask is 6 x 4, but the picture 4 x 6", Refused());
        foreach (string counts in (string[])["[20]", "[-1, 25]", "[24, 1]", "\"0\"", "\"P\""])
        {
            Write(Object(1, 3, $"{{\"size\": [4, 6], \"counts\": {counts}}}"));
            Assert.Contains("are no run lengths of 24 pixels", Refused());
        }
        Write(Object(1, 3, "[[0, 0, 4, 0, 0, 4]]"));
        _folder.Picture("train/7.png", 6, 4);
        Assert.Contains("the mask is 4 x 6 (height x width), but its picture", Refused());
    }

    [Fact]
    public void The_check_draws_all_of_them()
    {
        Write(Object(1, 3, "[[0, 0, 4, 0, 0, 4]]"), Object(2, 18, "[[4, 0, 6, 0, 6, 4, 4, 4]]"));
        DataCheckReport report = DataCheck.Run(_folder.Root, new DataCheckOptions { Wanted = AnnotationKind.Labels });
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Equal((AnnotationKind.Labels, DatasetFormat.Coco), (report.Kind, report.Format));
        Write(Object(1, 3, "[[0, 0, 4, 0, 0, 4]]"), Object(2, 18, "[[4, 0]]"));
        report = DataCheck.Run(_folder.Root, new DataCheckOptions { Wanted = AnnotationKind.Labels });
        Assert.Contains("a polygon of its outline has 2 numbers",
            report.Findings.Single(f => f.Kind == FindingKind.UnreadableMask).Message);
    }
}
