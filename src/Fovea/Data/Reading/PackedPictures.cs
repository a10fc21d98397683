using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>Many small pictures of one size that lie one after the other in one file, kept in memory as they lie there.</summary>
/// <param name="data">The file's bytes.</param>
/// <param name="start">Where the first picture's pixels begin.</param>
/// <param name="stride">Bytes from one picture to the next.</param>
/// <param name="size">Every picture's size.</param>
/// <param name="isColour">True for three planes, red, green and blue; false for one plane of grey.</param>
internal sealed class PackedPictures(ReadOnlyMemory<byte> data, int start, int stride, ImageSize size, bool isColour)
{
    /// <summary>Every picture's size.</summary>
    public ImageSize Size => size;

    /// <summary>Whether the pictures have colours.</summary>
    public bool IsColour => isColour;

    /// <summary>One picture; grey becomes red, green and blue alike.</summary>
    public Image this[int index]
    {
        get
        {
            int plane = (int)size.Pixels;
            ReadOnlySpan<byte> planes = data.Span.Slice(start + index * stride, isColour ? 3 * plane : plane);
            ReadOnlySpan<byte> red = planes[..plane], green = red, blue = red;
            if (isColour)
            {
                green = planes.Slice(plane, plane);
                blue = planes.Slice(2 * plane, plane);
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

/// <summary>A file of many pictures, with the label of each.</summary>
/// <param name="Path">The file.</param>
/// <param name="Pictures">The pictures; as many as there are labels.</param>
/// <param name="Labels">The labels, from 0.</param>
internal sealed record PackedFile(string Path, PackedPictures Pictures, byte[] Labels);

/// <summary>What a data set of such files holds.</summary>
/// <param name="Classes">The class of each label.</param>
/// <param name="Train">The files of the pictures to learn from, in order.</param>
/// <param name="Test">The files of the test pictures.</param>
internal sealed record PackedFiles(IReadOnlyList<string> Classes, IReadOnlyList<PackedFile> Train, IReadOnlyList<PackedFile> Test);
