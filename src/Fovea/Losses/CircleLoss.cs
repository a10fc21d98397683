using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Circle loss: log(1 + sum_j exp(gamma a_n (s_n - m)) sum_i exp(-gamma a_p (s_p - 1 + m))) of similarities s_p to things of
/// one's own class and s_n to others, each weighted by how far it still is from its goal: a_p = max(0, 1 + m - s_p) and
/// a_n = max(0, s_n + m).</summary>
/// <remarks>Sun et al.: "Circle Loss" (CVPR 2020), section 3, equations 5 and 6, with the optima 1 + m and -m and the margins 1 - m and m
/// of section 3.2. The weights a are constants for the gradient, as section 3.1 has it. Similarities are cosines, so this is no loss for
/// the logits of an ordinary classifier. Letters: N pictures, D numbers of an embedding, K classes.</remarks>
public static class CircleLoss
{
    // Where a pair is not of the kind: exp() of it is 0, and it is finite, so that no gradient is infinity less infinity.
    private const double Never = -1e30;

    // By so much cosines that were computed with 16 bits may pass 1.
    private const double Slack = 0.01;

    // Below this length an embedding has no direction.
    private const double LeastLength = 1e-12;

    /// <summary>Pair-wise labels: every picture of a batch against all others.</summary>
    /// <param name="embeddings">N x D, floating point, of any length: made unit vectors here. Half types are widened to float32.</param>
    /// <param name="labels">N, int64, any numbers: equal ones belong together.</param>
    /// <param name="options">Margin and scale.</param>
    /// <param name="reduction">The mean is over the pictures with both a like and an unlike one in the batch; the loss of the rest is
    /// 0. Without any it is 0.</param>
    /// <returns>A scalar, or N without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor PairWise(Tensor embeddings, Tensor labels, CircleOptions? options = null, Reduction reduction = Reduction.Mean)
    {
        options ??= CircleOptions.Default;
        if (labels.DType != DType.Int64 || labels.Dim != 1 || embeddings.Dim != 2 || labels.Size(0) != embeddings.Size(0))
            throw new ArgumentException($"The embeddings are {embeddings.Describe()} and the labels {labels.Describe()}, but "
                + "N x D floating point numbers and N int64 are needed.", nameof(labels));
        using var scope = new TensorScope();
        Tensor s = Cosines(embeddings, embeddings);                                                 // N,N
        Tensor index = Tensor.Arange(0, labels.Numel, device: labels.Device);
        Tensor same = labels.Unsqueeze(1).Eq(labels), like = same & index.Unsqueeze(1).Ne(index), unlike = !same;
        Tensor sums = (-Positive(s, options)).MaskedFill(!like, Never).LogSumExp(1)
            + Negative(s, options).MaskedFill(!unlike, Never).LogSumExp(1);                         // N
        Tensor losses = -(-sums).LogSigmoid();                                                      // log(1 + exp(sums))
        if (reduction != Reduction.Mean) return scope.Keep(LossArguments.Reduce(losses, reduction));
        Tensor counted = like.Any(1) & unlike.Any(1);
        return scope.Keep(losses.Sum() / counted.Sum().Clamp(min: 1));
    }

    /// <summary>Class-level labels: the own class's vector against all other classes'.</summary>
    /// <remarks>The same as <see cref="CrossEntropy"/> of the logits gamma a (s - delta): with a = 1 it would be additive margin
    /// softmax.</remarks>
    /// <param name="cosines">N x K or N x K x H x W, floating point in [-1, 1] (checked on the CPU only): similarity to each class's
    /// vector, from <see cref="Cosines"/> or <see cref="Layers.CosineLinear"/>.</param>
    /// <param name="targets">Classes, N or N x H x W, int64 in [0, K).</param>
    /// <param name="options">Margin and scale.</param>
    /// <param name="reduction">The mean is over all targets; over none it is 0.</param>
    /// <returns>A scalar, or N or N x H x W without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor ClassLevel(Tensor cosines, Tensor targets, CircleOptions? options = null, Reduction reduction = Reduction.Mean)
    {
        options ??= CircleOptions.Default;
        if (LossArguments.AreShares(cosines, targets, ignoreIndex: null))
            throw new ArgumentException($"The targets are {targets.Describe()}, but Circle loss needs classes, int64: it knows no "
                + "distributions over them.", nameof(targets));
        using var scope = new TensorScope();
        CheckCosines(cosines);
        cosines = LossArguments.Wide(cosines);
        Tensor own = LossArguments.OneHot(cosines, targets).To(DType.Bool);                         // N,K,...
        return scope.Keep(CrossEntropy.Compute(own.Where(Positive(cosines, options), Negative(cosines, options)), targets,
            reduction: reduction));
    }

    /// <summary>Cosines of the angles between two sets of vectors.</summary>
    /// <param name="embeddings">N x D, floating point; half types are widened to float32.</param>
    /// <param name="others">K x D. A vector of no length has cosine 0 to all.</param>
    /// <returns>N x K.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Cosines(Tensor embeddings, Tensor others)
    {
        if (embeddings.Dim != 2 || others.Dim != 2 || embeddings.Size(1) != others.Size(1) || !embeddings.DType.IsFloatingPoint())
            throw new ArgumentException($"The vectors are {embeddings.Describe()} and {others.Describe()}, but floating point numbers "
                + "N x D and K x D are needed.", nameof(embeddings));
        using var scope = new TensorScope();
        return scope.Keep(Unit(embeddings).MatMul(Unit(others).Transpose(0, 1)));
    }

    // NaN passes: that is for whoever watches the loss.
    private static void CheckCosines(Tensor cosines)
    {
        if (cosines.Device != Device.Cpu || cosines.Numel == 0) return;
        double most = cosines.Detach().Abs().Max().Item();
        if (most > 1 + Slack)
            throw new ArgumentException($"The similarities {cosines.Describe()} reach {most:g4}, but cosines lie between -1 and 1: end the "
                + $"network with a {nameof(Layers.CosineLinear)}, or take cross entropy.", nameof(cosines));
    }

    private static Tensor Unit(Tensor vectors)
    {
        Tensor wide = LossArguments.Wide(vectors);
        return wide / (wide * wide).Sum(1).Clamp(min: LeastLength * LeastLength).Sqrt().Unsqueeze(1);
    }

    private static Tensor Positive(Tensor s, CircleOptions options) =>
        (1 + options.Margin - s.Detach()).Relu() * (s - (1 - options.Margin)) * options.Scale;

    private static Tensor Negative(Tensor s, CircleOptions options) =>
        (s.Detach() + options.Margin).Relu() * (s - options.Margin) * options.Scale;
}

/// <summary>The numbers of <see cref="CircleLoss"/>. Defaults are those of Sun et al.'s face recognition, section 4.</summary>
public sealed record CircleOptions
{
    /// <summary>Margin 0.25, scale 256.</summary>
    public static CircleOptions Default { get; } = new();

    /// <summary>m, 0 to 1: similarities above 1 - m to the own class and below m to others are good enough. Default: 0.25; Sun et
    /// al. use 0.4 for fine-grained retrieval.</summary>
    public double Margin { get; init => field = Check.Fraction(value); } = 0.25;

    /// <summary>gamma, above 0: how sharply the loss tells similarities apart. Default: 256; Sun et al. use 80 for fine-grained
    /// retrieval.</summary>
    public double Scale { get; init => field = Check.Positive(value); } = 256;
}
