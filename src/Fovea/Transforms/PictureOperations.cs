using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Carries out a <see cref="PictureOperation"/>; the bytes are Pillow's, as torchvision's policies have them on decoded
/// pictures.</summary>
/// <remarks>Colour operations cut where Pillow rounds, so values may differ by one there. What moves into the picture is black.</remarks>
public static class PictureOperations
{
    /// <summary>The changed picture.</summary>
    /// <param name="image">The picture; it stays as it is.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="magnitude">How much, in the operation's own unit; may be negative for those that have two directions. Without meaning
    /// for <see cref="PictureOperation.AutoContrast"/>, <see cref="PictureOperation.Equalize"/> and
    /// <see cref="PictureOperation.Invert"/>.</param>
    public static Image Apply(Image image, PictureOperation operation, double magnitude = 0) => operation switch
    {
        PictureOperation.Identity => image,
        PictureOperation.ShearX => Warp(image, [1, magnitude, 0, 0, 1, 0]),
        PictureOperation.ShearY => Warp(image, [1, 0, 0, magnitude, 1, 0]),
        PictureOperation.TranslateX => Warp(image, [1, 0, -(int)magnitude, 0, 1, 0]),
        PictureOperation.TranslateY => Warp(image, [1, 0, 0, 0, 1, -(int)magnitude]),
        PictureOperation.Rotate => Rotate(image, magnitude),
        PictureOperation.Brightness => ColorAdjustment.Brightness(image, 1 + magnitude),
        PictureOperation.Color => ColorAdjustment.Saturation(image, 1 + magnitude),
        PictureOperation.Contrast => ColorAdjustment.Contrast(image, 1 + magnitude),
        PictureOperation.Sharpness => Sharpening.Apply(image, 1 + magnitude),
        PictureOperation.Posterize => Mapped(image, value => (byte)(value & (0xFF << (8 - Math.Clamp((int)magnitude, 0, 8))))),
        PictureOperation.Solarize => Mapped(image, value => value < magnitude ? value : (byte)(255 - value)),
        PictureOperation.AutoContrast => MappedByChannel(image, Stretched),
        PictureOperation.Equalize => MappedByChannel(image, Equalized),
        PictureOperation.Invert => Mapped(image, value => (byte)(255 - value)),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such operation."),
    };

    private static Image Rotate(Image image, double degrees)
    {
        // Against the clock on the screen, whose y points down: the source of a pixel is found by turning the other way.
        double angle = -degrees * Math.PI / 180, cos = Math.Cos(angle), sin = Math.Sin(angle);
        double cx = image.Width / 2.0, cy = image.Height / 2.0;
        return Warp(image, [cos, sin, cx - cos * cx - sin * cy, -sin, cos, cy + sin * cx - cos * cy]);
    }

    // Each pixel is the one in which its centre falls after (x, y) -> (m0 x + m1 y + m2, m3 x + m4 y + m5); black where that is outside.
    private static Image Warp(Image image, ReadOnlySpan<double> m)
    {
        (int height, int width) = image.Size;
        byte[] source = image.Pixels, target = new byte[source.Length];
        for (int y = 0, to = 0; y < height; y++)
        {
            double fromX = m[0] * 0.5 + m[1] * (y + 0.5) + m[2], fromY = m[3] * 0.5 + m[4] * (y + 0.5) + m[5];
            for (int x = 0; x < width; x++, to += 3, fromX += m[0], fromY += m[3])
            {
                if (!(fromX >= 0 && fromY >= 0 && fromX < width && fromY < height)) continue;
                int from = 3 * ((int)fromY * width + (int)fromX);
                (target[to], target[to + 1], target[to + 2]) = (source[from], source[from + 1], source[from + 2]);
            }
        }
        return new Image(image.Size, target);
    }

    private static Image Mapped(Image image, Func<byte, byte> map)
    {
        Span<byte> table = stackalloc byte[256];
        for (int value = 0; value < 256; value++) table[value] = map((byte)value);
        byte[] target = new byte[image.Pixels.Length];
        for (int i = 0; i < target.Length; i++) target[i] = table[image.Pixels[i]];
        return new Image(image.Size, target);
    }

    private static Image MappedByChannel(Image image, Func<int[], byte[]?> tableOf)
    {
        byte[] target = (byte[])image.Pixels.Clone();
        for (int channel = 0; channel < 3; channel++)
        {
            int[] counts = new int[256];
            for (int i = channel; i < target.Length; i += 3) counts[target[i]]++;
            if (tableOf(counts) is not { } table) continue;
            for (int i = channel; i < target.Length; i += 3) target[i] = table[target[i]];
        }
        return new Image(image.Size, target);
    }

    // The smallest value becomes 0 and the largest 255; one value alone stays.
    private static byte[]? Stretched(int[] counts)
    {
        int low = Array.FindIndex(counts, count => count > 0), high = Array.FindLastIndex(counts, count => count > 0);
        if (high <= low) return null;
        double scale = 255.0 / (high - low);
        return [.. Enumerable.Range(0, 256).Select(value => (byte)Math.Clamp((int)(value * scale - low * scale), 0, 255))];
    }

    // Each value becomes the number of smaller ones, in steps of which there are 255 without the largest value's.
    private static byte[]? Equalized(int[] counts)
    {
        int[] present = [.. counts.Where(count => count > 0)];
        int step = present.Length <= 1 ? 0 : (present.Sum() - present[^1]) / 255;
        if (step == 0) return null;
        var table = new byte[256];
        for (int value = 0, sum = step / 2; value < 256; sum += counts[value++]) table[value] = (byte)Math.Min(255, sum / step);
        return table;
    }
}
