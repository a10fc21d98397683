using System.Text.Json;
using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>An object of a COCO file whose outline is read when it is needed.</summary>
/// <param name="Offset">Where its annotation begins in the file.</param>
/// <param name="Value">What is drawn.</param>
/// <param name="Id">COCO's id of the annotation.</param>
internal readonly record struct Outline(long Offset, byte Value, long Id);

/// <summary>A mask that is drawn from the outlines of a COCO file's objects.</summary>
internal sealed record OutlineMask(string Name, string File, string Picture, ImageSize? Stated, IReadOnlyList<Outline> Outlines)
    : MaskSource(Name)
{
    private const int BufferSize = 1 << 12;

    public override IndexMap Read()
    {
        var drawing = new LabelDrawing(Size());
        if (Outlines.Count == 0) return drawing.Map;
        using FileStream stream = Open();
        foreach (Outline outline in Outlines)
        {
            stream.Position = outline.Offset;
            var json = new JsonFileReader(stream, File, BufferSize);
            if (!FindOutline(ref json)) throw Wrong(outline, "it has no outline (\"segmentation\")");
            Draw(ref json, outline, drawing);
        }
        return drawing.Map;
    }

    /// <summary>Whether the first object has an outline.</summary>
    public bool HasOutlines()
    {
        using FileStream stream = Open();
        stream.Position = Outlines[0].Offset;
        var json = new JsonFileReader(stream, File, BufferSize);
        return FindOutline(ref json);
    }

    private FileStream Open() => new(File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);

    private ImageSize Size()
    {
        try
        {
            ImageSize size = Stated ?? Image.ReadInfo(Picture).Size;
            return size.Pixels <= ImageLimits.Default.MaxPixels ? size
                : throw new DataException(new DataLocation(Name), $"the stated picture size is {size}, over the limit of " +
                    $"{ImageLimits.Default.MaxPixels:N0} pixels.");
        }
        catch (ImageException e)
        {
            throw new DataException(new DataLocation(Name), $"no picture size is stated, and the picture cannot tell it. {e.Message}", e);
        }
    }

    /// <summary>Goes to the value of the annotation's outline; an empty list is none.</summary>
    private static bool FindOutline(ref JsonFileReader json)
    {
        if (!json.Read() || json.Token != JsonTokenType.StartObject) return false;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("segmentation"u8)) return json.Read() && json.Token is JsonTokenType.StartArray or JsonTokenType.StartObject;
            json.Skip();
        }
        return false;
    }

    private void Draw(ref JsonFileReader json, Outline outline, LabelDrawing drawing)
    {
        if (json.Token == JsonTokenType.StartObject)
        {
            DrawRuns(ref json, outline, drawing);
            return;
        }
        bool any = false;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.Token != JsonTokenType.StartArray)
                throw Wrong(outline, $"a polygon of its outline is {json.Describe()}, not an array");
            double[] points = Numbers(ref json, outline);
            if (points.Length < 6 || points.Length % 2 != 0)
                throw Wrong(outline, $"a polygon of its outline has {points.Length} numbers; expected x and y of three points or more");
            drawing.Fill(points, outline.Value);
            any = true;
        }
        if (!any) throw Wrong(outline, "its outline (\"segmentation\") is empty");
    }

    private void DrawRuns(ref JsonFileReader json, Outline outline, LabelDrawing drawing)
    {
        double[]? size = null;
        long[]? runs = null;
        while (json.Read() && json.Token == JsonTokenType.PropertyName)
        {
            if (json.Is("size"u8) && json.Read() && json.Token == JsonTokenType.StartArray) size = Numbers(ref json, outline);
            else if (json.Is("counts"u8) && json.Read())
                runs = json.Token == JsonTokenType.StartArray ? [.. Numbers(ref json, outline).Select(n => (long)n)]
                    : json.TryGetString(1 << 24, out string text) ? RunLengths.Decode(text)
                    : throw Wrong(outline, $"the counts of its mask are {json.Describe()}");
            else json.Skip();
        }
        ImageSize expected = drawing.Map.Size;
        if (size is not [var height, var width] || height != expected.Height || width != expected.Width)
            throw Wrong(outline, $"its mask is {(size is null ? "of no size" : string.Join(" x ", size))}, but the picture {expected}");
        if (runs is null || !drawing.Fill(runs, outline.Value))
            throw Wrong(outline, "the counts of its mask are negative, or do not add up to the picture's pixels");
    }

    private double[] Numbers(ref JsonFileReader json, Outline outline)
    {
        List<double> numbers = [];
        while (json.Read() && json.Token != JsonTokenType.EndArray)
            numbers.Add(json.TryGetDouble(out double value) ? value
                : throw Wrong(outline, $"its outline holds {json.Describe()} where a number was expected"));
        return [.. numbers];
    }

    private DataException Wrong(Outline outline, string what) =>
        new(new FilePosition(File, outline.Offset, IsOffset: true).Resolve(), $"annotation {outline.Id}: {what}.");
}
