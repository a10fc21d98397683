namespace Fovea.Imaging;

/// <summary>How the pixels around a point are weighted when a picture is resized. Each widens with the factor by which a picture
/// shrinks, so that nothing aliases.</summary>
public enum ResizeFilter
{
    /// <summary>A triangle: 1 - |x|, one pixel to each side.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, two pixels to each side, partly with negative weights: sharper.</summary>
    /// <remarks>Keys: "Cubic Convolution Interpolation for Digital Image Processing" (IEEE ASSP 1981), section III.</remarks>
    Bicubic,
}
