using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>What the losses ask of their tensors, and how many numbers become one.</summary>
/// <remarks>Letters: N pictures, K classes; "..." stands for nothing (a classifier) or for H x W (a segmenter).</remarks>
internal static class LossArguments
{
    /// <summary>No divisor and no base of a power is smaller: about the smallest float32 that has all its digits.</summary>
    public const double Tiny = 1.2e-38;

    // By so much shares that were rounded to 16 bits may miss 0, 1 or their sum.
    private const double Slack = 0.01;

    /// <summary>Shorter types as float32, since a loss is a sum of many terms; others as they are.</summary>
    public static Tensor Wide(Tensor tensor) =>
        tensor.DType is DType.Float16 or DType.BFloat16 ? tensor.To(DType.Float32) : tensor;

    /// <summary>Whether targets are shares of every class (true) or classes (false); else an error.</summary>
    /// <param name="logits">N x K x ..., floating point.</param>
    /// <param name="targets">N x ... int64, or N x K x ... floating point in [0, 1].</param>
    /// <param name="ignoreIndex">The one value that classes may have outside [0, K), or null for none.</param>
    public static bool AreShares(Tensor logits, Tensor targets, long? ignoreIndex)
    {
        CheckLogits(logits);
        long[] shape = logits.Shape, positions = [shape[0], .. shape[2..]];
        if (targets.DType.IsFloatingPoint() && targets.Shape.AsSpan().SequenceEqual(shape))
        {
            CheckShares(targets);
            return true;
        }
        if (targets.DType != DType.Int64 || !targets.Shape.AsSpan().SequenceEqual(positions))
            throw new ArgumentException($"The logits are {logits.Describe()} and the targets {targets.Describe()}; targets are either "
                + $"classes, int64[{string.Join(", ", positions)}], or shares of every class, floating point numbers of the logits' shape.",
                nameof(targets));
        CheckClasses(targets, shape[1], ignoreIndex);
        return false;
    }

    /// <summary>As <see cref="AreShares"/>, for losses of classes that exclude each other: shares add up to 1.</summary>
    public static bool AreDistributions(Tensor logits, Tensor targets, long? ignoreIndex)
    {
        bool soft = AreShares(logits, targets, ignoreIndex);
        if (soft) CheckSums(targets);
        return soft;
    }

    /// <summary>Logits are N x K x ..., floating point, with at least one class.</summary>
    public static void CheckLogits(Tensor logits)
    {
        if (logits.Dim < 2 || !logits.DType.IsFloatingPoint() || logits.Size(1) == 0)
            throw new ArgumentException($"The logits are {logits.Describe()}, but floating point numbers N x K or N x K x H x W are "
                + "needed, with K at least 1.", nameof(logits));
    }

    /// <summary>Targets for losses that treat every logit by itself: of the logits' shape as they are, classes as ones and
    /// zeros.</summary>
    /// <returns>The logits' shape and type.</returns>
    public static Tensor ForEveryLogit(Tensor logits, Tensor targets)
    {
        if (!logits.DType.IsFloatingPoint())
            throw new ArgumentException($"The logits are {logits.Describe()}, but floating point numbers are needed.", nameof(logits));
        if (targets.DType.IsFloatingPoint() && targets.Shape.AsSpan().SequenceEqual(logits.Shape))
        {
            CheckShares(targets);
            return targets.To(logits.DType);
        }
        return AreShares(logits, targets, ignoreIndex: null) ? targets : OneHot(logits, targets);
    }

    /// <summary>1 at each target's class and 0 elsewhere, in the logits' shape and type.</summary>
    public static Tensor OneHot(Tensor logits, Tensor classes) =>
        Tensor.Zeros(logits.Shape, logits.DType, logits.Device).ScatterInPlace(1, classes.Unsqueeze(1), 1);

    /// <summary>K numbers, one a class, so that they broadcast over logits: 1 x K x 1 ...; null stays null.</summary>
    public static Tensor? PerClass(Tensor? weights, Tensor logits)
    {
        if (weights is null) return null;
        if (weights.Dim != 1 || weights.Numel != logits.Size(1))
            throw new ArgumentException($"The weights of the classes are {weights.Describe()}, but logits {logits.Describe()} need one "
                + $"number a class, [{logits.Size(1)}].", nameof(weights));
        return weights.To(logits.DType).View([-1, .. Enumerable.Repeat(1L, logits.Dim - 2)]);
    }

    /// <summary>What each target counts: 0 where it is to be ignored, else its class's weight, or 1.</summary>
    /// <returns>N x ..., of the given type.</returns>
    public static Tensor PositionWeights(Tensor classes, long ignoreIndex, Tensor? classWeights, DType type)
    {
        if (classWeights is null) return classes.Ne(ignoreIndex).To(type);
        Tensor ignored = classes.Eq(ignoreIndex);
        Tensor weights = classWeights.To(type).Flatten().IndexSelect(0, classes.MaskedFill(ignored, 0).Flatten());
        return weights.View(classes.Shape).MaskedFill(ignored, 0);
    }

    /// <summary>One number a position, reduced. The mean over no position is 0: an empty batch teaches nothing, and must not stop a
    /// run with NaN.</summary>
    public static Tensor Reduce(Tensor losses, Reduction reduction) => reduction switch
    {
        Reduction.None => losses,
        Reduction.Sum => losses.Sum(),
        Reduction.Mean => losses.Sum() / Math.Max(1, losses.Numel),
        _ => throw Unknown(reduction),
    };

    /// <summary>As the other form, of a loss that libtorch can add up while it computes it.</summary>
    /// <param name="loss">Gives one number a position, or their sum.</param>
    /// <param name="count">How many positions there are.</param>
    /// <param name="reduction">How to reduce.</param>
    public static Tensor Reduce(Func<Reduction, Tensor> loss, long count, Reduction reduction) => reduction switch
    {
        Reduction.None or Reduction.Sum => loss(reduction),
        Reduction.Mean => loss(Reduction.Sum) / Math.Max(1, count),
        _ => throw Unknown(reduction),
    };

    private static ArgumentOutOfRangeException Unknown(Reduction reduction) =>
        new(nameof(reduction), reduction, "None, Mean or Sum is needed.");

    // Values are looked at on the CPU only: on a GPU that would make the processor wait.
    private static void CheckClasses(Tensor classes, long count, long? ignoreIndex)
    {
        if (classes.Device != Device.Cpu) return;
        using var scope = new TensorScope();
        foreach (long value in classes.Contiguous().Span<long>())
            if ((ulong)value >= (ulong)count && value != ignoreIndex)
                throw new ArgumentException($"The targets hold class {value}, but the logits have {count} classes, 0 to {count - 1}"
                    + (ignoreIndex is { } ignored ? $", and the ignore index is {ignored}. Set the ignore index to {value} if such targets "
                        + "should not count." : ". This loss ignores no target: leave such ones out."), nameof(classes));
    }

    private static void CheckShares(Tensor shares)
    {
        if (shares.Device != Device.Cpu || shares.Numel == 0) return;
        using var scope = new TensorScope();
        double least = shares.Min().Item(), most = shares.Max().Item();
        if (!(least >= -Slack && most <= 1 + Slack))
            throw new ArgumentException($"The targets {shares.Describe()} lie between {least:g4} and {most:g4}, but shares of classes lie "
                + "between 0 and 1.", nameof(shares));
    }

    private static void CheckSums(Tensor shares)
    {
        if (shares.Device != Device.Cpu || shares.Numel == 0) return;
        using var scope = new TensorScope();
        Tensor sums = Wide(shares).Sum(1);                                                          // N,...
        double least = sums.Min().Item(), most = sums.Max().Item();
        if (!(least >= 1 - Slack && most <= 1 + Slack))
            throw new ArgumentException($"The targets {shares.Describe()} add up to between {least:g4} and {most:g4} over the classes, but "
                + "this loss is for classes that exclude each other: they must add up to 1. For several classes at once take a sigmoid "
                + "loss, such as binary cross entropy.", nameof(shares));
    }
}
