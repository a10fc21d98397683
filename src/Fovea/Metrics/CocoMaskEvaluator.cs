using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>COCO's evaluation of masks.</summary>
/// <inheritdoc cref="CocoEvaluator{TShape, TOverlap}" path="/remarks"/>
public sealed class CocoMaskEvaluator : CocoEvaluator<RunLengthMask, MaskOverlap>
{
    private readonly Dictionary<long, ImageSize> _sizes = [];

    /// <inheritdoc/>
    public CocoMaskEvaluator(IReadOnlyList<Category> categories, CocoOptions? options = null) : base(categories, options) { }

    /// <summary>An annotated object as it is measured. Its area is the annotated one, as COCO's is.</summary>
    /// <exception cref="ArgumentException">The object has no mask.</exception>
    public static CocoTruth<RunLengthMask> TruthOf(Annotation annotation) => new(annotation.Category, annotation.Mask ??
        throw new ArgumentException($"Annotation {annotation.Id} has no mask, which masks are measured against. Is the data set annotated " +
            "with boxes only?", nameof(annotation)), annotation.Area, annotation.IsCrowd);

    /// <summary>A detection as it is measured.</summary>
    /// <param name="category">Zero-based index of its category.</param>
    /// <param name="mask">Its pixels, at the size of the original picture. Its area is their number.</param>
    /// <param name="score">How sure the detector is.</param>
    public static CocoDetection<RunLengthMask> DetectionOf(int category, RunLengthMask mask, double score) =>
        new(category, mask, mask.Area(), score);

    /// <summary>Adds one entry of a results file to its picture, which has to be there.</summary>
    /// <exception cref="ArgumentException">The picture or the category is unknown, the entry has no mask or one of another size than the
    /// picture's others, or it is not valid.</exception>
    public void AddDetection(in CocoResultEntry entry) => AddDetection(entry.ImageId, DetectionOf(CategoryOf(entry), entry.Mask ??
        throw new ArgumentException($"A detection of picture {entry.ImageId} has no mask (\"segmentation\"). Are these results of boxes?",
            nameof(entry)), entry.Score));

    private protected override void CheckShape(string which, long imageId, in RunLengthMask shape)
    {
        if (_sizes.TryAdd(imageId, shape.Size) || _sizes[imageId] == shape.Size) return;
        throw new ArgumentException($"{which} of picture {imageId} has a mask of {shape.Size}, but others of the picture are of " +
            $"{_sizes[imageId]} (height x width). Masks are measured at the size of the original picture.");
    }
}
