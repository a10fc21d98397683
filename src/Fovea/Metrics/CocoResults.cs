using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>One detection as COCO's results files hold it.</summary>
/// <param name="ImageId">The data set's id of the picture.</param>
/// <param name="CategoryId">The data set's id of the category (not its index).</param>
/// <param name="Box">Left, top, width and height in pixels of the original picture.</param>
/// <param name="Score">How sure the detector is.</param>
public readonly record struct CocoResultEntry(long ImageId, int CategoryId, CocoBox Box, double Score)
{
    /// <summary>Its pixels, where the results are of masks: "segmentation".</summary>
    public RunLengthMask? Mask { get; init; }

    /// <summary>Its key points, where the results are of those: "keypoints".</summary>
    public IReadOnlyList<Keypoint>? Keypoints { get; init; }
}

/// <summary>COCO's results format: a JSON array with one object a detection,
/// <c>{"image_id": 42, "category_id": 18, "bbox": [x, y, width, height], "score": 0.9}</c>, or, in place of the bbox,
/// <c>"segmentation": {"size": [height, width], "counts": "..."}</c>, or <c>"keypoints": [x, y, visibility, ...]</c>.</summary>
/// <remarks>Both directions stream, so the size of a file is not limited by memory. A file is of boxes, of masks or of key points: entries
/// with a mask or key points are written without their box, because COCO's tools would take the box's area for the mask's. Where an
/// entry without one is read, its box is the smallest around its mask or key points. Reading leaves other properties
/// aside, and so it does outlines as polygons, which have no size.</remarks>
public static class CocoResults
{
    /// <summary>Reads entries one at a time, as they are asked for.</summary>
    /// <param name="stream">UTF-8 text. Stays open.</param>
    /// <param name="name">What messages call it, usually the file's path.</param>
    /// <exception cref="InvalidDataException">While reading: the text is not JSON, or not such an array. The message tells
    /// where.</exception>
    public static IEnumerable<CocoResultEntry> Read(Stream stream, string name)
    {
        var reader = new CocoResultReader(stream, name);
        while (reader.TryRead(out CocoResultEntry entry)) yield return entry;
    }

    /// <summary>Reads entries of a file one at a time, as they are asked for.</summary>
    /// <exception cref="IOException">While reading: the file cannot be read.</exception>
    /// <exception cref="InvalidDataException">While reading: it does not hold such an array. The message tells where.</exception>
    public static IEnumerable<CocoResultEntry> Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        foreach (CocoResultEntry entry in Read(stream, path)) yield return entry;
    }

    /// <summary>Writes entries, one a line. Every number is read back exactly.</summary>
    /// <param name="stream">Gets UTF-8 text. Stays open.</param>
    /// <param name="entries">What to write; taken one at a time.</param>
    /// <exception cref="ArgumentException">An entry holds a number that is not finite, which JSON cannot say.</exception>
    public static void Write(Stream stream, IEnumerable<CocoResultEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Run lengths use most of the characters that are escaped for web pages.
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        buffer.Write("["u8);
        bool first = true;
        foreach (CocoResultEntry entry in entries)
        {
            if (!entry.Box.IsFinite || !double.IsFinite(entry.Score) || !AreFinite(entry.Keypoints))
                throw new ArgumentException($"JSON holds finite numbers only, but a detection of picture {entry.ImageId} has the box " +
                    $"{entry.Box} and the score {entry.Score}.", nameof(entries));
            buffer.Write(first ? "\n"u8 : ",\n"u8);
            first = false;
            WriteEntry(writer, entry);
            if (buffer.WrittenCount > 1 << 16) Send();
        }
        buffer.Write("\n]\n"u8);
        Send();

        void Send()
        {
            stream.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>What a detector found in one picture, as entries of a results file: with masks or key points where it finds them.</summary>
    /// <param name="imageId">The data set's id of the picture.</param>
    /// <param name="detections">What was found.</param>
    /// <param name="categories">The data set's categories, which translate indices into ids.</param>
    /// <exception cref="ArgumentException">A detection's category is not among them.</exception>
    public static IEnumerable<CocoResultEntry> Of(long imageId, Detections detections, IReadOnlyList<Category> categories)
    {
        for (int i = 0; i < detections.Count; i++)
        {
            int category = detections.Categories[i];
            if (category >= categories.Count)
                throw new ArgumentException($"Detection {i} of picture {imageId} has the category index {category}, but there are " +
                    $"{categories.Count} categories, counted from 0.", nameof(detections));
            yield return new CocoResultEntry(imageId, categories[category].Id, CocoBox.FromBox(detections.Boxes[i]), detections.Scores[i])
            {
                Mask = detections.Masks?[i],
                Keypoints = detections.Keypoints?[i] is { Length: > 0 } points
                    ? [.. points.Select(point => new Keypoint(point.X, point.Y, 2))] : null,
            };
        }
    }

    private static void WriteEntry(Utf8JsonWriter writer, in CocoResultEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteNumber("image_id"u8, entry.ImageId);
        writer.WriteNumber("category_id"u8, entry.CategoryId);
        if (entry.Mask is null && entry.Keypoints is null)
            WriteNumbers(writer, "bbox", entry.Box.X, entry.Box.Y, entry.Box.Width, entry.Box.Height);
        if (entry.Mask is { } mask)
        {
            writer.WriteStartObject("segmentation"u8);
            WriteNumbers(writer, "size", mask.Size.Height, mask.Size.Width);
            writer.WriteString("counts"u8, mask.ToCompressed());
            writer.WriteEndObject();
        }
        if (entry.Keypoints is { } points)
            WriteNumbers(writer, "keypoints", [.. points.SelectMany(point => (double[])[point.X, point.Y, point.Visibility])]);
        writer.WriteNumber("score"u8, entry.Score);
        writer.WriteEndObject();
        writer.Flush();
        writer.Reset();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, params ReadOnlySpan<double> numbers)
    {
        writer.WriteStartArray(name);
        foreach (double number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }

    private static bool AreFinite(IReadOnlyList<Keypoint>? points) =>
        points is null || points.All(point => double.IsFinite(point.X) && double.IsFinite(point.Y));
}
