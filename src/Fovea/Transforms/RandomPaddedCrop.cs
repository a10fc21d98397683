using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Pads a picture with black and cuts a rectangle of the picture's own size out of that at a random place: small pictures move
/// by some pixels.</summary>
/// <remarks>He et al., CVPR 2016, section 4.2: 4 pixels for pictures of 32 x 32. For pictures with a class as a whole: annotated objects
/// are refused, see <see cref="RandomCrop"/>.</remarks>
/// <param name="Pixels">Width of the margin on each side, at least 0.</param>
public sealed record RandomPaddedCrop(int Pixels) : Transform
{
    /// <summary>Width of the margin on each side.</summary>
    public int Pixels { get; } = Check.NotNegative(Pixels);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The sample has annotated objects.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        WholePictures.Expect(sample, nameof(RandomPaddedCrop));
        int top = random.Next(2 * Pixels + 1), left = random.Next(2 * Pixels + 1);
        if (Pixels == 0) return sample;
        ImageSize size = sample.Image.Size;
        return sample with { Image = Padding.Constant(sample.Image, Pixels, Pixels, Pixels, Pixels).Crop(top, left, size) };
    }
}

/// <summary>Checks of transforms that move pixels but no annotations.</summary>
internal static class WholePictures
{
    public static void Expect(Sample sample, string transform)
    {
        if (sample.Annotations.Count > 0)
            throw new ArgumentException($"{transform} is for pictures that have a class as a whole, but {sample.Record.Path} has " +
                $"{sample.Annotations.Count} annotated objects.", nameof(sample));
    }
}
