using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Inference;

/// <summary>Draws the classes of pixels over a picture.</summary>
public static class SegmentationDrawing
{
    // The legend is not legible on narrower pictures.
    private const int LeastSide = 240;
    private const int Opacity = 140;                     // of 256

    /// <summary>The colour of each class, and black for pixels that are ignored: what a palette PNG of labels is saved with.</summary>
    public static IReadOnlyList<Rgb> Colours { get; } =
        [.. Enumerable.Range(0, SegmentationMap.Ignore).Select(Palette.Colour), new Rgb(0, 0, 0)];

    /// <summary>A copy of the picture, enlarged where it is small, tinted by the classes of its pixels, with a legend of those that occur,
    /// the largest first, on a strip below.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="map">Its labels, of the same size; pixels that are ignored stay as they are.</param>
    /// <param name="categories">The classes.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static Image Draw(Image image, SegmentationMap map, IReadOnlyList<Category> categories)
    {
        if (map.Size != image.Size)
            throw new ArgumentException($"The picture is {image.Size}, but the map of its classes {map.Size}.", nameof(map));
        Image tinted = Tint(image, map);
        int factor = (LeastSide + Math.Min(image.Height, image.Width) - 1) / Math.Min(image.Height, image.Width);
        if (factor > 1) tinted = tinted.Resize(new ImageSize(image.Height * factor, image.Width * factor));
        return Legend.Under(tinted, Occurring(map, categories.Count).Select(k => (categories[k].Name, Palette.Colour(k))).ToArray());
    }

    /// <summary>Two drawings side by side: what was said and what is true, for pictures of a validation.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="predicted">What was said of it.</param>
    /// <param name="actual">What is true.</param>
    /// <param name="categories">The classes.</param>
    public static Image DrawBeside(Image image, SegmentationMap predicted, SegmentationMap actual, IReadOnlyList<Category> categories)
    {
        Image left = Tint(image, predicted), right = Tint(image, actual);
        var size = new ImageSize(image.Height, 2 * image.Width);
        var pixels = new byte[size.Pixels * 3];
        for (int y = 0; y < image.Height; y++)
        {
            left.Pixels.AsSpan(y * image.Width * 3, image.Width * 3).CopyTo(pixels.AsSpan(y * size.Width * 3));
            right.Pixels.AsSpan(y * image.Width * 3, image.Width * 3).CopyTo(pixels.AsSpan((y * size.Width + image.Width) * 3));
        }
        int[] classes = [.. Occurring(actual, categories.Count).Union(Occurring(predicted, categories.Count))];
        return Legend.Under(new Image(size, pixels), [.. classes.Select(k => (categories[k].Name, Palette.Colour(k)))]);
    }

    private static Image Tint(Image image, SegmentationMap map)
    {
        var pixels = new byte[image.Pixels.Length];
        Parallel.For(0, image.Height, y =>
        {
            for (int i = y * image.Width; i < (y + 1) * image.Width; i++)
            {
                byte label = map.Labels[i];
                Rgb colour = Colours[label];
                int share = label == SegmentationMap.Ignore ? 0 : Opacity;
                pixels[3 * i] = Mix(image.Pixels[3 * i], colour.R, share);
                pixels[3 * i + 1] = Mix(image.Pixels[3 * i + 1], colour.G, share);
                pixels[3 * i + 2] = Mix(image.Pixels[3 * i + 2], colour.B, share);
            }
        });
        return new Image(image.Size, pixels);
    }

    private static byte Mix(byte under, byte over, int share) => (byte)((under * (256 - share) + over * share) >> 8);

    private static IEnumerable<int> Occurring(SegmentationMap map, int classCount)
    {
        var counts = new long[256];
        foreach (byte label in map.Labels) counts[label]++;
        return Enumerable.Range(0, classCount).Where(k => counts[k] > 0).OrderByDescending(k => counts[k]);
    }
}
