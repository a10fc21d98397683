namespace Fovea.Metrics;

/// <summary>How much a detection covers an object, from 0 (apart) to 1 (the same): what makes COCO's evaluation one of boxes,
/// masks or key points.</summary>
/// <typeparam name="TShape">What detections and objects are made of.</typeparam>
/// <remarks>Implemented by structs without state, so that the call is inlined into the matching loop.</remarks>
public interface IOverlap<TShape>
{
    /// <summary>The overlap of one detection with one object; "not a number" counts as 0.</summary>
    /// <param name="detection">What the detector found.</param>
    /// <param name="truth">The annotated object.</param>
    /// <param name="isCrowd">The annotation stands for a group.</param>
    double Measure(in TShape detection, in TShape truth, bool isCrowd);

    /// <summary>True when the shape can be measured, for instance because all of its numbers are finite.</summary>
    bool IsMeasurable(in TShape shape);
}

/// <summary>Intersection over union of two boxes; against a crowd, intersection over the detection's own area, because a
/// detection of one member of the group covers only a part of it.</summary>
public readonly struct BoxOverlap : IOverlap<CocoBox>
{
    /// <inheritdoc/>
    public double Measure(in CocoBox detection, in CocoBox truth, bool isCrowd)
    {
        double width = Math.Min(detection.X + detection.Width, truth.X + truth.Width) - Math.Max(detection.X, truth.X);
        if (width <= 0) return 0;
        double height = Math.Min(detection.Y + detection.Height, truth.Y + truth.Height) - Math.Max(detection.Y, truth.Y);
        if (height <= 0) return 0;
        double intersection = width * height;
        // The order of the sum is COCO's; another would differ in the last bit.
        double union = isCrowd ? detection.Area : detection.Area + truth.Area - intersection;
        return intersection / union;
    }

    /// <inheritdoc/>
    public bool IsMeasurable(in CocoBox shape) => shape.IsFinite;
}
