using Fovea.Imaging;
using Fovea.Segmentation;
using Fovea.Transforms;

namespace Fovea.Training;

/// <summary>The transforms of training pictures that a <see cref="SegmentationRecipe"/> stands for.</summary>
internal static class SegmentationAugmentation
{
    private const double HueShare = 0.1;

    /// <summary>The transforms in their order: as large as the network sees it, bent, turned, cut out at a random scale, mirrored,
    /// recoloured.</summary>
    /// <param name="recipe">What is cut out, turned and bent.</param>
    /// <param name="options">Scale, mirror images and colours.</param>
    /// <param name="transform">The network's size.</param>
    /// <param name="first">Size of the first training picture.</param>
    public static Transform Create(SegmentationRecipe recipe, AugmentationOptions options, SegmentationTransform transform, ImageSize first)
    {
        var steps = new List<Transform>();
        if (transform.ShorterSide is { } side) steps.Add(new ResizeShorterSide(int.MaxValue, side));
        if (recipe.Elastic > 0) steps.Add(new ElasticDeformation(recipe.Elastic));
        if (recipe.Rotation > 0) steps.Add(new RandomRotation(recipe.Rotation));
        bool scales = options.MinScale != 1 || options.MaxScale != 1;
        if (scales || recipe.CropHeight is not null || recipe.CropWidth is not null)
        {
            ImageSize whole = transform.NetworkSize(first);
            steps.Add(new RandomScaledCrop(new ImageSize(recipe.CropHeight ?? whole.Height, recipe.CropWidth ?? whole.Width),
                options.MinScale, options.MaxScale));
        }
        if (options.HorizontalFlip > 0) steps.Add(new RandomHorizontalFlip(options.HorizontalFlip));
        if (options.VerticalFlip > 0) steps.Add(new RandomVerticalFlip(options.VerticalFlip));
        double jitter = options.ColorJitter;
        if (jitter > 0) steps.Add(new ColorJitter(jitter, jitter, jitter, HueShare * jitter));
        return new Compose(steps);
    }
}
