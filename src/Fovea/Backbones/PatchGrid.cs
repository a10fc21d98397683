using Fovea.Torch;

namespace Fovea.Backbones;

/// <summary>Square pictures cut into square patches.</summary>
internal static class PatchGrid
{
    /// <summary>Patches from one side of a picture to the other.</summary>
    /// <exception cref="ArgumentException">The picture size is no multiple of the patches'.</exception>
    public static int Across(int imageSize, int patchSize) => imageSize >= patchSize && imageSize % patchSize == 0
        ? imageSize / patchSize
        : throw new ArgumentException(
            $"Pictures of {imageSize} pixels cannot be cut into patches of {patchSize}: a multiple of {patchSize} was " +
            $"expected, such as {Math.Max(1, (int)Math.Round((double)imageSize / patchSize)) * patchSize}.", nameof(imageSize));

    /// <summary>Pictures must be of the size that the network was built for.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static void Expect(Tensor images, int imageSize, string network)
    {
        if (images.Size(2) != imageSize || images.Size(3) != imageSize)
            throw new ArgumentException(
                $"This {network} was built for pictures of {imageSize} x {imageSize} pixels, but {images.Size(2)} x " +
                $"{images.Size(3)} arrived: resize them, or build it with BackboneOptions.ImageSize.", nameof(images));
    }

    /// <summary>Pictures of any size must consist of whole patches.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static void ExpectWhole(Tensor images, int patchSize, string network)
    {
        (long height, long width) = (images.Size(2), images.Size(3));
        if (height < patchSize || width < patchSize || height % patchSize + width % patchSize != 0)
            throw new ArgumentException(
                $"This {network} sees patches of {patchSize} x {patchSize} pixels, but pictures of {height} x {width} arrived: pad " +
                $"them to multiples of {patchSize}.", nameof(images));
    }
}
