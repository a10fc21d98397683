namespace Fovea.Transforms;

/// <summary>The changes of a picture that augmentation policies are made of (Cubuk et al.: "AutoAugment", CVPR 2019, table 6).</summary>
public enum PictureOperation
{
    /// <summary>Nothing.</summary>
    Identity,
    /// <summary>Rows slide sideways, by a share of their distance from the top.</summary>
    ShearX,
    /// <summary>Columns slide down, by a share of their distance from the left.</summary>
    ShearY,
    /// <summary>Moved to the right, in pixels.</summary>
    TranslateX,
    /// <summary>Moved down, in pixels.</summary>
    TranslateY,
    /// <summary>Turned against the clock, in degrees.</summary>
    Rotate,
    /// <summary>Brighter or darker, by a share.</summary>
    Brightness,
    /// <summary>More or less colourful, by a share.</summary>
    Color,
    /// <summary>More or less contrast, by a share.</summary>
    Contrast,
    /// <summary>Sharper or softer, by a share.</summary>
    Sharpness,
    /// <summary>Only so many of each value's upper bits.</summary>
    Posterize,
    /// <summary>Values from a threshold on inverted.</summary>
    Solarize,
    /// <summary>Each channel stretched to 0 to 255.</summary>
    AutoContrast,
    /// <summary>Each channel's values spread evenly.</summary>
    Equalize,
    /// <summary>Negative.</summary>
    Invert,
}
