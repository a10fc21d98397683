using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Draws what was found, or what should be found, on a picture: boxes, or masks where there are any, key points, and names.</summary>
/// <remarks>A class has a colour; where masks of one class only are drawn, each object has one.</remarks>
public static class DetectionDrawing
{
    // Names of more objects than this would hide the picture where masks already show them.
    private const int MostNamedMasks = 40;

    /// <summary>A copy of the picture with what was found with at least this score. A picture of another size than the one that was looked
    /// at, such as an enlarged copy, gets it scaled.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="detections">What was found.</param>
    /// <param name="categories">The classes.</param>
    /// <param name="minimumScore">The smallest score of what is drawn.</param>
    /// <param name="skeleton">How key points hang together; null for points alone.</param>
    public static Image Draw(Image image, Detections detections, IReadOnlyList<Category> categories, float minimumScore = 0,
        Skeleton? skeleton = null)
    {
        double y = (double)image.Height / detections.Size.Height, x = (double)image.Width / detections.Size.Width;
        // The surest last, so that they lie on top.
        return Draw(image, categories.Count, skeleton, [.. Enumerable.Range(0, detections.Count).Where(i => detections.Scores[i] >= minimumScore).Reverse()
            .Select(i => new Drawn(detections.Boxes[i].Scale(y, x), detections.Categories[i],
                $"{categories[detections.Categories[i]].Name} {detections.Scores[i]:0.00}", detections.Masks?[i],
                [.. (detections.Keypoints?[i] ?? []).Select(point => (point.X * x, point.Y * y, true))]))]);
    }

    /// <summary>A copy of the picture with each annotation.</summary>
    public static Image Draw(Image image, IReadOnlyList<Annotation> annotations, IReadOnlyList<Category> categories,
        Skeleton? skeleton = null) =>
        Draw(image, categories.Count, skeleton, [.. annotations.Select(a => new Drawn(a.Box, a.Category, categories[a.Category].Name, a.Mask,
            [.. a.Keypoints.Select(point => (point.X, point.Y, point.Visibility > 0))]))]);

    private static Image Draw(Image image, int classCount, Skeleton? skeleton, IReadOnlyList<Drawn> objects)
    {
        using var canvas = new Canvas(image);
        bool masks = objects.Any(one => one.Mask is not null);
        Rgb Colour(int i) => Palette.Colour(masks && classCount == 1 ? i : objects[i].Category);
        for (int i = 0; i < objects.Count; i++)
        {
            Box box = objects[i].Box;
            if (objects[i].Mask is { } mask) DrawMask(canvas, mask.Resize(image.Size), Colour(i));
            else canvas.DrawBox(box.X1, box.Y1, box.X2, box.Y2, Colour(i));
        }
        for (int i = 0; i < objects.Count; i++)
            if (objects[i].Keypoints is { Count: > 0 } points)
                canvas.DrawKeypoints(points, Colour(i), points.Count == skeleton?.Names.Count ? skeleton.Limbs : null);
        if (masks && objects.Count > MostNamedMasks) return canvas.ToImage();
        for (int i = 0; i < objects.Count; i++)
            canvas.DrawLabel(objects[i].Box.X1, objects[i].Box.Y1, objects[i].Box.X2, objects[i].Box.Y2, objects[i].Name, Colour(i));
        return canvas.ToImage();
    }

    private static void DrawMask(Canvas canvas, RunLengthMask mask, Rgb colour)
    {
        Box box = mask.BoundingBox();
        if (box.IsEmpty) return;
        var size = new ImageSize((int)box.Height, (int)box.Width);
        canvas.DrawMask(mask.Crop((int)box.Y1, (int)box.X1, size).ToBitmap().Pixels, (int)box.Y1, (int)box.X1, size, colour);
    }

    private sealed record Drawn(Box Box, int Category, string Name, RunLengthMask? Mask, IReadOnlyList<(double X, double Y, bool Visible)> Keypoints);
}
