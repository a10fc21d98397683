using System.Runtime.InteropServices;
using Fovea.Imaging.Native;

namespace Fovea.Imaging.Formats;

/// <summary>Encodes baseline JPEG through TurboJPEG.</summary>
internal static unsafe class JpegEncoder
{
    private const int LargestSide = 65500; // libjpeg's own limit

    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100; from 95 on colours keep their full resolution.</param>
    public static byte[] Encode(Image image, int quality)
    {
        if (image.Height > LargestSide || image.Width > LargestSide)
            throw new ImageException($"A picture of {image.Size} cannot be a JPEG file, whose sides are at most {LargestSide}. " +
                "Save it as PNG.");
        using var compressor = new TurboJpegHandle(TurboJpeg.InitCompress());
        int subsampling = quality >= 95 ? TurboJpeg.Subsampling444 : TurboJpeg.Subsampling420;
        byte* data = null;
        var length = new CULong(0);
        try
        {
            fixed (byte* source = image.Pixels)
                if (TurboJpeg.Compress(compressor, source, image.Width, 0, image.Height, TurboJpeg.PixelFormatRgb,
                        &data, &length, subsampling, quality, 0) != 0)
                    throw new ImageException($"A picture of {image.Size} could not be encoded as JPEG: {compressor.ErrorText()}.");
            return new ReadOnlySpan<byte>(data, checked((int)length.Value)).ToArray();
        }
        finally
        {
            TurboJpeg.Free(data);
        }
    }
}
