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
        categories = predictor.Categories.Select((c, label) => new { c.Id, c.Name, label }), images = _answers,
    };

    protected override string Predict(string file, Image image, string? drawing)
    {
        SegmentationPrediction prediction = predictor.Predict(image);
        string stem = Stem(file);
        string labels = $"{stem}-labels.png", confidence = $"{stem}-confidence.png";
        Write(labels, Image.EncodePalettePng(image.Size, prediction.Map.Labels, SegmentationDrawing.Colours));
        if (writesConfidence) Write(confidence, Image.EncodeGreyPng(image.Size, prediction.Confidence));
        if (drawing is not null)
            SegmentationDrawing.Draw(image, prediction.Map, predictor.Categories).SaveJpeg(drawing, 92);
        (int Class, long Pixels, double Confidence)[] found = [.. prediction.Summary(predictor.Categories.Count)
            .Select((s, k) => (k, s.Pixels, s.Confidence)).Where(s => s.Pixels > 0).OrderByDescending(s => s.Pixels)];
        _answers.Add(new
        {
            file_name = file, image.Height, image.Width, labels, confidence = writesConfidence ? confidence : null,
            classes = found.Select(f => new
            {
                category_id = predictor.Categories[f.Class].Id, predictor.Categories[f.Class].Name, f.Pixels,
                share = Math.Round((double)f.Pixels / image.Size.Pixels, 6), confidence = Math.Round(f.Confidence, 4),
            }),
        });
        return string.Join(", ", found.Take(5)
            .Select(f => FormattableString.Invariant($"{predictor.Categories[f.Class].Name} {100.0 * f.Pixels / image.Size.Pixels:0.#} %")));
    }

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
