using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Online hard example mining for pixels: only those that the network finds hard count.</summary>
/// <remarks>Shrivastava, Gupta, Girshick: "Training Region-based Object Detectors with Online Hard Example Mining" (CVPR 2016); for pixels,
/// with a threshold, Wu, Shen, van den Hengel: "Bridging Category-level and Instance-level Semantic Image Segmentation" (2016),
/// section 2.3.</remarks>
public sealed record HardPixelMining
{
    /// <summary>Pixels whose class gets less than this probability are hard. Default: 0.7.</summary>
    public double Probability { get; init => field = Check.Fraction(value); } = 0.7;

    /// <summary>Where fewer are hard, this share of all pixels that count is taken, the hardest ones. Default: 1/16, about the 100,000 of
    /// four crops of 769 x 769 that Wu et al. and HRNet keep.</summary>
    public double LeastShare { get; init => field = Check.Fraction(value); } = 1.0 / 16;

    /// <summary>1 for the pixels that are to count, 0 for the others.</summary>
    /// <param name="losses">-log p of the true class, any shape, at least 0.</param>
    /// <param name="counts">The same shape, boolean: false for void pixels, which are never hard.</param>
    /// <returns>The shape and type of the losses, without a gradient.</returns>
    internal Tensor Mask(Tensor losses, Tensor counts)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor hardness = losses.Detach().MaskedFill(!counts, -1).Flatten();
        double threshold = -Math.Log(Math.Max(Probability, double.Epsilon));
        long least = (long)Math.Ceiling(LeastShare * counts.To(DType.Int64).Sum().Item());
        if (least > 0) threshold = Math.Min(threshold, hardness.TopK(least).Values[^1].Item());
        return scope.Keep((hardness >= threshold).To(losses.DType).View(losses.Shape));
    }
}
