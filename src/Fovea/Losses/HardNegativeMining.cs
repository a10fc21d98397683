using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Hard negative mining: of the many candidates without an object only those with the largest losses count, so many for each one
/// with an object.</summary>
/// <remarks>Liu et al.: "SSD: Single Shot MultiBox Detector" (ECCV 2016), section 2.2: at most three to one.</remarks>
public static class HardNegativeMining
{
    /// <summary>The losses of all positives and of the hardest negatives of one picture, added up.</summary>
    /// <param name="losses">A, one loss a candidate.</param>
    /// <param name="isPositive">A, boolean.</param>
    /// <param name="ratio">Negatives for each positive, 0 or more.</param>
    /// <returns>A scalar; 0 without positives.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Sum(Tensor losses, Tensor isPositive, double ratio)
    {
        Check.NotNegative(ratio, nameof(ratio));
        if (losses.Dim != 1 || isPositive.Dim != 1 || isPositive.Numel != losses.Numel)
            throw new ArgumentException($"The losses are {losses.Describe()} and the positives {isPositive.Describe()}, but one of each a "
                + "candidate is needed.", nameof(isPositive));
        using var scope = new TensorScope();
        Tensor positive = isPositive.NonZero().Flatten();
        long count = Math.Min((long)(positive.Numel * ratio), losses.Numel - positive.Numel);
        Tensor hardest = losses.MaskedFill(isPositive, double.NegativeInfinity).TopK(count).Values;
        return scope.Keep(losses.IndexSelect(0, positive).Sum() + hardest.Sum());
    }
}
