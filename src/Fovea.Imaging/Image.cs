namespace Fovea.Imaging;

/// <summary>A decoded picture: 8-bit sRGB, three bytes (red, green, blue) a pixel, row by row from the top.</summary>
/// <remarks>Immutable by convention once it is handed on; drawing works on a copy.</remarks>
public sealed partial class Image
{
    /// <summary>Wraps existing pixels, without a copy.</summary>
    /// <param name="size">Height and width, both at least 1.</param>
    /// <param name="pixels">Height x width x 3 bytes.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    public Image(ImageSize size, byte[] pixels)
    {
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentException($"A picture needs at least one pixel, but its size is {size}.", nameof(size));
        if (pixels.LongLength != size.Pixels * 3)
            throw new ArgumentException($"A picture of {size} needs {size.Pixels * 3} bytes, but {pixels.LongLength} were given.",
                nameof(pixels));
        Size = size;
        Pixels = pixels;
    }

    /// <summary>Height and width in pixels.</summary>
    public ImageSize Size { get; }

    /// <summary>Number of rows.</summary>
    public int Height => Size.Height;

    /// <summary>Number of columns.</summary>
    public int Width => Size.Width;

    /// <summary>Height x width x 3 bytes: the channels of a pixel together, row by row.</summary>
    public byte[] Pixels { get; }
}
