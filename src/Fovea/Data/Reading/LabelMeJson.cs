using System.Text.Json;
using Fovea.Data.Checking;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>What one LabelMe file states: its shapes, and the name and size of its picture. The picture's own pixels ("imageData") and
/// everything unknown are passed over.</summary>
internal sealed class LabelMeJson
{
    private const int LongestName = 4096, LongestMask = 1 << 24, MostPoints = 1 << 20;

    private readonly string _path;
    private readonly bool _withMasks;
    private readonly Action<Fault> _faults;

    private LabelMeJson(string path, bool withMasks, Action<Fault> faults) => (_path, _withMasks, _faults) = (path, withMasks, faults);

    public List<LabelMeShape> Shapes { get; } = [];

    /// <summary>The "imagePath", or null.</summary>
    public string? Picture { get; private set; }

    /// <summary>The stated size, or null where there is none or it is not above zero.</summary>
    public ImageSize? Size { get; private set; }

    /// <summary>True when something could not be accepted.</summary>
    public bool HasFaults { get; private set; }

    /// <summary>Reads a file. What cannot be accepted goes to <paramref name="faults"/> and is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withMasks">Whether the text of masks is kept.</param>
    /// <param name="faults">Told of faults.</param>
    public static LabelMeJson Read(string path, bool withMasks, Action<Fault> faults)
    {
        var file = new LabelMeJson(path, withMasks, faults);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            var json = new JsonFileReader(stream, path, bufferSize: 1 << 14);
            file.ReadRoot(ref json);
        }
        catch (DataException e)
        {
            file.HasFaults = true;
            faults(Fault.Of(e));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            file.Report(FindingKind.BadAnnotation, 0, $"the file cannot be read. {e.Message}");
        }
        return file;
    }

    /// <summary>Whether a file is one of LabelMe: an object with "shapes".</summary>
    public static bool IsAt(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            var json = new JsonFileReader(stream, path, bufferSize: 1 << 14);
            if (!json.Read() || json.Token != JsonTokenType.StartObject) return false;
            while (json.Read() && json.Token == JsonTokenType.PropertyName)
            {
                if (json.Is("shapes"u8)) return json.Read() && json.Token == JsonTokenType.StartArray;
                // COCO's lists may be gigabytes long.
                if (json.Is("images"u8) || json.Is("annotations"u8) || json.Is("categories"u8)) return false;
                json.Skip();
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // What cannot be read is no data set that can be recognised.
        }
        return false;
    }

    private void ReadRoot(ref JsonFileReader json)
    {
        if (!json.Read() || json.Token != JsonTokenType.StartObject)
            throw new DataException(new FilePosition(_path, 0, true).Resolve(), $"a LabelMe file is an object, but this begins with {json.Describe()}.");
        long height = 0, width = 0;
        bool hasShapes = false;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("shapes"u8)) hasShapes = ReadShapes(ref json);
            else if (json.Is("imagePath"u8)) Picture = Text(ref json);
            else if (json.Is("imageHeight"u8)) height = Whole(ref json) ?? 0;
            else if (json.Is("imageWidth"u8)) width = Whole(ref json) ?? 0;
            else json.Skip();
        }
        json.Read(); // anything after the end is no JSON, and an error
        if (!hasShapes) Report(FindingKind.BadAnnotation, 0, "the file has no list \"shapes\"; expected LabelMe's form.");
        if (height is > 0 and <= int.MaxValue && width is > 0 and <= int.MaxValue) Size = new ImageSize((int)height, (int)width);
    }

    private bool ReadShapes(ref JsonFileReader json)
    {
        json.Read();
        if (json.Token != JsonTokenType.StartArray)
        {
            json.Skip();
            return false;
        }
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.Token == JsonTokenType.StartObject)
            {
                ReadShape(ref json);
                continue;
            }
            Report(FindingKind.BadAnnotation, json.Offset, $"an entry of \"shapes\" is {json.Describe()}, but an object was expected.");
            json.Skip();
        }
        return true;
    }

    private void ReadShape(ref JsonFileReader json)
    {
        long offset = json.Offset;
        string? label = null, type = "polygon", mask = null; // Files of the first versions have polygons alone, and no type.
        double[]? points = null;
        long? group = null;
        List<string> flags = [];
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("label"u8)) label = Text(ref json);
            else if (json.Is("shape_type"u8)) type = Text(ref json);
            else if (json.Is("points"u8)) points = Points(ref json);
            else if (json.Is("group_id"u8)) group = Whole(ref json);
            else if (json.Is("flags"u8)) flags = Flags(ref json);
            else if (json.Is("mask"u8)) mask = Mask(ref json);
            else json.Skip();
        }
        LabelMeKind? kind = type switch
        {
            "polygon" => LabelMeKind.Polygon, "rectangle" => LabelMeKind.Rectangle, "circle" => LabelMeKind.Circle, "point" => LabelMeKind.Point,
            "line" or "linestrip" => LabelMeKind.Line, "mask" => LabelMeKind.Mask, _ => null,
        };
        string? wrong = string.IsNullOrWhiteSpace(label) ? "has no label, so its class is not known."
            : points is null ? "has no \"points\" that are an array of [x, y], all finite numbers of at most 100,000,000."
            : kind is not { } known ? $"has the type '{OneLine.Shorten(type)}', but polygon, rectangle, circle, point, line, linestrip or mask " +
                "was expected."
            : !HasRightCount(known, points) ? $"is a {type} of {points.Length / 2} points, but {Expected(known)} was expected."
            : known == LabelMeKind.Mask && mask is null ? "is a mask, but has no \"mask\", a PNG file as Base64."
            : null;
        if (wrong is null) Shapes.Add(new LabelMeShape(label!, kind!.Value, points!, group, flags, mask ?? "", offset));
        else Report(FindingKind.BadAnnotation, offset, $"this shape{(label is null ? "" : $" ({OneLine.Shorten(label)})")} {wrong}");
    }

    private static bool HasRightCount(LabelMeKind kind, double[] points) => kind switch
    {
        LabelMeKind.Polygon => points.Length >= 6,
        LabelMeKind.Point => points.Length == 2,
        LabelMeKind.Line => points.Length >= 4,
        // Some programs write all four corners.
        LabelMeKind.Rectangle => points.Length == 4 || points.Length == 8 && IsUpright(points),
        LabelMeKind.Mask => points.Length == 4 && points[0] <= points[2] && points[1] <= points[3],
        _ => points.Length == 4,
    };

    private static bool IsUpright(double[] p) => p[0] == p[2] && p[3] == p[5] && p[4] == p[6] && p[7] == p[1] ||
        p[1] == p[3] && p[2] == p[4] && p[5] == p[7] && p[6] == p[0];

    private static string Expected(LabelMeKind kind) => kind switch
    {
        LabelMeKind.Polygon => "at least three",
        LabelMeKind.Point => "one",
        LabelMeKind.Line => "at least two",
        LabelMeKind.Rectangle => "two opposite corners",
        LabelMeKind.Circle => "the middle and one of the rim",
        _ => "its first pixel and its last",
    };

    private static double[]? Points(ref JsonFileReader json)
    {
        json.Read();
        if (json.Token != JsonTokenType.StartArray) return Nothing<double[]>(ref json);
        List<double> numbers = [];
        bool good = true;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            int count = 0;
            if (json.Token == JsonTokenType.StartArray)
            {
                for (; json.Read() && json.Token != JsonTokenType.EndArray; count++)
                {
                    if (json.TryGetDouble(out double value) && Math.Abs(value) <= RunLengthMask.FarthestPoint && numbers.Count < MostPoints)
                        numbers.Add(value);
                    else good = false;
                    json.Skip();
                }
            }
            else json.Skip();
            good &= count == 2;
        }
        return good ? [.. numbers] : null;
    }

    private static List<string> Flags(ref JsonFileReader json)
    {
        List<string> flags = [];
        json.Read();
        if (json.Token != JsonTokenType.StartObject)
        {
            json.Skip();
            return flags;
        }
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            string? name = json.Is("hidden"u8) ? LabelMeShape.IsHidden : json.Is("difficult"u8) ? LabelMeShape.IsDifficult
                : json.Is("iscrowd"u8) ? LabelMeShape.IsCrowd : null;
            json.Read();
            if (name is not null && json.Token == JsonTokenType.True) flags.Add(name);
            json.Skip();
        }
        return flags;
    }

    private string? Mask(ref JsonFileReader json)
    {
        json.Read();
        if (json.Token != JsonTokenType.String) return Nothing<string>(ref json);
        return !_withMasks ? "" : json.TryGetString(LongestMask, out string text) ? text : null;
    }

    private static string? Text(ref JsonFileReader json)
    {
        json.Read();
        return json.TryGetString(LongestName, out string text) ? text : Nothing<string>(ref json);
    }

    private static long? Whole(ref JsonFileReader json)
    {
        json.Read();
        if (json.TryGetInt64(out long value)) return value;
        json.Skip();
        return null;
    }

    private static T? Nothing<T>(ref JsonFileReader json) where T : class
    {
        json.Skip();
        return null;
    }

    private void Report(FindingKind kind, long offset, string message)
    {
        HasFaults = true;
        _faults(new Fault(kind, new FilePosition(_path, offset, IsOffset: true), message));
    }
}
