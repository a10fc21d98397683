using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>The key points of one object as COCO's evaluation sees them.</summary>
/// <param name="Points">The key points in the skeleton's order. Of an annotation's, those of visibility 0 are left out; a detection's
/// visibility means nothing.</param>
/// <param name="Sigmas">The skeleton's <see cref="Skeleton.Sigmas"/>.</param>
/// <param name="Box">The annotated object's box, which stands for its points where none is labelled.</param>
/// <param name="Area">The annotated object's area in square pixels, which says what is near.</param>
public sealed record CocoPose(IReadOnlyList<Keypoint> Points, IReadOnlyList<double> Sigmas, CocoBox Box = default, double Area = 0)
{
    /// <summary>Number of labelled key points.</summary>
    public int Labelled => Points.Count(point => point.Visibility > 0);

    /// <summary>The area of the smallest box around all points: what COCO takes for a detection's area.</summary>
    public double Spread => Points.Count == 0 ? 0
        : (Points.Max(point => point.X) - Points.Min(point => point.X)) * (Points.Max(point => point.Y) - Points.Min(point => point.Y));

    /// <summary>Written as in "17 key points".</summary>
    public override string ToString() => $"{Points.Count} key points";
}
