using System.Text.Json;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Metrics;

// Masks and key points of an entry. Where the buffer ends in the middle the methods return false, and the entry is read again.
internal sealed partial class CocoResultReader
{
    /// <summary>Reads run lengths; null for polygons and for null, which are passed over.</summary>
    private bool TryReadMask(ref Utf8JsonReader reader, out RunLengthMask? mask)
    {
        mask = null;
        if (reader.TokenType != JsonTokenType.StartObject) return reader.TrySkip();
        long start = reader.TokenStartIndex;
        List<double>? size = null, runs = null;
        string? text = null;
        while (true)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndObject) break;
            bool isSize = reader.ValueTextEquals("size"u8), isCounts = reader.ValueTextEquals("counts"u8);
            if (!reader.Read()) return false;
            if (isCounts && reader.TokenType == JsonTokenType.String) text = Text(reader);
            else if (isSize || isCounts)
            {
                if (!TryReadNumbers(ref reader, isSize ? "size of a mask" : "counts of a mask", out List<double> numbers)) return false;
                if (isSize) size = numbers;
                else runs = numbers;
            }
            else if (!reader.TrySkip()) return false;
        }
        if (size is not [var height and >= 1 and <= int.MaxValue, var width and >= 1 and <= int.MaxValue] || text is null && runs is null)
            throw Wrong(start, "the mask needs \"size\": [height, width] and \"counts\"");
        try
        {
            var picture = new ImageSize((int)height, (int)width);
            mask = text is not null ? RunLengthMask.FromCompressed(text, picture)
                : RunLengthMask.FromUncompressed([.. runs!.Select(run => (long)run)], picture);
            return true;
        }
        catch (ArgumentException error)
        {
            throw Wrong(start, $"the mask is not valid: {error.Message.Split(" (Parameter")[0].TrimEnd('.')}");
        }
    }

    private bool TryReadKeypoints(ref Utf8JsonReader reader, out Keypoint[]? points)
    {
        points = null;
        if (reader.TokenType == JsonTokenType.Null) return true;
        long start = reader.TokenStartIndex;
        if (!TryReadNumbers(ref reader, "keypoints", out List<double> numbers)) return false;
        if (numbers.Count == 0 || numbers.Count % 3 != 0)
            throw Wrong(start, $"keypoints has {numbers.Count} numbers; expected x, y and visibility of each point");
        points = new Keypoint[numbers.Count / 3];
        for (int i = 0; i < points.Length; i++)
            points[i] = new Keypoint(numbers[3 * i], numbers[3 * i + 1], (int)Math.Clamp(numbers[3 * i + 2], 0, 2));
        return true;
    }

    private bool TryReadNumbers(ref Utf8JsonReader reader, string property, out List<double> numbers)
    {
        numbers = [];
        Expect(reader, JsonTokenType.StartArray, $"{property} as an array of numbers");
        while (true)
        {
            if (!reader.Read()) return false;
            if (reader.TokenType == JsonTokenType.EndArray) return true;
            numbers.Add(Number(reader, property));
        }
    }

    private string Text(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException) // not UTF-8, or half a surrogate pair
        {
            throw Wrong(reader.TokenStartIndex, "counts of a mask is no text");
        }
    }

    // COCO's tools derive it in this way too.
    private static CocoBox? BoxAround(RunLengthMask? mask, Keypoint[]? points)
    {
        if (mask is not null) return CocoBox.FromBox(mask.BoundingBox());
        if (points is null) return null;
        double x = points.Min(point => point.X), y = points.Min(point => point.Y);
        return new CocoBox(x, y, points.Max(point => point.X) - x, points.Max(point => point.Y) - y);
    }
}
