using Fovea.Data;
using Fovea.Detection;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Training;

/// <summary>A prepared training batch of a detector, on the CPU.</summary>
/// <param name="Samples">The pictures and their annotations after augmentation.</param>
/// <param name="Images">The pictures as the network takes them.</param>
/// <param name="Targets">What it should find in each.</param>
public sealed record DetectionBatch(IReadOnlyList<Sample> Samples, ImageBatch Images, IReadOnlyList<DetectionTarget> Targets) : IDisposable
{
    /// <summary>Makes a batch as a model needs it. Its tensors belong to no scope.</summary>
    /// <param name="samples">The pictures and their annotations.</param>
    /// <param name="transform">The model's.</param>
    /// <param name="masks">Whether it learns masks.</param>
    public static DetectionBatch From(IReadOnlyList<Sample> samples, DetectionTransform transform, bool masks = true)
    {
        using var scope = new TensorScope();   // where a target is refused, what was made before it goes
        ImageBatch images = transform.Batch([.. samples.Select(sample => sample.Image)]);
        DetectionTarget[] targets = [.. samples.Select((sample, n) =>
            DetectionTarget.From(sample.Annotations, images.OriginalSizes[n], images.Sizes[n], masks))];
        images.Pixels.Unscoped();
        foreach (Tensor tensor in targets.SelectMany(target => target.Tensors)) tensor.Unscoped();
        return new DetectionBatch(samples, images, targets);
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Images.Pixels.Dispose();
        foreach (Tensor tensor in Targets.SelectMany(target => target.Tensors)) tensor.Dispose();
    }
}
