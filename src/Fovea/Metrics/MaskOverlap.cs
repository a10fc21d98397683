using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>Intersection over union of two masks; against a crowd, intersection over the detection's own area.</summary>
public readonly struct MaskOverlap : IOverlap<RunLengthMask>
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The masks are of two sizes.</exception>
    public double Measure(in RunLengthMask detection, in RunLengthMask truth, bool isCrowd) =>
        RunLengthMask.Overlap(detection, truth, isCrowd);

    /// <inheritdoc/>
    public bool IsMeasurable(in RunLengthMask shape) => true;
}
