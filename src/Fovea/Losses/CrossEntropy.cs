using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Multi-class cross entropy of softmax probabilities: -log p of the true class, or -sum_k t_k log p_k of a target
/// distribution t.</summary>
/// <remarks>Numbers are those of torch.nn.CrossEntropyLoss, but for the mean over nothing, which is 0 here and NaN there. Label smoothing:
/// Szegedy et al.: "Rethinking the Inception Architecture" (CVPR 2016), section 7. Letters: N pictures, K classes.</remarks>
public static class CrossEntropy
{
    /// <summary>The loss of classes or of distributions over them, such as mixup makes.</summary>
    /// <param name="logits">N x K or N x K x H x W, any floating point numbers; half types are widened to float32.</param>
    /// <param name="targets">Classes, N or N x H x W, int64 in [0, K) or the ignore index (checked on the CPU only); or distributions,
    /// of the logits' shape, floating point, summing to 1 over K.</param>
    /// <param name="options">Ignore index and label smoothing.</param>
    /// <param name="classWeights">K factors, or null for ones. Of a distribution, each class's share is multiplied by its own.</param>
    /// <param name="reduction">The mean of classes is weighted: divided by the sum of the weights of the targets that count. The mean
    /// of distributions is divided by their number.</param>
    /// <returns>A scalar, or N or N x H x W without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, CrossEntropyOptions? options = null, Tensor? classWeights = null,
        Reduction reduction = Reduction.Mean)
    {
        options ??= CrossEntropyOptions.Default;
        bool soft = LossArguments.AreDistributions(logits, targets, options.IgnoreIndex);
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor? weights = LossArguments.PerClass(classWeights, logits)?.Flatten();
        if (soft)
        {
            // libtorch refuses an ignore index beside distributions: they have no room for one.
            Tensor truth = targets.To(logits.DType);
            return scope.Keep(LossArguments.Reduce(
                how => Functional.CrossEntropy(logits, truth, weights, how, labelSmoothing: options.LabelSmoothing),
                logits.Numel / logits.Size(1), reduction));
        }
        if (reduction != Reduction.Mean) return scope.Keep(LossArguments.Reduce(OfClasses, logits.Numel, reduction));
        Tensor count = LossArguments.PositionWeights(targets, options.IgnoreIndex, weights, logits.DType).Sum();
        return scope.Keep(OfClasses(Reduction.Sum) / count.Clamp(min: LossArguments.Tiny));

        Tensor OfClasses(Reduction how) =>
            Functional.CrossEntropy(logits, targets, weights, how, options.IgnoreIndex, options.LabelSmoothing);
    }
}

/// <summary>The numbers of <see cref="CrossEntropy"/>.</summary>
public sealed record CrossEntropyOptions
{
    /// <summary>No smoothing; nothing is ignored but -100, as in torch.</summary>
    public static CrossEntropyOptions Default { get; } = new();

    /// <summary>Targets of this value do not count: 255 where a data set marks pixels as void. Default: -100, as in torch.</summary>
    public long IgnoreIndex { get; init; } = -100;

    /// <summary>Share of the target that is spread evenly over all classes, 0 to 1. Default: 0; Szegedy et al. 2016 use 0.1.</summary>
    public double LabelSmoothing { get; init => field = Check.Fraction(value); }
}
