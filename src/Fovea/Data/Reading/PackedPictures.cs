using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>Many small pictures of one size that lie one after the other in one file, kept in memory as they lie there.</summary>
/// <param name="data">The file's bytes.</param>
/// <param name="start">Where the first picture's pixels begin.</param>
/// <param name="stride">Bytes from one picture to the next.</param>
/// <param name="size">Every picture's size.</param>
/// <param name="isColour">True for three planes, red, green and blue; false for one plane of grey.</param>
internal sealed class PackedPictures(byte[] data, int start, int stride, ImageSize size, bool isColour)
{
    /// <summary>Every picture's size.</summary>
    public ImageSize Size => size;

    /// <summary>One picture; grey becomes red, green and blue alike.</summary>
    public Image this[int index]
    {
        get
        {
            int plane = (int)size.Pixels;
            ReadOnlySpan<byte> red = data.AsSpan(start + index * stride, plane), green = red, blue = red;
            if (isColour)
            {
                green = data.AsSpan(start + index * stride + plane, plane);
                blue = data.AsSpan(start + index * stride + 2 * plane, plane);
            }
            byte[] pixels = GC.AllocateUninitializedArray<byte>(3 * plane);
            for (int i = 0; i < plane; i++)
                (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = (red[i], green[i], blue[i]);
            return new Image(size, pixels);
        }
    }
}

/// <summary>One of many pictures in a file.</summary>
internal readonly record struct PackedPicture(PackedPictures File, int Index)
{
    public Image ToImage() => File[Index];
}
