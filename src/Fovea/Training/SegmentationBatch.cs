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
    /// <summary>N x H x W, int64: the class of each pixel in the second map, or <see cref="SegmentationMap.Ignore"/>; null where it is not
    /// learnt.</summary>
    public Tensor? SecondLabels { get; init; }

    /// <summary>Makes a batch of pictures in the network's size. Its tensors belong to no scope.</summary>
    /// <param name="samples">The pictures with their labels.</param>
    /// <param name="transform">How colours are normalised.</param>
    /// <param name="boundary">The weights of pixels; null for none.</param>
    /// <param name="takesSecond">Whether the second map is learnt too.</param>
    /// <exception cref="ArgumentException">A picture has no labels, or labels of another size.</exception>
    public static SegmentationBatch From(IReadOnlyList<Sample> samples, SegmentationTransform transform, BoundaryWeights? boundary = null,
        bool takesSecond = false)
    {
        int height = samples.Max(s => s.Image.Height), width = samples.Max(s => s.Image.Width), plane = height * width;
        long[] labels = Ignored(samples.Count * plane), secondLabels = Ignored(takesSecond ? labels.Length : 0);
        float[]? weights = boundary is null ? null : new float[labels.Length];
        Tensor pixels = Tensor.Zeros([samples.Count, 3, height, width]).Unscoped();
        for (int n = 0; n < samples.Count; n++)
        {
            (Sample sample, Image image) = (samples[n], samples[n].Image);
            SegmentationMap map = Fitting(sample.Labels, sample, "labels");
            SegmentationMap? second = takesSecond ? Fitting(sample.SecondLabels, sample, "second labels") : null;
            transform.Normalization.Write(image, pixels.Span<float>()[(3 * n * plane)..(3 * (n + 1) * plane)], plane, width);
            float[]? own = boundary?.Compute(map);
            for (int y = 0; y < image.Height; y++)
            {
                int at = n * plane + y * width;
                Widen(map.Labels.AsSpan(y * image.Width, image.Width), labels.AsSpan(at));
                if (second is not null) Widen(second.Labels.AsSpan(y * image.Width, image.Width), secondLabels.AsSpan(at));
                own?.AsSpan(y * image.Width, image.Width).CopyTo(weights.AsSpan(at));
            }
        }
        long[] shape = [samples.Count, height, width];
        return new SegmentationBatch(samples, pixels, Tensor.From(labels, shape).Unscoped(),
            weights is null ? null : Tensor.From(weights, shape).Unscoped())
        {
            SecondLabels = takesSecond ? Tensor.From(secondLabels, shape).Unscoped() : null,
        };
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Pixels.Dispose();
        Labels.Dispose();
        PixelWeights?.Dispose();
        SecondLabels?.Dispose();
    }

    private static long[] Ignored(int length)
    {
        var labels = new long[length];
        labels.AsSpan().Fill(SegmentationMap.Ignore);
        return labels;
    }

    private static SegmentationMap Fitting(SegmentationMap? map, Sample sample, string what) => map?.Size == sample.Image.Size ? map
        : throw new ArgumentException($"{sample.Record.Path} is {sample.Image.Size}, but has " +
            $"{(map is null ? $"no {what} of its pixels" : $"{what} of {map.Size}")}.", nameof(sample));

    private static void Widen(ReadOnlySpan<byte> from, Span<long> to)
    {
        for (int x = 0; x < from.Length; x++) to[x] = from[x];
    }
}
