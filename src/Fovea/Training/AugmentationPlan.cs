using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Transforms;

namespace Fovea.Training;

/// <summary>The transforms that <see cref="AugmentationOptions"/> stand for.</summary>
internal static class AugmentationPlan
{
    private const double HueShare = 0.1;

    /// <summary>The transforms in their order, or null where nothing is changed.</summary>
    /// <param name="options">What may change.</param>
    /// <param name="networkSize">The size that a picture of some size has in the network.</param>
    /// <param name="skeleton">The key points that are learnt; null for none.</param>
    public static Transform? Create(AugmentationOptions options, Func<ImageSize, ImageSize> networkSize, Skeleton? skeleton = null)
    {
        var steps = new List<Transform>();
        if (options.MinScale != 1 || options.MaxScale != 1) steps.Add(new RandomZoom(networkSize, options.MinScale, options.MaxScale));
        if (options.HorizontalFlip > 0) steps.Add(new RandomHorizontalFlip(options.HorizontalFlip, skeleton?.MirrorPairs));
        if (options.VerticalFlip > 0) steps.Add(new RandomVerticalFlip(options.VerticalFlip));
        double jitter = options.ColorJitter;
        if (jitter > 0) steps.Add(new ColorJitter(jitter, jitter, jitter, HueShare * jitter));
        return steps.Count > 0 ? new Compose(steps) : null;
    }
}
