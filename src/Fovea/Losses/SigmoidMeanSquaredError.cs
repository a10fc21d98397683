using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Half the squared distance of sigmoid probabilities p from the truth y, (y - p)^2 / 2: the first loss one thinks of for a
/// classifier, and a bad one.</summary>
/// <remarks>Its gradient, (p - y) p (1 - p), vanishes where a logit is large and wrong; that of <see cref="BinaryCrossEntropy"/>, p - y,
/// does not (see docs/losses.md). With the half, as in Rumelhart, Hinton, Williams: "Learning representations by back-propagating
/// errors" (Nature 1986), equation 3; torch's mse_loss leaves it out.</remarks>
public static class SigmoidMeanSquaredError
{
    /// <summary>The loss of truth values, of shares between them, or of classes.</summary>
    /// <param name="logits">Any shape, floating point; half types are widened to float32.</param>
    /// <param name="targets">The logits' shape, floating point in [0, 1]; or classes of logits N x K or N x K x H x W: N or N x H x W,
    /// int64 in [0, K), which stand for a one among zeros.</param>
    /// <param name="reduction">The mean is over all terms, N times K times ...; over none it is 0.</param>
    /// <returns>A scalar, or the logits' shape without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, Reduction reduction = Reduction.Mean)
    {
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor error = logits.Sigmoid() - LossArguments.ForEveryLogit(logits, targets);
        return scope.Keep(LossArguments.Reduce(error * error * 0.5, reduction));
    }
}
