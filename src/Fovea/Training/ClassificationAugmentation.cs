using Fovea.Classification;
using Fovea.Data;
using Fovea.Transforms;

namespace Fovea.Training;

/// <summary>The transforms that a <see cref="ClassificationRecipe"/> stands for; they give pictures of the network's size.</summary>
internal static class ClassificationAugmentation
{
    private const int SmallPicture = 64;
    private const double HueShare = 0.1;

    public static Transform Create(ClassificationRecipe recipe, AugmentationOptions options, ClassificationTransform network)
    {
        CropKind crop = recipe.Crop ?? (network.ImageSize <= SmallPicture ? CropKind.Padded : CropKind.Resized);
        var steps = new List<Transform>
        {
            crop == CropKind.Resized ? new RandomResizedCrop(network.ImageSize, recipe.LeastArea) { ReadsReduced = true }
                : new ToSquare(network),
        };
        if (options.HorizontalFlip > 0) steps.Add(new RandomHorizontalFlip(options.HorizontalFlip));
        if (options.VerticalFlip > 0) steps.Add(new RandomVerticalFlip(options.VerticalFlip));
        double jitter = options.ColorJitter;
        if (jitter > 0) steps.Add(new ColorJitter(jitter, jitter, jitter, HueShare * jitter));
        if (crop == CropKind.Padded) steps.Add(new RandomPaddedCrop(recipe.Margin));
        if (Policy(recipe) is { } policy) steps.Add(policy);
        if (recipe.RandomErasing > 0) steps.Add(new RandomErasing(recipe.RandomErasing));
        return new Compose(steps);
    }

    private static Transform? Policy(ClassificationRecipe recipe) => recipe.Policy switch
    {
        AugmentationPolicy.RandAugment => new RandAugment(recipe.PolicyOperations, recipe.PolicyStrength),
        AugmentationPolicy.TrivialAugment => new TrivialAugment(),
        AugmentationPolicy.AutoAugmentCifar10 => new AutoAugment(AutoAugmentPolicy.Cifar10),
        AugmentationPolicy.AutoAugmentImageNet => new AutoAugment(AutoAugmentPolicy.ImageNet),
        AugmentationPolicy.AutoAugmentSvhn => new AutoAugment(AutoAugmentPolicy.Svhn),
        _ => null,
    };

    // What validation does to pictures, as a transform.
    private sealed record ToSquare(ClassificationTransform Network) : Transform
    {
        public override Sample Apply(Sample sample, ref SampleRandom random) => sample with { Image = Network.Prepare(sample.Image) };
    }
}
