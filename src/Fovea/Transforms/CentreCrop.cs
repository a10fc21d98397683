using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Cuts a square out of the middle of a picture, and pads with black first where the picture is smaller.</summary>
/// <remarks>Places are torchvision's: where the margins cannot be equal, the one above or on the left is the even one of the two when
/// cutting and the smaller one when padding. For pictures with a class as a whole: annotated objects are refused, see
/// <see cref="RandomCrop"/>.</remarks>
/// <param name="Side">Sides of the square in pixels, at least 1.</param>
public sealed record CentreCrop(int Side) : Transform
{
    /// <summary>Sides of the square in pixels.</summary>
    public int Side { get; } = Check.Positive(Side);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(CentreCrop));
        return sample with { Image = Apply(sample.Image) };
    }

    /// <summary>The middle of a picture.</summary>
    internal Image Apply(Image image)
    {
        if (image.Height < Side || image.Width < Side)
        {
            int addedHeight = Math.Max(0, Side - image.Height), addedWidth = Math.Max(0, Side - image.Width);
            image = Padding.Constant(image, addedHeight / 2, (addedHeight + 1) / 2, addedWidth / 2, (addedWidth + 1) / 2);
        }
        int top = (int)Math.Round((image.Height - Side) / 2.0), left = (int)Math.Round((image.Width - Side) / 2.0);
        return image.Height == Side && image.Width == Side ? image : image.Crop(top, left, new ImageSize(Side, Side));
    }
}
