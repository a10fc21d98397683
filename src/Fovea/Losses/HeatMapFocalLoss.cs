using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Penalty-reduced focal loss of heat maps: key points are ones, and the nearer a cell lies to one, the less it costs to call
/// it one too.</summary>
/// <remarks>Law and Deng: "CornerNet" (ECCV 2018), equation 1, after Lin et al.: "Focal Loss" (ICCV 2017): -(1 - p)^alpha log p where
/// the target y is 1, else -(1 - y)^beta p^alpha log(1 - p), summed and divided by the number of ones.</remarks>
public static class HeatMapFocalLoss
{
    /// <summary>The loss of all maps together.</summary>
    /// <param name="logits">Any shape, floating point; half types are widened to float32.</param>
    /// <param name="targets">The logits' shape, in [0, 1]: 1 at key points, less around them, 0 elsewhere.</param>
    /// <param name="alpha">How little what is classified well counts, at least 1.</param>
    /// <param name="beta">How fast the costs grow away from a key point.</param>
    /// <returns>A scalar; without a single one among the targets it is the sum itself.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or alpha or beta is out of its range.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, double alpha = 2, double beta = 4)
    {
        if (!(alpha >= 1 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "alpha must be at least 1: below, the gradient has no bound.");
        Check.NotNegative(beta, nameof(beta));
        if (!logits.DType.IsFloatingPoint() || !targets.DType.IsFloatingPoint() || !targets.Shape.AsSpan().SequenceEqual(logits.Shape))
            throw new ArgumentException($"The logits are {logits.Describe()} and the targets {targets.Describe()}, but floating point " +
                "numbers of one shape are needed.", nameof(targets));
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor truth = targets.To(logits.DType), ones = truth.Eq(1), points = ones.To(logits.DType);
        // From logits, so that neither logarithm is one of a rounded zero.
        Tensor opposite = -logits;
        Tensor hit = logits.LogSigmoid() * opposite.Sigmoid().Pow(alpha) * points;
        Tensor miss = opposite.LogSigmoid() * logits.Sigmoid().Pow(alpha) * (1 - truth).Pow(beta).MaskedFill(ones, 0);
        return scope.Keep(-(hit + miss).Sum() / points.Sum().Clamp(min: 1));
    }
}
