using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;
using Fovea.Torch.Serialization;

namespace Fovea.Cli.Prediction;

/// <summary>Tells the class of every pixel: for each picture a PNG file of labels, and one of confidences where asked for.</summary>
internal sealed class SegmentationRun(SegmentationPredictor predictor, IReadOnlyList<string> files, string folder, bool drawsPictures,
    bool writesConfidence) : PredictRun(files, folder, drawsPictures)
{
    private readonly List<object> _answers = [];
    private readonly HashSet<string> _names = [];

    protected override string AnswersName => "segmentations.json";

    protected override string PicturesName => "Labels (NAME-labels.png), pictures tinted by class";

    protected override object Answers => new
    {
        categories = Numbered(predictor.Categories),
        second_categories = predictor.SecondCategories.Count > 0 ? Numbered(predictor.SecondCategories) : null, images = _answers,
    };

    protected override string Predict(string file, Image image, string? drawing)
    {
        SegmentationPrediction prediction = predictor.Predict(image);
        string stem = Stem(file);
        (string labels, string? confidence) = Write(prediction, stem, "");
        if (drawing is not null)
            SegmentationDrawing.Draw(image, prediction.Map, predictor.Categories).SaveJpeg(drawing, 92);
        object? second = null;
        string words = Words(prediction, predictor.Categories);
        if (prediction.Second is { } other)
        {
            (string secondLabels, string? secondConfidence) = Write(other, stem, "2");
            second = new { labels = secondLabels, confidence = secondConfidence, classes = Shares(other, predictor.SecondCategories) };
            words += "; " + Words(other, predictor.SecondCategories);
        }
        _answers.Add(new
        {
            file_name = file, image.Height, image.Width, labels, confidence, classes = Shares(prediction, predictor.Categories), second,
        });
        return words;
    }

    /// <summary>Writes the files of one map, with an ending that tells the second one's.</summary>
    private (string Labels, string? Confidence) Write(SegmentationPrediction map, string stem, string ending)
    {
        string labels = $"{stem}-labels{ending}.png";
        string? confidence = writesConfidence ? $"{stem}-confidence{ending}.png" : null;
        Write(labels, Image.EncodePalettePng(map.Size, map.Map.Labels, SegmentationDrawing.Colours));
        if (confidence is not null) Write(confidence, Image.EncodeGreyPng(map.Size, map.Confidence));
        return (labels, confidence);
    }

    private static object Numbered(IReadOnlyList<Category> categories) => categories.Select((c, label) => new { c.Id, c.Name, label });

    private static object Shares(SegmentationPrediction map, IReadOnlyList<Category> categories) => Found(map, categories).Select(f => new
    {
        category_id = f.Class.Id, f.Class.Name, f.Pixels, share = Math.Round((double)f.Pixels / map.Size.Pixels, 6),
        confidence = Math.Round(f.Confidence, 4),
    });

    private static string Words(SegmentationPrediction map, IReadOnlyList<Category> categories) =>
        string.Join(", ", Found(map, categories).Take(5)
            .Select(f => FormattableString.Invariant($"{f.Class.Name} {100.0 * f.Pixels / map.Size.Pixels:0.#} %")));

    // The largest first.
    private static IEnumerable<(Category Class, long Pixels, double Confidence)> Found(
        SegmentationPrediction map, IReadOnlyList<Category> categories) =>
        map.Summary(categories.Count).Select((s, k) => (categories[k], s.Pixels, s.Confidence)).Where(s => s.Pixels > 0)
            .OrderByDescending(s => s.Pixels);

    protected override string Summary(int pictures) => Count(pictures, "picture");

    private void Write(string name, byte[] bytes) => AtomicFile.Write(Path.Combine(Folder, name), stream => stream.Write(bytes));

    // Two pictures of one name from different folders must not overwrite each other.
    private string Stem(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file), name = stem;
        for (int i = 2; !_names.Add(name); i++) name = $"{stem}-{i}";
        return name;
    }
}
