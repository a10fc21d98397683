using System.Text.Json;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>COCO's twelve figures of a whole validation set.</summary>
internal sealed class CocoEvaluationBenchmark(bool quick) : Benchmark
{
    private const int Classes = 80, Found = 100, Width = 640, Height = 480;

    private readonly int _pictures = quick ? 50 : 5000;

    public override string Name => "coco";

    public override string Conditions => $"COCO box evaluation, {_pictures:N0} pictures with {Found} detections and 0 to 14 objects each, " +
        $"{Classes} classes, from data in memory to the twelve figures";

    public override Goal Goal => new(Ratio: 0.1);

    public override string Peer => "coco_evaluation";

    public override int Rounds => quick ? 1 : 2;

    public override bool ShowsMemory => true;

    public override IReadOnlyList<Agreement> Agreements => [new("figures", 1e-9)];

    public override Workload Prepare(string folder, int threads)
    {
        var random = new Random(1);
        Category[] categories = [.. Enumerable.Range(1, Classes).Select(id => new Category(id, $"class {id}"))];
        var pictures = new Picture[_pictures];
        for (int i = 0; i < pictures.Length; i++) pictures[i] = Draw(random);
        WriteTruths(Path.Combine(folder, "truths.json"), categories, pictures);
        using (FileStream file = File.Create(Path.Combine(folder, "detections.json")))
            CocoResults.Write(file, pictures.SelectMany((picture, i) => picture.Detections.Select(found =>
                new CocoResultEntry(i + 1, categories[found.Category].Id, found.Shape, found.Score))));
        return new Evaluation(categories, pictures, threads);
    }

    private sealed record Picture(CocoTruth<CocoBox>[] Truths, CocoDetection<CocoBox>[] Detections);

    // As a fair detector does it: most objects are found with boxes a little off, and the rest of the hundred is noise of low score.
    private static Picture Draw(Random random)
    {
        var truths = new CocoTruth<CocoBox>[random.Next(15)];
        for (int i = 0; i < truths.Length; i++)
        {
            CocoBox box = AnyBox(random);
            truths[i] = new(random.Next(Classes), box, Rounded(box.Area * 0.7), random.NextDouble() < 0.01);
        }
        var detections = new CocoDetection<CocoBox>[Found];
        for (int i = 0; i < Found; i++)
        {
            bool finds = i < truths.Length && random.NextDouble() < 0.8;
            CocoBox box = finds ? Near(random, truths[i].Shape) : AnyBox(random);
            double score = finds ? random.NextDouble() : random.NextDouble() * random.NextDouble() * 0.5;
            detections[i] = new(finds ? truths[i].Category : random.Next(Classes), box, box.Area, Math.Round(score, 6));
        }
        return new Picture(truths, detections);
    }

    private static CocoBox AnyBox(Random random)
    {
        double width = 8 + 300 * Math.Pow(random.NextDouble(), 2), height = 8 + 300 * Math.Pow(random.NextDouble(), 2);
        return new CocoBox(Rounded(random.NextDouble() * (Width - width)), Rounded(random.NextDouble() * (Height - height)),
            Rounded(width), Rounded(height));
    }

    private static CocoBox Near(Random random, CocoBox box)
    {
        return new CocoBox(Rounded(box.X + box.Width * Off()), Rounded(box.Y + box.Height * Off()),
            Rounded(box.Width * (1 + Off())), Rounded(box.Height * (1 + Off())));

        double Off() => 0.2 * (random.NextDouble() - 0.5);
    }

    private static double Rounded(double value) => Math.Round(value, 2);

    private static void WriteTruths(string path, IReadOnlyList<Category> categories, IReadOnlyList<Picture> pictures)
    {
        var annotations = pictures.SelectMany((picture, i) => picture.Truths.Select(truth => (Image: i + 1, Truth: truth)));
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, new
        {
            images = pictures.Select((_, i) => new { id = i + 1, width = Width, height = Height }),
            categories = categories.Select(category => new { id = category.Id, name = category.Name }),
            annotations = annotations.Select((entry, n) => new
            {
                id = n + 1, image_id = entry.Image, category_id = categories[entry.Truth.Category].Id, area = entry.Truth.Area,
                iscrowd = entry.Truth.IsCrowd ? 1 : 0,
                bbox = new[] { entry.Truth.Shape.X, entry.Truth.Shape.Y, entry.Truth.Shape.Width, entry.Truth.Shape.Height },
            }),
        });
    }

    private sealed class Evaluation(Category[] categories, Picture[] pictures, int threads) : Workload
    {
        private CocoSummary? _summary;

        public override void Run()
        {
            var evaluator = new CocoEvaluator(categories);
            for (int i = 0; i < pictures.Length; i++) evaluator.Add(i + 1, pictures[i].Truths, pictures[i].Detections);
            _summary = evaluator.Evaluate(threads).Summary;
        }

        public override Dictionary<string, double[]> Outcome() => new() { ["figures"] = [.. _summary!.Figures.Select(figure => figure.Value)] };
    }
}
