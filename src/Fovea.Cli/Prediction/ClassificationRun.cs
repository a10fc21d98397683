using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Structures;

namespace Fovea.Cli.Prediction;

/// <summary>Tells what pictures show: the surest classes with their probabilities.</summary>
internal sealed class ClassificationRun(ClassifierPredictor predictor, IReadOnlyList<string> files, string folder, bool drawsPictures)
    : PredictRun(files, folder, drawsPictures)
{
    private const int Named = 5;

    private readonly List<object> _answers = [];

    protected override string AnswersName => "classes.json";

    protected override string PicturesName => "Labelled pictures";

    protected override object Answers => new
    {
        categories = predictor.Categories.Select(c => new { c.Id, c.Name }), images = _answers,
    };

    protected override string Predict(string file, Image image, string? drawing)
    {
        ClassScores scores = predictor.Predict(image);
        int count = Math.Min(Named, scores.Categories.Length);
        _answers.Add(new
        {
            file_name = file,
            classes = Enumerable.Range(0, count).Select(i => new
            {
                category_id = predictor.Categories[scores.Categories[i]].Id, predictor.Categories[scores.Categories[i]].Name,
                probability = Math.Round(scores.Probabilities[i], 5),
            }),
        });
        if (drawing is not null) ClassificationDrawing.Draw(image, scores, predictor.Categories).SaveJpeg(drawing, 92);
        return string.Join(", ", Enumerable.Range(0, count)
            .Select(i => FormattableString.Invariant($"{predictor.Categories[scores.Categories[i]].Name} {scores.Probabilities[i]:0.000}")));
    }

    protected override string Summary(int pictures) => Count(pictures, "picture");
}
