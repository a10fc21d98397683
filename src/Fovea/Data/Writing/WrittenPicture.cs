using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>One picture on its way from one format to another.</summary>
internal sealed record WrittenPicture(long Id, string Path, ImageSize Size, IReadOnlyList<WrittenObject> Objects)
{
    /// <summary>A picture of a data set, with the outlines of its objects.</summary>
    /// <exception cref="DataException">The picture has another size than is stated, or a mask cannot be read.</exception>
    /// <exception cref="ImageException">The picture cannot be read.</exception>
    public static WrittenPicture Of(PictureEntry picture)
    {
        ImageSize size = picture.ReadSize();
        if (picture.Stated is { } stated && stated != size)
            throw new DataException(picture.SizePosition.Resolve(), $"the stated picture size is {stated} (height x width), but {picture.Path} is {size}: " +
                "which of them the boxes belong to is not known.");
        InstanceMasks.OfPicture? masks = picture.Masks?.Open(picture);
        var objects = new WrittenObject[picture.Objects.Length];
        for (int i = 0; i < objects.Length; i++)
        {
            ObjectEntry o = picture.Objects.Span[i];
            objects[i] = new WrittenObject(o, size, o.HasMask ? masks!.Outline(i, size) : null);
        }
        return new WrittenPicture(picture.Id, picture.Path, size, objects);
    }
}

/// <summary>One object on its way from one format to another.</summary>
/// <param name="Stated">What its file states.</param>
/// <param name="Size">Size of its picture.</param>
/// <param name="Outline">Its outline, or null where there is no mask.</param>
internal sealed record WrittenObject(ObjectEntry Stated, ImageSize Size, ObjectOutline? Outline)
{
    private RunLengthMask? _mask;

    public Box Box => Stated.Box;

    public int Class => Stated.Class;

    public bool IsReversed => Box.Width < 0 || Box.Height < 0;

    /// <summary>The mask, or null.</summary>
    public RunLengthMask? Mask => _mask ??= Outline?.ToMask(Size);

    /// <summary>The stated area; where none is, that of the mask, otherwise of the box.</summary>
    public double Area => double.IsNaN(Stated.Area) ? Mask?.Area() ?? Box.Area : Stated.Area;

    /// <summary>Whether the area is stated and not the box's, as which it is read where it is not stated.</summary>
    public bool HasOtherArea => !double.IsNaN(Stated.Area) && Math.Abs(Stated.Area - Box.Area) > 1e-6 * Math.Max(1, Box.Area);

    /// <summary>The key points, where one of them is labelled.</summary>
    public Keypoint[]? Keypoints => Stated.Keypoints is { } points && points.Any(p => p.Visibility > 0) ? points : null;
}
