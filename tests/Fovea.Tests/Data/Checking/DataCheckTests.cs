using Fovea.Data;
using Fovea.Data.Checking;
using static Fovea.Tests.Data.DataFolder;

namespace Fovea.Tests.Data.Checking;

public sealed class DataCheckTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DataCheckReport Run() => DataCheck.Run(_folder.Root);

    /// <summary>Runs the check, which must find exactly one thing.</summary>
    private Finding Single(FindingKind kind)
    {
        Finding finding = Assert.Single(Run().Findings);
        Assert.Equal(kind, finding.Kind);
        return finding;
    }

    [Fact]
    public void Good_data_have_no_findings()
    {
        _folder.GoodVoc();
        DataCheckReport report = Run();
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Equal([new("train", 2, 3), new("val", 1, 1)], report.Splits);
        Assert.Equal(["car", "dog"], report.Classes);
        using var coco = new DataFolder();
        coco.GoodCoco();
        report = DataCheck.Run(coco.Root);
        Assert.True(report.IsClean, string.Join('\n', report.Findings));
        Assert.Equal([new("train2017", 2, 3), new("val2017", 1, 1)], report.Splits);
    }

    [Theory]
    [InlineData(20, 20, 20, 20, FindingKind.DegenerateBox, "wide and high")]
    [InlineData(20, 20, 20, 30, FindingKind.DegenerateBox, "pixel wide")]
    [InlineData(20, 20, 30, 20, FindingKind.DegenerateBox, "pixel high")]
    [InlineData(21, 20, 20, 30, FindingKind.ReversedBox, "xmin 21, ymin 20, xmax 20, ymax 30")]
    [InlineData(20, 20, 65, 30, FindingKind.OutOfPicture, "48 x 64")]
    [InlineData(0, 20, 30, 30, FindingKind.OutOfPicture, "count from 0")]
    public void Voc_boxes(int xmin, int ymin, int xmax, int ymax, FindingKind kind, string message)
    {
        _folder.GoodVoc();
        _folder.Voc("c", Object("car", 1, 1, 64, 48) + "\n" + Object("car", xmin, ymin, xmax, ymax));
        Finding finding = Single(kind);
        Assert.Equal(new DataLocation(_folder["Annotations/c.xml"], 6), finding.Location);
        Assert.Contains(message, finding.Message);
    }

    [Theory]
    [InlineData("[5, 5, 0, 7]", FindingKind.DegenerateBox)]
    [InlineData("[5, 5, 7, 1]", FindingKind.DegenerateBox)]
    [InlineData("[5, 5, -3, 7]", FindingKind.ReversedBox)]
    [InlineData("[60, 5, 4.1, 7]", FindingKind.OutOfPicture)]
    [InlineData("[5, -0.1, 7, 7]", FindingKind.OutOfPicture)]
    [InlineData("[5, 5, 10, 10]", FindingKind.DuplicateBox)]
    public void Coco_boxes(string box, FindingKind kind)
    {
        _folder.GoodCoco();
        _folder.Write("annotations/instances_val2017.json", CocoText(Image(11),
            Annotation(1, 11, 3, "[5, 5, 10, 10]") + ",\n" + Annotation(2, 11, 3, box)));
        Finding finding = Single(kind);
        Assert.Equal(3, finding.Location.Line);
        Assert.StartsWith("annotation 2: bbox [", finding.Message);
    }

    [Fact]
    public void A_rounding_is_not_out_of_the_picture()
    {
        _folder.GoodCoco();
        _folder.Write("annotations/instances_val2017.json", CocoText(Image(11), Annotation(1, 11, 3, "[60.02, 40, 3.99, 8.01]")));
        Assert.True(Run().IsClean);
    }

    [Fact]
    public void Unreadable_and_missing_pictures()
    {
        _folder.GoodVoc();
        byte[] png = File.ReadAllBytes(_folder["JPEGImages/a.png"]);
        File.WriteAllBytes(_folder["JPEGImages/a.png"], png[..(png.Length / 2)]);
        File.Delete(_folder["JPEGImages/b.png"]);
        Finding[] findings = [.. Run().Findings];
        Assert.Equal([FindingKind.UnreadablePicture, FindingKind.MissingPicture], findings.Select(f => f.Kind));
        Assert.Equal(_folder["Annotations/a.xml"], findings[0].Location.File);
        Assert.Contains("a.png", findings[0].Message);
        Assert.Equal(_folder["Annotations/b.xml"], findings[1].Location.File);
    }

    [Fact]
    public void A_wrong_stated_size()
    {
        _folder.GoodVoc();
        _folder.Write("Annotations/c.xml", VocText("c", Object("car", 1, 1, 9, 9), height: 64, width: 48));
        Finding finding = Single(FindingKind.WrongSize);
        Assert.Equal(4, finding.Location.Line);
        Assert.Contains("64 x 48 (height x width)", finding.Message);
        Assert.Contains("48 x 64: height and width are exchanged", finding.Message);

        _folder.Write("Annotations/c.xml", VocText("c", Object("car", 1, 1, 9, 9), height: 0, width: 0));
        Assert.Contains("no picture size above zero is stated; the picture is 48 x 64", Single(FindingKind.WrongSize).Message);
    }

    [Fact]
    public void A_wrong_stated_size_in_coco()
    {
        _folder.GoodCoco();
        _folder.Write("annotations/instances_val2017.json", CocoText("\n" + Image(11, height: 50), Annotation(1, 11, 3, "[1, 1, 5, 5]")));
        Assert.Equal(2, Single(FindingKind.WrongSize).Location.Line);
    }

    [Theory]
    [InlineData("Car")]
    [InlineData("ca r")]
    [InlineData("acr")]
    public void Misspelt_classes_without_a_class_list(string name)
    {
        _folder.GoodVoc();
        _folder.Voc("d", string.Concat(Enumerable.Range(1, 8).Select(i => Object("car", i, i, i + 9, i + 9))));
        _folder.Voc("c", Object("car", 1, 1, 9, 9) + "\n" + Object(name, 5, 5, 25, 25));
        _folder.Split("train", "a", "b", "d");
        Finding finding = Single(FindingKind.MisspeltClass);
        Assert.Equal(new DataLocation(_folder["Annotations/c.xml"], 6), finding.Location);
        Assert.Contains("probably 'car'", finding.Message);
    }

    [Theory]
    [InlineData("cat")] // another word
    [InlineData("car2")] // numbers name things
    [InlineData("tricycle")]
    public void Rare_classes_are_not_called_misspelt(string name)
    {
        _folder.GoodVoc();
        _folder.Voc("d", string.Concat(Enumerable.Range(1, 8).Select(i => Object("car", i, i, i + 9, i + 9))));
        _folder.Voc("c", Object(name, 5, 5, 25, 25));
        _folder.Split("train", "a", "b", "d");
        Assert.True(Run().IsClean);
    }

    [Fact]
    public void Classes_that_the_list_does_not_have()
    {
        _folder.GoodVoc();
        _folder.Write("classes.txt", "cars\ndog\nboat\n");
        _folder.Voc("c", Object("zebra", 5, 5, 25, 25));
        DataCheckReport report = Run();
        Assert.Equal([FindingKind.MisspeltClass, FindingKind.UnknownClass], report.Findings.Select(f => f.Kind));
        Assert.Contains("'cars' was probably meant", report.Findings[0].Message);
        Assert.Contains("'zebra' is not in the class list: cars, dog, boat.", report.Findings[1].Message);
        Assert.Contains("2 of 3 classes have no box: cars, boat.", report.Notes);
    }

    [Fact]
    public void Unknown_category_ids_and_orphans_in_coco()
    {
        _folder.GoodCoco();
        _folder.Write("annotations/instances_val2017.json", CocoText(Image(11), Annotation(1, 11, 3, "[5, 5, 10, 10]") + ",\n" +
            Annotation(2, 11, 4, "[6, 5, 10, 10]") + ",\n" + Annotation(3, 12, 3, "[5, 5, 10, 10]") + ",\n" + Annotation(1, 11, 3, "[7, 5, 10, 10]")));
        Finding[] findings = [.. Run().Findings];
        Assert.Equal([FindingKind.UnknownClass, FindingKind.NoPicture, FindingKind.DuplicateId], findings.Select(f => f.Kind));
        Assert.Equal([3, 4, 5], findings.Select(f => f.Location.Line));
    }

    [Fact]
    public void Splits_that_number_their_classes_differently()
    {
        _folder.GoodCoco();
        _folder.Write("annotations/instances_val2017.json", CocoText(Image(11), Annotation(1, 11, 3, "[5, 5, 10, 10]"),
            """{"id": 3, "name": "dog"}, {"id": 18, "name": "car"}"""));
        Assert.All(Run().Findings, f => Assert.Equal(FindingKind.BadAnnotation, f.Kind));
        Assert.Equal(2, Run().Total);
    }

    [Fact]
    public void Pictures_without_annotations()
    {
        _folder.GoodVoc();
        _folder.Voc("c", "");
        _folder.Picture("JPEGImages/lonely.png", seed: 99);
        Finding[] findings = [.. Run().Findings];
        Assert.Equal([_folder["Annotations/c.xml"], _folder["JPEGImages/lonely.png"]], findings.Select(f => f.Location.File));
        Assert.All(findings, f => Assert.Equal(FindingKind.NoAnnotations, f.Kind));

        using var coco = new DataFolder();
        coco.GoodCoco();
        coco.Picture("val2017/12.png", seed: 12);
        Assert.Equal(FindingKind.NoAnnotations, Assert.Single(DataCheck.Run(coco.Root).Findings).Kind);
    }

    [Fact]
    public void Annotation_files_without_picture_and_entries_without_annotation_file()
    {
        _folder.GoodVoc();
        _folder.Write("Annotations/d.xml", VocText("d", Object("car", 1, 1, 9, 9)));
        _folder.Split("val", "c", "ghost", "c");
        Finding[] findings = [.. Run().Findings];
        Assert.Equal([FindingKind.NoPicture, FindingKind.MissingAnnotation, FindingKind.DuplicateId], findings.Select(f => f.Kind));
        Assert.Equal([0, 2, 3], findings.Select(f => f.Location.Line));
    }

    [Fact]
    public void Duplicate_pictures_across_and_within_splits()
    {
        _folder.GoodVoc();
        _folder.Voc("b", Object("dog", 5, 5, 25, 25), seed: 1);
        _folder.Voc("c", Object("car", 5, 5, 25, 25), seed: 1); // other file, same pixels
        _folder.Voc("d", Object("car", 5, 5, 25, 25), seed: 1);
        _folder.Split("train", "a", "b");
        _folder.Split("val", "c");
        _folder.Split("trainval", "a", "b", "c", "d");
        _folder.Split("test", "a");
        Finding[] findings = [.. Run().Findings];
        // trainval repeats train and val by design; only d, which is in neither, is new in it.
        Assert.Equal(["test.txt:1", "trainval.txt:4", "val.txt:1"],
            findings.Select(f => Path.GetFileName(f.Location.File) + ":" + f.Location.Line));
        Assert.All(findings, f => Assert.Equal(FindingKind.DuplicateAcrossSplits, f.Kind));
        Assert.Contains("is in split test and in split train", findings[0].Message);
        Assert.Contains("same pixels", findings[2].Message);

        File.Delete(_folder["ImageSets/Main/trainval.txt"]);
        File.Delete(_folder["ImageSets/Main/test.txt"]);
        _folder.Split("val", "a");
        _folder.Split("train", "b", "c");
        Assert.Contains(Run().Findings, f => f.Kind == FindingKind.DuplicatePicture && f.Location.Line == 2);
    }

    [Fact]
    public void Broken_annotation_files_do_not_hide_the_rest()
    {
        _folder.GoodVoc();
        _folder.Write("Annotations/a.xml", "<annotation><object>");
        _folder.Voc("c", Object("car", 5, 5, 5, 25));
        Assert.Equal([FindingKind.BadAnnotation, FindingKind.DegenerateBox], Run().Findings.Select(f => f.Kind));

        using var coco = new DataFolder();
        coco.GoodCoco();
        coco.Write("annotations/instances_train2017.json", "{\"images\": [" + Image(7) + "], \"annotations\": [nonsense");
        DataCheckReport report = DataCheck.Run(coco.Root);
        Assert.Contains(report.Findings, f => f.Kind == FindingKind.BadAnnotation && f.Location.Column > 1);
        Assert.Equal(1, report.Splits[1].Boxes);
    }

    [Fact]
    public void Findings_of_a_kind_are_listed_up_to_a_number_and_counted_beyond()
    {
        _folder.GoodVoc();
        _folder.Voc("c", string.Concat(Enumerable.Range(1, 20).Select(i => Object("car", i, i, i, i))));
        DataCheckReport report = DataCheck.Run(_folder.Root, new DataCheckOptions { MostOfAKind = 5 });
        Assert.Equal(5, report.Findings.Count);
        Assert.Equal(20, report.Total);
    }

    [Fact]
    public void Every_run_says_the_same()
    {
        for (int i = 0; i < 12; i++) _folder.Voc($"p{i:00}", Object("car", 5, 5, 5, 70), seed: i / 3);
        _folder.Split("train", [.. Enumerable.Range(0, 6).Select(i => $"p{i:00}")]);
        _folder.Split("val", [.. Enumerable.Range(6, 6).Select(i => $"p{i:00}")]);
        string first = string.Join('\n', Run().Findings);
        Assert.NotEmpty(first);
        Assert.Equal(first, string.Join('\n', Run().Findings));
    }

    [Fact]
    public void Pictures_need_not_be_decoded()
    {
        _folder.GoodVoc();
        File.WriteAllText(_folder["JPEGImages/a.png"], "not a picture");
        Assert.True(DataCheck.Run(_folder.Root, new DataCheckOptions { DecodePictures = false }).IsClean);
    }

    [Fact]
    public void A_finding_reads_like_a_compilers_line() =>
        Assert.Equal("a.xml:3: warning: Too small.", new Finding(FindingKind.DegenerateBox, new DataLocation("a.xml", 3), "Too small.").ToString());
}
