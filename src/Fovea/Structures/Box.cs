using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>One axis-aligned box x1 y1 x2 y2 in continuous absolute pixels: a box over the whole of a picture of
/// width W and height H is (0, 0, W, H), and its width is x2 - x1 (torchvision's convention, no "+ 1").</summary>
/// <remarks>Double precision, so that annotation files keep their numbers through reading, evaluation and writing.
/// Inside networks boxes are float tensors, see <c>Boxes</c>.</remarks>
/// <param name="X1">Left edge.</param>
/// <param name="Y1">Top edge.</param>
/// <param name="X2">Right edge; not less than X1 in a valid box.</param>
/// <param name="Y2">Bottom edge; not less than Y1 in a valid box.</param>
public readonly record struct Box(double X1, double Y1, double X2, double Y2)
{
    /// <summary>x2 - x1; negative when the box is reversed.</summary>
    public double Width => X2 - X1;

    /// <summary>y2 - y1; negative when the box is reversed.</summary>
    public double Height => Y2 - Y1;

    /// <summary>Width times height, and 0 for a reversed box.</summary>
    public double Area => Math.Max(0, Width) * Math.Max(0, Height);

    /// <summary>True when the box covers no area or has an edge that is not a number.</summary>
    public bool IsEmpty => !(Width > 0 && Height > 0);

    /// <summary>A box from COCO's left, top, width, height.</summary>
    public static Box FromXywh(double x, double y, double width, double height) => new(x, y, x + width, y + height);

    /// <summary>The part of the box inside a picture; empty (zero width or height) when they do not meet.</summary>
    public Box Clip(ImageSize size) => new(
        Math.Clamp(X1, 0, size.Width), Math.Clamp(Y1, 0, size.Height),
        Math.Clamp(X2, 0, size.Width), Math.Clamp(Y2, 0, size.Height));

    /// <summary>The box after the picture is stretched by these factors.</summary>
    public Box Scale(double y, double x) => new(X1 * x, Y1 * y, X2 * x, Y2 * y);

    /// <summary>The box moved by (dy, dx) pixels.</summary>
    public Box Shift(double dy, double dx) => new(X1 + dx, Y1 + dy, X2 + dx, Y2 + dy);

    /// <summary>The box in the mirror image (left and right exchanged) of a picture of this width.</summary>
    public Box FlipHorizontal(double imageWidth) => new(imageWidth - X2, Y1, imageWidth - X1, Y2);

    /// <summary>Area of the intersection of two boxes.</summary>
    public double Intersection(Box other) =>
        Math.Max(0, Math.Min(X2, other.X2) - Math.Max(X1, other.X1)) *
        Math.Max(0, Math.Min(Y2, other.Y2) - Math.Max(Y1, other.Y1));

    /// <summary>Intersection over union, 0 when both boxes are empty.</summary>
    public double IoU(Box other)
    {
        double intersection = Intersection(other);
        double union = Area + other.Area - intersection;
        return union > 0 ? intersection / union : 0;
    }
}
