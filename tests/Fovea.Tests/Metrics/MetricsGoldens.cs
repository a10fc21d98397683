using System.Text.Json;
using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

/// <summary>What pycocotools computed for a small data set (tests/goldens/metrics/make_coco.py). Rows: picture, category, left, top,
/// width, height, then area and crowd, or score.</summary>
public sealed record CocoGolden(string Name, long[] Images, int[] Categories, int[] MaxDetections, double[][] Annotations,
    double[][] Detections, double[]? Stats, double[][] Precision, double[][][] Recall, double[] Curve)
{
    public override string ToString() => Name;

    /// <summary>An evaluator that holds the data set.</summary>
    public CocoEvaluator Load()
    {
        var evaluator = new CocoEvaluator([.. Categories.Select(id => new Category(id, $"category {id}"))],
            CocoOptions.Default with { MaxDetections = MaxDetections });
        foreach (long image in Images)
            evaluator.Add(image,
                Annotations.Where(row => row[0] == image).Select(row => new CocoTruth<CocoBox>(
                    Array.IndexOf(Categories, (int)row[1]), new CocoBox(row[2], row[3], row[4], row[5]), row[6], row[7] != 0)).ToArray(), default);
        foreach (double[] row in Detections)
            evaluator.AddDetection(new CocoResultEntry((long)row[0], (int)row[1], new CocoBox(row[2], row[3], row[4], row[5]), row[6]));
        return evaluator;
    }
}

/// <summary>What a published port of the VOC development kit computed (tests/goldens/metrics/make_voc.py). Rows: picture, xmin, ymin, xmax, ymax,
/// then difficult or score.</summary>
public sealed record VocGolden(string Name, int Pictures, double[][] Annotations, double[][] Detections, double ElevenPoint, double AllPoint)
{
    public override string ToString() => Name;

    /// <summary>Evaluates the data set, with the kit's numbers as they are or turned into continuous pixels.</summary>
    public VocCategoryFigures Evaluate(BoxEdges edges)
    {
        double shift = edges == BoxEdges.Continuous ? 1 : 0;
        var evaluator = new VocEvaluator([new Category(1, "thing")], VocOptions.Default with { Edges = edges });
        for (int image = 0; image < Pictures; image++)
        {
            Annotation[] truths = [.. Annotations.Where(row => row[0] == image)
                .Select(row => new Annotation { Category = 0, Box = ToBox(row, shift), IsDifficult = row[5] != 0 })];
            double[][] rows = [.. Detections.Where(row => row[0] == image)];
            evaluator.Add(image, truths, Fovea.Structures.Detections.Sort(new ImageSize(200, 200),
                rows.Select(row => ToBox(row, shift)).ToArray(), rows.Select(row => (float)row[5]).ToArray(), new int[rows.Length]));
        }
        return evaluator.Evaluate().PerCategory[0];
    }

    private static Box ToBox(double[] row, double shift) => new(row[1] - shift, row[2] - shift, row[3], row[4]);
}

internal static class MetricsGoldens
{
    public static CocoGolden[] Coco { get; } = Read<CocoGolden>("coco_boxes.json");

    public static MaskGolden[] CocoMasks { get; } = Read<MaskGolden>("coco_masks.json");

    public static KeypointGolden[] CocoKeypoints { get; } = Read<KeypointGolden>("coco_keypoints.json");

    public static VocGolden[] Voc { get; } = Read<VocGolden>("voc.json");

    private static T[] Read<T>(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tests", "goldens", "metrics", name)));
        return json.RootElement.GetProperty("cases").Deserialize<T[]>(JsonSerializerOptions.Web)!;
    }
}
