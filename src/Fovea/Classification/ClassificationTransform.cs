using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Transforms;

namespace Fovea.Classification;

/// <summary>Turns pictures into a classifier's batch: the shorter side is resized, a square is cut out of the middle, and colours are
/// normalised. Safe to use from several threads.</summary>
/// <remarks>The numbers are those of torchvision's ImageClassification preset on pictures that Pillow decoded, but for the last digits of
/// float32: resizing is <see cref="Image.ResizeAsPillow"/> (Krizhevsky et al., NIPS 2012, section 2, introduced the square from the
/// middle). Grey pictures are RGB pictures of equal channels.</remarks>
public sealed record ClassificationTransform
{
    /// <summary>Length of the shorter side after resizing, in pixels.</summary>
    public int ResizeSize { get; init => field = Check.Positive(value); } = 256;

    /// <summary>Sides of the square that is cut out of the middle, in pixels. Where a picture is smaller it is padded with black.</summary>
    public int ImageSize { get; init => field = Check.Positive(value); } = 224;

    /// <summary>The filter of resizing.</summary>
    public Interpolation Interpolation { get; init; }

    /// <summary>How colours become numbers.</summary>
    public Normalization Normalization { get; init; } = Normalization.ImageNet;

    /// <summary>The square of a picture that the network sees.</summary>
    public Image Prepare(Image image)
    {
        int shorter = Math.Min(image.Height, image.Width), longer = Math.Max(image.Height, image.Width);
        int other = Math.Max(1, (int)((long)ResizeSize * longer / shorter));
        ImageSize size = image.Height < image.Width ? new(ResizeSize, other) : new(other, ResizeSize);
        return new CentreCrop(ImageSize).Apply(size == image.Size ? image : image.ResizeAsPillow(size, Interpolation));
    }

    /// <summary>A batch of whole pictures: N x 3 x S x S, float32.</summary>
    public Tensor Batch(IReadOnlyList<Image> images) => BatchOfSquares([.. images.Select(Prepare)]);

    /// <summary>A batch of pictures that already have the network's size: N x 3 x S x S, float32.</summary>
    /// <exception cref="ArgumentException">There are none, or one has another size.</exception>
    public Tensor BatchOfSquares(IReadOnlyList<Image> images)
    {
        if (images.Count == 0) throw new ArgumentException("A batch needs at least one picture.", nameof(images));
        int side = ImageSize, plane = side * side;
        Tensor batch = Tensor.Empty([images.Count, 3, side, side]);
        for (int n = 0; n < images.Count; n++)
        {
            Image image = images[n];
            if (image.Height != side || image.Width != side)
                throw new ArgumentException($"Picture {n} is {image.Size}, but {side} x {side} is needed.", nameof(images));
            Normalization.Write(image, batch.Span<float>().Slice(n * 3 * plane, 3 * plane), plane, side);
        }
        return batch;
    }
}
