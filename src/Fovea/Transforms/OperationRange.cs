namespace Fovea.Transforms;

/// <summary>How much an operation can do in a policy, from the least magnitude to the greatest.</summary>
/// <param name="Least">At strength 0, in the operation's own unit.</param>
/// <param name="Greatest">At full strength.</param>
/// <param name="HasTwoDirections">Whether it goes both ways, with equal chance.</param>
internal readonly record struct OperationRange(double Least, double Greatest, bool HasTwoDirections)
{
    /// <summary>The magnitude at a strength of 0 to 1; whole bits for <see cref="PictureOperation.Posterize"/>.</summary>
    public double At(double strength, PictureOperation operation)
    {
        double magnitude = Least + (Greatest - Least) * strength;
        return operation == PictureOperation.Posterize ? Math.Round(magnitude) : magnitude;
    }

    /// <summary>The ranges of AutoAugment and RandAugment: Cubuk et al. 2019, table 6, with moves relative to the picture's size.</summary>
    public static OperationRange OfAutoAugment(PictureOperation operation, int height, int width) => operation switch
    {
        PictureOperation.ShearX or PictureOperation.ShearY => new(0, 0.3, true),
        PictureOperation.TranslateX => new(0, 150.0 / 331 * width, true),
        PictureOperation.TranslateY => new(0, 150.0 / 331 * height, true),
        PictureOperation.Rotate => new(0, 30, true),
        PictureOperation.Brightness or PictureOperation.Color or PictureOperation.Contrast or PictureOperation.Sharpness =>
            new(0, 0.9, true),
        PictureOperation.Posterize => new(8, 4, false),
        PictureOperation.Solarize => new(255, 0, false),
        _ => default,
    };

    /// <summary>The ranges of TrivialAugment: Mueller and Hutter 2021, appendix, "wide".</summary>
    public static OperationRange OfTrivialAugment(PictureOperation operation) => operation switch
    {
        PictureOperation.ShearX or PictureOperation.ShearY => new(0, 0.99, true),
        PictureOperation.TranslateX or PictureOperation.TranslateY => new(0, 32, true),
        PictureOperation.Rotate => new(0, 135, true),
        PictureOperation.Brightness or PictureOperation.Color or PictureOperation.Contrast or PictureOperation.Sharpness =>
            new(0, 0.99, true),
        PictureOperation.Posterize => new(8, 2, false),
        PictureOperation.Solarize => new(255, 0, false),
        _ => default,
    };
}
