using System.Text.Json;
using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>One entry of "images".</summary>
internal readonly record struct CocoImage(long Id, string FileName, long Width, long Height, long Offset);

/// <summary>One entry of "annotations".</summary>
internal readonly record struct CocoAnnotation(
    long Id, long ImageId, long CategoryId, Box Box, double Area, bool IsCrowd, long Offset, bool HasOutline, Keypoint[]? Keypoints);

/// <summary>One entry of "categories".</summary>
internal readonly record struct CocoCategory(long Id, string Name, long Offset, Skeleton? Skeleton);

/// <summary>What a COCO instances file states. Outlines stay in the file and are only noted; everything unknown is passed over.</summary>
internal sealed partial class CocoJson
{
    private const int LongestName = 1024;
    private const int LongestPath = 4096;
    private const int MostCategories = 65_536;

    private readonly string _path;
    private readonly Action<Fault> _faults;

    private CocoJson(string path, Action<Fault> faults) => (_path, _faults) = (path, faults);

    public List<CocoImage> Images { get; } = [];

    public List<CocoAnnotation> Annotations { get; } = [];

    public List<CocoCategory> Categories { get; } = [];

    /// <summary>Reads a file. What cannot be accepted goes to <paramref name="faults"/> and is left out; after broken JSON,
    /// which is a fault too, what came before it remains.</summary>
    public static CocoJson Read(string path, Action<Fault> faults)
    {
        var file = new CocoJson(path, faults);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            var json = new JsonFileReader(stream, path);
            file.ReadRoot(ref json);
        }
        catch (DataException e)
        {
            faults(Fault.Of(e));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path), $"the file cannot be read. {e.Message}"));
        }
        return file;
    }

    private void ReadRoot(ref JsonFileReader json)
    {
        if (!json.Read() || json.Token != JsonTokenType.StartObject)
            throw new DataException(new FilePosition(_path, 0, true).Resolve(),
                $"a COCO file is an object with images, annotations and categories, but this begins with {json.Describe()}.");
        bool images = false, annotations = false, categories = false;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("images"u8)) ReadArray(ref json, "images", ref images, ReadImage);
            else if (json.Is("annotations"u8)) ReadArray(ref json, "annotations", ref annotations, ReadAnnotation);
            else if (json.Is("categories"u8)) ReadArray(ref json, "categories", ref categories, ReadCategory);
            else json.Skip();
        }
        json.Read(); // anything after the end is no JSON, and an error
        if (images && annotations && categories) return;
        string[] missing = [.. new[] { (images, "images"), (annotations, "annotations"), (categories, "categories") }
            .Where(p => !p.Item1).Select(p => $"\"{p.Item2}\"")];
        Report(FindingKind.BadAnnotation, 0, $"the file has no {string.Join(" and no ", missing)}; a COCO instances file has " +
            "\"images\", \"annotations\" and \"categories\".");
    }

    private delegate void EntryReader(ref JsonFileReader json);

    private void ReadArray(ref JsonFileReader json, string name, ref bool seen, EntryReader readEntry)
    {
        long at = json.Offset;
        json.Read();
        if (json.Token != JsonTokenType.StartArray)
        {
            Report(FindingKind.BadAnnotation, json.Offset, $"\"{name}\" is {json.Describe()}, but an array was expected.");
            json.Skip();
            seen = true;
            return;
        }
        if (seen) throw new DataException(new FilePosition(_path, at, true).Resolve(), $"the file has \"{name}\" twice.");
        seen = true;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.Token == JsonTokenType.StartObject)
            {
                readEntry(ref json);
                continue;
            }
            Report(FindingKind.BadAnnotation, json.Offset, $"an entry of \"{name}\" is {json.Describe()}, but an object was expected.");
            json.Skip();
        }
    }

    private void ReadImage(ref JsonFileReader json)
    {
        long offset = json.Offset;
        Field<long> id = default, width = default, height = default;
        Field<string> name = default;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("id"u8)) id = Whole(ref json, "id of an image");
            else if (json.Is("width"u8)) width = Whole(ref json, "width of an image");
            else if (json.Is("height"u8)) height = Whole(ref json, "height of an image");
            else if (json.Is("file_name"u8)) name = Text(ref json, "file_name of an image", LongestPath);
            else json.Skip();
        }
        if (!Have(offset, "image", ("id", id.State), ("file_name", name.State))) return;
        if (width.State == FieldState.Wrong || height.State == FieldState.Wrong) return;
        if (!PictureFolder.IsInside(name.Value))
            Report(FindingKind.BadAnnotation, offset,
                $"file_name \"{OneLine.Shorten(name.Value)}\" of image {id.Value} does not lie in the picture folder; expected a name " +
                "relative to it.");
        else
            Images.Add(new CocoImage(id.Value, name.Value, width.Value, height.Value, offset));
    }

    private void ReadAnnotation(ref JsonFileReader json)
    {
        long offset = json.Offset;
        Field<long> id = default, image = default, category = default, crowd = default;
        Field<double> area = default;
        Field<Box> box = default;
        Field<Keypoint[]?> keypoints = default;
        bool hasOutline = false;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("segmentation"u8)) hasOutline = PassOutline(ref json);
            else if (json.Is("keypoints"u8)) keypoints = Keypoints(ref json);
            else if (json.Is("id"u8)) id = Whole(ref json, "id of an annotation");
            else if (json.Is("image_id"u8)) image = Whole(ref json, "image_id of an annotation");
            else if (json.Is("category_id"u8)) category = Whole(ref json, "category_id of an annotation");
            else if (json.Is("iscrowd"u8)) crowd = Whole(ref json, "iscrowd of an annotation", optional: true);
            else if (json.Is("area"u8)) area = Number(ref json, "area of an annotation");
            else if (json.Is("bbox"u8)) box = Xywh(ref json);
            else json.Skip();
        }
        if (!Have(offset, "annotation",
            ("id", id.State), ("image_id", image.State), ("category_id", category.State), ("bbox", box.State))) return;
        if (crowd.State == FieldState.Wrong || area.State == FieldState.Wrong || keypoints.State == FieldState.Wrong) return;
        if (crowd.Value is not (0 or 1))
            Report(FindingKind.BadAnnotation, offset, $"iscrowd of annotation {id.Value} is {crowd.Value}, but 0 or 1 was expected.");
        else if (area.Value < 0)
            Report(FindingKind.BadAnnotation, offset, $"area of annotation {id.Value} is negative.");
        else
            Annotations.Add(new CocoAnnotation(id.Value, image.Value, category.Value, box.Value,
                area.State == FieldState.Good ? area.Value : double.NaN, crowd.Value == 1, offset, hasOutline, keypoints.Value));
    }

    private void ReadCategory(ref JsonFileReader json)
    {
        long offset = json.Offset;
        Field<long> id = default;
        Field<string> name = default;
        List<string>? points = null;
        List<(int, int)> limbs = [];
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("id"u8)) id = Whole(ref json, "id of a category");
            else if (json.Is("name"u8)) name = Text(ref json, "name of a category", LongestName);
            else if (json.Is("keypoints"u8)) points = PointNames(ref json);
            else if (json.Is("skeleton"u8)) limbs = Limbs(ref json);
            else json.Skip();
        }
        if (!Have(offset, "category", ("id", id.State), ("name", name.State))) return;
        if (id.Value is < int.MinValue or > int.MaxValue)
            Report(FindingKind.BadAnnotation, offset,
                $"id {id.Value} of category '{OneLine.Shorten(name.Value)}' does not fit in 32 bits.");
        else if (name.Value.Trim().Length == 0)
            Report(FindingKind.BadAnnotation, offset, $"category {id.Value} has an empty name.");
        else if (Categories.Count == MostCategories)
            throw new DataException(new FilePosition(_path, offset, true).Resolve(), $"there are more than {MostCategories} categories.");
        else
            Categories.Add(new CocoCategory(id.Value, name.Value, offset, ToSkeleton(points, limbs, offset)));
    }

    private enum FieldState { Missing, Wrong, Good }

    private readonly record struct Field<T>(FieldState State, T Value);

    private Field<long> Whole(ref JsonFileReader json, string what, bool optional = false)
    {
        json.Read();
        if (json.TryGetInt64(out long value)) return new Field<long>(FieldState.Good, value);
        if (optional && json.Token == JsonTokenType.Null) return default;
        return Wrong<long>(ref json, what, "a whole number");
    }

    private Field<double> Number(ref JsonFileReader json, string what)
    {
        json.Read();
        if (json.TryGetDouble(out double value)) return new Field<double>(FieldState.Good, value);
        return json.Token == JsonTokenType.Null ? default : Wrong<double>(ref json, what, "a number");
    }

    private Field<string> Text(ref JsonFileReader json, string what, int longest)
    {
        json.Read();
        return json.TryGetString(longest, out string value)
            ? new Field<string>(FieldState.Good, value)
            : Wrong<string>(ref json, what, $"a string of at most {longest} bytes");
    }

    private Field<Box> Xywh(ref JsonFileReader json)
    {
        const string expected = "an array of four finite numbers (left, top, width, height)";
        json.Read();
        long at = json.Offset;
        if (json.Token != JsonTokenType.StartArray) return Wrong<Box>(ref json, "bbox of an annotation", expected);
        Span<double> values = stackalloc double[4];
        int count = 0;
        bool good = true;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (count < 4 && json.TryGetDouble(out double value)) values[count] = value;
            else good = false;
            count++;
            json.Skip();
        }
        Box box = Box.FromXywh(values[0], values[1], values[2], values[3]);
        if (good && count == 4 && double.IsFinite(box.X2) && double.IsFinite(box.Y2)) return new Field<Box>(FieldState.Good, box);
        Report(FindingKind.BadAnnotation, at, $"bbox of an annotation has {count} values" +
            (count == 4 ? ", not all of them finite numbers" : "") + $", but {expected} was expected.");
        return new Field<Box>(FieldState.Wrong, default);
    }

    private Field<T> Wrong<T>(ref JsonFileReader json, string what, string expected)
    {
        Report(FindingKind.BadAnnotation, json.Offset, $"{what} is {json.Describe()}, but {expected} was expected.");
        json.Skip();
        return new Field<T>(FieldState.Wrong, default!);
    }

    /// <summary>True when all are there; tells which are missing. A wrong one has been told already.</summary>
    private bool Have(long offset, string entry, params ReadOnlySpan<(string Key, FieldState State)> fields)
    {
        bool all = true;
        foreach ((string key, FieldState state) in fields)
        {
            if (state == FieldState.Good) continue;
            all = false;
            if (state == FieldState.Missing)
                Report(FindingKind.BadAnnotation, offset, $"this {entry} has no \"{key}\".");
        }
        return all;
    }

    private void Report(FindingKind kind, long offset, string message) =>
        _faults(new Fault(kind, new FilePosition(_path, offset, IsOffset: true), message));
}
