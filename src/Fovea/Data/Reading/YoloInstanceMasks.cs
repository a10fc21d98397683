using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>The polygons of a YOLO label file.</summary>
internal sealed class YoloInstanceMasks(string file, YoloNames names) : InstanceMasks
{
    public override OfPicture Open(PictureEntry picture) => new Masks(file, names, picture.Objects.Length);

    private sealed class Masks(string file, YoloNames names, int objects) : OfPicture
    {
        private readonly Lazy<List<YoloObject>> _objects = new(() => YoloText.Read(file, names, _ => { }).Objects); // One file for all of them.

        public override ObjectOutline Outline(int index, ImageSize size)
        {
            if (_objects.Value.Count != objects || _objects.Value[index].Polygon is not { } polygon)
                throw new DataException(new DataLocation(file), "the file was changed since it was first read.");
            return new ObjectOutline([Pixels(polygon, size)], null);
        }
    }

    /// <summary>A polygon in pixels instead of shares of the picture.</summary>
    public static double[] Pixels(double[] polygon, ImageSize size) =>
        [.. polygon.Select((value, i) => value * (i % 2 == 0 ? size.Width : size.Height))];
}
