using System.Text;
using System.Text.Json;
using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

/// <summary>COCO's evaluation of masks and of key points against pycocotools (tests/goldens/metrics/make_coco_shapes.py), and by
/// hand.</summary>
public class CocoShapesTests
{
    private const double Tolerance = 1e-9;
    private static readonly Category[] Person = [new(1, "person")];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_figure_of_masks_is_pycocotools(int index)
    {
        MaskGolden golden = MetricsGoldens.CocoMasks[index];
        var size = new ImageSize(golden.Size[0], golden.Size[1]);
        var evaluator = new CocoMaskEvaluator(golden.ToCategories());
        foreach (long image in golden.Images)
            evaluator.Add(image, golden.Annotations.Where(row => row.Image == image).Select(row => new CocoTruth<RunLengthMask>(
                Array.IndexOf(golden.Categories, row.Category), RunLengthMask.FromCompressed(row.Counts, size), row.Area, row.Crowd != 0))
                .ToArray(), default);
        foreach (MaskRow row in golden.Detections)
            evaluator.AddDetection(new CocoResultEntry(row.Image, row.Category, default, row.Score)
            {
                Mask = RunLengthMask.FromCompressed(row.Counts, size),
            });
        CheckFigures(golden, evaluator.Evaluate());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_figure_of_key_points_is_pycocotools(int index)
    {
        KeypointGolden golden = MetricsGoldens.CocoKeypoints[index];
        Skeleton skeleton = golden.Points == 17 ? Skeleton.CocoPerson
            : new Skeleton([.. Enumerable.Range(0, golden.Points).Select(i => $"point {i}")], [], []);
        var evaluator = new CocoKeypointEvaluator(golden.ToCategories(), _ => skeleton);
        foreach (long image in golden.Images)
            evaluator.Add(image, golden.Annotations.Where(row => row.Image == image).Select(row => evaluator.TruthOf(new Annotation
            {
                Category = Array.IndexOf(golden.Categories, row.Category), Area = row.Area, IsCrowd = row.Crowd != 0,
                Box = Box.FromXywh(row.Box[0], row.Box[1], row.Box[2], row.Box[3]), Keypoints = row.ToPoints(),
            })).ToArray(), default);
        foreach (KeypointRow row in golden.Detections)
            evaluator.AddDetection(new CocoResultEntry(row.Image, row.Category, default, row.Score) { Keypoints = row.ToPoints() });
        CheckFigures(golden, evaluator.Evaluate());
    }

    private static void CheckFigures(ShapeGolden golden, CocoResult result)
    {
        Assert.Equal(golden.Stats.Length, result.Summary.Figures.Count);
        foreach ((double expected, CocoFigure actual) in golden.Stats.Zip(result.Summary.Figures))
            Assert.Equal(expected, actual.Value, Tolerance);
        for (int k = 0; k < golden.Categories.Length; k++)
            for (int a = 0; a < golden.Precision[k].Length; a++)
            {
                Assert.Equal(golden.Precision[k][a], result.AveragePrecision(k, a), Tolerance);
                Assert.Equal(golden.Recall[k][a], result.AverageRecall(k, a), Tolerance);
            }
    }

    [Fact]
    public void Similarity_of_key_points_by_hand()
    {
        // Two labelled points of sigma 0.5 (k = 1) on an object of area 50: one is met, one is missed by 10 pixels: exp(-100 / 100).
        Keypoint[] wanted = [new(0, 0, 2), new(10, 0, 1), new(0, 0, 0)];
        var truth = new CocoPose(wanted, [0.5, 0.5, 0.5], new CocoBox(0, 0, 10, 10), 50);
        var found = new CocoPose([new(0, 0, 2), new(10, 10, 2), new(99, 99, 2)], [0.5, 0.5, 0.5]);
        Assert.Equal((1 + Math.Exp(-1)) / 2, default(KeypointOverlap).Measure(found, truth, false), 1e-12);

        // None is labelled: points count as met within the box made three times as large, -10 to 20.
        var unlabelled = truth with { Points = new Keypoint[3] };
        found = found with { Points = [new(-10, 20, 2), new(20, 5, 2), new(30, 5, 2)] };
        Assert.Equal((2 + Math.Exp(-1)) / 3, default(KeypointOverlap).Measure(found, unlabelled, false), 1e-12);
    }

    [Fact]
    public void Masks_of_two_sizes_and_wrong_skeletons_are_refused()
    {
        var masks = new CocoMaskEvaluator(Person);
        masks.Add(5, [new(0, RunLengthMask.Empty(new ImageSize(4, 5)), 3)], default);
        CocoDetection<RunLengthMask> turned = CocoMaskEvaluator.DetectionOf(0, RunLengthMask.Empty(new ImageSize(5, 4)), 0.5);
        Assert.Contains("a mask of 5 x 4", Assert.Throws<ArgumentException>(() => masks.AddDetection(5, turned)).Message);
        Assert.Contains("no mask", Assert.Throws<ArgumentException>(
            () => masks.AddDetection(new CocoResultEntry(5, 1, default, 1))).Message);
        Assert.Contains("no mask", Assert.Throws<ArgumentException>(
            () => CocoMaskEvaluator.TruthOf(new Annotation { Box = default, Category = 0 })).Message);

        var poses = new CocoKeypointEvaluator(Person, _ => Skeleton.CocoPerson);
        poses.Add(5, default(ReadOnlySpan<CocoTruth<CocoPose>>), default);
        Assert.Contains("16 key points", Assert.Throws<ArgumentException>(
            () => poses.AddDetection(5, poses.DetectionOf(0, new Keypoint[16], 0.5))).Message);
        Assert.Contains("no key points", Assert.Throws<ArgumentException>(
            () => new CocoKeypointEvaluator(Person, _ => null).DetectionOf(0, new Keypoint[17], 0.5)).Message);
    }

    [Fact]
    public void Classes_without_key_points_are_left_out()
    {
        Category[] classes = [new(1, "person"), new(2, "house")];
        var evaluator = new CocoKeypointEvaluator(classes, category => category == 0 ? Skeleton.CocoPerson : null);
        Keypoint[] points = [.. Enumerable.Range(0, 17).Select(i => new Keypoint(40 + i, 50 + 2 * i, 2))];
        DetectedKeypoint[] seen = [.. points.Select(point => new DetectedKeypoint((float)point.X, (float)point.Y, 1))];
        var box = new Box(30, 40, 90, 100);
        evaluator.Add(5,
            [
                new Annotation { Box = box, Category = 0, Area = box.Area, Keypoints = points },
                new Annotation { Box = box, Category = 1, Area = box.Area },
            ],
            new Detections(new ImageSize(120, 120), [box, box], [0.9f, 0.8f], [1, 0]).WithKeypoints([seen, seen]));
        evaluator.AddDetection(new CocoResultEntry(5, 2, CocoBox.FromBox(box), 0.7));
        CocoResult result = evaluator.Evaluate();
        Assert.Equal([1, 0], result.PerCategory().Select(of => of.Objects));
        Assert.Equal([1, CocoResult.Undefined], result.PerCategory().Select(of => Math.Round(of.Ap, 9)));
    }

    [Fact]
    public void Results_of_classes_without_key_points_are_written_as_boxes()
    {
        Detections found = new Detections(new ImageSize(9, 9), [new(1, 1, 5, 5), new(2, 2, 6, 6)], [0.9f, 0.8f], [1, 0])
            .WithKeypoints([[new(2, 3, 1)], [new(4, 5, 1)]]).WithKeypointsOf(category => category == 0);
        CocoResultEntry[] entries = [.. CocoResults.Of(5, found, [new(1, "person"), new(2, "house")])];
        Assert.Null(entries[0].Keypoints);
        Assert.Equal([new Keypoint(4, 5, 2)], entries[1].Keypoints!);
    }

    [Fact]
    public void Results_of_masks_and_key_points_are_read_as_they_were_written()
    {
        var mask = RunLengthMask.FromUncompressed([3, 2, 40, 60, 15], new ImageSize(10, 12));
        Keypoint[] points = [new(1.5, 2, 1), new(-3, 4.25, 2)];
        CocoResultEntry[] entries =
        [
            new(1, 7, CocoBox.FromBox(mask.BoundingBox()), 0.5) { Mask = mask },
            new(2, 7, new CocoBox(-3, 2, 4.5, 2.25), 0.25) { Keypoints = points },
            new(2, 7, new CocoBox(1, 2, 3, 4), 0.125),
        ];
        using var stream = new MemoryStream();
        CocoResults.Write(stream, entries);
        string text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Contains($"\"segmentation\":{{\"size\":[10,12],\"counts\":\"{mask.ToCompressed().Replace("\\", "\\\\")}\"}}", text);
        Assert.Contains("\"keypoints\":[1.5,2,1,-3,4.25,2]", text);

        stream.Position = 0;
        CocoResultEntry[] read = [.. CocoResults.Read(stream, "results.json")];
        Assert.Equal(entries.Select(entry => entry with { Keypoints = null }), read.Select(entry => entry with { Keypoints = null }));
        Assert.Equal(points, read[1].Keypoints!);
    }

    [Theory]
    [InlineData("""{"size":[2,2],"counts":[1,2,1]}""", 2)]
    [InlineData("""{"counts":"13","size":[2,2.0],"more":{"a":[]}}""", 3)]
    [InlineData("[[1,2,3,4,5,6]]", -1)]
    [InlineData("null", -1)]
    public void Masks_of_results_come_in_several_forms(string segmentation, int area)
    {
        string text = $$"""[{"image_id":1,"category_id":1,"score":1,"bbox":[0,0,1,1],"segmentation":{{segmentation}}}]""";
        CocoResultEntry entry = Assert.Single(CocoResults.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "results.json"));
        Assert.Equal(area, entry.Mask?.Area() ?? -1);
        Assert.Equal(new CocoBox(0, 0, 1, 1), entry.Box);
    }

    [Theory]
    [InlineData("""{"size":[2,2],"counts":[1,2]}""", "add up to 3")]
    [InlineData("""{"size":[2,2],"counts":[5,-1]}""", "beyond the 4 pixels")]
    [InlineData("""{"size":[2,0],"counts":"13"}""", "\"size\": [height, width]")]
    [InlineData("""{"size":[2,2]}""", "and \"counts\"")]
    [InlineData("""{"size":[1e9,1e9],"counts":"13"}""", "at most 4,294,967,295")]
    [InlineData("""{"size":"2","counts":"13"}""", "size of a mask as an array")]
    public void Wrong_masks_of_results_are_told(string segmentation, string expected)
    {
        string text = $$"""[{"image_id":1,"category_id":1,"score":1,"segmentation":{{segmentation}}}]""";
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(
            () => CocoResults.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "results.json").ToList()).Message);
    }
}

public record ShapeGolden(string Name, long[] Images, int[] Categories, double[] Stats, double[][] Precision, double[][] Recall)
{
    public Category[] ToCategories() => [.. Categories.Select(id => new Category(id, $"category {id}"))];
}

public sealed record MaskRow(long Image, int Category, string Counts, double Area, int Crowd, double Score);

public sealed record MaskGolden(string Name, long[] Images, int[] Categories, double[] Stats, double[][] Precision, double[][] Recall,
    int[] Size, MaskRow[] Annotations, MaskRow[] Detections) : ShapeGolden(Name, Images, Categories, Stats, Precision, Recall);

public sealed record KeypointRow(long Image, int Category, double[] Keypoints, double[] Box, double Area, int Crowd, double Score)
{
    public Keypoint[] ToPoints() => [.. Keypoints.Chunk(3).Select(point => new Keypoint(point[0], point[1], (int)point[2]))];
}

public sealed record KeypointGolden(string Name, long[] Images, int[] Categories, double[] Stats, double[][] Precision, double[][] Recall,
    int Points, KeypointRow[] Annotations, KeypointRow[] Detections) : ShapeGolden(Name, Images, Categories, Stats, Precision, Recall);
