using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>Where the masks of a picture's objects are read from, when they are asked for. May be used from several threads.</summary>
internal abstract class InstanceMasks
{
    /// <summary>Gets ready to read the masks of one picture; nothing is read yet.</summary>
    public abstract OfPicture Open(PictureEntry picture);

    /// <summary>The masks of one picture.</summary>
    public abstract class OfPicture
    {
        /// <summary>Which pixels belong to an object, as the file states it.</summary>
        /// <param name="index">Which of the picture's objects.</param>
        /// <param name="size">The picture's size.</param>
        /// <exception cref="DataException">The mask is missing, damaged or of another size.</exception>
        public abstract ObjectOutline Outline(int index, ImageSize size);

        /// <summary>The mask of an object.</summary>
        /// <exception cref="DataException">The mask is missing, damaged or of another size.</exception>
        public RunLengthMask Read(int index, ImageSize size) => Outline(index, size).ToMask(size);

        /// <summary>The mask of an object, and the smallest box around its outline, which may reach out of the picture.</summary>
        /// <exception cref="DataException">The mask is missing, damaged or of another size.</exception>
        public (RunLengthMask Mask, Box Outline) Measure(int index, ImageSize size)
        {
            ObjectOutline outline = Outline(index, size);
            RunLengthMask mask = outline.ToMask(size);
            return (mask, outline.Extent() ?? mask.BoundingBox());
        }

        /// <summary>The mask of an object, read when it is first asked for.</summary>
        public Lazy<RunLengthMask?> Of(int index, ImageSize size) => new(() => Read(index, size));
    }
}

/// <summary>The outlines and run lengths of a COCO file.</summary>
internal sealed class CocoInstanceMasks : InstanceMasks
{
    /// <summary>All COCO files have these.</summary>
    public static CocoInstanceMasks Instance { get; } = new();

    public override OfPicture Open(PictureEntry picture) => new Masks(picture);

    private sealed class Masks(PictureEntry picture) : OfPicture
    {
        public override ObjectOutline Outline(int index, ImageSize size)
        {
            ObjectEntry o = picture.Objects.Span[index];
            return CocoOutline.Read(picture.Position.File, o.Position, o.Id, size);
        }
    }
}

/// <summary>VOC's SegmentationObject: a PNG of indices beside each picture, where the object of position i has the value i + 1.</summary>
internal sealed class VocInstanceMasks(string file) : InstanceMasks
{
    public override OfPicture Open(PictureEntry picture) => new Masks(file, picture.Objects.Length);

    private sealed class Masks(string file, int objects) : OfPicture
    {
        private readonly Lazy<IndexMap> _map = new(() => new PngMask(file).Read()); // One file for all of them.

        public override ObjectOutline Outline(int index, ImageSize size)
        {
            IndexMap map = _map.Value;
            if (map.Size != size)
                throw new DataException(new DataLocation(file), $"the mask is {map.Size} (height x width), but its picture {size}.");
            if (objects >= SegmentationMap.Ignore)
                throw new DataException(new DataLocation(file), $"the picture has {objects} objects, but a mask of indices tells " +
                    $"{SegmentationMap.Ignore - 1} apart.");
            var pixels = new byte[map.Values.Length];
            for (int i = 0; i < pixels.Length; i++) pixels[i] = map.Values[i] == index + 1 ? (byte)1 : (byte)0;
            return new ObjectOutline(null, RunLengthMask.FromBitmap(new Mask(size, pixels)));
        }
    }
}
