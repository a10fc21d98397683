using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>What a shape of LabelMe is.</summary>
internal enum LabelMeKind { Polygon, Rectangle, Circle, Point, Line, Mask }

/// <summary>One entry of "shapes".</summary>
/// <param name="Label">The class, or the name of a key point.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Points">x and y of each point in turn.</param>
/// <param name="Group">The group_id, or null.</param>
/// <param name="Flags">The flags that are set.</param>
/// <param name="Mask">The text of a mask's PNG; empty where it is not wanted.</param>
/// <param name="Offset">Where the shape begins in its file.</param>
internal sealed record LabelMeShape(
    string Label, LabelMeKind Kind, double[] Points, long? Group, IReadOnlyList<string> Flags, string Mask, long Offset)
{
    private const int CircleCorners = 64;

    public const string IsHidden = "hidden", IsDifficult = "difficult", IsCrowd = "iscrowd";

    /// <summary>The smallest box around the shape. A mask's points are its first and its last pixel.</summary>
    public Box Extent()
    {
        if (Kind == LabelMeKind.Mask)
        {
            (int y1, int x1, int y2, int x2) = Pixels();
            return new Box(x1, y1, x2 + 1, y2 + 1);
        }
        if (Kind != LabelMeKind.Circle) return ObjectOutline.ExtentOf([Points]);
        double radius = Radius;
        return new Box(Points[0] - radius, Points[1] - radius, Points[0] + radius, Points[1] + radius);
    }

    /// <summary>The polygon that a polygon or a circle is.</summary>
    public double[] ToPolygon()
    {
        if (Kind == LabelMeKind.Polygon) return Points;
        double[] corners = new double[2 * CircleCorners];
        for (int i = 0; i < CircleCorners; i++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * i / CircleCorners);
            (corners[2 * i], corners[2 * i + 1]) = (Points[0] + Radius * cos, Points[1] + Radius * sin);
        }
        return corners;
    }

    /// <summary>The pixels of a mask: a PNG file as Base64, not 0 where the object is, that lies between the two points.</summary>
    /// <exception cref="FormatException">It cannot be read, or has another size than the points say.</exception>
    public RunLengthMask ToMask(ImageSize picture)
    {
        (int y1, int x1, int y2, int x2) = Pixels();
        IndexMap map;
        try
        {
            map = IndexMap.Decode(Convert.FromBase64String(Mask), "its mask");
        }
        catch (ImageException e)
        {
            throw new FormatException(e.Message, e);
        }
        catch (FormatException e)
        {
            throw new FormatException($"its mask is no PNG file as Base64. {e.Message}", e);
        }
        var expected = new ImageSize(y2 - y1 + 1, x2 - x1 + 1);
        if (map.Size != expected)
            throw new FormatException($"its mask is {map.Size} (height x width), but its points, the first and the last pixel, leave {expected}.");
        var pixels = new byte[picture.Pixels];
        for (int y = Math.Max(0, y1); y <= Math.Min(y2, picture.Height - 1); y++)
            for (int x = Math.Max(0, x1); x <= Math.Min(x2, picture.Width - 1); x++)
                if (map.Values[(y - y1) * map.Size.Width + x - x1] != 0) pixels[y * picture.Width + x] = 1;
        return RunLengthMask.FromBitmap(new Mask(picture, pixels));
    }

    private double Radius => double.Hypot(Points[2] - Points[0], Points[3] - Points[1]);

    private (int Y1, int X1, int Y2, int X2) Pixels() =>
        ((int)Math.Round(Points[1]), (int)Math.Round(Points[0]), (int)Math.Round(Points[3]), (int)Math.Round(Points[2]));
}
