using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Transforms;

namespace Fovea.Segmentation;

/// <summary>How pictures become a segmenter's input: resized on request, and normalised.</summary>
public sealed record SegmentationTransform
{
    /// <summary>Length of the shorter side in the network, in pixels; null leaves pictures as they are.</summary>
    public int? ShorterSide { get; init => field = value is null ? null : Check.Positive(value.Value); }

    /// <summary>Mean and deviation of the colours.</summary>
    public Normalization Normalization { get; init; } = Normalization.ImageNet;

    /// <summary>The size in the network of a picture of some size.</summary>
    public ImageSize NetworkSize(ImageSize size)
    {
        if (ShorterSide is not { } wanted) return size;
        (int shorter, int longer) = (Math.Min(size.Height, size.Width), Math.Max(size.Height, size.Width));
        int other = (int)Math.Min(int.MaxValue, (long)wanted * longer / shorter);
        return size.Height < size.Width ? new ImageSize(wanted, other) : new ImageSize(other, wanted);
    }

    /// <summary>The picture in the size that the network sees.</summary>
    public Image Prepare(Image image)
    {
        ImageSize size = NetworkSize(image.Size);
        return size == image.Size ? image : image.ResizeAsPillow(size, Interpolation.Bilinear);
    }

    /// <summary>Pictures of one size as a batch: N x 3 x H x W, float32.</summary>
    /// <exception cref="ArgumentException">There are none, or their sizes differ.</exception>
    public Tensor Batch(IReadOnlyList<Image> images)
    {
        if (images.Count == 0) throw new ArgumentException("A batch needs at least one picture.", nameof(images));
        ImageSize size = images[0].Size;
        int plane = checked((int)size.Pixels);
        Tensor batch = Tensor.Empty([images.Count, 3, size.Height, size.Width]);
        for (int n = 0; n < images.Count; n++)
        {
            if (images[n].Size != size)
                throw new ArgumentException($"Picture {n} is {images[n].Size}, but picture 0 is {size}: a batch has one size.", nameof(images));
            Normalization.Write(images[n], batch.Span<float>().Slice(n * 3 * plane, 3 * plane), plane, size.Width);
        }
        return batch;
    }
}
