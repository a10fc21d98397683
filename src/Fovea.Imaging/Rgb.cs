namespace Fovea.Imaging;

/// <summary>An sRGB colour.</summary>
/// <param name="R">Red, 0 to 255.</param>
/// <param name="G">Green, 0 to 255.</param>
/// <param name="B">Blue, 0 to 255.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>A colour from 0xRRGGBB.</summary>
    public static Rgb FromHex(int hex) => new((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex);

    /// <summary>Relative luminance, 0 (black) to 1 (white).</summary>
    /// <remarks>WCAG 2.1, "relative luminance".</remarks>
    public double Luminance => 0.2126 * Linear(R) + 0.7152 * Linear(G) + 0.0722 * Linear(B);

    /// <summary>Written as in "#1F77B4".</summary>
    public override string ToString() => $"#{R:X2}{G:X2}{B:X2}";

    private static double Linear(byte value)
    {
        double s = value / 255.0;
        return s <= 0.04045 ? s / 12.92 : Math.Pow((s + 0.055) / 1.055, 2.4);
    }
}
