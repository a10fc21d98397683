namespace Fovea.Imaging;

/// <summary>How resizing blends pixels. Both filters widen with the shrinking factor, so small pictures do not alias.</summary>
public enum Interpolation
{
    /// <summary>A triangle: PIL's BILINEAR, and torch's <c>interpolate(mode="bilinear", antialias=True)</c>.</summary>
    Bilinear,
    /// <summary>Keys' cubic with a = -0.5 (Keys: "Cubic convolution interpolation for digital image processing", 1981): sharper, with
    /// slight overshoots at edges, which are cut off at 0 and 255. PIL's BICUBIC, and torch's <c>interpolate(mode="bicubic",
    /// antialias=True)</c>.</summary>
    Bicubic,
}
