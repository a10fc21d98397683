using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>COCO's evaluation of key points. Objects without labelled key points need not be found; categories without a skeleton are left
/// out, whatever is found of them.</summary>
/// <inheritdoc cref="CocoEvaluator{TShape, TOverlap}" path="/remarks"/>
public sealed class CocoKeypointEvaluator : CocoEvaluator<CocoPose, KeypointOverlap>
{
    private readonly Func<int, Skeleton?> _skeletonOf;

    /// <summary>An evaluator without pictures.</summary>
    /// <param name="categories">The data set's categories.</param>
    /// <param name="skeletonOf">The skeleton of each category index, null for one without key points; such as a data set's
    /// <c>SkeletonOf</c>.</param>
    /// <param name="options">What to compute; <see cref="CocoOptions.Keypoints"/> where null.</param>
    public CocoKeypointEvaluator(IReadOnlyList<Category> categories, Func<int, Skeleton?> skeletonOf, CocoOptions? options = null)
        : base(categories, options ?? CocoOptions.Keypoints) => _skeletonOf = skeletonOf;

    /// <summary>Adds one picture with what a detector found in it.</summary>
    /// <param name="imageId">The data set's id of the picture.</param>
    /// <param name="groundTruth">Its annotated objects, in coordinates of the original picture.</param>
    /// <param name="found">What was found in it, with key points.</param>
    /// <exception cref="ArgumentException">The picture was added before, or an entry is not valid. Nothing is added then.</exception>
    public void Add(long imageId, IReadOnlyList<Annotation> groundTruth, Detections found) =>
        Add(imageId, [.. groundTruth.Where(a => IsMeasured(a.Category)).Select(TruthOf)],
            [.. Enumerable.Range(0, found.Count).Where(i => IsMeasured(found.Categories[i])).Select(i => DetectionOf(
                found.Categories[i], [.. found.Keypoints![i].Select(p => new Keypoint(p.X, p.Y, 2))], found.Scores[i]))]);

    /// <summary>An annotated object as it is measured.</summary>
    /// <exception cref="ArgumentException">Its category has no skeleton, or one of another number of key points.</exception>
    public CocoTruth<CocoPose> TruthOf(Annotation annotation)
    {
        Skeleton skeleton = SkeletonOf(annotation.Category);
        // COCO's files leave the list out, or give zeros, where no point is labelled.
        IReadOnlyList<Keypoint> points = annotation.Keypoints.Count == 0 ? new Keypoint[skeleton.Names.Count] : annotation.Keypoints;
        var pose = new CocoPose(points, skeleton.Sigmas, CocoBox.FromBox(annotation.Box), annotation.Area);
        return new(annotation.Category, pose, annotation.Area, annotation.IsCrowd, IsIgnored: pose.Labelled == 0);
    }

    /// <summary>A detection as it is measured.</summary>
    /// <param name="category">Zero-based index of its category.</param>
    /// <param name="points">Its key points, in continuous absolute pixels of the original picture.</param>
    /// <param name="score">How sure the detector is.</param>
    /// <exception cref="ArgumentException">The category has no skeleton.</exception>
    public CocoDetection<CocoPose> DetectionOf(int category, IReadOnlyList<Keypoint> points, double score)
    {
        var pose = new CocoPose(points, SkeletonOf(category).Sigmas);
        return new(category, pose, pose.Spread, score);
    }

    /// <summary>Adds one entry of a results file to its picture, which has to be there; one of a category without key points is passed
    /// over.</summary>
    /// <exception cref="ArgumentException">The picture or the category is unknown, the entry has no key points, or it is not
    /// valid.</exception>
    public void AddDetection(in CocoResultEntry entry)
    {
        int category = CategoryOf(entry);
        if (!IsMeasured(category)) return;
        AddDetection(entry.ImageId, DetectionOf(category, entry.Keypoints ??
            throw new ArgumentException($"A detection of picture {entry.ImageId} has no key points (\"keypoints\"). Are these results " +
                "of boxes?", nameof(entry)), entry.Score));
    }

    private protected override void CheckShape(string which, long imageId, in CocoPose shape)
    {
        if (shape.Points.Count != shape.Sigmas.Count)
            throw new ArgumentException($"{which} of picture {imageId} has {shape.Points.Count} key points, but its category's " +
                $"skeleton has {shape.Sigmas.Count}.");
    }

    // A category beyond the last is refused when its skeleton is asked for.
    private bool IsMeasured(int category) => (uint)category >= (uint)Categories.Count || _skeletonOf(category) is not null;

    private Skeleton SkeletonOf(int category) => _skeletonOf(category) ?? throw new ArgumentException(
        $"The category \"{((uint)category < (uint)Categories.Count ? Categories[category].Name : category)}\" has no key points.");
}
