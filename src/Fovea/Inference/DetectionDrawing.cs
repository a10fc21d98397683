using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Draws what was found, or what should be found, on a picture.</summary>
public static class DetectionDrawing
{
    /// <summary>A copy of the picture with a box, a name and a score for each detection of at least this score. A picture of another
    /// size than the one that was looked at, such as an enlarged copy, gets its boxes scaled.</summary>
    public static Image Draw(Image image, Detections detections, IReadOnlyList<Category> categories, float minimumScore = 0)
    {
        using var canvas = new Canvas(image);
        double y = (double)image.Height / detections.Size.Height, x = (double)image.Width / detections.Size.Width;
        // The surest last, so that they lie on top.
        int[] order = [.. Enumerable.Range(0, detections.Count).Where(i => detections.Scores[i] >= minimumScore).Reverse()];
        foreach (int i in order)
        {
            Box box = detections.Boxes[i].Scale(y, x);
            canvas.DrawBox(box.X1, box.Y1, box.X2, box.Y2, Palette.Colour(detections.Categories[i]));
        }
        foreach (int i in order)
        {
            Box box = detections.Boxes[i].Scale(y, x);
            string label = $"{categories[detections.Categories[i]].Name} {detections.Scores[i]:0.00}";
            canvas.DrawLabel(box.X1, box.Y1, box.X2, box.Y2, label, Palette.Colour(detections.Categories[i]));
        }
        return canvas.ToImage();
    }

    /// <summary>A copy of the picture with a box and a name for each annotation.</summary>
    public static Image Draw(Image image, IReadOnlyList<Annotation> annotations, IReadOnlyList<Category> categories)
    {
        using var canvas = new Canvas(image);
        foreach (Annotation a in annotations) canvas.DrawBox(a.Box.X1, a.Box.Y1, a.Box.X2, a.Box.Y2, Palette.Colour(a.Category));
        foreach (Annotation a in annotations)
            canvas.DrawLabel(a.Box.X1, a.Box.Y1, a.Box.X2, a.Box.Y2, categories[a.Category].Name, Palette.Colour(a.Category));
        return canvas.ToImage();
    }
}
