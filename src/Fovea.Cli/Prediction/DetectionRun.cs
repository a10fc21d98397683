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
        if (drawing is not null) DetectionDrawing.Draw(image, found, predictor.Categories).SaveJpeg(drawing, 92);
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
            _annotations.Add(new
            {
                id = _annotations.Count + 1, image_id = id, category_id = predictor.Categories[found.Categories[i]].Id,
                bbox = new[] { box.X1, box.Y1, box.Width, box.Height }.Select(v => Math.Round(v, 2)),
                area = Math.Round(box.Area, 2), iscrowd = 0,
                score = Math.Round(found.Scores[i], 4),
            });
        }
    }
}
