using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;

namespace Fovea.Cli.Prediction;

/// <summary>Finds objects in pictures: boxes drawn, and COCO's form of answers.</summary>
internal sealed class DetectionRun(Predictor predictor, IReadOnlyList<string> files, string folder, bool drawsPictures)
    : PredictRun(files, folder, drawsPictures)
{
    private readonly List<object> _images = [];
    private readonly List<object> _annotations = [];

    protected override string AnswersName => "detections.json";

    protected override string PicturesName => "Annotated pictures";

    protected override object Answers => new
    {
        images = _images, categories = predictor.Categories.Select(c => new { c.Id, c.Name }), annotations = _annotations,
    };

    protected override string Predict(string file, Image image, string? drawing)
    {
        Detections found = predictor.Predict(image);
        Record(file, found);
        if (drawing is not null) DetectionDrawing.Draw(image, found, predictor.Categories, skeleton: predictor.Skeleton).SaveJpeg(drawing, 92);
        return found.Count == 0 ? "nothing" : string.Join(", ", found.Categories.GroupBy(c => c).OrderBy(g => g.Key)
            .Select(g => $"{g.Count()} {predictor.Categories[g.Key].Name}"));
    }

    protected override string Summary(int pictures) => $"{Count(_annotations.Count, "object")} in {Count(pictures, "picture")}";

    private void Record(string file, Detections found)
    {
        int id = _images.Count + 1;
        _images.Add(new { id, file_name = file, height = found.Size.Height, width = found.Size.Width });
        for (int i = 0; i < found.Count; i++)
        {
            Box box = found.Boxes[i];
            var annotation = new Dictionary<string, object>
            {
                ["id"] = _annotations.Count + 1, ["image_id"] = id, ["category_id"] = predictor.Categories[found.Categories[i]].Id,
                ["bbox"] = new[] { box.X1, box.Y1, box.Width, box.Height }.Select(v => Math.Round(v, 2)),
                ["area"] = found.Masks is null ? Math.Round(box.Area, 2) : found.Masks[i].Area(), ["iscrowd"] = 0,
                ["score"] = Math.Round(found.Scores[i], 4),
            };
            if (found.Masks is { } masks)
                annotation["segmentation"] = new { size = new[] { found.Size.Height, found.Size.Width }, counts = masks[i].ToCompressed() };
            if (found.Keypoints?[i] is { Length: > 0 } points)
            {
                // COCO's triples; a found point counts as visible.
                annotation["keypoints"] = points.SelectMany(p => new[] { Math.Round(p.X, 2), Math.Round(p.Y, 2), 2 });
                annotation["num_keypoints"] = points.Length;
                annotation["keypoint_scores"] = points.Select(p => Math.Round(p.Score, 4));
            }
            _annotations.Add(annotation);
        }
    }
}
