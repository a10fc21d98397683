using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>Writes LabelMe: <c>SPLIT/a.jpg</c> and <c>SPLIT/a.json</c>, and <c>classes.txt</c>. Polygons stay polygons; masks of one part without
/// holes are polygons along the sides of pixels, others are masks; a box that is not the smallest around them is a rectangle beside
/// them, of the same group. Crowds, difficult objects and hidden key points are flags.</summary>
internal sealed class LabelMeWriter(OutputFolder folder, IReadOnlyList<Category> categories, IReadOnlyDictionary<int, Skeleton> skeletons,
    LossCounter losses) : DatasetWriter(folder, categories, skeletons, losses)
{
    private const string Version = "5.4.1"; // The version of LabelMe's form.
    private const double SameBox = 1e-6; // of a pixel

    private readonly HashSet<(int Class, string Name)> _labelled = [];

    public override void WriteSplit(string split, IEnumerable<WrittenPicture> pictures)
    {
        string target = Folder.Folder(split);
        var names = new PictureNames(Losses, byStem: true);
        foreach (WrittenPicture picture in pictures)
        {
            string name = names.NameOf(picture.Path, out _);
            Folder.Place(picture.Path, Path.Combine(target, name));
            using FileStream stream = File.Create(Path.Combine(target, Path.ChangeExtension(name, ".json")));
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions
            {
                Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            });
            Write(json, name, picture);
        }
    }

    public override void Finish()
    {
        WriteClasses();
        CountClassIds();
        foreach ((int index, Skeleton skeleton) in Skeletons)
        {
            if (skeleton.Names.SequenceEqual(Skeleton.CocoPerson.Names)) continue;
            bool isSorted = skeleton.Names.SequenceEqual(skeleton.Names.Order(StringComparer.Ordinal));
            bool isWhole = skeleton.Names.All(name => _labelled.Contains((index, name)));
            if (!isSorted || !isWhole || skeleton.Limbs.Count > 0) Losses.Add(ConversionLoss.Skeleton);
        }
    }

    private void Write(Utf8JsonWriter json, string name, WrittenPicture picture)
    {
        json.WriteStartObject();
        json.WriteString("version", Version);
        json.WriteStartObject("flags");
        json.WriteEndObject();
        json.WriteStartArray("shapes");
        for (int i = 0; i < picture.Objects.Count; i++) Write(json, picture.Objects[i], group: i + 1);
        json.WriteEndArray();
        json.WriteString("imagePath", name);
        json.WriteNull("imageData");
        json.WriteNumber("imageHeight", picture.Size.Height);
        json.WriteNumber("imageWidth", picture.Size.Width);
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, WrittenObject o, int group)
    {
        string label = Categories[o.Class].Name;
        string[] flags = [.. Flags(o)];
        (double[][] polygons, Box? mask, Box read) = Shapes(o);
        Box box = o.Box;
        bool hasRectangle = Math.Max(Math.Max(Math.Abs(read.X1 - box.X1), Math.Abs(read.X2 - box.X2)),
            Math.Max(Math.Abs(read.Y1 - box.Y1), Math.Abs(read.Y2 - box.Y2))) is not <= SameBox;
        int shapes = polygons.Length + (mask is null ? 0 : 1) + (hasRectangle ? 1 : 0);
        int? id = shapes > 1 || o.Keypoints is not null ? group : null;
        if (hasRectangle) WriteShape(json, label, "rectangle", [box.X1, box.Y1, box.X2, box.Y2], id, flags);
        foreach (double[] polygon in polygons) WriteShape(json, label, "polygon", polygon, id, flags);
        if (mask is { } extent)
            WriteShape(json, label, "mask", [extent.X1, extent.Y1, extent.X2 - 1, extent.Y2 - 1], id, flags, MaskText(o.Mask!, extent));
        if (o.Keypoints is not { } points) return;
        IReadOnlyList<string> names = NamesOf(o.Class, points.Length);
        for (int i = 0; i < points.Length; i++)
        {
            if (points[i].Visibility == 0) continue;
            _labelled.Add((o.Class, names[i]));
            WriteShape(json, names[i], "point", [points[i].X, points[i].Y], id, points[i].Visibility == 1 ? [LabelMeShape.IsHidden] : []);
        }
    }

    /// <summary>The polygons of an object's mask, or the smallest box around it where it is written as a mask; and the box that is read from
    /// them, which is not a number where there are none.</summary>
    private (double[][] Polygons, Box? Mask, Box Read) Shapes(WrittenObject o)
    {
        if (o.Outline?.Polygons is { } own) return (own, null, ObjectOutline.ExtentOf(own));
        if (o.Mask is { IsEmpty: true }) Losses.Add(ConversionLoss.Mask);
        if (o.Mask is not { IsEmpty: false } mask) return ([], null, new Box(double.NaN, double.NaN, double.NaN, double.NaN));
        (IReadOnlyList<double[]> parts, IReadOnlyList<double[]> holes) = mask.Trace();
        return parts.Count == 1 && holes.Count == 0 ? ([parts[0]], null, mask.BoundingBox()) : ([], mask.BoundingBox(), mask.BoundingBox());
    }

    private static IEnumerable<string> Flags(WrittenObject o)
    {
        if (o.Stated.IsCrowd) yield return LabelMeShape.IsCrowd;
        if (o.Stated.IsDifficult) yield return LabelMeShape.IsDifficult;
    }

    private IReadOnlyList<string> NamesOf(int index, int points)
    {
        if (Skeletons.TryGetValue(index, out Skeleton? skeleton) && skeleton.Names.Count == points) return skeleton.Names;
        int digits = points.ToString(CultureInfo.InvariantCulture).Length;
        return [.. Enumerable.Range(1, points).Select(i => i.ToString($"D{digits}", CultureInfo.InvariantCulture))];
    }

    private static string MaskText(RunLengthMask mask, Box extent)
    {
        Mask bitmap = mask.ToBitmap();
        var size = new ImageSize((int)extent.Height, (int)extent.Width);
        var pixels = new byte[size.Pixels];
        for (int y = 0; y < size.Height; y++)
            bitmap.Pixels.AsSpan(((int)extent.Y1 + y) * bitmap.Size.Width + (int)extent.X1, size.Width).CopyTo(pixels.AsSpan(y * size.Width));
        return Convert.ToBase64String(Image.EncodeGreyPng(size, pixels));
    }

    private static void WriteShape(Utf8JsonWriter json, string label, string type, double[] points, int? group, string[] flags, string? mask = null)
    {
        json.WriteStartObject();
        json.WriteString("label", label);
        json.WriteStartArray("points");
        for (int i = 0; i < points.Length; i += 2)
        {
            json.WriteStartArray();
            json.WriteNumberValue(points[i]);
            json.WriteNumberValue(points[i + 1]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        if (group is { } id) json.WriteNumber("group_id", id);
        else json.WriteNull("group_id");
        json.WriteString("description", "");
        json.WriteString("shape_type", type);
        json.WriteStartObject("flags");
        foreach (string flag in flags) json.WriteBoolean(flag, true);
        json.WriteEndObject();
        json.WriteString("mask", mask);
        json.WriteEndObject();
    }
}
