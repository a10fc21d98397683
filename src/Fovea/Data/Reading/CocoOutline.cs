using System.Text.Json;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>Reads the outline of one annotation of a COCO file, its "segmentation": polygons or run lengths.</summary>
internal static class CocoOutline
{
    private const int BufferSize = 1 << 12;
    private const int LongestText = 1 << 24;

    /// <summary>Reads the outline of one annotation.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where the annotation begins in it.</param>
    /// <param name="id">The annotation's id, for messages.</param>
    /// <param name="size">The picture's size.</param>
    /// <exception cref="DataException">It has none, or one that is not valid.</exception>
    public static ObjectOutline Read(string path, long offset, long id, ImageSize size)
    {
        using FileStream stream = Open(path);
        return Read(stream, path, offset, id, size);
    }

    /// <summary>Reads the outline of one annotation from a file that is open.</summary>
    public static ObjectOutline Read(FileStream stream, string path, long offset, long id, ImageSize size)
    {
        var annotation = new Annotated(path, offset, id);
        stream.Position = offset;
        var json = new JsonFileReader(stream, path, BufferSize);
        if (!Find(ref json)) throw annotation.Wrong("it has no outline (\"segmentation\")");
        return json.Token == JsonTokenType.StartObject
            ? new ObjectOutline(null, ReadRuns(ref json, annotation, size))
            : new ObjectOutline(ReadPolygons(ref json, annotation), null);
    }

    /// <summary>Whether the annotation at an offset has an outline.</summary>
    public static bool IsAt(string path, long offset)
    {
        using FileStream stream = Open(path);
        stream.Position = offset;
        var json = new JsonFileReader(stream, path, BufferSize);
        return Find(ref json);
    }

    /// <summary>Opens a file to read outlines here and there.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new DataException(new DataLocation(path), $"outlines cannot be read any more. {e.Message}", e);
        }
    }

    /// <summary>Goes to the value of the annotation's outline.</summary>
    private static bool Find(ref JsonFileReader json)
    {
        if (!json.Read() || json.Token != JsonTokenType.StartObject) return false;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("segmentation"u8)) return json.Read() && json.Token is JsonTokenType.StartArray or JsonTokenType.StartObject;
            json.Skip();
        }
        return false;
    }

    private static double[][] ReadPolygons(ref JsonFileReader json, Annotated annotation)
    {
        List<double[]> polygons = [];
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.Token != JsonTokenType.StartArray)
                throw annotation.Wrong($"a polygon of its outline is {json.Describe()}, not an array");
            double[] points = Numbers(ref json, annotation);
            if (points.Length < 6 || points.Length % 2 != 0)
                throw annotation.Wrong($"a polygon of its outline has {points.Length} numbers; expected x and y of three points or more");
            if (points.Any(value => Math.Abs(value) > RunLengthMask.FarthestPoint))
                throw annotation.Wrong($"a polygon of its outline has a point more than {RunLengthMask.FarthestPoint:N0} pixels away");
            polygons.Add(points);
        }
        return polygons.Count > 0 ? [.. polygons] : throw annotation.Wrong("its outline (\"segmentation\") is empty");
    }

    private static RunLengthMask ReadRuns(ref JsonFileReader json, Annotated annotation, ImageSize expected)
    {
        double[]? size = null;
        long[]? runs = null;
        string? text = null;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            bool isSize = json.Is("size"u8), isCounts = json.Is("counts"u8);
            json.Read();
            if (isSize && json.Token == JsonTokenType.StartArray) size = Numbers(ref json, annotation);
            else if (isCounts)
            {
                if (json.Token == JsonTokenType.StartArray) runs = [.. Numbers(ref json, annotation).Select(n => (long)n)];
                else if (!json.TryGetString(LongestText, out text)) throw annotation.Wrong($"the counts of its mask are {json.Describe()}");
            }
            else json.Skip();
        }
        if (size is not [var height, var width] || height != expected.Height || width != expected.Width)
            throw annotation.Wrong($"its mask is {(size is null ? "of no size" : string.Join(" x ", size))}, but the picture {expected}");
        if (text is null && runs is null) throw annotation.Wrong("its mask has no \"counts\"");
        try
        {
            return text is null ? RunLengthMask.FromUncompressed(runs, expected) : RunLengthMask.FromCompressed(text, expected);
        }
        catch (ArgumentException e)
        {
            throw annotation.Wrong($"the counts of its mask are no run lengths of {expected.Pixels:N0} pixels: " +
                e.Message.Split(" (Parameter")[0].TrimEnd('.'));
        }
    }

    private static double[] Numbers(ref JsonFileReader json, Annotated annotation)
    {
        List<double> numbers = [];
        while (json.Read() && json.Token != JsonTokenType.EndArray)
            numbers.Add(json.TryGetDouble(out double value) ? value
                : throw annotation.Wrong($"its outline holds {json.Describe()} where a number was expected"));
        return [.. numbers];
    }

    private readonly record struct Annotated(string Path, long Offset, long Id)
    {
        public DataException Wrong(string what) =>
            new(new FilePosition(Path, Offset, IsOffset: true).Resolve(), $"annotation {Id}: {what}.");
    }
}
