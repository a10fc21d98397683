namespace Fovea.Imaging;

/// <summary>Colours for classes and instances, each far from the ones before it, also to the colour-blind.</summary>
/// <remarks>The first seven are Okabe and Ito's "Color Universal Design" (2008); the next eight are of Paul Tol's "muted" scheme
/// (SRON/EPS/TN/09-002, 2021); further ones turn the hue by the golden angle in OKLCH (Ottosson 2020) at changing lightness.</remarks>
public static class Palette
{
    private static readonly Rgb[] _chosen =
    [
        .. ((int[])[
            0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7,
            0x332288, 0x44AA99, 0x882255, 0x999933, 0xDDCC77, 0x117733, 0xCC6677, 0xAA4499,
        ]).Select(Rgb.FromHex),
    ];

    /// <summary>The colour of a class or instance.</summary>
    /// <param name="index">Any number; the same one always gives the same colour. Negative ones count from far away.</param>
    public static Rgb Colour(int index)
    {
        uint i = (uint)index;
        if (i < _chosen.Length) return _chosen[i];
        uint turn = i - (uint)_chosen.Length;
        double lightness = (turn % 3) switch { 0 => 0.72, 1 => 0.5, _ => 0.85 };
        return FromOklch(lightness, 0.13, turn * 2.399963229728653); // the golden angle, pi (3 - sqrt 5)
    }

    private static Rgb FromOklch(double lightness, double chroma, double hue)
    {
        double a = chroma * Math.Cos(hue), b = chroma * Math.Sin(hue);
        double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return new Rgb(
            Encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            Encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            Encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
    }

    private static double Cube(double value) => value * value * value;

    private static byte Encode(double linear)
    {
        linear = Math.Clamp(linear, 0, 1);
        double s = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.Pow(linear, 1 / 2.4) - 0.055;
        return (byte)Math.Round(s * 255);
    }
}
