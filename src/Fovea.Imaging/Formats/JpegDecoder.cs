using System.Runtime.InteropServices;
using Fovea.Imaging.Native;

namespace Fovea.Imaging.Formats;

/// <summary>Decodes JPEG through TurboJPEG, with its accurate inverse transform and smooth chroma (what PIL and OpenCV use too).</summary>
internal static unsafe class JpegDecoder
{
    /// <summary>Warnings after which the picture is still whole. All others mean missing or damaged data.</summary>
    /// <remarks>Cameras write stray bytes between segments; old Adobe and JFIF versions and unusual scan parameters do no harm.</remarks>
    private static readonly string[] _harmless =
    [
        "extraneous bytes before marker", "unknown JFIF revision", "Unknown Adobe color transform",
        "Invalid SOS parameters for sequential JPEG", "Inconsistent progression sequence", "bad ICC marker",
    ];

    /// <summary>Decodes the stored picture, before orientation.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="atLeast">Decodes at 1/2, 1/4 or 1/8 of the size where that is still at least this; null for the full size.</param>
    /// <param name="name">The file's name, for errors.</param>
    public static Image Decode(ReadOnlySpan<byte> data, JpegHeader header, ImageSize? atLeast, string name)
    {
        header.CheckScans(data, name);
        // A new one for each file, which costs under a microsecond: a decompressor keeps tables and, after an error, the middle
        // of a header from the file before, so that a good file fails after a bad one.
        using var decompressor = new TurboJpegHandle(TurboJpeg.InitDecompress());
        var length = new CULong((nuint)data.Length);
        fixed (byte* bytes = data)
        {
            int status = TurboJpeg.DecompressHeader(decompressor, bytes, length, out int width, out int height, out _, out _);
            ThrowUnlessWhole(decompressor, status, name);
            if (new ImageSize(height, width) != header.Size)
                throw new ImageException($"{name}: the JPEG file has two different sizes, {header.Size} and {height} x {width}. " +
                    "The file is damaged.");

            ImageSize size = atLeast is { } wanted ? Reduced(header.Size, wanted) : header.Size;
            byte[] pixels = GC.AllocateUninitializedArray<byte>(checked((int)(size.Pixels * 3)));
            if (header.Components == 4)
            {
                byte[] inks = GC.AllocateUninitializedArray<byte>(CmykLength(size, name));
                fixed (byte* target = inks)
                    status = TurboJpeg.Decompress(decompressor, bytes, length, target, size.Width, 0, size.Height,
                        TurboJpeg.PixelFormatCmyk, TurboJpeg.FlagLimitScans);
                ThrowUnlessWhole(decompressor, status, name);
                InvertedCmykToRgb(inks, pixels);
            }
            else
            {
                fixed (byte* target = pixels)
                    status = TurboJpeg.Decompress(decompressor, bytes, length, target, size.Width, 0, size.Height,
                        TurboJpeg.PixelFormatRgb, TurboJpeg.FlagLimitScans);
                ThrowUnlessWhole(decompressor, status, name);
            }
            return new Image(size, pixels);
        }
    }

    private static void ThrowUnlessWhole(TurboJpegHandle decompressor, int status, string name)
    {
        if (status == 0) return;
        string text = decompressor.ErrorText();
        // The library's own warning flag cannot tell a warning from an error that came after one; its text can.
        if (Array.Exists(_harmless, warning => text.Contains(warning, StringComparison.Ordinal))) return;
        string what = text.Contains("remature end", StringComparison.Ordinal) ? "is truncated" : "is damaged";
        throw new ImageException($"{name}: the JPEG file {what}: {text}. Fetch or export it again.");
    }

    private static ImageSize Reduced(ImageSize full, ImageSize atLeast)
    {
        foreach (int divisor in (ReadOnlySpan<int>)[8, 4, 2])
        {
            var size = new ImageSize((full.Height + divisor - 1) / divisor, (full.Width + divisor - 1) / divisor);
            if (size.Height >= atLeast.Height && size.Width >= atLeast.Width) return size;
        }
        return full;
    }

    private static int CmykLength(ImageSize size, string name) => size.Pixels * 4 <= Array.MaxLength
        ? (int)(size.Pixels * 4)
        : throw new ImageException($"{name}: the CMYK picture is {size}, too large to convert; at most {Array.MaxLength / 4:N0} pixels " +
            "fit.");

    /// <summary>Multiplies what each ink and the black let through.</summary>
    /// <remarks>CMYK JPEG files hold inverted inks, 255 for none, because Adobe wrote them so; every common decoder expects it,
    /// with or without Adobe's marker.</remarks>
    private static void InvertedCmykToRgb(byte[] inks, byte[] pixels)
    {
        for (int source = 0, target = 0; target < pixels.Length; source += 4, target += 3)
        {
            int light = inks[source + 3];
            pixels[target] = Product(inks[source], light);
            pixels[target + 1] = Product(inks[source + 1], light);
            pixels[target + 2] = Product(inks[source + 2], light);
        }
    }

    /// <summary>a * b / 255, rounded to the nearest.</summary>
    private static byte Product(int a, int b)
    {
        int product = a * b + 128;
        return (byte)((product + (product >> 8)) >> 8);
    }
}
