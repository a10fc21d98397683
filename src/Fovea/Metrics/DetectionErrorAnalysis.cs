using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>Tells why a detector's finds are wrong, and how much each cause costs.</summary>
/// <remarks>Bolya et al.: "TIDE" (ECCV 2020), section 2: each cause is mended by itself, and the AP at IoU 0.5 computed again.</remarks>
/// <typeparam name="TShape">What overlaps are measured on.</typeparam>
/// <typeparam name="TOverlap">How they are measured.</typeparam>
public sealed class DetectionErrorAnalysis<TShape, TOverlap> where TOverlap : struct, IOverlap<TShape>
{
    private const double Covers = 0.5, Touches = 0.1;

    private readonly IReadOnlyList<Category> _categories;
    private readonly double _sure;
    private readonly CocoOptions _options;
    private readonly List<Picture> _pictures = [];

    /// <summary>An analysis without pictures.</summary>
    /// <param name="categories">The data set's categories.</param>
    /// <param name="maxDetections">Detections of a class in a picture at most, as in the figures that are explained.</param>
    /// <param name="sure">The smallest score of detections in the confusion matrix.</param>
    public DetectionErrorAnalysis(IReadOnlyList<Category> categories, int maxDetections = 100, double sure = 0.5)
    {
        (_categories, _sure) = (categories, sure);
        _options = CocoOptions.Default with { IouThresholds = [Covers], MaxDetections = [maxDetections], AreaRanges = [CocoOptions.Default.AreaRanges[0]] };
    }

    /// <summary>Adds a picture.</summary>
    /// <param name="imageId">Its id.</param>
    /// <param name="truths">Its annotated objects.</param>
    /// <param name="detections">What was found, in any order.</param>
    public void Add(long imageId, IReadOnlyList<CocoTruth<TShape>> truths, IReadOnlyList<CocoDetection<TShape>> detections)
    {
        int most = _options.MaxDetections[^1];
        CocoDetection<TShape>[] ranked = [.. detections.GroupBy(d => d.Category).SelectMany(g => g.OrderByDescending(d => d.Score).Take(most))
            .OrderByDescending(d => d.Score)];
        _pictures.Add(new Picture(imageId, [.. truths], ranked));
    }

    /// <summary>Looks at everything added so far.</summary>
    /// <param name="cancellation">Ends it with an exception.</param>
    public DetectionErrorResult Evaluate(CancellationToken cancellation = default)
    {
        double plain = Ap(_ => null, cancellation);
        DetectionErrorFigures[] causes = [.. Enum.GetValues<DetectionError>().Select(cause => new DetectionErrorFigures(cause,
            _pictures.Sum(picture => picture.Count(cause)), Ap(picture => picture.Mended(cause), cancellation) - plain))];
        var confusion = new int[_categories.Count + 1, _categories.Count + 1];
        foreach (Picture picture in _pictures) picture.AddConfusion(confusion, _sure);
        return new DetectionErrorResult(plain, causes, [.. _pictures.Select(picture => new PictureErrors(picture.Id, picture.Found,
            [.. Enum.GetValues<DetectionError>().Select(picture.Count)]))], confusion);
    }

    // The mean AP with some pictures replaced.
    private double Ap(Func<Picture, (CocoTruth<TShape>[] Truths, CocoDetection<TShape>[] Detections)?> mend, CancellationToken cancellation)
    {
        var evaluator = new CocoEvaluator<TShape, TOverlap>(_categories, _options);
        foreach (Picture picture in _pictures)
        {
            (CocoTruth<TShape>[] truths, CocoDetection<TShape>[] detections) = mend(picture) ?? (picture.Truths, picture.Detections);
            evaluator.Add(picture.Id, truths, detections);
        }
        return Math.Max(0, evaluator.Evaluate(cancellation: cancellation).AveragePrecision());
    }

    // One picture, its detections by falling score, each with what it found or why it is wrong.
    private sealed class Picture
    {
        private readonly DetectionError?[] _errors;   // null where a detection is right, or ignored
        private readonly int[] _objects;              // of each detection the object that it found, or would if it were mended; -1 for none
        private readonly bool[] _found, _missed;      // of each object

        public Picture(long id, CocoTruth<TShape>[] truths, CocoDetection<TShape>[] detections)
        {
            (Id, Truths, Detections) = (id, truths, detections);
            _errors = new DetectionError?[detections.Length];
            _objects = new int[detections.Length];
            _found = new bool[truths.Length];
            Array.Fill(_objects, -1);
            bool[] open = new bool[detections.Length];
            for (int d = 0; d < detections.Length; d++) open[d] = !Match(d);
            for (int d = 0; d < detections.Length; d++)
                if (open[d]) (_errors[d], _objects[d]) = Explain(d);
            _missed = [.. truths.Select((truth, t) => Asked(t) && !_found[t] && !Enumerable.Range(0, detections.Length).Any(d => _objects[d] == t))];
        }

        public long Id { get; }

        public CocoTruth<TShape>[] Truths { get; }

        public CocoDetection<TShape>[] Detections { get; }

        public int Found => _found.Count(found => found);

        public int Count(DetectionError cause) =>
            cause == DetectionError.Missed ? _missed.Count(missed => missed) : _errors.Count(error => error == cause);

        /// <summary>The picture with one cause mended; null where it does not occur.</summary>
        public (CocoTruth<TShape>[], CocoDetection<TShape>[])? Mended(DetectionError cause)
        {
            if (Count(cause) == 0) return null;
            if (cause == DetectionError.Missed) return ([.. Truths.Where((_, t) => !_missed[t])], Detections);
            var claimed = (bool[])_found.Clone();
            var mended = new List<CocoDetection<TShape>>(Detections.Length);
            for (int d = 0; d < Detections.Length; d++)
            {
                if (_errors[d] != cause) mended.Add(Detections[d]);
                else if (_objects[d] >= 0 && !claimed[_objects[d]])
                {
                    CocoTruth<TShape> truth = Truths[_objects[d]];
                    claimed[_objects[d]] = true;
                    mended.Add(cause == DetectionError.Classification ? Detections[d] with { Category = truth.Category }
                        : Detections[d] with { Shape = truth.Shape, Area = truth.Area });
                }
            }
            return (Truths, [.. mended]);
        }

        /// <summary>Adds sure detections and the objects they lie on, whatever the classes.</summary>
        public void AddConfusion(int[,] matrix, double sure)
        {
            int nothing = matrix.GetLength(0) - 1;
            var told = new bool[Truths.Length];
            for (int d = 0; d < Detections.Length && Detections[d].Score >= sure; d++)
            {
                int best = Best(d, t => Asked(t) && !told[t]).Object;
                if (best >= 0 && Overlap(d, best) >= Covers)
                {
                    told[best] = true;
                    matrix[Truths[best].Category, Detections[d].Category]++;
                }
                else if (_errors[d] is not null || _objects[d] >= 0) matrix[nothing, Detections[d].Category]++;
            }
            for (int t = 0; t < Truths.Length; t++)
                if (Asked(t) && !told[t]) matrix[Truths[t].Category, nothing]++;
        }

        private bool Asked(int t) => !Truths[t].IsCrowd && !Truths[t].IsIgnored;

        private double Overlap(int d, int t) => default(TOverlap).Measure(Detections[d].Shape, Truths[t].Shape, Truths[t].IsCrowd);

        // The object of some that a detection overlaps most.
        private (int Object, double Overlap) Best(int d, Func<int, bool> among)
        {
            (int best, double most) = (-1, 0);
            for (int t = 0; t < Truths.Length; t++)
                if (among(t) && Overlap(d, t) is var overlap && overlap > most) (best, most) = (t, overlap);
            return (best, most);
        }

        // COCO's greedy matching: true where the detection is right, or falls on what need not be found.
        private bool Match(int d)
        {
            int category = Detections[d].Category;
            (int best, double overlap) = Best(d, t => Truths[t].Category == category && Asked(t) && !_found[t]);
            if (overlap >= Covers)
            {
                (_found[best], _objects[d]) = (true, best);
                return true;
            }
            return Best(d, t => Truths[t].Category == category && !Asked(t)).Overlap >= Covers;
        }

        private (DetectionError, int Object) Explain(int d)
        {
            int category = Detections[d].Category;
            (int same, double own) = Best(d, t => Asked(t) && Truths[t].Category == category);
            if (own is >= Touches and < Covers) return (DetectionError.Localisation, same);
            (int other, double foreign) = Best(d, t => Asked(t) && Truths[t].Category != category);
            if (foreign >= Covers) return (DetectionError.Classification, other);
            if (own >= Covers) return (DetectionError.Duplicate, -1);
            return (foreign < Touches ? DetectionError.Background : DetectionError.Both, -1);
        }
    }
}
