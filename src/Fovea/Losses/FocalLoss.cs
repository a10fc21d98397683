using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Focal loss: cross entropy times (1 - p_t)^gamma, so that what is classified well already counts little; p_t is the
/// probability given to the truth.</summary>
/// <remarks>Lin, Goyal, Girshick, He, Dollar: "Focal Loss for Dense Object Detection" (ICCV 2017), section 3. With gamma 0 each form is
/// its cross entropy. Letters: N pictures, K classes.</remarks>
public static class FocalLoss
{
    /// <summary>Every logit by itself (one against all), the paper's form: -alpha_t (1 - p_t)^gamma log p_t.</summary>
    /// <remarks>Numbers are those of torchvision.ops.sigmoid_focal_loss, whose default reduction is none. The paper divides the sum
    /// by the number of anchors that hold an object.</remarks>
    /// <param name="logits">Any shape, floating point; half types are widened to float32.</param>
    /// <param name="targets">The logits' shape, floating point in [0, 1]; or classes of logits N x K or N x K x H x W: N or N x H x W,
    /// int64 in [0, K), which stand for a one among zeros.</param>
    /// <param name="options">Gamma and alpha.</param>
    /// <param name="reduction">The mean is over all terms, N times K times ...; over none it is 0.</param>
    /// <returns>A scalar, or the logits' shape without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Sigmoid(Tensor logits, Tensor targets, SigmoidFocalOptions? options = null, Reduction reduction = Reduction.Mean)
    {
        options ??= SigmoidFocalOptions.Default;
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor truth = LossArguments.ForEveryLogit(logits, targets), rest = 1 - truth;
        // 1 - p_t from two sigmoids: the difference of nearly equal numbers would be zero long before it is.
        Tensor miss = truth * (-logits).Sigmoid() + rest * logits.Sigmoid();
        Tensor loss = Functional.BinaryCrossEntropyWithLogits(logits, truth, Reduction.None) * Power(miss, options.Gamma);
        if (options.Alpha is { } alpha) loss *= truth * alpha + rest * (1 - alpha);
        return scope.Keep(LossArguments.Reduce(loss, reduction));
    }

    /// <summary>Classes that exclude each other: -w_k (1 - p_k)^gamma log p_k of the true class k, with softmax probabilities and
    /// weights of classes in the place of alpha.</summary>
    /// <remarks>Of a target distribution t the terms are added up, each times t_k. Weights and means are those of
    /// <see cref="CrossEntropy"/>, to which this is equal for gamma 0.</remarks>
    /// <param name="logits">N x K or N x K x H x W, floating point; half types are widened to float32.</param>
    /// <param name="targets">Classes, N or N x H x W, int64 in [0, K) or the ignore index (checked on the CPU only); or distributions,
    /// of the logits' shape, floating point, summing to 1 over K.</param>
    /// <param name="options">Gamma and the ignore index.</param>
    /// <param name="classWeights">K factors, or null for ones.</param>
    /// <param name="reduction">The mean of classes is divided by the sum of the weights of the targets that count, that of
    /// distributions by their number.</param>
    /// <returns>A scalar, or N or N x H x W without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Softmax(Tensor logits, Tensor targets, SoftmaxFocalOptions? options = null, Tensor? classWeights = null,
        Reduction reduction = Reduction.Mean)
    {
        options ??= SoftmaxFocalOptions.Default;
        bool soft = LossArguments.AreDistributions(logits, targets, options.IgnoreIndex);
        using var scope = new TensorScope();
        logits = LossArguments.Wide(logits);
        Tensor? weights = LossArguments.PerClass(classWeights, logits);
        Tensor logP = logits.LogSoftmax(1);                                                          // N,K,...
        if (soft)
        {
            Tensor terms = targets.To(logits.DType) * Modulated(logP, options.Gamma);
            return scope.Keep(LossArguments.Reduce((weights is null ? terms : terms * weights).Sum(1), reduction));
        }
        Tensor known = targets.MaskedFill(targets.Eq(options.IgnoreIndex), 0);
        Tensor position = LossArguments.PositionWeights(targets, options.IgnoreIndex, weights, logits.DType);
        Tensor loss = position * Modulated(logP.Gather(1, known.Unsqueeze(1)).Squeeze(1), options.Gamma);          // N,...
        return scope.Keep(reduction == Reduction.Mean
            ? loss.Sum() / position.Sum().Clamp(min: LossArguments.Tiny)
            : LossArguments.Reduce(loss, reduction));
    }

    // -(1 - p)^gamma log p
    private static Tensor Modulated(Tensor logP, double gamma) => -(Power(-logP.ExpMinusOne(), gamma) * logP);

    // The derivative of a power below 1 is infinite at 0.
    private static Tensor Power(Tensor miss, double gamma) => miss.Clamp(min: LossArguments.Tiny).Pow(gamma);
}

/// <summary>The numbers of <see cref="FocalLoss.Sigmoid"/>.</summary>
public sealed record SigmoidFocalOptions
{
    /// <summary>Lin et al.'s numbers.</summary>
    public static SigmoidFocalOptions Default { get; } = new();

    /// <summary>How fast the weight falls with the probability given to the truth, 0 or more; 0 gives cross entropy. Default: 2,
    /// the best in Lin et al., table 1b.</summary>
    public double Gamma { get; init => field = Check.NotNegative(value); } = 2;

    /// <summary>Factor of ones, 0 to 1; zeros get 1 - alpha. Null for no factors. Default: 0.25, the best beside gamma 2 in Lin et
    /// al., table 1b.</summary>
    public double? Alpha { get; init => field = value is { } given ? Check.Fraction(given) : null; } = 0.25;
}

/// <summary>The numbers of <see cref="FocalLoss.Softmax"/>.</summary>
public sealed record SoftmaxFocalOptions
{
    /// <summary>Gamma 2; nothing is ignored but -100.</summary>
    public static SoftmaxFocalOptions Default { get; } = new();

    /// <summary>How fast the weight falls with the probability given to the truth, 0 or more; 0 gives cross entropy. Default: 2,
    /// as in Lin et al. 2017.</summary>
    public double Gamma { get; init => field = Check.NotNegative(value); } = 2;

    /// <summary>Targets of this value do not count. Default: -100, as in torch.</summary>
    public long IgnoreIndex { get; init; } = -100;
}
