using Fovea.Data;
using Fovea.Imaging;
using static Fovea.Transforms.PictureOperation;

namespace Fovea.Transforms;

/// <summary>The data set whose policy was searched for.</summary>
public enum AutoAugmentPolicy
{
    /// <summary>CIFAR-10: mostly colour.</summary>
    Cifar10,
    /// <summary>ImageNet: mostly colour and rotation.</summary>
    ImageNet,
    /// <summary>Street View House Numbers: mostly shearing and inverting.</summary>
    Svhn,
}

/// <summary>One of 25 pairs of operations, each with a chance and a strength that a search found.</summary>
/// <remarks>Cubuk, Zoph, Mane, Vasudevan, Le: "AutoAugment: Learning Augmentation Strategies from Data" (CVPR 2019), tables 7 to 9. For
/// pictures with a class as a whole: annotated objects are refused.</remarks>
/// <param name="Policy">Which 25 pairs.</param>
public sealed record AutoAugment(AutoAugmentPolicy Policy) : Transform
{
    private const double Strengths = 9;   // they are told as 0 to 9

    // Cubuk et al. 2019, table 7.
    private static readonly Pair[] Cifar10 =
    [
        new(Invert, 0.1, 0, Contrast, 0.2, 6), new(Rotate, 0.7, 2, TranslateX, 0.3, 9),
        new(Sharpness, 0.8, 1, Sharpness, 0.9, 3), new(ShearY, 0.5, 8, TranslateY, 0.7, 9),
        new(AutoContrast, 0.5, 0, Equalize, 0.9, 0), new(ShearY, 0.2, 7, Posterize, 0.3, 7),
        new(Color, 0.4, 3, Brightness, 0.6, 7), new(Sharpness, 0.3, 9, Brightness, 0.7, 9),
        new(Equalize, 0.6, 0, Equalize, 0.5, 0), new(Contrast, 0.6, 7, Sharpness, 0.6, 5),
        new(Color, 0.7, 7, TranslateX, 0.5, 8), new(Equalize, 0.3, 0, AutoContrast, 0.4, 0),
        new(TranslateY, 0.4, 3, Sharpness, 0.2, 6), new(Brightness, 0.9, 6, Color, 0.2, 8),
        new(Solarize, 0.5, 2, Invert, 0.0, 0), new(Equalize, 0.2, 0, AutoContrast, 0.6, 0),
        new(Equalize, 0.2, 0, Equalize, 0.6, 0), new(Color, 0.9, 9, Equalize, 0.6, 0),
        new(AutoContrast, 0.8, 0, Solarize, 0.2, 8), new(Brightness, 0.1, 3, Color, 0.7, 0),
        new(Solarize, 0.4, 5, AutoContrast, 0.9, 0), new(TranslateY, 0.9, 9, TranslateY, 0.7, 9),
        new(AutoContrast, 0.9, 0, Solarize, 0.8, 3), new(Equalize, 0.8, 0, Invert, 0.1, 0),
        new(TranslateY, 0.7, 9, AutoContrast, 0.9, 0),
    ];

    // Table 9.
    private static readonly Pair[] ImageNet =
    [
        new(Posterize, 0.4, 8, Rotate, 0.6, 9), new(Solarize, 0.6, 5, AutoContrast, 0.6, 0),
        new(Equalize, 0.8, 0, Equalize, 0.6, 0), new(Posterize, 0.6, 7, Posterize, 0.6, 6),
        new(Equalize, 0.4, 0, Solarize, 0.2, 4), new(Equalize, 0.4, 0, Rotate, 0.8, 8),
        new(Solarize, 0.6, 3, Equalize, 0.6, 0), new(Posterize, 0.8, 5, Equalize, 1.0, 0),
        new(Rotate, 0.2, 3, Solarize, 0.6, 8), new(Equalize, 0.6, 0, Posterize, 0.4, 6),
        new(Rotate, 0.8, 8, Color, 0.4, 0), new(Rotate, 0.4, 9, Equalize, 0.6, 0),
        new(Equalize, 0.0, 0, Equalize, 0.8, 0), new(Invert, 0.6, 0, Equalize, 1.0, 0),
        new(Color, 0.6, 4, Contrast, 1.0, 8), new(Rotate, 0.8, 8, Color, 1.0, 2),
        new(Color, 0.8, 8, Solarize, 0.8, 7), new(Sharpness, 0.4, 7, Invert, 0.6, 0),
        new(ShearX, 0.6, 5, Equalize, 1.0, 0), new(Color, 0.4, 0, Equalize, 0.6, 0),
        new(Equalize, 0.4, 0, Solarize, 0.2, 4), new(Solarize, 0.6, 5, AutoContrast, 0.6, 0),
        new(Invert, 0.6, 0, Equalize, 1.0, 0), new(Color, 0.6, 4, Contrast, 1.0, 8),
        new(Equalize, 0.8, 0, Equalize, 0.6, 0),
    ];

    // Table 8.
    private static readonly Pair[] Svhn =
    [
        new(ShearX, 0.9, 4, Invert, 0.2, 0), new(ShearY, 0.9, 8, Invert, 0.7, 0),
        new(Equalize, 0.6, 0, Solarize, 0.6, 6), new(Invert, 0.9, 0, Equalize, 0.6, 0),
        new(Equalize, 0.6, 0, Rotate, 0.9, 3), new(ShearX, 0.9, 4, AutoContrast, 0.8, 0),
        new(ShearY, 0.9, 8, Invert, 0.4, 0), new(ShearY, 0.9, 5, Solarize, 0.2, 6),
        new(Invert, 0.9, 0, AutoContrast, 0.8, 0), new(Equalize, 0.6, 0, Rotate, 0.9, 3),
        new(ShearX, 0.9, 4, Solarize, 0.3, 3), new(ShearY, 0.8, 8, Invert, 0.7, 0),
        new(Equalize, 0.9, 0, TranslateY, 0.6, 6), new(Invert, 0.9, 0, Equalize, 0.6, 0),
        new(Contrast, 0.3, 3, Rotate, 0.8, 4), new(Invert, 0.8, 0, TranslateY, 0.0, 2),
        new(ShearY, 0.7, 6, Solarize, 0.4, 8), new(Invert, 0.6, 0, Rotate, 0.8, 4),
        new(ShearY, 0.3, 7, TranslateX, 0.9, 3), new(ShearX, 0.1, 6, Invert, 0.6, 0),
        new(Solarize, 0.7, 2, TranslateY, 0.6, 7), new(ShearY, 0.8, 4, Invert, 0.8, 0),
        new(ShearX, 0.7, 9, TranslateY, 0.8, 3), new(ShearY, 0.8, 5, AutoContrast, 0.7, 0),
        new(ShearX, 0.7, 2, Invert, 0.1, 0),
    ];

    private readonly record struct Pair(PictureOperation First, double FirstChance, int FirstStrength, PictureOperation Second,
        double SecondChance, int SecondStrength);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(AutoAugment));
        Pair[] pairs = Policy switch
        {
            AutoAugmentPolicy.Cifar10 => Cifar10, AutoAugmentPolicy.ImageNet => ImageNet, _ => Svhn,
        };
        Pair pair = pairs[random.Next(pairs.Length)];
        Image image = Step(sample.Image, pair.First, pair.FirstChance, pair.FirstStrength, ref random);
        return sample with { Image = Step(image, pair.Second, pair.SecondChance, pair.SecondStrength, ref random) };
    }

    private static Image Step(Image image, PictureOperation operation, double chance, int strength, ref SampleRandom random) =>
        !random.Chance(chance) ? image : PolicyStep.Apply(image, operation,
            OperationRange.OfAutoAugment(operation, image.Height, image.Width), strength / Strengths, ref random);
}
