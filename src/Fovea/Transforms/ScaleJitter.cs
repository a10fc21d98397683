using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Transforms;

/// <summary>Large-scale jitter: scales the picture, its shape kept, to a random share of what fits into a target size.
/// Usually followed by <see cref="RandomCrop"/> to that size.</summary>
/// <remarks>Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation" (CVPR 2021),
/// section 3: 0.1 to 2.0 there; 0.8 to 1.25 is their standard jitter.</remarks>
public sealed record ScaleJitter : Transform
{
    /// <summary>A random scaling.</summary>
    /// <param name="target">A picture scaled by 1 just fits into this size.</param>
    /// <param name="least">Smallest factor, above 0.</param>
    /// <param name="most">Largest factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or the factors are not ordered and within 0.01 to
    /// 10.</exception>
    public ScaleJitter(ImageSize target, double least = 0.1, double most = 2.0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Height, 1, nameof(target));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Width, 1, nameof(target));
        if (!(least >= 0.01 && most >= least && most <= 10))
            throw new ArgumentOutOfRangeException(nameof(least), (least, most),
                "The factors must satisfy 0.01 <= least <= most <= 10.");
        (Target, Least, Most) = (target, least, most);
    }

    /// <summary>A picture scaled by 1 just fits into this size.</summary>
    public ImageSize Target { get; }

    /// <summary>Smallest factor.</summary>
    public double Least { get; }

    /// <summary>Largest factor.</summary>
    public double Most { get; }

    /// <inheritdoc/>
    public override Sample Apply(Sample sample, ref SampleRandom random)
    {
        ImageSize size = sample.Image.Size;
        double fit = Math.Min((double)Target.Height / size.Height, (double)Target.Width / size.Width);
        return Motion.Resize(sample, ResizeShorterSide.Scale(size, fit * random.Uniform(Least, Most)));
    }
}
