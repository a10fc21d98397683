using Fovea.Losses;

namespace Fovea.Training;

/// <summary>How training pictures of a classifier are cut.</summary>
public enum CropKind
{
    /// <summary>A part of random area and shape, stretched to the network's size: for photographs.</summary>
    Resized,
    /// <summary>The picture moved by some pixels: for small pictures.</summary>
    Padded,
    /// <summary>The middle, as in validation.</summary>
    Centre,
}

/// <summary>Which classes rare ones outweigh.</summary>
public enum ClassBalance
{
    /// <summary>Every picture counts the same.</summary>
    None,
    /// <summary>A class's loss counts as the median of the classes' frequencies over its own.</summary>
    Weights,
    /// <summary>Pictures are drawn so that every class comes equally often.</summary>
    Sampling,
}

/// <summary>Which policy of random operations changes training pictures.</summary>
public enum AugmentationPolicy
{
    /// <summary>None.</summary>
    None,
    /// <summary><see cref="Transforms.RandAugment"/>.</summary>
    RandAugment,
    /// <summary><see cref="Transforms.TrivialAugment"/>.</summary>
    TrivialAugment,
    /// <summary><see cref="Transforms.AutoAugment"/>'s policy for CIFAR.</summary>
    AutoAugmentCifar10,
    /// <summary><see cref="Transforms.AutoAugment"/>'s policy for ImageNet.</summary>
    AutoAugmentImageNet,
    /// <summary><see cref="Transforms.AutoAugment"/>'s policy for house numbers.</summary>
    AutoAugmentSvhn,
}

/// <summary>How a classifier is trained, beside what <see cref="TrainingOptions"/> says for all tasks.</summary>
public sealed record ClassificationRecipe
{
    /// <summary>The loss.</summary>
    public ClassificationLoss Loss { get; init; } = new();

    /// <summary>What is done where classes differ in number.</summary>
    public ClassBalance Balance { get; init; }

    /// <summary>How pictures are cut; null for <see cref="CropKind.Padded"/> in networks for at most 64 pixels, else
    /// <see cref="CropKind.Resized"/>.</summary>
    public CropKind? Crop { get; init; }

    /// <summary><see cref="CropKind.Resized"/>: smallest share of the area.</summary>
    public double LeastArea { get; init => field = Check.Fraction(value); } = 0.08;

    /// <summary><see cref="CropKind.Padded"/>: how far pictures move, in pixels.</summary>
    public int Margin { get; init => field = Check.NotNegative(value); } = 4;

    /// <summary>Random operations on pictures.</summary>
    public AugmentationPolicy Policy { get; init; }

    /// <summary><see cref="AugmentationPolicy.RandAugment"/>: operations a picture.</summary>
    public int PolicyOperations { get; init => field = Check.Positive(value); } = 2;

    /// <summary><see cref="AugmentationPolicy.RandAugment"/>: their strength, 0 to 1.</summary>
    public double PolicyStrength { get; init => field = Check.Fraction(value); } = 0.3;

    /// <summary>Chance that a random rectangle of a picture is covered.</summary>
    public double RandomErasing { get; init => field = Check.Fraction(value); }

    /// <summary>Mixup: the Beta distribution's alpha; 0 for none. With CutMix too, each batch gets one of them by chance.</summary>
    public double Mixup { get; init => field = Check.NotNegative(value); }

    /// <summary>CutMix: the Beta distribution's alpha; 0 for none.</summary>
    public double CutMix { get; init => field = Check.NotNegative(value); }
}
