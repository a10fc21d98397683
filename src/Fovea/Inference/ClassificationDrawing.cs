using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Draws what a classifier says on a picture.</summary>
public static class ClassificationDrawing
{
    // Names are not legible on smaller pictures.
    private const int LeastSide = 224;
    private static readonly Rgb Right = new(46, 125, 50), Wrong = new(198, 40, 40), Unknown = new(21, 101, 192);

    /// <summary>A copy of the picture, enlarged where it is small, with the surest class and its probability in its corner: green where it
    /// is right, red (with the true class) where it is wrong, blue where nobody knows.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="scores">What was said of it.</param>
    /// <param name="categories">The classes.</param>
    /// <param name="actual">Its class, or null.</param>
    public static Image Draw(Image image, ClassScores scores, IReadOnlyList<Category> categories, int? actual = null)
    {
        int shorter = Math.Min(image.Height, image.Width), factor = (LeastSide + shorter - 1) / shorter;
        if (factor > 1) image = image.Resize(new ImageSize(image.Height * factor, image.Width * factor));
        string label = $"{categories[scores.Best].Name} {scores.Probabilities[0]:0.00}";
        if (actual is { } truth && truth != scores.Best) label += $", is {categories[truth].Name}";
        using var canvas = new Canvas(image);
        canvas.DrawLabel(0, 0, image.Width, image.Height, label, actual is null ? Unknown : actual == scores.Best ? Right : Wrong);
        return canvas.ToImage();
    }
}
