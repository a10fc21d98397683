using Fovea.Data.Checking;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>One object of a LabelMe file.</summary>
/// <param name="Shapes">Its shapes but points, at least one.</param>
/// <param name="Points">Its key points: shapes that are points, by name.</param>
internal sealed record LabelMeObject(List<LabelMeShape> Shapes, List<LabelMeShape> Points)
{
    public string Label => Shapes[0].Label;

    /// <summary>That of its rectangles where it has some, otherwise the smallest one around all shapes.</summary>
    public Box Box()
    {
        List<LabelMeShape> rectangles = Shapes.FindAll(shape => shape.Kind == LabelMeKind.Rectangle);
        return (rectangles.Count > 0 ? rectangles : Shapes).Select(shape => shape.Extent()).Aggregate((a, b) =>
            new Box(Math.Min(a.X1, b.X1), Math.Min(a.Y1, b.Y1), Math.Max(a.X2, b.X2), Math.Max(a.Y2, b.Y2)));
    }

    public bool HasMask => Shapes.Exists(shape => shape.Kind is LabelMeKind.Polygon or LabelMeKind.Circle or LabelMeKind.Mask);

    public bool Has(string flag) => Shapes.Exists(shape => shape.Flags.Contains(flag));

    /// <summary>Which pixels belong to the object: its polygons, circles and masks together.</summary>
    /// <exception cref="FormatException">A mask cannot be read.</exception>
    public ObjectOutline Outline(ImageSize size)
    {
        double[][] polygons = [.. Shapes.Where(shape => shape.Kind is LabelMeKind.Polygon or LabelMeKind.Circle).Select(shape => shape.ToPolygon())];
        RunLengthMask[] masks = [.. Shapes.Where(shape => shape.Kind == LabelMeKind.Mask).Select(shape => shape.ToMask(size))];
        if (masks.Length == 0) return new ObjectOutline(polygons, null);
        return new ObjectOutline(null, RunLengthMask.Merge([.. masks, RunLengthMask.FromPolygons(polygons, size)], intersect: false));
    }
}

/// <summary>From the shapes of a file to its objects: shapes of one label and one group_id are one object, and points of the group are its key
/// points.</summary>
internal static class LabelMeObjects
{
    /// <summary>The objects in the order of their first shapes. Points of no object are faults.</summary>
    public static List<LabelMeObject> Of(LabelMeJson file, string path, Action<Fault> faults)
    {
        List<LabelMeObject> objects = [];
        var byGroup = new Dictionary<(long, string), LabelMeObject>();
        var first = new Dictionary<long, LabelMeObject>();
        foreach (LabelMeShape shape in file.Shapes.Where(shape => shape.Kind != LabelMeKind.Point))
        {
            if (shape.Group is { } group && byGroup.TryGetValue((group, shape.Label), out LabelMeObject? known))
            {
                known.Shapes.Add(shape);
                continue;
            }
            var made = new LabelMeObject([shape], []);
            objects.Add(made);
            if (shape.Group is not { } id) continue;
            byGroup[(id, shape.Label)] = made;
            first.TryAdd(id, made);
        }
        foreach (LabelMeShape point in file.Shapes.Where(shape => shape.Kind == LabelMeKind.Point))
        {
            var position = new FilePosition(path, point.Offset, IsOffset: true);
            string name = OneLine.Shorten(point.Label);
            if (point.Group is not { } group || !first.TryGetValue(group, out LabelMeObject? owner))
                faults(new Fault(FindingKind.WrongKeypoints, position,
                    $"the point '{name}' belongs to no object; expected the group_id of a rectangle, polygon or another shape."));
            else if (owner.Points.Exists(p => p.Label == point.Label))
                faults(new Fault(FindingKind.WrongKeypoints, position, $"the object of group {group} has two points '{name}'."));
            else
                owner.Points.Add(point);
        }
        return objects;
    }
}

/// <summary>The polygons and masks of a LabelMe file.</summary>
internal sealed class LabelMeInstanceMasks(string file) : InstanceMasks
{
    public override OfPicture Open(PictureEntry picture) => new Masks(file, picture.Objects.Length);

    private sealed class Masks(string file, int objects) : OfPicture
    {
        private readonly Lazy<List<LabelMeObject>> _objects = new(() =>
            LabelMeObjects.Of(LabelMeJson.Read(file, withMasks: true, _ => { }), file, _ => { })); // One file for all of them.

        public override ObjectOutline Outline(int index, ImageSize size)
        {
            if (_objects.Value.Count != objects || !_objects.Value[index].HasMask)
                throw new DataException(new DataLocation(file), "the file was changed since it was first read.");
            try
            {
                return _objects.Value[index].Outline(size);
            }
            catch (FormatException e)
            {
                throw new DataException(new FilePosition(file, _objects.Value[index].Shapes[0].Offset, IsOffset: true).Resolve(), e.Message, e);
            }
        }
    }
}
