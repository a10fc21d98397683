using Fovea.Imaging.Formats;
using Fovea.Imaging.Native;

namespace Fovea.Imaging;

public sealed partial class Image
{
    /// <summary>Writes a PNG file, under a temporary name first, so that the file is either whole or not there.</summary>
    /// <exception cref="ImageException">The file cannot be written.</exception>
    public void SavePng(string path) => ImageFile.Write(path, EncodePng());

    /// <summary>Writes a JPEG file, under a temporary name first, so that the file is either whole or not there.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="quality">1 to 100. From 95 on colours keep their full resolution; below it half of it.</param>
    /// <exception cref="ImageException">The file cannot be written, or a side is longer than JPEG's 65,500 pixels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not within 1 to 100.</exception>
    public void SaveJpeg(string path, int quality = 90) => ImageFile.Write(path, EncodeJpeg(quality));

    /// <summary>The picture as the bytes of a PNG file: 8-bit RGB, without loss.</summary>
    public byte[] EncodePng() => PngEncoder.Encode(Size, LibPng.FormatRgb, 3, Pixels, []);

    /// <summary>The picture as the bytes of a baseline JPEG file.</summary>
    /// <param name="quality">1 to 100. From 95 on colours keep their full resolution; below it half of it.</param>
    /// <exception cref="ImageException">A side is longer than JPEG's 65,500 pixels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not within 1 to 100.</exception>
    public byte[] EncodeJpeg(int quality = 90)
    {
        if (quality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(quality), quality, "The quality of a JPEG file lies between 1 and 100.");
        return JpegEncoder.Encode(this, quality);
    }

    /// <summary>A grey picture, such as a mask, as the bytes of an 8-bit grey PNG file.</summary>
    /// <param name="size">Height and width.</param>
    /// <param name="pixels">Height x width bytes; 0 is black, 255 white.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    public static byte[] EncodeGreyPng(ImageSize size, ReadOnlySpan<byte> pixels)
    {
        CheckOneByteAPixel(size, pixels);
        return PngEncoder.Encode(size, LibPng.FormatGrey, 1, pixels, []);
    }

    /// <summary>A map of class indices as the bytes of an 8-bit palette PNG file, the form in which VOC keeps its masks.</summary>
    /// <param name="size">Height and width.</param>
    /// <param name="indices">Height x width bytes, each below the number of colours.</param>
    /// <param name="palette">The colour of each index: 1 to 256.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size, or an index has no colour.</exception>
    public static byte[] EncodePalettePng(ImageSize size, ReadOnlySpan<byte> indices, IReadOnlyList<Rgb> palette)
    {
        CheckOneByteAPixel(size, indices);
        if (palette.Count is < 1 or > 256)
            throw new ArgumentException($"A palette has 1 to 256 colours, but {palette.Count} were given.", nameof(palette));
        int stray = palette.Count == 256 ? -1 : indices.IndexOfAnyInRange((byte)palette.Count, byte.MaxValue);
        if (stray >= 0)
            throw new ArgumentException($"Pixel {stray} has index {indices[stray]}, but the palette has only {palette.Count} colours.",
                nameof(indices));
        byte[] colours = [.. palette.SelectMany(colour => (byte[])[colour.R, colour.G, colour.B])];
        return PngEncoder.Encode(size, LibPng.FormatRgbPalette, 1, indices, colours);
    }

    private static void CheckOneByteAPixel(ImageSize size, ReadOnlySpan<byte> pixels)
    {
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentException($"A picture needs at least one pixel, but its size is {size}.", nameof(size));
        if (pixels.Length != size.Pixels)
            throw new ArgumentException($"A picture of {size} needs {size.Pixels} bytes, but {pixels.Length} were given.", nameof(pixels));
    }
}
