using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>PASCAL VOC's evaluation: average precision of each category at one overlap, with the eleven-point
/// interpolation of 2007 and the area under the whole curve used from 2010 on.</summary>
/// <remarks>Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge" (IJCV 2010), section 4.2, and the development kit's
/// evaluation code. Each detection, surest first over all pictures, looks for the object of its picture and category that it
/// overlaps most, of equals the first. At or above the threshold it has found the object, unless that was found before: then it is
/// wrong, also where another object would still be free (COCO differs there). On an object marked difficult it counts neither way,
/// and difficult objects need not be found; crowds are taken as difficult. For one thread.</remarks>
public sealed class VocEvaluator
{
    private readonly VocOptions _options;
    private readonly HashSet<long> _images = [];
    private readonly CategoryRecord[] _records;

    /// <summary>An evaluator without pictures.</summary>
    /// <param name="categories">The data set's categories, in the order that category indices count.</param>
    /// <param name="options">What to compute; VOC's own settings where null.</param>
    public VocEvaluator(IReadOnlyList<Category> categories, VocOptions? options = null)
    {
        Categories = [.. categories];
        _options = options ?? VocOptions.Default;
        _records = new CategoryRecord[Categories.Count];
        for (int k = 0; k < _records.Length; k++) _records[k] = new CategoryRecord();
    }

    /// <summary>The data set's categories.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>Adds one picture. Detections of equal score rank in the order of adding.</summary>
    /// <param name="imageId">The data set's id of the picture.</param>
    /// <param name="groundTruth">Its annotated objects, in coordinates of the original picture.</param>
    /// <param name="detections">What was found in it.</param>
    /// <exception cref="ArgumentException">The picture was added before, or a category or a box is not valid. Nothing is added
    /// then.</exception>
    public void Add(long imageId, IReadOnlyList<Annotation> groundTruth, Detections detections)
    {
        foreach (Annotation truth in groundTruth)
        {
            CheckCategory("An annotation", imageId, truth.Category);
            if (!double.IsFinite(truth.Box.X1 + truth.Box.Y1 + truth.Box.X2 + truth.Box.Y2))
                throw new ArgumentException($"An annotation of picture {imageId} has numbers that are not finite: {truth.Box}.");
        }
        foreach (int category in detections.Categories) CheckCategory("A detection", imageId, category);
        if (!_images.Add(imageId))
            throw new ArgumentException($"Picture {imageId} was added before. Every picture is added once, with all of its objects.",
                nameof(imageId));

        foreach (Annotation truth in groundTruth)
            _records[truth.Category].AddTruth(imageId, truth.Box, truth.IsDifficult || truth.IsCrowd);
        for (int i = 0; i < detections.Count; i++)
            _records[detections.Categories[i]].Detections.Add((imageId, detections.Boxes[i], detections.Scores[i]));
    }

    /// <summary>Computes the figures of everything added so far. More can be added afterwards and evaluated again.</summary>
    public VocResult Evaluate()
    {
        var figures = new VocCategoryFigures[Categories.Count];
        for (int k = 0; k < figures.Length; k++)
        {
            (double[] precision, double[] recall) = Rank(_records[k]);
            int objects = _records[k].Objects;
            figures[k] = new VocCategoryFigures(Categories[k], objects,
                objects == 0 ? VocResult.Undefined : VocPrecision.ElevenPoint(precision, recall),
                objects == 0 ? VocResult.Undefined : VocPrecision.AllPoint(precision, recall),
                precision, recall);
        }
        return new VocResult(figures);
    }

    /// <summary>Precision and recall after each detection that counts.</summary>
    private (double[] Precision, double[] Recall) Rank(CategoryRecord record)
    {
        if (record.Objects == 0) return ([], []);
        double[] scores = [.. record.Detections.Select(detection => detection.Score)];
        var found = new HashSet<(long Image, int Truth)>();
        var precision = new List<double>();
        var recall = new List<double>();
        int right = 0, wrong = 0;
        foreach (int i in ScoreRanking.ByFallingScore(scores))
        {
            (long image, Box box, _) = record.Detections[i];
            List<(Box Box, bool Difficult)> truths = record.TruthsOf(image);
            int match = BestMatch(box, truths);
            if (match >= 0 && truths[match].Difficult) continue;
            if (match >= 0 && found.Add((image, match))) right++;
            else wrong++;
            precision.Add((double)right / (right + wrong));
            recall.Add((double)right / record.Objects);
        }
        return ([.. precision], [.. recall]);
    }

    private int BestMatch(Box detection, List<(Box Box, bool Difficult)> truths)
    {
        int match = -1;
        double best = double.NegativeInfinity;
        for (int g = 0; g < truths.Count; g++)
        {
            double overlap = Overlap(detection, truths[g].Box);
            if (!(overlap > best)) continue;
            best = overlap;
            match = g;
        }
        return best >= _options.IouThreshold ? match : -1;
    }

    private double Overlap(Box a, Box b)
    {
        double last = _options.Edges == BoxEdges.Inclusive ? 1 : 0;
        double width = Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + last;
        double height = Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + last;
        if (width <= 0 || height <= 0) return 0;
        double union = (a.Width + last) * (a.Height + last) + (b.Width + last) * (b.Height + last) - width * height;
        return width * height / union;
    }

    private void CheckCategory(string which, long imageId, int category)
    {
        if ((uint)category >= (uint)Categories.Count)
            throw new ArgumentException($"{which} of picture {imageId} has the category index {category}, but there are " +
                $"{Categories.Count} categories, counted from 0.");
    }

    /// <summary>What was added of one category.</summary>
    private sealed class CategoryRecord
    {
        private static readonly List<(Box, bool)> _none = [];
        private readonly Dictionary<long, List<(Box Box, bool Difficult)>> _truths = [];

        public List<(long Image, Box Box, double Score)> Detections { get; } = [];

        /// <summary>Number of objects to find: the difficult ones do not count.</summary>
        public int Objects { get; private set; }

        public List<(Box Box, bool Difficult)> TruthsOf(long image) => _truths.GetValueOrDefault(image, _none);

        public void AddTruth(long image, Box box, bool difficult)
        {
            if (!_truths.TryGetValue(image, out List<(Box, bool)>? truths)) _truths.Add(image, truths = []);
            truths.Add((box, difficult));
            if (!difficult) Objects++;
        }
    }
}
