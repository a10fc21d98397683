using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Binary cross entropy of sigmoid probabilities p: -(y log p + (1 - y) log(1 - p)), of every logit by itself.</summary>
/// <remarks>Numbers are those of torch.nn.BCEWithLogitsLoss, but for the mean over nothing, which is 0 here. Computed from the logit, so
/// that large ones lose nothing; the gradient is p - y. Letters: N pictures, K classes.</remarks>
public static class BinaryCrossEntropy
{
    /// <summary>The loss of truth values, of shares between them, or of classes.</summary>
    /// <param name="logits">Any shape, floating point; half types are widened to float32.</param>
    /// <param name="targets">The logits' shape, floating point in [0, 1]; or classes of logits N x K or N x K x H x W: N or N x H x W,
    /// int64 in [0, K), which stand for a one among zeros.</param>
    /// <param name="weights">Factor of each term, in a shape that broadcasts to the logits', 0 for what is to be left out; or null for
    /// ones. The mean is not divided by them.</param>
    /// <param name="positiveWeights">Factor of y log p: K numbers, one a class (logits N x K x ...), or a single number; or null for
    /// ones. Above 1 it raises recall, below 1 precision.</param>
    /// <param name="reduction">The mean is over all terms, N times K times ....</param>
    /// <returns>A scalar, or the logits' shape without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, Tensor? weights = null, Tensor? positiveWeights = null,
        Reduction reduction = Reduction.Mean)
    {
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor truth = LossArguments.ForEveryLogit(logits, targets);
        if (weights is not null) CheckBroadcast(weights, logits);
        Tensor? positive = positiveWeights is null || positiveWeights.Numel == 1
            ? positiveWeights?.To(logits.DType).View(1)
            : PositivePerClass(positiveWeights, logits);
        weights = weights?.To(logits.DType);
        return scope.Keep(LossArguments.Reduce(
            how => Functional.BinaryCrossEntropyWithLogits(logits, truth, how, weights, positive), logits.Numel, reduction));
    }

    private static Tensor? PositivePerClass(Tensor weights, Tensor logits)
    {
        LossArguments.CheckLogits(logits);
        return LossArguments.PerClass(weights, logits);
    }

    private static void CheckBroadcast(Tensor weights, Tensor logits)
    {
        long[] from = weights.Shape, to = logits.Shape;
        bool fits = from.Length <= to.Length;
        for (int i = 1; fits && i <= from.Length; i++) fits = from[^i] == to[^i] || from[^i] == 1;
        if (!fits)
            throw new ArgumentException($"The weights are {weights.Describe()}, which does not broadcast to the logits "
                + $"{logits.Describe()}: lengths are compared from the last dimension on, and must be equal or 1.", nameof(weights));
    }
}
