using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Pictures with a margin.</summary>
internal static class Padding
{
    /// <summary>ImageNet's mean colour, which is zero after normalisation.</summary>
    public static Rgb Mean { get; } = new(124, 116, 104);

    /// <summary>The labels at a place of a larger picture, all others ignored.</summary>
    public static SegmentationMap Ignored(SegmentationMap labels, int top, int left, ImageSize size)
    {
        var target = new byte[size.Pixels];
        target.AsSpan().Fill(SegmentationMap.Ignore);
        int width = labels.Size.Width;
        for (int y = 0; y < labels.Size.Height; y++)
            labels.Labels.AsSpan(y * width, width).CopyTo(target.AsSpan((top + y) * size.Width + left));
        return new SegmentationMap(size, target);
    }

    /// <summary>The picture with so many pixels of one colour around it.</summary>
    public static Image Constant(Image image, int above, int below, int left, int right, Rgb colour = default)
    {
        var size = new ImageSize(image.Height + above + below, image.Width + left + right);
        var pixels = new byte[3 * size.Pixels];
        if (colour != default)
            for (int i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (colour.R, colour.G, colour.B);
        for (int y = 0; y < image.Height; y++)
            image.Pixels.AsSpan(3 * y * image.Width, 3 * image.Width).CopyTo(pixels.AsSpan(3 * ((y + above) * size.Width + left)));
        return new Image(size, pixels);
    }
}
