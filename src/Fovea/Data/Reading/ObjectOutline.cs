using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>Which pixels belong to an object, as its file states it: polygons or run lengths.</summary>
/// <param name="Polygons">x and y of each corner in turn, united; null where it is run lengths.</param>
/// <param name="Runs">Run lengths; null where it is polygons.</param>
internal readonly record struct ObjectOutline(double[][]? Polygons, RunLengthMask? Runs)
{
    /// <summary>The object's pixels, by the rule of COCO's own tools.</summary>
    public RunLengthMask ToMask(ImageSize size) => Runs ?? RunLengthMask.FromPolygons(Polygons!, size);

    /// <summary>The smallest box around the polygons' corners; null for run lengths.</summary>
    public Box? Extent() => Polygons is null ? null : ExtentOf(Polygons);

    /// <summary>The smallest box around the corners of polygons.</summary>
    public static Box ExtentOf(IReadOnlyList<double[]> polygons)
    {
        double left = double.PositiveInfinity, top = left, right = double.NegativeInfinity, bottom = right;
        foreach (double[] points in polygons)
        {
            for (int i = 0; i < points.Length; i += 2)
            {
                (left, right) = (Math.Min(left, points[i]), Math.Max(right, points[i]));
                (top, bottom) = (Math.Min(top, points[i + 1]), Math.Max(bottom, points[i + 1]));
            }
        }
        return new Box(left, top, right, bottom);
    }
}
