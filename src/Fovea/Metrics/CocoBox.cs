using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>A box as COCO's files write it: left, top, width and height in continuous absolute pixels.</summary>
/// <remarks>COCO's evaluation works on these four numbers. They are kept as they are, because a width that has been through
/// x + width - x can differ in its last bit, and a detection that meets a threshold exactly would then miss it.
/// A box of negative width or height overlaps nothing.</remarks>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Width.</param>
/// <param name="Height">Height.</param>
public readonly record struct CocoBox(double X, double Y, double Width, double Height)
{
    /// <summary>Width times height.</summary>
    public double Area => Width * Height;

    /// <summary>True when all four numbers are finite.</summary>
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Width) && double.IsFinite(Height);

    /// <summary>The same box from its edges. Where a width of up to ten decimals gives back the right edge exactly, that is
    /// the width, so that a box read from a file returns to the very numbers that the file holds.</summary>
    public static CocoBox FromBox(Box box) =>
        new(box.X1, box.Y1, Extent(box.X1, box.X2), Extent(box.Y1, box.Y2));

    /// <summary>The same box as edges.</summary>
    public Box ToBox() => Box.FromXywh(X, Y, Width, Height);

    private static double Extent(double first, double last)
    {
        double difference = last - first;
        double written = Math.Round(difference, 10);
        return first + written == last ? written : difference;
    }
}
