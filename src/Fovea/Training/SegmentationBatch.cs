using Fovea.Data;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Training;

/// <summary>A prepared batch of a segmenter, on the CPU.</summary>
/// <param name="Samples">The pictures.</param>
/// <param name="Pixels">N x 3 x H x W, normalised; smaller pictures have zeros, the mean colour, on the right and below.</param>
/// <param name="Labels">N x H x W, int64: the class of each pixel, from 0, or <see cref="SegmentationMap.Ignore"/>.</param>
/// <param name="PixelWeights">N x H x W, float32: what each pixel counts; null where all count the same.</param>
public sealed record SegmentationBatch(IReadOnlyList<Sample> Samples, Tensor Pixels, Tensor Labels, Tensor? PixelWeights) : IDisposable
{
    /// <summary>Makes a batch of pictures in the network's size. Its tensors belong to no scope.</summary>
    /// <param name="samples">The pictures with their labels.</param>
    /// <param name="transform">How colours are normalised.</param>
    /// <param name="boundary">The weights of pixels; null for none.</param>
    /// <exception cref="ArgumentException">A picture has no labels, or labels of another size.</exception>
    public static SegmentationBatch From(IReadOnlyList<Sample> samples, SegmentationTransform transform, BoundaryWeights? boundary = null)
    {
        int height = samples.Max(s => s.Image.Height), width = samples.Max(s => s.Image.Width), plane = height * width;
        var labels = new long[samples.Count * plane];
        labels.AsSpan().Fill(SegmentationMap.Ignore);
        float[]? weights = boundary is null ? null : new float[labels.Length];
        Tensor pixels = Tensor.Zeros([samples.Count, 3, height, width]).Unscoped();
        for (int n = 0; n < samples.Count; n++)
        {
            (Sample sample, Image image) = (samples[n], samples[n].Image);
            SegmentationMap map = sample.Labels is { } given && given.Size == image.Size ? given : throw new ArgumentException(
                $"{sample.Record.Path} is {image.Size}, but has {(sample.Labels is { } other ? $"labels of {other.Size}" : "no labels of its pixels")}.",
                nameof(samples));
            transform.Normalization.Write(image, pixels.Span<float>()[(3 * n * plane)..(3 * (n + 1) * plane)], plane, width);
            float[]? own = boundary?.Compute(map);
            for (int y = 0; y < image.Height; y++)
            {
                int at = n * plane + y * width;
                for (int x = 0; x < image.Width; x++) labels[at + x] = map.Labels[y * image.Width + x];
                own?.AsSpan(y * image.Width, image.Width).CopyTo(weights.AsSpan(at));
            }
        }
        long[] shape = [samples.Count, height, width];
        return new SegmentationBatch(samples, pixels, Tensor.From(labels, shape).Unscoped(),
            weights is null ? null : Tensor.From(weights, shape).Unscoped());
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Pixels.Dispose();
        Labels.Dispose();
        PixelWeights?.Dispose();
    }
}
