using Fovea.Data;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>COCO's figures of a detector.</summary>
/// <param name="Boxes">Of its boxes.</param>
/// <param name="Masks">Of its masks; null where it finds none, or the data set has none.</param>
/// <param name="Keypoints">Of its key points; null where it finds none, or the data set has none.</param>
public sealed record DetectorResult(CocoResult Boxes, CocoResult? Masks, CocoResult? Keypoints)
{
    /// <summary>The share of masks that agree with annotated ones, of finds with a score of 0.5 and more; null where there are no
    /// masks.</summary>
    public IReadOnlyList<InstanceAccuracyFigures>? MaskAccuracy { get; init; }

    /// <summary>Pictures that masks were not measured on, because some of their objects have none.</summary>
    public int PicturesWithoutMasks { get; init; }

    /// <summary>The figures of what it is for: masks or key points where it finds them, otherwise boxes.</summary>
    public CocoResult Main => Masks ?? Keypoints ?? Boxes;
}

/// <summary>Collects what was found in a data set's pictures, and measures boxes, masks and key points.</summary>
internal sealed class DetectorEvaluator
{
    private readonly CocoEvaluator _boxes;
    private readonly CocoMaskEvaluator? _masks;
    private readonly CocoKeypointEvaluator? _keypoints;
    private readonly InstanceAccuracy<RunLengthMask, MaskOverlap> _accuracy = new();
    private int _withoutMasks;

    /// <summary>An evaluator without pictures.</summary>
    /// <param name="dataset">What is measured against.</param>
    /// <param name="options">Thresholds, areas and limits; key points have their own areas and limits.</param>
    /// <param name="masks">Whether masks are found.</param>
    /// <param name="keypoints">Whether key points are found.</param>
    public DetectorEvaluator(IDataset dataset, CocoOptions options, bool masks, bool keypoints)
    {
        _boxes = new CocoEvaluator(dataset.Categories, options);
        if (masks && dataset.HasMasks()) _masks = new CocoMaskEvaluator(dataset.Categories, options);
        if (keypoints && dataset.HasKeypoints())
            _keypoints = new CocoKeypointEvaluator(dataset.Categories, dataset.SkeletonOf);
    }

    /// <summary>Adds a picture with what was found in it.</summary>
    public void Add(ImageRecord record, Detections found)
    {
        _boxes.Add(record.Id, record.Annotations, found);
        if (_masks is not null && !record.HasMasks) _withoutMasks++;
        else if (_masks is not null)
        {
            CocoTruth<RunLengthMask>[] truths = [.. record.Annotations.Select(CocoMaskEvaluator.TruthOf)];
            CocoDetection<RunLengthMask>[] finds = [.. Enumerable.Range(0, found.Count)
                .Select(i => CocoMaskEvaluator.DetectionOf(found.Categories[i], found.Masks![i], found.Scores[i]))];
            _masks.Add(record.Id, truths, finds);
            _accuracy.Add(truths, finds);
        }
        _keypoints?.Add(record.Id, record.Annotations, found);
    }

    /// <summary>The figures of everything added so far.</summary>
    public DetectorResult Evaluate(CancellationToken cancellation) => new(_boxes.Evaluate(cancellation: cancellation),
        _masks?.Evaluate(cancellation: cancellation), _keypoints?.Evaluate(cancellation: cancellation))
        { MaskAccuracy = _masks is null ? null : _accuracy.Evaluate(), PicturesWithoutMasks = _withoutMasks };
}
