using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>A binary mask over a whole picture: one byte a pixel, row by row, 1 where the pixel belongs to the object.</summary>
public sealed class Mask
{
    /// <summary>Wraps existing pixels, without a copy.</summary>
    /// <param name="size">Size of the picture.</param>
    /// <param name="pixels">Height x width bytes, each 0 or 1.</param>
    /// <exception cref="ArgumentException">The number of bytes is not height x width.</exception>
    public Mask(ImageSize size, byte[] pixels)
    {
        if (pixels.Length != size.Pixels)
            throw new ArgumentException($"A mask of {size} needs {size.Pixels} bytes, but {pixels.Length} were given.", nameof(pixels));
        Size = size;
        Pixels = pixels;
    }

    /// <summary>Size of the picture that the mask covers.</summary>
    public ImageSize Size { get; }

    /// <summary>Height x width bytes, each 0 or 1, row by row.</summary>
    public byte[] Pixels { get; }

    /// <summary>True where the object is.</summary>
    public bool this[int y, int x] => Pixels[y * Size.Width + x] != 0;

    /// <summary>Number of pixels that belong to the object.</summary>
    public int Area() => Pixels.AsSpan().Count((byte)1);

    /// <summary>The smallest box around the object's pixels, or an empty box at the origin where there are none.</summary>
    public Box BoundingBox()
    {
        int x1 = int.MaxValue, y1 = -1, x2 = -1, y2 = -1;
        for (int y = 0; y < Size.Height; y++)
        {
            ReadOnlySpan<byte> row = Pixels.AsSpan(y * Size.Width, Size.Width);
            int first = row.IndexOf((byte)1);
            if (first < 0) continue;
            if (y1 < 0) y1 = y;
            y2 = y;
            x1 = Math.Min(x1, first);
            x2 = Math.Max(x2, row.LastIndexOf((byte)1));
        }
        return y1 < 0 ? default : new Box(x1, y1, x2 + 1, y2 + 1);
    }
}
