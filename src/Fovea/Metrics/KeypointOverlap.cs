using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>Object keypoint similarity (OKS): the mean over labelled key points of exp(-d^2 / (2 s^2 k^2)), where d is the distance in
/// pixels, s^2 the object's area, and k twice the key point's sigma.</summary>
/// <remarks>COCO's key point evaluation (published with Lin et al., "Microsoft COCO", ECCV 2014). Of an object without labelled key
/// points, d is how far each detected point lies outside a box three times as wide and high as the object's.</remarks>
public readonly struct KeypointOverlap : IOverlap<CocoPose>
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The two do not have as many key points.</exception>
    public double Measure(in CocoPose detection, in CocoPose truth, bool isCrowd)
    {
        if (detection.Points.Count != truth.Points.Count)
            throw new ArgumentException($"The detection has {detection.Points.Count} key points, the object {truth.Points.Count}.");
        int labelled = truth.Labelled, counted = 0;
        double sum = 0, scale = 2 * (truth.Area + Math.BitIncrement(1.0) - 1);
        for (int i = 0; i < truth.Points.Count; i++)
        {
            Keypoint found = detection.Points[i], wanted = truth.Points[i];
            if (labelled > 0 && wanted.Visibility <= 0) continue;
            (double dx, double dy) = labelled > 0
                ? (found.X - wanted.X, found.Y - wanted.Y)
                : (Outside(found.X, truth.Box.X, truth.Box.Width), Outside(found.Y, truth.Box.Y, truth.Box.Height));
            double width = 2 * truth.Sigmas[i];
            sum += Math.Exp(-(dx * dx + dy * dy) / (width * width) / scale);
            counted++;
        }
        return counted == 0 ? 0 : sum / counted;
    }

    /// <inheritdoc/>
    public bool IsMeasurable(in CocoPose shape) =>
        shape.Box.IsFinite && double.IsFinite(shape.Area) && shape.Points.All(point => double.IsFinite(point.X) && double.IsFinite(point.Y));

    // How far a coordinate lies outside a side that is three times as long about the same middle.
    private static double Outside(double at, double start, double length) =>
        Math.Max(0, start - length - at) + Math.Max(0, at - (start + 2 * length));
}
