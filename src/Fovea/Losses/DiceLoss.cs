using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Dice loss: 1 - 2 sum(p y) / (sum p + sum y), of each class, then the mean over classes.</summary>
/// <remarks>Milletari, Navab, Ahmadi: "V-Net" (3DV 2016), section 3, but with plain sums in the denominator as in Drozdzal et al.: "The
/// Importance of Skip Connections" (DLMIA 2016), where V-Net squares: so it is the Dice coefficient of 0/1 predictions as well as
/// 2 J / (1 + J) of <see cref="SoftIouLoss"/>'s J, and a wrong pixel's pull does not fade with its probability. Sums run over the
/// whole batch. Letters: N pictures, K classes.</remarks>
public static class DiceLoss
{
    /// <summary>The loss of classes or of soft masks.</summary>
    /// <param name="logits">N x K or N x K x H x W, floating point; half types are widened to float32.</param>
    /// <param name="targets">Classes, N or N x H x W, int64 in [0, K) or the ignore index (checked on the CPU only); or masks of the
    /// logits' shape, floating point in [0, 1].</param>
    /// <param name="options">Probabilities, smoothing, absent classes, ignore index.</param>
    /// <returns>A scalar between 0 and 1; 0 where nothing counts.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, OverlapOptions? options = null)
    {
        options ??= OverlapOptions.Default;
        using var scope = new TensorScope();
        ClassOverlap overlap = ClassOverlap.Of(logits, targets, options);
        Tensor both = overlap.Predicted + overlap.True;                                             // K
        return scope.Keep(overlap.MeanDistance(both - overlap.Common * 2, both, options));
    }
}
