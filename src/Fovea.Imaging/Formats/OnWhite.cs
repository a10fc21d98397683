namespace Fovea.Imaging.Formats;

/// <summary>Lays transparent pictures on white.</summary>
/// <remarks>White is what viewers and paper show behind them. Dropping alpha instead would bring out colours that nobody has seen:
/// most programs leave black, or anything, under full transparency. Blending is done on the stored sRGB values, as browsers do.</remarks>
internal static class OnWhite
{
    /// <param name="size">Height and width.</param>
    /// <param name="rgba">Height x width x 4 bytes, alpha last and not premultiplied.</param>
    public static Image Composite(ImageSize size, byte[] rgba)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)(size.Pixels * 3));
        for (int source = 0, target = 0; target < pixels.Length; source += 4, target += 3)
        {
            int alpha = rgba[source + 3], white = 255 * (255 - alpha);
            pixels[target] = Blend(rgba[source] * alpha + white);
            pixels[target + 1] = Blend(rgba[source + 1] * alpha + white);
            pixels[target + 2] = Blend(rgba[source + 2] * alpha + white);
        }
        return new Image(size, pixels);
    }

    /// <summary>sum / 255, rounded to the nearest.</summary>
    private static byte Blend(int sum)
    {
        sum += 128;
        return (byte)((sum + (sum >> 8)) >> 8);
    }
}
