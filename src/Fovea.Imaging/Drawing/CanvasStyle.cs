namespace Fovea.Imaging;

/// <summary>How thick lines are and how large text is, in pixels of the picture.</summary>
public sealed record CanvasStyle
{
    /// <summary>Width of box edges and outlines.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not within 0.1 to 1,000.</exception>
    public required double LineWidth
    {
        get;
        init => field = value is >= 0.1 and <= 1000 ? value
            : throw new ArgumentOutOfRangeException(nameof(LineWidth), value, "The line width must lie between 0.1 and 1,000 pixels.");
    }

    /// <summary>Size of the font: about the distance from one line of text to the next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not within 1 to 1,000.</exception>
    public required double FontSize
    {
        get;
        init => field = value is >= 1 and <= 1000 ? value
            : throw new ArgumentOutOfRangeException(nameof(FontSize), value, "The font size must lie between 1 and 1,000 pixels.");
    }

    /// <summary>Lines and text that keep their proportion to the picture, but stay legible in small ones:
    /// 2 and 12 pixels for 480 x 640.</summary>
    public static CanvasStyle For(ImageSize size)
    {
        double side = Math.Sqrt(size.Pixels);
        return new CanvasStyle { LineWidth = Math.Clamp(side / 280, 1.25, 20), FontSize = Math.Clamp(side / 45, 9, 200) };
    }
}
