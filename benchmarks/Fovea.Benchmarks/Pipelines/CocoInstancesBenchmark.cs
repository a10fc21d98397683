using System.Text.Json;
using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>COCO's figures of the masks or key points of a whole validation set.</summary>
internal sealed class CocoInstancesBenchmark(bool masks, bool quick) : Benchmark
{
    private const int Corners = 16;

    private static readonly ImageSize Size = new(480, 640);

    private readonly int _pictures = quick ? 30 : 5000, _classes = masks ? 80 : 1, _found = masks ? 30 : 20, _most = masks ? 14 : 8;

    public override string Name => masks ? "coco-masks" : "coco-keypoints";

    public override string Conditions => $"COCO {(masks ? "mask" : "key point")} evaluation, {_pictures:N0} pictures of " +
        $"{Size.Height} x {Size.Width} with {_found} detections and 0 to {_most} objects each, " +
        (masks ? $"{_classes} classes, run lengths of outlines of {Corners} corners"
            : $"{Skeleton.CocoPerson.Names.Count} key points, visible, hidden and not labelled") +
        ", from data in memory to the figures";

    public override Goal Goal => new(Ratio: 0.1);

    public override string Peer => "coco_evaluation";

    public override int Rounds => quick ? 1 : 2;

    public override bool ShowsMemory => true;

    public override IReadOnlyList<Agreement> Agreements => [new("figures", 1e-9)];

    public override IReadOnlyDictionary<string, double> Settings =>
        new Dictionary<string, double> { ["masks"] = masks ? 1 : 0, ["keypoints"] = masks ? 0 : 1 };

    public override Workload Prepare(string folder, int threads)
    {
        var random = new Random(1);
        Category[] categories = [.. Enumerable.Range(1, _classes).Select(id => new Category(id, $"class {id}"))];
        Picture[] pictures = [.. Enumerable.Range(1, _pictures).Select(id => Draw(random, id))];
        WriteTruths(Path.Combine(folder, "truths.json"), categories, pictures);
        using (FileStream file = File.Create(Path.Combine(folder, "detections.json")))
            CocoResults.Write(file, pictures.SelectMany(picture => picture.Found));
        return new Evaluation(masks ? OfMasks : OfKeypoints);

        CocoSummary OfMasks()
        {
            var evaluator = new CocoMaskEvaluator(categories);
            foreach (Picture picture in pictures)
                evaluator.Add(picture.Id, [.. picture.Truths.Select(CocoMaskEvaluator.TruthOf)], [.. picture.Found.Select(found =>
                    CocoMaskEvaluator.DetectionOf(found.CategoryId - 1, found.Mask!, found.Score))]);
            return evaluator.Evaluate(threads).Summary;
        }

        CocoSummary OfKeypoints()
        {
            var evaluator = new CocoKeypointEvaluator(categories, _ => Skeleton.CocoPerson);
            foreach (Picture picture in pictures)
                evaluator.Add(picture.Id, [.. picture.Truths.Select(evaluator.TruthOf)], [.. picture.Found.Select(found =>
                    evaluator.DetectionOf(found.CategoryId - 1, found.Keypoints!, found.Score))]);
            return evaluator.Evaluate(threads).Summary;
        }
    }

    private sealed record Picture(int Id, Annotation[] Truths, CocoResultEntry[] Found);

    // As a fair detector does it: most objects are found a little off, and the rest is noise of low score.
    private Picture Draw(Random random, int id)
    {
        var truths = new Annotation[random.Next(_most + 1)];
        var outlines = new double[truths.Length][];
        for (int i = 0; i < truths.Length; i++)
        {
            outlines[i] = Outline(random);
            truths[i] = Truth(random, outlines[i], random.Next(_classes));
        }
        var found = new CocoResultEntry[_found];
        for (int i = 0; i < found.Length; i++)
        {
            bool finds = i < truths.Length && random.NextDouble() < 0.8;
            double[] outline = finds ? Moved(random, outlines[i], 8) : Outline(random);
            double score = finds ? random.NextDouble() : random.NextDouble() * random.NextDouble() * 0.5;
            found[i] = new CocoResultEntry(id, 1 + (finds ? truths[i].Category : random.Next(_classes)), default, Math.Round(score, 6))
            {
                Mask = masks ? RunLengthMask.FromPolygons([outline], Size) : null,
                Keypoints = masks ? null : PointsOf(outline),
            };
        }
        return new Picture(id, truths, found);
    }

    private Annotation Truth(Random random, double[] outline, int category)
    {
        RunLengthMask mask = RunLengthMask.FromPolygons([outline], Size);
        return new Annotation
        {
            Box = mask.BoundingBox(), Category = category, Area = mask.Area(), IsCrowd = random.NextDouble() < 0.01, Mask = mask,
            Keypoints = masks ? [] : Seen(random, PointsOf(outline)),
        };
    }

    // A star around a point, of a size that small objects are more often.
    private double[] Outline(Random random)
    {
        double x = random.NextDouble() * Size.Width, y = random.NextDouble() * Size.Height, radius = 8 + 150 * Math.Pow(random.NextDouble(), 2);
        int corners = masks ? Corners : Skeleton.CocoPerson.Names.Count;
        return [.. Enumerable.Range(0, corners).SelectMany(i =>
        {
            double length = radius * (0.6 + 0.4 * random.NextDouble());
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * i / corners);
            return (double[])[Math.Round(x + length * cosine, 2), Math.Round(y + length * sine, 2)];
        })];
    }

    private static double[] Moved(Random random, double[] outline, double most)
    {
        (double x, double y) = (most * (random.NextDouble() - 0.5), most * (random.NextDouble() - 0.5));
        return [.. outline.Select((value, i) => Math.Round(value + (i % 2 == 0 ? x : y) + random.NextDouble() - 0.5, 2))];
    }

    private static Keypoint[] PointsOf(double[] outline) => [.. outline.Chunk(2).Select(pair => new Keypoint(pair[0], pair[1], 2))];

    // Of one object in twenty nothing is labelled; of the others a quarter of the points is not, and a quarter is hidden.
    private static Keypoint[] Seen(Random random, Keypoint[] points)
    {
        bool isLabelled = random.Next(20) > 0;
        return [.. points.Select(point => random.Next(4) switch
        {
            0 => default,
            _ when !isLabelled => default,
            1 => point with { Visibility = 1 },
            _ => point,
        })];
    }

    private void WriteTruths(string path, IReadOnlyList<Category> categories, IReadOnlyList<Picture> pictures)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, new
        {
            images = pictures.Select(picture => new { id = picture.Id, width = Size.Width, height = Size.Height }),
            categories = categories.Select(category => new { id = category.Id, name = category.Name }),
            annotations = pictures.SelectMany(picture => picture.Truths.Select(truth => (picture.Id, Truth: truth))).Select((entry, n) => new
            {
                id = n + 1, image_id = entry.Id, category_id = categories[entry.Truth.Category].Id, area = entry.Truth.Area,
                iscrowd = entry.Truth.IsCrowd ? 1 : 0,
                bbox = new[] { entry.Truth.Box.X1, entry.Truth.Box.Y1, entry.Truth.Box.Width, entry.Truth.Box.Height },
                segmentation = new { size = new[] { Size.Height, Size.Width }, counts = entry.Truth.Mask!.ToCompressed() },
                num_keypoints = entry.Truth.Keypoints.Count(point => point.Visibility > 0),
                keypoints = entry.Truth.Keypoints.SelectMany(point => (double[])[point.X, point.Y, point.Visibility]),
            }),
        });
    }

    private sealed class Evaluation(Func<CocoSummary> evaluate) : Workload
    {
        private CocoSummary? _summary;

        public override void Run() => _summary = evaluate();

        public override Dictionary<string, double[]> Outcome() => new() { ["figures"] = [.. _summary!.Figures.Select(figure => figure.Value)] };
    }
}
