using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>COCO's evaluation: collects the annotations and detections of a data set's pictures and computes average
/// precision and average recall over several overlaps, object sizes and numbers of detections.</summary>
/// <typeparam name="TShape">What detections and objects are made of.</typeparam>
/// <typeparam name="TOverlap">How much two of them overlap.</typeparam>
/// <remarks>Lin et al., "Microsoft COCO: Common Objects in Context" (ECCV 2014), and the detection evaluation published with it.
/// The numbers are pycocotools' to rounding of the last averages (below 1e-12). Two of its accidents are not kept: an annotation
/// whose id is 0 counts like any other, and detections of a category that the data set lacks are refused, not dropped.
/// Adding is for one thread; evaluation uses several, and its numbers do not depend on how many.</remarks>
public class CocoEvaluator<TShape, TOverlap> where TOverlap : struct, IOverlap<TShape>
{
    private readonly Dictionary<int, int> _indexOfCategory = [];
    private readonly CocoTable<TShape> _table = new();
    private readonly CocoOptions _options;

    /// <summary>An evaluator without pictures.</summary>
    /// <param name="categories">The data set's categories, in the order that category indices count.</param>
    /// <param name="options">What to compute; COCO's own settings where null.</param>
    /// <exception cref="ArgumentException">Two categories have one id.</exception>
    public CocoEvaluator(IReadOnlyList<Category> categories, CocoOptions? options = null)
    {
        Categories = [.. categories];
        _options = options ?? CocoOptions.Default;
        IGrouping<int, Category>? twin = Categories.GroupBy(category => category.Id).FirstOrDefault(group => group.Count() > 1);
        if (twin is not null)
            throw new ArgumentException($"Categories need different ids, but {twin.Key} is the id of " +
                $"{string.Join(" and ", twin.Select(category => $"\"{category.Name}\""))}.", nameof(categories));
        for (int i = 0; i < Categories.Count; i++) _indexOfCategory.Add(Categories[i].Id, i);
    }

    /// <summary>The data set's categories.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>Number of pictures added so far.</summary>
    public int ImageCount => _table.ImageCount;

    /// <summary>Adds one picture.</summary>
    /// <param name="imageId">The data set's id of the picture. Between pictures, detections of equal score rank by rising id.</param>
    /// <param name="truths">Its annotated objects, possibly none.</param>
    /// <param name="detections">What was found in it, in any order; equal scores rank in the order given. More can follow
    /// with <see cref="AddDetection"/>.</param>
    /// <exception cref="ArgumentException">The picture was added before, or an entry is not valid. Nothing is added then.</exception>
    public void Add(long imageId, ReadOnlySpan<CocoTruth<TShape>> truths, ReadOnlySpan<CocoDetection<TShape>> detections)
    {
        if (_table.Contains(imageId))
            throw new ArgumentException($"Picture {imageId} was added before. Every picture is added once, with all of its objects.",
                nameof(imageId));
        for (int i = 0; i < truths.Length; i++)
            CheckEntry($"Annotation {i}", imageId, truths[i].Category, truths[i].Shape, truths[i].Area);
        for (int i = 0; i < detections.Length; i++) CheckDetection($"Detection {i}", imageId, detections[i]);

        int image = _table.AddImage(imageId);
        foreach (CocoTruth<TShape> truth in truths) _table.AddTruth(image, truth);
        foreach (CocoDetection<TShape> detection in detections) _table.AddDetection(image, detection);
    }

    /// <summary>Adds one detection to a picture that is already there, behind those that the picture has.</summary>
    /// <exception cref="ArgumentException">The picture is unknown, or the detection is not valid.</exception>
    public void AddDetection(long imageId, in CocoDetection<TShape> detection)
    {
        if (!_table.TryFind(imageId, out int image))
            throw new ArgumentException($"A detection names picture {imageId}, which is not among the {ImageCount} pictures of the data " +
                "set. Were the detections made for another data set or split?", nameof(imageId));
        CheckDetection("A detection", imageId, detection);
        _table.AddDetection(image, detection);
    }

    /// <summary>Computes the figures of everything added so far. More can be added afterwards and evaluated again.</summary>
    /// <param name="threads">How many threads may work, as many as there are processors where null. The numbers do not depend
    /// on it.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CocoResult Evaluate(int? threads = null, CancellationToken cancellation = default)
    {
        CocoGroups<TShape> groups = _table.Group(Categories.Count);
        var result = new CocoResult(Categories, _options, ImageCount);
        var parallel = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = threads ?? -1 };
        Parallel.For(0, Categories.Count, parallel, category =>
            new CocoCategoryEvaluation<TShape, TOverlap>(groups, category, _options, parallel).WriteTo(result));
        return result;
    }

    /// <summary>The index of the category that an entry of a results file names.</summary>
    /// <exception cref="ArgumentException">The data set has no such category.</exception>
    private protected int CategoryOf(in CocoResultEntry entry) =>
        _indexOfCategory.TryGetValue(entry.CategoryId, out int category) ? category
            : throw new ArgumentException($"A detection of picture {entry.ImageId} names category {entry.CategoryId}, which is not among " +
                $"the data set's {Categories.Count} category ids ({ListIds()}).", nameof(entry));

    /// <summary>Refuses a shape that does not fit the others of its picture.</summary>
    private protected virtual void CheckShape(string which, long imageId, in TShape shape) { }

    private string ListIds()
    {
        string first = string.Join(", ", Categories.Take(10).Select(category => category.Id));
        return Categories.Count > 10 ? first + ", ..." : first;
    }

    private void CheckDetection(string which, long imageId, in CocoDetection<TShape> detection)
    {
        CheckEntry(which, imageId, detection.Category, detection.Shape, detection.Area);
        if (!double.IsFinite(detection.Score))
            throw new ArgumentException($"{which} of picture {imageId} has the score {detection.Score}; a finite number is needed.");
    }

    private void CheckEntry(string which, long imageId, int category, in TShape shape, double area)
    {
        if ((uint)category >= (uint)Categories.Count)
            throw new ArgumentException($"{which} of picture {imageId} has the category index {category}, but there are " +
                $"{Categories.Count} categories, counted from 0.");
        if (!default(TOverlap).IsMeasurable(shape) || !double.IsFinite(area))
            throw new ArgumentException($"{which} of picture {imageId} has numbers that are not finite: {shape}, area {area}.");
        CheckShape(which, imageId, shape);
    }
}

/// <summary>COCO's evaluation of boxes.</summary>
/// <inheritdoc cref="CocoEvaluator{TShape, TOverlap}" path="/remarks"/>
public sealed class CocoEvaluator : CocoEvaluator<CocoBox, BoxOverlap>
{
    /// <inheritdoc/>
    public CocoEvaluator(IReadOnlyList<Category> categories, CocoOptions? options = null) : base(categories, options) { }

    /// <summary>Adds one picture with what a detector found in it. <see cref="Annotation.IsDifficult"/> means nothing here:
    /// COCO knows only crowds.</summary>
    /// <param name="imageId">The data set's id of the picture.</param>
    /// <param name="groundTruth">Its annotated objects, in coordinates of the original picture.</param>
    /// <param name="detections">What was found in it.</param>
    /// <exception cref="ArgumentException">The picture was added before, or an entry is not valid. Nothing is added then.</exception>
    public void Add(long imageId, IReadOnlyList<Annotation> groundTruth, Detections detections)
    {
        var truths = new CocoTruth<CocoBox>[groundTruth.Count];
        for (int i = 0; i < truths.Length; i++)
        {
            Annotation one = groundTruth[i];
            truths[i] = new(one.Category, CocoBox.FromBox(one.Box), one.Area, one.IsCrowd);
        }
        var found = new CocoDetection<CocoBox>[detections.Count];
        for (int i = 0; i < found.Length; i++)
        {
            CocoBox box = CocoBox.FromBox(detections.Boxes[i]);
            found[i] = new(detections.Categories[i], box, box.Area, detections.Scores[i]);
        }
        Add(imageId, truths, found);
    }

    /// <summary>Adds one entry of a results file to its picture, which has to be there.</summary>
    /// <exception cref="ArgumentException">The picture or the category is unknown, or the entry is not valid.</exception>
    public void AddDetection(in CocoResultEntry entry) =>
        AddDetection(entry.ImageId, new CocoDetection<CocoBox>(CategoryOf(entry), entry.Box, entry.Box.Area, entry.Score));
}
