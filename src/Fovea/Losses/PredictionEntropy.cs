using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Entropy of the predictions, -sum_k p_k log p_k in nats: small where the classifier is sure, whether right or wrong.</summary>
/// <remarks>Grandvalet, Bengio: "Semi-supervised Learning by Entropy Minimization" (NIPS 2004), section 2: added, with a weight, for
/// examples without labels. Letters: N pictures, K classes.</remarks>
public static class PredictionEntropy
{
    /// <summary>The entropy of softmax probabilities.</summary>
    /// <param name="logits">N x K or N x K x H x W, floating point; half types are widened to float32.</param>
    /// <param name="reduction">The mean is over N or N x H x W; over none it is 0.</param>
    /// <returns>A scalar between 0 and log K, or N or N x H x W without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Reduction reduction = Reduction.Mean)
    {
        LossArguments.CheckLogits(logits);
        using var scope = new TensorScope();
        Tensor logP = LossArguments.Wide(logits).LogSoftmax(1);
        return scope.Keep(LossArguments.Reduce(-(logP.Exp() * logP).Sum(1), reduction));
    }
}
