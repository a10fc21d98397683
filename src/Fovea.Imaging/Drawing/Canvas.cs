using System.Runtime.InteropServices;
using Fovea.Imaging.Drawing;
using Fovea.Imaging.Native;

namespace Fovea.Imaging;

/// <summary>Draws boxes, labels, masks and key points on a copy of a picture, anti-aliased. For one thread at a time.</summary>
/// <remarks>Coordinates are continuous absolute pixels: (0, 0) is the upper left corner of the picture, (width, height) its lower right.
/// What reaches over the edge is cut off.</remarks>
/// <example><code>
/// using var canvas = new Canvas(image);
/// canvas.DrawBox(10, 20, 110, 220, Palette.Colour(0));
/// canvas.DrawLabel(10, 20, 110, 220, "person 0.98", Palette.Colour(0));
/// canvas.ToImage().SavePng("annotated.png");
/// </code></example>
public sealed unsafe partial class Canvas : IDisposable
{
    /// <summary>cairo counts in 24 bits before the point; further out nothing is seen anyway.</summary>
    private const double Far = 1e5;

    private readonly CairoSurface _surface;
    private readonly CairoContext _pen;
    private readonly CanvasStyle _style;

    /// <summary>A canvas with a copy of a picture on it.</summary>
    /// <param name="image">The picture; it is not changed.</param>
    /// <param name="style">Line width and font size; null for <see cref="CanvasStyle.For"/> the picture's size.</param>
    /// <exception cref="ImageException">A side of the picture is longer than 32,767 pixels.</exception>
    public Canvas(Image image, CanvasStyle? style = null)
    {
        Size = image.Size;
        _style = style ?? CanvasStyle.For(image.Size);
        if (Size.Height > Cairo.LargestSide || Size.Width > Cairo.LargestSide)
            throw new ImageException($"A picture of {Size} cannot be drawn on; its sides may have at most {Cairo.LargestSide} pixels. " +
                "Resize it first.");
        _surface = new CairoSurface(Size);
        Check(Cairo.SurfaceStatus(_surface));
        _pen = new CairoContext(_surface);
        Cairo.SetLineJoin(_pen, Cairo.Round);
        Cairo.SetLineCap(_pen, Cairo.Round);
        Cairo.SelectFont(_pen, "DejaVu Sans", 0, Cairo.Bold);
        Cairo.SetFontSize(_pen, _style.FontSize);
        Write(image);
        Check(Cairo.Status(_pen));
    }

    /// <summary>Height and width of the picture.</summary>
    public ImageSize Size { get; }

    /// <summary>Draws the edges of a box, with a thin dark rim so that they are seen on any ground.</summary>
    /// <param name="x1">Left edge.</param>
    /// <param name="y1">Upper edge.</param>
    /// <param name="x2">Right edge.</param>
    /// <param name="y2">Lower edge.</param>
    /// <param name="colour">Colour of the edges.</param>
    /// <exception cref="ArgumentException">A coordinate is not a number.</exception>
    public void DrawBox(double x1, double y1, double x2, double y2, Rgb colour)
    {
        double half = _style.LineWidth / 2;
        x1 = Inside(x1, Size.Width, half);
        x2 = Inside(x2, Size.Width, half);
        y1 = Inside(y1, Size.Height, half);
        y2 = Inside(y2, Size.Height, half);
        Cairo.Rectangle(_pen, x1, y1, x2 - x1, y2 - y1);
        StrokeWithRim(colour, _style.LineWidth);
    }

    /// <summary>Tints the pixels of a mask and outlines it.</summary>
    /// <param name="mask">Height x width bytes, row by row; what is not 0 belongs to the object.</param>
    /// <param name="colour">Colour of the tint and the outline.</param>
    /// <param name="opacity">How much of the picture the tint hides: 0 nothing, 1 all.</param>
    /// <param name="outline">True to draw the outline as a smooth line.</param>
    /// <exception cref="ArgumentException">The mask does not fit the picture, or the opacity is not within 0 to 1.</exception>
    public void DrawMask(ReadOnlySpan<byte> mask, Rgb colour, double opacity = 0.4, bool outline = true) =>
        DrawMask(mask, 0, 0, Size, colour, opacity, outline);

    /// <summary>Tints the pixels of a mask over a part of the picture and outlines it.</summary>
    /// <param name="mask">Height x width bytes of the part, row by row; what is not 0 belongs to the object.</param>
    /// <param name="top">Row of the picture at which the part begins.</param>
    /// <param name="left">Column at which it begins.</param>
    /// <param name="size">Size of the part.</param>
    /// <param name="colour">Colour of the tint and the outline.</param>
    /// <param name="opacity">How much of the picture the tint hides: 0 nothing, 1 all.</param>
    /// <param name="outline">True to draw the outline as a smooth line.</param>
    /// <exception cref="ArgumentException">The part does not lie in the picture, the mask does not fit it, or the opacity is not within
    /// 0 to 1.</exception>
    public void DrawMask(ReadOnlySpan<byte> mask, int top, int left, ImageSize size, Rgb colour, double opacity = 0.4, bool outline = true)
    {
        if (top < 0 || left < 0 || size.Height > Size.Height - top || size.Width > Size.Width - left)
            throw new ArgumentException($"A part of {size} at row {top} and column {left} does not lie in a picture of {Size}.", nameof(size));
        if (mask.Length != size.Pixels)
            throw new ArgumentException($"A mask over {(size == Size ? "a picture" : "a part")} of {size} needs {size.Pixels} bytes, but " +
                $"{mask.Length} were given.", nameof(mask));
        if (!(opacity is >= 0 and <= 1))
            throw new ArgumentException($"The opacity must lie between 0 and 1, but is {opacity}.", nameof(opacity));
        Tint(mask, top, left, size, colour, (int)Math.Round(opacity * 256));
        if (!outline) return;
        foreach ((double Y, double X)[] line in MaskOutline.Trace(mask, size))
        {
            Cairo.NewSubPath(_pen);
            foreach ((double y, double x) in line) Cairo.LineTo(_pen, left + x, top + y);
            Cairo.ClosePath(_pen);
            SetColour(colour, 1);
            Cairo.SetLineWidth(_pen, _style.LineWidth);
            Cairo.Stroke(_pen);
        }
        Check(Cairo.Status(_pen));
    }

    /// <summary>Draws key points as dots, and the limbs between them as lines.</summary>
    /// <param name="points">Position of each point, and whether it is to be drawn.</param>
    /// <param name="colour">Colour of dots and limbs.</param>
    /// <param name="skeleton">Pairs of indices of points that a limb joins, drawn where both are visible; null for none.</param>
    /// <exception cref="ArgumentException">A limb names a point that does not exist, or a visible point's coordinate is not a
    /// number.</exception>
    public void DrawKeypoints(IReadOnlyList<(double X, double Y, bool Visible)> points, Rgb colour,
        IReadOnlyList<(int From, int To)>? skeleton = null)
    {
        foreach ((int from, int to) in skeleton ?? [])
        {
            if ((uint)from >= (uint)points.Count || (uint)to >= (uint)points.Count)
                throw new ArgumentException($"A limb joins points {from} and {to}, but there are only {points.Count} points.",
                    nameof(skeleton));
            if (!points[from].Visible || !points[to].Visible) continue;
            Cairo.MoveTo(_pen, Near(points[from].X), Near(points[from].Y));
            Cairo.LineTo(_pen, Near(points[to].X), Near(points[to].Y));
            StrokeWithRim(colour, _style.LineWidth * 1.3);
        }
        foreach ((double x, double y, bool visible) in points)
        {
            if (!visible) continue;
            Cairo.NewSubPath(_pen);
            Cairo.Arc(_pen, Near(x), Near(y), _style.LineWidth * 1.7, 0, 2 * Math.PI);
            SetColour(colour, 1);
            Cairo.FillPreserve(_pen);
            SetColour(new Rgb(255, 255, 255), 1);
            Cairo.SetLineWidth(_pen, _style.LineWidth * 0.6);
            Cairo.Stroke(_pen);
        }
        Check(Cairo.Status(_pen));
    }

    /// <summary>The picture with all that was drawn. The labels are put on it now, on top of everything else.</summary>
    public Image ToImage()
    {
        DrawPendingLabels();
        Cairo.Flush(_surface);
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)(Size.Pixels * 3));
        int target = 0;
        for (int y = 0; y < Size.Height; y++)
            foreach (uint pixel in Row(y))
            {
                pixels[target++] = (byte)(pixel >> 16);
                pixels[target++] = (byte)(pixel >> 8);
                pixels[target++] = (byte)pixel;
            }
        return new Image(Size, pixels);
    }

    /// <summary>Frees the native surface.</summary>
    public void Dispose()
    {
        _pen.Dispose();
        _surface.Dispose();
    }

    private void Write(Image image)
    {
        Cairo.Flush(_surface);
        int source = 0;
        for (int y = 0; y < Size.Height; y++)
            foreach (ref uint pixel in Row(y))
            {
                pixel = (uint)(image.Pixels[source] << 16 | image.Pixels[source + 1] << 8 | image.Pixels[source + 2]);
                source += 3;
            }
        Cairo.MarkDirty(_surface);
    }

    private void Tint(ReadOnlySpan<byte> mask, int top, int left, ImageSize size, Rgb colour, int share)
    {
        Cairo.Flush(_surface);
        for (int y = 0; y < size.Height; y++)
        {
            Span<uint> row = Row(top + y).Slice(left, size.Width);
            ReadOnlySpan<byte> inside = mask.Slice(y * size.Width, size.Width);
            for (int x = 0; x < row.Length; x++)
            {
                if (inside[x] == 0) continue;
                uint pixel = row[x];
                row[x] = Mix(pixel >> 16, colour.R) << 16 | Mix(pixel >> 8, colour.G) << 8 | Mix(pixel, colour.B);
            }
        }
        Cairo.MarkDirty(_surface);

        uint Mix(uint under, byte over) => (uint)(((byte)under * (256 - share) + over * share + 128) >> 8);
    }

    private Span<uint> Row(int y)
    {
        byte* data = Cairo.Data(_surface);
        if (data == null) throw new ObjectDisposedException(nameof(Canvas));
        return new Span<uint>(data + (long)y * Cairo.Stride(_surface), Size.Width);
    }

    private void StrokeWithRim(Rgb colour, double width)
    {
        SetColour(default, 0.35);
        Cairo.SetLineWidth(_pen, width + Math.Max(1, width * 0.6));
        Cairo.StrokePreserve(_pen);
        SetColour(colour, 1);
        Cairo.SetLineWidth(_pen, width);
        Cairo.Stroke(_pen);
        Check(Cairo.Status(_pen));
    }

    private void SetColour(Rgb colour, double alpha) =>
        Cairo.SetColour(_pen, colour.R / 255.0, colour.G / 255.0, colour.B / 255.0, alpha);

    /// <summary>An edge that lies on the border of the picture moves in by half a line, so that all of the line is seen.</summary>
    private static double Inside(double value, int length, double half)
    {
        value = Near(value);
        if (value > -half && value < half) return half;
        return value > length - half && value < length + half ? length - half : value;
    }

    private static double Near(double value) => double.IsNaN(value)
        ? throw new ArgumentException("A coordinate is not a number (NaN), so that nothing can be drawn there.")
        : Math.Clamp(value, -Far, Far);

    private static void Check(int status)
    {
        if (status == 0) return;
        string text = Marshal.PtrToStringUTF8((IntPtr)Cairo.StatusText(status)) ?? $"status {status}";
        throw new ImageException($"The picture cannot be drawn on: cairo says \"{text}\".");
    }
}
