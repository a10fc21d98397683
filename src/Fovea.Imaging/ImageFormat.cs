namespace Fovea.Imaging;

/// <summary>The picture formats that Fovea reads. A file's format is told by its first bytes, never by its name.</summary>
public enum ImageFormat
{
    /// <summary>JPEG: baseline or progressive, 8 bits; grey, colour, or CMYK.</summary>
    Jpeg,

    /// <summary>PNG: any bit depth and colour type, interlaced or not.</summary>
    Png,

    /// <summary>WebP: lossy or lossless, not animated.</summary>
    WebP,
}
